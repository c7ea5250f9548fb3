"""Preparation and restoration, judged: a known state to begin with, and the station left as it was found.

Not part of the document's 31 criteria, but of the report: a station that is left changed is a finding too.
"""

from typing import Any

from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.configuration_keys import is_never_written, is_secret
from chargeproof.acceptance.preparation import PREPARATION, RESTORATION
from chargeproof.acceptance.redaction import MARK
from chargeproof.acceptance.report_schema import Condition, StationCare
from chargeproof.acceptance.transactions import transactions_of
from chargeproof.acceptance.verdict import Outcome, worst
from chargeproof.ocpp import (
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearChargingProfile,
    GetConfiguration,
    RemoteStartTransaction,
    SendLocalList,
    SetChargingProfile,
)
from chargeproof.trace import Exchange, StepSpan, Trace

Facts = tuple[Outcome, str, tuple[int, ...]]


def preparation_of(trace: Trace) -> StationCare:
    """Whether the station was in a known state before the first function."""
    span = _step(trace, PREPARATION)
    if span is None:
        return StationCare(verdict=Outcome.NOT_RUN)
    stretch = trace.during(span)
    return _care(
        ("the step was taken", _step_taken(span)),
        ("no transaction runs", _nothing_runs(trace.until(_end_of(trace, span)))),
        ("charging profiles are cleared", _answered(stretch, ClearChargingProfile, ("Accepted", "Unknown"))),
        ("the authorization cache is cleared", _answered(stretch, ClearCache, ("Accepted",))),
        ("the local list is empty", _answered(stretch, SendLocalList, ("Accepted",))),
        ("all connectors are operative", _made_operative(trace, span)),
    )


def restoration_of(trace: Trace) -> StationCare:
    """Whether the station was left as it was found: keys, profiles, list, availability, transactions."""
    span = _step(trace, RESTORATION)
    if span is None:
        return StationCare(verdict=Outcome.NOT_RUN)
    return _care(
        ("the step was taken", _step_taken(span)),
        ("no transaction runs", _nothing_runs(trace)),
        ("every changed key has its first value again", _keys_restored(trace)),
        ("charging profiles are cleared", _profiles_cleared(trace)),
        ("the local list is empty", _list_emptied(trace)),
        ("all connectors are operative", _made_operative(trace, span)),
    )


def _care(*conditions: tuple[str, Facts]) -> StationCare:
    judged = tuple(
        Condition(name=name, verdict=verdict, reason=reason, evidence=evidence)
        for name, (verdict, reason, evidence) in conditions
    )
    folded = worst(condition.verdict for condition in judged)
    # What does not arise at a station (no list, no profiles) is no remark on how it was left.
    if folded is Outcome.PASS_WITH_REMARK and all(c.verdict is not folded for c in judged):
        folded = Outcome.PASS
    return StationCare(verdict=folded, conditions=judged)


def _step(trace: Trace, name: str) -> StepSpan | None:
    spans = trace.steps(name)
    return spans[-1] if spans else None


def _step_taken(span: StepSpan) -> Facts:
    evidence = (span.began.n,) if span.ended is None else (span.began.n, span.ended.n)
    match span.phase:
        case "ended":
            return Outcome.PASS, "it was taken to its end", evidence
        case "failed":
            return Outcome.TOOL_ERROR, f"something of ours broke: {span.detail}", evidence
        case "cannot":
            return Outcome.INCONCLUSIVE, span.detail or "it could not be taken", evidence
    return Outcome.INCONCLUSIVE, "the record ends before it does", evidence


def _nothing_runs(trace: Trace) -> Facts:
    running = [t for t in transactions_of(trace) if t.start is not None and t.stop is None]
    if not running:
        return Outcome.PASS, "every transaction of the record was stopped", ()
    named = ", ".join(f"{t.id} at connector {t.connector_id}" for t in running)
    return Outcome.FAIL, f"still running: {named}", tuple(t.start.n for t in running if t.start is not None)


def _answered(trace: Trace, action: type[Any], wanted: tuple[str, ...]) -> Facts:
    """The last of these commands was answered with a status that will do."""
    asked = [e for e in trace.exchanges(action) if e.sender == "central_system"]
    if not asked:
        return Outcome.NOT_APPLICABLE, "the station does not have it, or nothing was asked", ()
    last = asked[-1]
    if last.status in wanted:
        return Outcome.PASS, f"answered {last.status}", last.evidence
    if last.error is not None and last.error.error_code in ("NotImplemented", "NotSupported"):
        return Outcome.NOT_APPLICABLE, f"the station does not have it: {last.error.error_code}", last.evidence
    if last.answer is None:
        return Outcome.INCONCLUSIVE, "the command was not answered", last.evidence
    if action is ClearCache and last.status == "Rejected":
        return Outcome.NOT_APPLICABLE, "Rejected: the station keeps no cache", last.evidence
    said = last.status or (last.error.error_code if last.error is not None else "nothing readable")
    return Outcome.FAIL, f"answered {said}", last.evidence


