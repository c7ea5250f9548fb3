"""Criterion 11.2, its end: what follows the ConnectionTimeOut, with a card but no cable, and the other way.

Identified, but no cable in time: the connector must leave Preparing (S§9.1.6, E3.76). Plugged, but nobody
identified: Finishing is lawful (S§4.9 B6), and so is to stay in Preparing.
"""

from dataclasses import dataclass
from typing import Any

from chargeproof.acceptance.authorization_in_record import in_force
from chargeproof.acceptance.plugs_in_record import Plugged, plugged
from chargeproof.acceptance.quantifiers import Moment, absence, ours, theirs
from chargeproof.acceptance.statuses_in_record import (
    BEFORE_START_S,
    CHARGES,
    is_occupied,
    meant,
    status_before,
)
from chargeproof.acceptance.stimuli_in_record import acts_done, in_scene, next_disturbance
from chargeproof.acceptance.transactions_in_record import same_tag, transactions_in
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed, passed_with_remark
from chargeproof.acceptance.visit import START_WITHOUT_CABLE
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import Authorize, ChargePointStatus, RemoteStartTransaction, StatusNotification
from chargeproof.trace import Exchange, Trace

KEY = "ConnectionTimeOut"

ENDS = (ChargePointStatus.AVAILABLE, ChargePointStatus.FINISHING, ChargePointStatus.FAULTED)

