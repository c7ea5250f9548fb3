"""One open connection to the central system: our calls and their answers, its calls and our answers."""

import asyncio
import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import structlog

from chargeproof.ocpp import (
    CallReceived,
    CallTimedOut,
    Confirmation,
    Connection,
    ErrorCode,
    ErrorReceived,
    Event,
    Request,
    ResultReceived,
    Role,
)
from chargeproof.simulator.ports import Wire

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

log = structlog.get_logger()

ConfT = TypeVar("ConfT", bound=Confirmation)


class CallFailed(Exception):
    """A call of ours got no confirmation."""


class NotConnected(CallFailed):
    """There is no connection, or it broke before the answer came."""


class NoAnswer(CallFailed):
    """The central system did not answer in time."""


class ErrorAnswered(CallFailed):
    """The central system answered with a CALLERROR, or with a confirmation that cannot be read."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code} {description}".strip())
        self.code = code


class Refused(Exception):
    """Raised while answering: the call is answered with this CALLERROR."""

    def __init__(self, code: ErrorCode, description: str = "") -> None:
        super().__init__(f"{code.value} {description}".strip())
        self.code = code
        self.description = description


class StationLink:
    """Drives one `ocpp.Connection` over one wire."""

    def __init__(self, station: "SimulatedStation", wire: Wire, *, call_timeout_s: float) -> None:
        self.station = station
        self.wire = wire
        self.connection = Connection(Role.CHARGE_POINT, call_timeout_s=call_timeout_s)
        self._turn = asyncio.Lock()  # one outstanding call; the others wait in the order they came
        self._answer: asyncio.Future[Confirmation] | None = None
        self._deadline: asyncio.TimerHandle | None = None

    async def call(self, request: Request[ConfT], unique_id: str) -> ConfT:
        """Send a call when its turn comes and wait for the confirmation. Raises CallFailed."""
        async with self._turn:
            if self.connection.closed:
                raise NotConnected(f"the connection was gone before {request.action} could be sent")
            self._answer = asyncio.get_running_loop().create_future()
            self.connection.send_call(unique_id, request, self._now_s())
            self._flush(lambda text: self.station.text_of_call(text, request))
            self._set_deadline()
            try:
                confirmation = await self._answer
            finally:
                self._answer = None
        if not isinstance(confirmation, request.conf):
            raise ErrorAnswered(ErrorCode.INTERNAL_ERROR, f"{request.action} was answered by something else")
        return confirmation  # type: ignore[return-value]

    async def run(self) -> None:
        """Take in everything until the socket is closed."""
        try:
            while (text := await self.wire.receive()) is not None:
                self.station.on_text_received(text)
                for event in self.connection.receive_text(text, self._now_s()):
                    self._handle(event)
        finally:
            self.close()

    def close(self) -> None:
        """The connection is gone: whoever waits for an answer is told."""
        if self._deadline is not None:
            self._deadline.cancel()
        self.connection.close(self._now_s())
        self._fail(NotConnected("the connection broke before the answer came"))
        self.station.on_link_closed(self)

    def _handle(self, event: Event) -> None:
        match event:
            case CallReceived():
                self._answer_call(event)
            case ResultReceived(late=False, confirmation=confirmation):
                self._take(confirmation)
            case ErrorReceived(late=False):
                self._fail(ErrorAnswered(event.error_code, event.error_description))
            case CallTimedOut():
                self._fail(NoAnswer(f"{event.request.action} was not answered in time"))
            case _:
                # Its text stays out of the log: it may hold a password.
                log.info(
                    "unusable message",
                    charge_point_id=self.station.charge_point_id,
                    seen=type(event).__name__,
                )

    def _answer_call(self, event: CallReceived) -> None:
        try:
            confirmation = self.station.answer(event)
        except Refused as refusal:
            self.connection.send_error(event.unique_id, refusal.code, refusal.description)
            self._flush(lambda text: text)
            return
        if confirmation is not None:
            self.connection.send_result(event.unique_id, confirmation)
            self._flush(lambda text: self.station.text_of_answer(text, confirmation))

    def _flush(self, edit: Callable[[str], str | None]) -> None:
        for text in self.connection.texts_to_send():
            edited = edit(text)
            if edited is not None:
                self.station.on_text_sent(edited)
                self.wire.send(edited)

    def _take(self, confirmation: Confirmation | None) -> None:
        if confirmation is None or lacks_a_required_field(confirmation):
            self._fail(ErrorAnswered(ErrorCode.FORMATION_VIOLATION, "the confirmation cannot be read"))
        elif self._answer is not None and not self._answer.done():
            self._answer.set_result(confirmation)

    def _fail(self, error: CallFailed) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    def _set_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        due_s = self.connection.next_deadline()
        if due_s is not None:
            self._deadline = asyncio.get_running_loop().call_at(due_s, self._on_deadline)

    def _on_deadline(self) -> None:
        # A timer may fire a clock tick early; the connection would then find nothing overdue.
        due_s = self.connection.next_deadline()
        if due_s is not None:
            for event in self.connection.handle_deadline(max(due_s, self._now_s())):
                self._handle(event)

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


def lacks_a_required_field(confirmation: Confirmation) -> bool:
    """A lenient reading leaves None where something required was missing or unreadable."""
    return any(getattr(confirmation, name) is None for name in _required_fields(type(confirmation)))


@cache
def _required_fields(kind: type[Confirmation]) -> tuple[str, ...]:
    return tuple(one.name for one in msgspec.structs.fields(kind) if one.required)


def edited_payload(text: str, edit: Callable[[dict[str, Any]], None]) -> str:
    """The text of a CALL or CALLRESULT with its payload changed: for stations that are meant to misbehave."""
    frame = json.loads(text)
    edit(frame[-1])
    return json.dumps(frame, separators=(",", ":"))