def _made_operative(trace: Trace, span: StepSpan) -> Facts:
    """Operative was accepted for the station, and no connector's newest status is Unavailable."""
    asked = trace.during(span).exchanges(ChangeAvailability)
    commands = [e for e in asked if str(e.request.type) == "Operative" and e.answer is not None]
    if not commands:
        return Outcome.INCONCLUSIVE, "no ChangeAvailability Operative was answered", ()
    last = commands[-1]
    if last.status not in ("Accepted", "Scheduled"):
        return Outcome.FAIL, f"ChangeAvailability Operative was answered {last.status}", last.evidence
    newest = {status.request.connector_id: status for status in trace.until(_end_of(trace, span)).statuses()}
    shut = [status for status in newest.values() if status.request.status == "Unavailable"]
    if shut:
        named = ", ".join(sorted(str(status.request.connector_id) for status in shut))
        reason = f"the last status of connector {named} is Unavailable"
        return Outcome.FAIL, reason, tuple(status.n for status in shut)
    return Outcome.PASS, f"answered {last.status}; no connector is Unavailable", last.evidence


def _end_of(trace: Trace, span: StepSpan) -> int:
    return span.ended.n if span.ended is not None else trace.entries[-1].n


def _profiles_cleared(trace: Trace) -> Facts:
    ours: list[Exchange[Any]] = [e for e in trace.exchanges(SetChargingProfile) if e.status == "Accepted"]
    ours += [e for e in trace.exchanges(RemoteStartTransaction) if e.request.charging_profile is not None]
    cleared = _answered(trace, ClearChargingProfile, ("Accepted", "Unknown"))
    if ours and (not cleared[2] or cleared[2][0] < max(e.n for e in ours)):
        return (
            Outcome.FAIL,
            "a charging profile was set and not cleared afterwards",
            tuple(e.n for e in ours),
        )
    return cleared


def _list_emptied(trace: Trace) -> Facts:
    sent = [e for e in trace.exchanges(SendLocalList) if e.status == "Accepted"]
    if not sent:
        return Outcome.NOT_APPLICABLE, "no local list was sent", ()
    last = sent[-1]
    if last.request.local_authorization_list:
        return Outcome.FAIL, "the list that was sent last is not empty", last.evidence
    return Outcome.PASS, "an empty list was accepted", last.evidence


def _keys_restored(trace: Trace) -> Facts:
    """Each key that was changed reads, after its last change, as it did before its first."""
    changes = [
        e
        for e in trace.exchanges(ChangeConfiguration)
        # What only the security cases change, a password and the security profile, cannot be put back.
        if e.status in ("Accepted", "RebootRequired") and not is_never_written(str(e.request.key))
    ]
    if not changes:
        return Outcome.NOT_APPLICABLE, "no key was changed", ()
    readings = _readings(trace)
    wrong: list[tuple[str, int]] = []
    unread: list[tuple[str, int]] = []
    names = {str(change.request.key).casefold(): str(change.request.key) for change in changes}
    for key in names.values():
        mine = [change for change in changes if same_key(change.request.key, key)]
        before = [value for n, name, value in readings if same_key(name, key) and n < mine[0].n]
        after = [(n, value) for n, name, value in readings if same_key(name, key) and n > mine[-1].n]
        if not before or not after or before[-1] is None or after[-1][1] is None:
            unread.append((key, mine[-1].n))
        elif before[-1] != after[-1][1]:
            shown = (MARK, MARK) if is_secret(key) else (before[-1], after[-1][1])
            wrong.append((f"{key} was “{shown[0]}” and is “{shown[1]}”", after[-1][0]))
    if wrong:
        return Outcome.FAIL, "; ".join(text for text, _ in wrong), tuple(n for _, n in wrong)
    if unread:
        unknown = ", ".join(key for key, _ in unread)
        return Outcome.INCONCLUSIVE, f"not read before and after: {unknown}", tuple(n for _, n in unread)
    return Outcome.PASS, f"{len(names)} changed keys were read back with their first values", (changes[-1].n,)


def _readings(trace: Trace) -> list[tuple[int, str, str | None]]:
    """(entry, key, value) of everything that GetConfiguration answered."""
    return [
        (exchange.n, item.key, item.value)
        for exchange in trace.exchanges(GetConfiguration)
        for item in getattr(exchange.confirmation, "configuration_key", None) or ()
        if item.key
    ]