Status = Exchange[StatusNotification]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A connector that is to time out: since when, and its statuses until something else was done."""

    connector_id: Any
    n: int
    mono: float
    evidence: tuple[int, ...]
    id_tag: str = ""


def time_out_s(trace: Trace, before: int) -> tuple[float | None, tuple[int, ...]]:
    """The ConnectionTimeOut in force and where it was read; None where the record does not say."""
    found = in_force(trace, KEY, before)
    value = (found.value or "").strip() if found is not None else ""
    evidence = found.evidence if found is not None else ()
    return (float(value), evidence) if value.isdecimal() and len(value) < 8 else (None, evidence)


# ── identified, but no cable ─────────────────────────────────────────────────────────────────────────


def identified_without_cable(trace: Trace) -> list[Verdict]:
    """A verdict for each identification to which no cable came."""
    return [_leaves_preparing(trace, waiting) for waiting in _identified(trace)]


def _identified(trace: Trace) -> list[Waiting]:
    found = [
        Waiting(s.request.connector_id, s.n, s.mono, s.evidence, str(s.request.id_tag))
        for s in ours(trace, RemoteStartTransaction)
        if s.status == "Accepted" and _without_cable(trace, s)
    ]
    for act in acts_done(trace, "present_card"):
        tag = str(act.parameters.get("id_tag", ""))
        ended = act.ended or act.asked
        if in_scene(trace, act.asked.n, START_WITHOUT_CABLE) and _approved(trace, act.asked.n, tag):
            found.append(
                Waiting(act.parameters.get("connector_id"), act.asked.n, ended.mono, act.evidence, tag)
            )
    return found


def _approved(trace: Trace, after: int, id_tag: str) -> bool:
    until = next_disturbance(trace, after, None)
    for asked in theirs(trace.after(after), Authorize):
        info: Any = getattr(asked.confirmation, "id_tag_info", None)
        if same_tag(asked.request.id_tag, id_tag) and (until is None or asked.n < until):
            return info is not None and info.status == "Accepted"
    return False


def _without_cable(trace: Trace, start: Exchange[RemoteStartTransaction]) -> bool:
    """By the scene; in a record of another system, where Available went to Preparing and nothing started."""
    if trace.steps():
        return in_scene(trace, start.n, START_WITHOUT_CABLE)
    before = status_before(trace, start.request.connector_id, start.n)
    if before is None or meant(before.request.status) is not ChargePointStatus.AVAILABLE:
        return False
    statuses = _statuses(trace, start.request.connector_id, start.n)
    prepared = any(meant(each.request.status) is ChargePointStatus.PREPARING for each in statuses[:1])
    return prepared and not _started(trace, start.n, str(start.request.id_tag), statuses)


def _cable_came(trace: Trace, waiting: Waiting, back: Status) -> bool:
    """Whether a transaction explains the status; a station may tell Charging before it sends the start."""
    slack_s = BEFORE_START_S if meant(back.request.status) in CHARGES else 0.0
    return any(
        (waiting.n < each.start.n < back.n or 0.0 <= each.start.mono - back.mono < slack_s)
        and same_tag(each.start.request.id_tag, waiting.id_tag)
        for each in transactions_in(trace)
    )


def _started(trace: Trace, after: int, id_tag: str, statuses: list[Status]) -> bool:
    end = statuses[-1].n if statuses else after
    return any(
        after < each.start.n <= end and same_tag(each.start.request.id_tag, id_tag)
        for each in transactions_in(trace)
    )


def _statuses(trace: Trace, connector_id: Any, after: int) -> list[Status]:
    until = next_disturbance(trace, after, connector_id)
    return [
        status
        for status in theirs(trace.after(after), StatusNotification)
        if status.request.connector_id == connector_id and (until is None or status.n < until)
    ]


def _leaves_preparing(trace: Trace, waiting: Waiting) -> Verdict:
    statuses = _statuses(trace, waiting.connector_id, waiting.n)
    shown = next((s for s in statuses if _prepares(s)), None)
    seconds, setting = time_out_s(trace, waiting.n)
    known = (*setting, *waiting.evidence, *(shown.evidence if shown is not None else ()))
    limit_s = (seconds or window_s(trace, "connection_time_out")) + window_s(trace, "time_out_tolerance")
    if shown is None:
        return _never_prepared(trace, waiting, limit_s, known)
    back = next((s for s in statuses if s.n > shown.n and not _prepares(s)), None)
    if back is not None and _cable_came(trace, waiting, back):
        return inconclusive("a cable came before the time was out, and a transaction started", known)
    expected = f"Available within {limit_s:g} s of Preparing"
    if back is None or back.mono - shown.mono > limit_s:
        late = f"{back.request.status} after {back.mono - shown.mono:.0f} s" if back is not None else ""
        return _stays(
            trace, waiting, shown, limit_s, known, expected, late, time_out_known=seconds is not None
        )
    known = (*known, *back.evidence)
    after_s = back.mono - shown.mono
    outlived = _identification_outlived(trace, waiting, back)
    if outlived is not None:
        return outlived
    verdict = _ending(back, f"after {after_s:.0f} s without a cable", known)
    if seconds is not None and after_s < seconds - window_s(trace, "time_out_tolerance"):
        return verdict.with_remark(
            f"it came {after_s:.0f} s after Preparing, before the {KEY} of {seconds:g} s"
        )
    return verdict


def _prepares(status: Status) -> bool:
    word = status.request.status
    return meant(word) is ChargePointStatus.PREPARING or is_occupied(word)


def _ending(back: Status, when: str, known: tuple[int, ...]) -> Verdict:
    """What followed Preparing, as the document's “Error (connection is timed out)” is read."""
    status = meant(back.request.status)
    if status in (ChargePointStatus.AVAILABLE, ChargePointStatus.FINISHING):
        return passed(f"the connector became {back.request.status} {when}", known)
    if status is ChargePointStatus.FAULTED:
        remark = "Faulted fits the document's word “Error”; OCPP 1.6 knows Available or Finishing here"
        return passed_with_remark(f"the connector became Faulted {when}", known, remark=remark)
    return failed(
        f"the connector became {back.request.status} {when}",
        known,
        expected="Available, or Finishing with the cable in",
        seen=f"StatusNotification {back.request.status}",
    )


