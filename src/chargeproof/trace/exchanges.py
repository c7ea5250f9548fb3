"""Exchanges: each Call of a record with the answer that its unique id ties to it."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from chargeproof.ocpp import (
    Call,
    CallError,
    CallResult,
    Confirmation,
    Deviation,
    FrameError,
    Reading,
    Request,
    read_confirmation,
    read_frame,
    read_request,
)
from chargeproof.trace.entries import Entry, Frame, Sender

R = TypeVar("R", bound=Request)


@dataclass(slots=True)
class Exchange(Generic[R]):
    """A Call and what came back for it. ``request`` is None only where nothing of it could be read.

    A request that was read leniently may hold None or plain text in any field: ``deviations`` tells.
    """

    sender: Sender
    unique_id: str
    action: str
    call: Frame
    reading: Reading
    answer: Frame | None = None
    answer_reading: Reading | None = None
    error: CallError | None = None
    more_answers: list[Frame] = field(default_factory=list)
    overlooked: list[Deviation] = field(default_factory=list)
    overlooked_in_answer: list[Deviation] = field(default_factory=list)

    @property
    def n(self) -> int:
        """The entry number of the Call."""
        return self.call.n

    @property
    def at(self) -> datetime:
        """Arrival (or departure) of the Call, UTC."""
        return self.call.at

    @property
    def mono(self) -> float:
        """Arrival (or departure) of the Call in monotonic seconds."""
        return self.call.mono

    @property
    def request(self) -> R:
        """The typed request; see the class for what a lenient reading may hold."""
        message: Any = self.reading.message
        return message  # type: ignore[no-any-return]

    @property
    def confirmation(self) -> Any:
        """The typed confirmation, or None where a CALLERROR, nothing or nothing readable came."""
        return self.answer_reading.message if self.answer_reading is not None else None

    @property
    def status(self) -> str | None:
        """The ``status`` member of the confirmation, where it has one."""
        return getattr(self.confirmation, "status", None)

    @property
    def answer_time_s(self) -> float | None:
        """Seconds from the Call to its answer."""
        return None if self.answer is None else self.answer.mono - self.call.mono

    @property
    def evidence(self) -> tuple[int, ...]:
        """The entry numbers of the Call and its answer."""
        return (self.call.n,) if self.answer is None else (self.call.n, self.answer.n)

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """What was overlooked to read the Call: its frame first, then its payload."""
        return (*self.overlooked, *self.reading.deviations)

    @property
    def answer_deviations(self) -> tuple[Deviation, ...]:
        """What was overlooked to read the answer."""
        payload = self.answer_reading.deviations if self.answer_reading is not None else ()
        return (*self.overlooked_in_answer, *payload)


@dataclass(frozen=True, slots=True)
class Oddity:
    """A frame that belongs to no exchange: it could not be read, or answers nothing that was asked."""

    frame: Frame
    reason: str
    stray_answer: bool = False


def frame_text(frame: Frame) -> str | bytes:
    """What was on the wire: text, or the bytes of a message that was not UTF-8."""
    return frame.text if frame.text is not None else base64.b64decode(frame.base64 or "")


class Pairing:
    """Reads frames in order and ties answers to Calls by connection, direction and unique id."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange[Any]] = []
        self.oddities: list[Oddity] = []
        self._asked: dict[tuple[int, Sender, str], Exchange[Any]] = {}

    def add(self, frame: Frame) -> None:
        """Take in the next frame."""
        try:
            message, overlooked = read_frame(frame_text(frame))
        except FrameError as error:
            self.oddities.append(Oddity(frame, str(error)))
            return
        if isinstance(message, Call):
            self._call(frame, message, overlooked)
        else:
            self._answer(frame, message, overlooked)

    def _call(self, frame: Frame, call: Call, overlooked: tuple[Deviation, ...]) -> None:
        reading = read_request(call.action, call.payload)
        exchange: Exchange[Any] = Exchange(
            frame.sender, call.unique_id, call.action, frame, reading, overlooked=list(overlooked)
        )
        self.exchanges.append(exchange)
        self._asked[frame.connection, frame.sender, call.unique_id] = exchange

    def _answer(
        self, frame: Frame, answer: CallResult | CallError, overlooked: tuple[Deviation, ...]
    ) -> None:
        asker: Sender = "central_system" if frame.sender == "charge_point" else "charge_point"
        exchange = self._asked.get((frame.connection, asker, answer.unique_id))
        if exchange is None:
            self.oddities.append(Oddity(frame, "answers no Call of this connection", stray_answer=True))
        elif exchange.answer is not None:
            exchange.more_answers.append(frame)
        else:
            exchange.answer = frame
            exchange.overlooked_in_answer.extend(overlooked)
            if isinstance(answer, CallError):
                exchange.error = answer
            else:
                exchange.answer_reading = read_confirmation(exchange.action, answer.payload)


def pair_frames(entries: Iterable[Entry]) -> tuple[list[Exchange[Any]], list[Oddity]]:
    """All exchanges in the order of their Calls, and the frames that belong to none."""
    pairing = Pairing()
    for entry in entries:
        if isinstance(entry, Frame):
            pairing.add(entry)
    return pairing.exchanges, pairing.oddities


def confirmation_of(exchange: Exchange[Any], kind: type[Confirmation]) -> Any:
    """The confirmation if it is of that kind, else None."""
    return exchange.confirmation if isinstance(exchange.confirmation, kind) else None
