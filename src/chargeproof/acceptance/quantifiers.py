"""What checks are built from: *every*, and *was it there within its window, or provably not?*"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from chargeproof.acceptance.verdict import (
    Verdict,
    failed,
    inconclusive,
    join_remarks,
    not_run,
    worst,
    worst_verdict,
)
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import Request
from chargeproof.trace import Exchange, Trace

R = TypeVar("R", bound=Request)
T = TypeVar("T")


class Moment(Protocol):
    """A point of the record: an entry, or the Call of an exchange."""

    @property
    def n(self) -> int: ...
    @property
    def mono(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Absence:
    """Whether nothing came in a window: ``proved``, or ``why`` the record does not decide."""

    proved: bool
    why: str = ""
    evidence: tuple[int, ...] = ()


def absence(trace: Trace, start_mono: float, seconds: float, *, across_reconnects: bool = False) -> Absence:
    """Judge a silence: the window has passed, the socket stayed open in it, and the station lived after it.

    ``across_reconnects``: the station may have been away in the window, but must be back and alive after it.
    """
    end = start_mono + seconds
    if not trace.has_times:
        return Absence(False, "the log has no times, so that no window can be over")
    if trace.end_mono < end:
        missing = end - trace.end_mono
        return Absence(False, f"the record ends {missing:.0f} s before the window of {seconds:g} s is over")
    connection = None
    if not across_reconnects:
        if not trace.shows_connections:
            return Absence(False, f"the log does not show whether the connection was open for {seconds:g} s")
        connection = trace.socket_throughout(start_mono, seconds)
        if connection is None:
            return Absence(False, f"the connection was not open throughout the window of {seconds:g} s")
    life = trace.sign_of_life(end, connection=connection)
    if life is None:
        return Absence(False, "nothing after the window proves that the station was still alive")
    return Absence(True, evidence=(life.n,))


def ours(trace: Trace, action: type[R], where: Callable[[R], bool] | None = None) -> list[Exchange[R]]:
    """The exchanges of one action that the central system began, in order."""
    return [e for e in trace.exchanges(action, where=where) if e.sender == "central_system"]


def theirs(trace: Trace, action: type[R], where: Callable[[R], bool] | None = None) -> list[Exchange[R]]:
    """The exchanges of one action that the station began, in order."""
    return [e for e in trace.exchanges(action, where=where) if e.sender == "charge_point"]


def answer_to(exchange: Exchange[Any]) -> str:
    """What came back for a Call, in the words of the wire: a status, a CALLERROR, or what else it was."""
    if exchange.answer is None:
        return "no answer"
    if exchange.error is not None:
        described = exchange.error.error_description
        return f"CALLERROR {exchange.error.error_code}" + (f" “{described}”" if described else "")
    if exchange.confirmation is None:
        return "an answer that cannot be read"
    if hasattr(exchange.confirmation, "status"):
        return str(exchange.status or "an answer without a status")
    return "a CALLRESULT"


def shows_answers(trace: Trace) -> bool:
    """Whether the record holds answers of the station: some logs hold requests alone."""
    own = trace.head is None or trace.head.site not in ("log", "proxy")
    return own or any(each.answer is not None for each in trace.sent_by("central_system"))


def refusal(trace: Trace, exchange: Exchange[Any], *wanted: str, asked: str = "") -> Verdict | None:
    """None where the Call of ours got one of the wanted statuses (any CALLRESULT if none is named).

    Else a fail that says what came; where nothing came and that is not proved, inconclusive.
    """
    said = answer_to(exchange)
    if exchange.confirmation is not None and (not wanted or exchange.status in wanted):
        return None
    command = asked or exchange.action
    expected = " or ".join(wanted) or f"a CALLRESULT to {exchange.action}"
    if exchange.answer is not None:
        return failed(f"{command} was answered with {said}", exchange.evidence, expected=expected, seen=said)
    nothing = absence(trace, exchange.mono, window_s(trace, "call"))
    known = (*exchange.evidence, *nothing.evidence)
    if not shows_answers(trace):
        reason = f"{command} was not answered, but the log holds no answer of the station at all"
        return inconclusive(reason, known, expected=expected)
    if not nothing.proved:
        return inconclusive(f"{command} was not answered, but {nothing.why}", known, expected=expected)
    return failed(f"{command} was not answered", known, expected=expected, seen=said)


@dataclass(frozen=True, slots=True)
class Sought(Generic[R]):
    """The first message that fits within a window, or what its absence is worth."""

    found: Exchange[R] | None
    absence: Absence
    seconds: float

    def missing(self, reason: str, evidence: Iterable[int] = (), *, expected: str, seen: str = "") -> Verdict:
        """The verdict where it did not come: fail where that is proved, else inconclusive with the why."""
        known = (*evidence, *self.absence.evidence)
        if not self.absence.proved:
            return inconclusive(f"{reason}, but {self.absence.why}", known, expected=expected, seen=seen)
        return failed(reason, known, expected=expected, seen=seen or f"nothing within {self.seconds:g} s")


def seek(
    trace: Trace,
    action: type[R],
    where: Callable[[R], bool] | None = None,
    *,
    after: Moment,
    within_s: float,
    across_reconnects: bool = False,
) -> Sought[R]:
    """Look for the first such message of the station after a moment and within a window of arrival."""
    stretch = trace.after(after.n).within(after.mono, within_s)
    for exchange in stretch.exchanges(action, where=where):
        if exchange.sender == "charge_point":
            return Sought(exchange, Absence(False, "it came"), within_s)
    return Sought(None, absence(trace, after.mono, within_s, across_reconnects=across_reconnects), within_s)


def every(
    items: Sequence[T],
    judge_one: Callable[[T], Verdict],
    *,
    nothing: Verdict | str,
) -> Verdict:
    """The verdict over all items: the worst one, with everybody's evidence and remarks.

    Over nothing it is ``nothing``; a text there makes it inconclusive. Never a pass.
    """
    if not items:
        return inconclusive(nothing) if isinstance(nothing, str) else nothing
    return together([judge_one(item) for item in items])


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Several verdicts as one: reason and phrases of the worst, evidence and figures of all."""
    head = worst_verdict(verdicts)
    if head is None:
        return inconclusive("nothing was there to be judged")
    evidence = dict.fromkeys(n for verdict in (head, *verdicts) for n in verdict.evidence)
    figures: dict[str, Any] = {}
    for verdict in verdicts:
        figures.update(verdict.figures)
    remark = join_remarks([head.remark, *(verdict.remark for verdict in verdicts)])
    outcome = worst(verdict.outcome for verdict in verdicts)
    if not remark and outcome is not head.outcome:
        remark = join_remarks(verdict.reason for verdict in verdicts if verdict.outcome == "not_applicable")
    return Verdict(outcome, head.reason, remark, tuple(evidence), head.expected, head.seen, figures)


def scene_not_played(trace: Trace, scene: str, otherwise: str) -> Verdict:
    """*Not run*, with the reason that the record gives for a scene that could not be played.

    A scene in which something of ours broke says so in the reason; the judge makes it a tool error.
    """
    spans = trace.steps(scene)
    if spans and spans[-1].phase != "ended":
        return not_run(spans[-1].detail or f"“{scene}” was not finished", (spans[-1].began.n,))
    return not_run(otherwise)