def _never_prepared(trace: Trace, waiting: Waiting, limit_s: float, known: tuple[int, ...]) -> Verdict:
    gone = absence(trace, waiting.mono, limit_s)
    if not gone.proved:
        return inconclusive(f"the station did not show that it waits for a cable, but {gone.why}", known)
    remark = "the identification did not make the connector Preparing (S§4.9 A2), so no time-out can be seen"
    return passed_with_remark("the connector stayed as it was", (*known, *gone.evidence), remark=remark)


def _stays(
    trace: Trace,
    waiting: Waiting,
    shown: Status,
    limit_s: float,
    known: tuple[int, ...],
    expected: str,
    late: str,
    *,
    time_out_known: bool,
) -> Verdict:
    reason = "identified, but no cable came: the connector stays in Preparing"
    until = next_disturbance(trace, waiting.n, waiting.connector_id)
    disturbed: Moment | None = trace.after(until - 1).entries[0] if until is not None else None
    if disturbed is not None and disturbed.mono < shown.mono + limit_s:
        return inconclusive(f"{reason}, but something else was done before {limit_s:g} s were over", known)
    gone = absence(trace, shown.mono, limit_s)
    known = (*known, *gone.evidence)
    if not gone.proved:
        return inconclusive(f"{reason}, but {gone.why}", known, expected=expected)
    if not time_out_known:
        return inconclusive(f"{reason}, but its {KEY} is not known", known, expected=expected)
    return failed(reason, known, expected=expected, seen=late or f"Preparing for more than {limit_s:g} s")


def _identification_outlived(trace: Trace, waiting: Waiting, back: Status) -> Verdict | None:
    """A start with that tag after the time-out, with nobody having identified again."""
    for begun in transactions_in(trace):
        start = begun.start
        if start.n < back.n or not same_tag(start.request.id_tag, waiting.id_tag):
            continue
        again = [s.n for s in ours(trace, RemoteStartTransaction) if back.n < s.n < start.n]
        again += [a.asked.n for a in trace.between(back.n, start.n).acts("present_card")]
        if again:
            return None
        return failed(
            "the connector left Preparing, but the identification still started a transaction later",
            (*waiting.evidence, *back.evidence, *start.evidence),
            expected="nothing starts after the time-out",
            seen=f"StartTransaction with idTag {start.request.id_tag}",
        )
    return None


# ── plugged, but not identified ──────────────────────────────────────────────────────────────────────


def after_plugging(trace: Trace) -> list[Verdict]:
    """A verdict for each plugged cable that was left alone for long enough, or for which time ended it."""
    verdicts = [_plugged_times_out(trace, plug) for plug in plugged(trace)]
    return [verdict for verdict in verdicts if verdict is not None]


def _plugged_times_out(trace: Trace, plug: Plugged) -> Verdict | None:
    shown = plug.shown_by
    if shown is None or not _prepares(shown):
        return None
    statuses = _statuses(trace, plug.connector_id, shown.n)
    seconds, setting = time_out_s(trace, plug.act.asked.n)
    limit_s = (seconds or window_s(trace, "connection_time_out")) + window_s(trace, "time_out_tolerance")
    known = (*setting, *plug.evidence, *shown.evidence)
    end = next((s for s in statuses if not _prepares(s)), None)
    if end is not None:
        # Charging without anybody identified, or a connector taken away, is no time-out.
        is_time_out = meant(end.request.status) in (*ENDS, None)
        return _ending(end, "with the cable in and no card", (*known, *end.evidence)) if is_time_out else None
    until = next_disturbance(trace, plug.act.asked.n, plug.connector_id)
    if until is not None and trace.after(until - 1).entries[0].mono < shown.mono + limit_s:
        return None
    gone = absence(trace, shown.mono, limit_s)
    if not gone.proved:
        return inconclusive(f"the plugged connector stays in Preparing, but {gone.why}", known)
    remark = (
        "with the cable in and no card it stays in Preparing, which is lawful (S§9.1.6 binds with a card)"
    )
    return passed_with_remark(
        "the plugged connector stays in Preparing", (*known, *gone.evidence), remark=remark
    )
