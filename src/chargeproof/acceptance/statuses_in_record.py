"""StatusNotifications as answers to a question: does the connector show that it charges, that it ended?

A status that OCPP 1.6 does not know ("charging", "Occupied") is a deviation of its own, which criterion 3.4
asks for. Here it is understood as it is meant, and the remark says so.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from chargeproof.acceptance.quantifiers import Absence, Moment, absence
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChargePointStatus, StatusNotification, is_transition
from chargeproof.trace import Exchange, Trace

OCCUPIED = "occupied"  # OCPP 1.5: whatever is not Available

BEFORE_START_S = 5.0  # a station may tell Charging before it sends StartTransaction

CHARGES = frozenset(
    {ChargePointStatus.CHARGING, ChargePointStatus.SUSPENDED_EV, ChargePointStatus.SUSPENDED_EVSE}
)
NEEDS_A_CABLE = CHARGES | {ChargePointStatus.PREPARING, ChargePointStatus.FINISHING}

# S§4.9: a transaction's end leads to Finishing, Available, or Unavailable where that was scheduled.
HAS_ENDED = frozenset(
    {
        ChargePointStatus.FINISHING,
        ChargePointStatus.AVAILABLE,
        ChargePointStatus.PREPARING,
        ChargePointStatus.UNAVAILABLE,
    }
)

_BY_WORD = {status.casefold(): status for status in ChargePointStatus}


def meant(status: Any) -> ChargePointStatus | None:
    """The status that a text means, whatever its case; None for no status of OCPP 1.6."""
    return _BY_WORD.get(status.casefold()) if isinstance(status, str) else None


def is_occupied(status: Any) -> bool:
    """Whether it is OCPP 1.5's word."""
    return isinstance(status, str) and status.casefold() == OCCUPIED


def misspelling(statuses: Iterable[Exchange[StatusNotification]]) -> str:
    """A remark on the first status that is not one of the nine; empty where there is none."""
    for exchange in statuses:
        status: Any = exchange.request.status
        if status is not None and not isinstance(status, ChargePointStatus):
            return f"“{status}” is no status of OCPP 1.6 (criterion 3.4)"
    return ""


def in_words(statuses: Iterable[Exchange[StatusNotification]]) -> str:
    """The statuses as they were spelled, in order; *no StatusNotification* for none."""
    return ", ".join(str(each.request.status) for each in statuses) or "no StatusNotification"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The statuses of one connector from a stimulus to the end of a window, or to what cut it short."""

    statuses: tuple[Exchange[StatusNotification], ...]
    absence: Absence
    seconds: float

    @property
    def evidence(self) -> tuple[int, ...]:
        return tuple(status.n for status in self.statuses)


def statuses_after(
    trace: Trace, connector_id: int | None, stimulus: Moment, *, window_from: Moment, until: int | None
) -> Stretch:
    """The connector's statuses after a stimulus, for the window ``status`` from a later moment on.

    ``until`` is the entry of whatever next happened on purpose: statuses after it answer something else.
    """
    seconds = window_s(trace, "status")
    end = window_from.mono + seconds
    began = trace.entries[0].mono if trace.entries else 0.0
    found = tuple(
        status
        for status in trace.after(stimulus.n).within(began, end - began + 1.0).statuses()
        if status.request.connector_id == connector_id
        and status.mono <= end
        and (until is None or status.n < until)
    )
    if until is not None and any(
        entry.n == until and entry.mono < end for entry in trace.after(until - 1).entries[:1]
    ):
        return Stretch(found, Absence(False, "something else was done before the window was over"), seconds)
    return Stretch(found, absence(trace, window_from.mono, seconds), seconds)


def shows(
    stretch: Stretch, wanted: Collection[ChargePointStatus], *, what: str, known: Iterable[int]
) -> Verdict:
    """Whether one of the wanted statuses is among them. ``what``: "charging", "the end"; for the sentences."""
    evidence = (*known, *stretch.evidence)
    remark = misspelling(stretch.statuses)
    for status in stretch.statuses:
        word = status.request.status
        if meant(word) in wanted or (is_occupied(word) and ChargePointStatus.CHARGING in wanted):
            verdict = passed(f"StatusNotification {word} shows {what}", evidence)
            return verdict.with_remark(remark) if remark else verdict
    expected = f"StatusNotification {' or '.join(sorted(wanted))} within {stretch.seconds:g} s"
    reason = f"no StatusNotification shows {what}"
    seen = in_words(stretch.statuses)
    if any(status.request.status is None for status in stretch.statuses):
        return inconclusive(
            f"{reason}, but one came that names no status (3.4a)", evidence, expected=expected
        )
    if not stretch.absence.proved:
        return inconclusive(f"{reason}, but {stretch.absence.why}", evidence, expected=expected, seen=seen)
    return failed(reason, (*evidence, *stretch.absence.evidence), expected=expected, seen=seen)


def status_before(trace: Trace, connector_id: int | None, n: int) -> Exchange[StatusNotification] | None:
    """The newest StatusNotification of a connector before that entry."""
    earlier = reversed(trace.until(n - 1).statuses())
    return next((status for status in earlier if status.request.connector_id == connector_id), None)


def unlawful_step(trace: Trace, connector_id: int | None, stretch: Stretch) -> Verdict | None:
    """The first step that is not in the table of S§4.9; a status that is none of the nine is left out."""
    if not stretch.statuses:
        return None
    previous = status_before(trace, connector_id, stretch.statuses[0].n)
    for status in stretch.statuses:
        one = None if previous is None else meant(previous.request.status)
        other = meant(status.request.status)
        if one and other and one is not other and not is_transition(one, other):
            return failed(
                f"S§4.9 knows no step from {one} to {other}",
                [n for each in (previous, status) if each is not None for n in each.evidence],
                expected="only steps of the table in S§4.9",
                seen=f"{one} → {other}",
            )
        previous = status
    return None
