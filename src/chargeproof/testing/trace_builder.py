"""Records made by hand, for judging: each line of a test says who sent what, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from chargeproof.ocpp import (
    Confirmation,
    Request,
    encode_call,
    encode_call_error,
    encode_call_result,
)
from chargeproof.trace import (
    ActChanged,
    ConnectionClosed,
    ConnectionOpened,
    Entry,
    FileTransferred,
    Frame,
    Party,
    Reach,
    RunBegan,
    RunEnded,
    Sender,
    StepChanged,
    Trace,
)

EPOCH = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


class TraceBuilder:
    """Appends entries at a time of its own (``wait`` moves it on) and gives the finished ``Trace``."""

    def __init__(
        self,
        *,
        functions: tuple[int, ...] = tuple(range(1, 17)),
        windows: dict[str, float] | None = None,
        profile: dict[str, Any] | None = None,
        head: bool = True,
    ) -> None:
        self.entries: list[Entry] = []
        self.now_s = 0.0
        self.connection = 0
        self._ids = 0
        self._acts = 0
        if head:
            self._add(
                RunBegan,
                tool_version="0",
                rule_set="1",
                charge_point_id="STATION-1",
                site="simulated",
                functions=functions,
                windows=windows or {},
                profile=profile or {},
            )

    @property
    def now(self) -> datetime:
        """The wall clock of the record: payload timestamps of a station with a right clock."""
        return EPOCH + timedelta(seconds=self.now_s)

    def wait(self, seconds: float) -> "TraceBuilder":
        """Let time pass."""
        self.now_s += seconds
        return self

    def _add(self, kind: type[Entry], **fields: Any) -> int:
        self.entries.append(kind(n=len(self.entries) + 1, at=self.now, mono=self.now_s, **fields))
        return len(self.entries)

    # ── connections ──────────────────────────────────────────────────────────────────────────────────

    def opened(self) -> int:
        """A socket opens; later frames go over it."""
        self.connection += 1
        return self._add(ConnectionOpened, connection=self.connection, subprotocol="ocpp1.6")

    def closed(self, by: Party = "charge_point", code: int | None = 1000) -> int:
        """The present socket closes."""
        return self._add(ConnectionClosed, connection=self.connection, by=by, code=code)

    def reach(self, reachable: bool) -> int:
        """The central system goes out of reach, or comes back."""
        return self._add(Reach, reachable=reachable)

    # ── frames ───────────────────────────────────────────────────────────────────────────────────────

    def text(self, sender: Sender, text: str) -> int:
        """Any text on the wire."""
        return self._add(Frame, connection=self.connection, sender=sender, text=text)

    def exchange(
        self,
        sender: Sender,
        request: Request[Any] | str,
        answer: Confirmation | str | None = None,
        *,
        payload: str = "{}",
        answer_after_s: float = 0.1,
        unique_id: str | None = None,
    ) -> int:
        """A Call and its answer; returns the Call's entry number.

        A ``str`` as request is an action whose raw ``payload`` follows; a ``str`` as answer is an error code
        of a CALLERROR, or a raw CALLRESULT payload where it begins with ``{``. None leaves it unanswered.
        """
        self._ids += 1
        unique_id = unique_id or f"u{self._ids}"
        if isinstance(request, str):
            n = self.text(sender, f'[2,"{unique_id}","{request}",{payload}]')
        else:
            n = self.text(sender, encode_call(unique_id, request))
        if answer is None:
            return n
        self.wait(answer_after_s)
        other: Sender = "charge_point" if sender == "central_system" else "central_system"
        if isinstance(answer, str) and answer.startswith("{"):
            self.text(other, f'[3,"{unique_id}",{answer}]')
        elif isinstance(answer, str):
            self.text(other, encode_call_error(unique_id, answer, "", {}))
        else:
            self.text(other, encode_call_result(unique_id, answer))
        return n

    def station(
        self, request: Request[Any] | str, answer: Confirmation | str | None = "{}", **more: Any
    ) -> int:
        """The station sends a Call, and we answer (``{}`` unless said otherwise)."""
        return self.exchange("charge_point", request, answer, **more)

    def we(self, request: Request[Any] | str, answer: Confirmation | str | None = None, **more: Any) -> int:
        """We send a Call, and the station answers (not at all unless said)."""
        return self.exchange("central_system", request, answer, **more)

    # ── the drive's own entries ──────────────────────────────────────────────────────────────────────

    @contextmanager
    def step(self, step: str, *, function: int | None = None) -> Iterator[None]:
        """A step of the drive, or a scene."""
        self._add(StepChanged, step=step, phase="began", function=function)
        yield
        self._add(StepChanged, step=step, phase="ended", function=function)

    def cannot(self, step: str, detail: str, *, function: int | None = None) -> int:
        """A step that could not be taken."""
        self._add(StepChanged, step=step, phase="began", function=function)
        return self._add(StepChanged, step=step, phase="cannot", function=function, detail=detail)

    def act(self, act: str, *, phase: str = "done", takes_s: float = 1.0, **parameters: Any) -> int:
        """An act at the parking place; returns the number of the entry that asked for it."""
        self._acts += 1
        n = self._add(
            ActChanged, number=self._acts, act=act, phase="asked", by="simulated", parameters=parameters
        )
        self.wait(takes_s)
        self._add(ActChanged, number=self._acts, act=act, phase=phase, by="simulated", parameters=parameters)
        return n

    def file(self, **fields: Any) -> int:
        """Something at our file server."""
        return self._add(FileTransferred, **fields)

    def entry(self, kind: type[Entry], **fields: Any) -> int:
        """Any other entry."""
        return self._add(kind, **fields)

    def ended(self) -> "TraceBuilder":
        """The tail of a completed run."""
        self._add(RunEnded, outcome="completed")
        return self

    def trace(self) -> Trace:
        """The record so far."""
        return Trace(list(self.entries))
