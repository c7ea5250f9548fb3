"""Function 16: TriggerMessage."""

from dataclasses import replace

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import connector_ids, feature_profiles, key_readings
from chargeproof.acceptance.quantifiers import absence, answer_to, every, ours, refusal, scene_not_played
from chargeproof.acceptance.restarts_in_record import boots
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import TRIGGER_STATUS, trigger_status
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import MessageTrigger, Reset, StatusNotification, TriggerMessage
from chargeproof.trace import Exchange, Trace

case = Case(
    16,
    "TriggerMessage",
    criteria={
        "16.1": "After booting the centralsystem will send a TriggerMessage requesting the status of the charger.",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """After the boot of the hard reset: for one connector, then for the station as a whole."""
    await trigger_status(stage)


_UNSUPPORTED = ("NotImplemented", "NotSupported")


def _triggers(trace: Trace) -> list[Exchange[TriggerMessage]]:
    """The triggers for a status after the first accepted boot of the record."""
    accepted = [
        boot.answer.n for boot in boots(trace) if boot.answer is not None and boot.status == "Accepted"
    ]
    if not accepted:
        return []
    wanted = MessageTrigger.STATUS_NOTIFICATION
    return ours(trace.after(accepted[0]), TriggerMessage, lambda trigger: trigger.requested_message == wanted)


def _none_sent(trace: Trace) -> Verdict:
    sent = ours(trace, TriggerMessage)
    if any(t.request.requested_message == MessageTrigger.STATUS_NOTIFICATION for t in sent):
        return inconclusive("no boot was accepted before the TriggerMessage", [t.n for t in sent])
    return scene_not_played(trace, TRIGGER_STATUS, "no TriggerMessage asked for a status")


@case.check(
    "16.1a",
    "After a boot TriggerMessage StatusNotification is accepted",
    clause="S§5.17",
    octt=("TC_054_CS",),
)
def trigger_is_accepted(trace: Trace) -> Verdict:
    triggers = _triggers(trace)
    if not triggers:
        return _none_sent(trace)
    single = any(t.status == "Accepted" and t.request.connector_id is not None for t in triggers)
    fallback = [t for t in triggers if single and t.request.connector_id is None and _is_refused(t)]
    verdict = every(
        [trigger for trigger in triggers if trigger not in fallback],
        lambda trigger: _accepted(trace, trigger),
        nothing="no TriggerMessage was sent",
    )
    if not fallback:
        return verdict
    remark = f"TriggerMessage StatusNotification without connectorId: {answer_to(fallback[0])}"
    return replace(verdict.with_remark(remark), evidence=(*verdict.evidence, *fallback[0].evidence))


def _is_refused(trigger: Exchange[TriggerMessage]) -> bool:
    """Whether it was answered, and not with Accepted."""
    return trigger.answer is not None and trigger.status != "Accepted"


def _accepted(trace: Trace, trigger: Exchange[TriggerMessage]) -> Verdict:
    refused = refusal(trace, trigger, "Accepted", asked=_name(trigger))
    if refused is None:
        return passed("TriggerMessage StatusNotification was accepted", trigger.evidence)
    says_unsupported = trigger.status == "NotImplemented" or (
        trigger.error is not None and trigger.error.error_code in _UNSUPPORTED
    )
    profiles = feature_profiles(trace)
    readings = key_readings(trace, "SupportedFeatureProfiles")
    known = (*trigger.evidence, *(n for r in readings[:1] for n in (r.exchange.n, r.n)))
    if says_unsupported and profiles is not None and "RemoteTrigger" not in profiles:
        return not_applicable("the station does not support RemoteTrigger", known, seen=answer_to(trigger))
    if says_unsupported and not readings:
        reason = f"{refused.reason}, and SupportedFeatureProfiles was not read"
        return inconclusive(reason, known, expected="Accepted", seen=refused.seen)
    if says_unsupported and profiles is not None:
        return replace(refused, evidence=known, seen=f"{refused.seen}, though RemoteTrigger is supported")
    return refused


def _name(trigger: Exchange[TriggerMessage]) -> str:
    connector_id = trigger.request.connector_id
    where = "without connectorId" if connector_id is None else f"for connector {connector_id}"
    return f"TriggerMessage StatusNotification {where}"


@case.check(
    "16.1b",
    "The confirmation comes first, then a true status of each connector that was asked for",
    clause="S§5.17",
    octt=("TC_054_CS",),
)
def triggered_status_follows(trace: Trace) -> Verdict:
    triggers = _triggers(trace)
    if not triggers:
        return _none_sent(trace)
    accepted = [trigger for trigger in triggers if trigger.status == "Accepted"]
    evidence = [n for trigger in triggers for n in trigger.evidence]
    refused = [_accepted(trace, trigger) for trigger in triggers]
    if not accepted and all(verdict.outcome is Outcome.NOT_APPLICABLE for verdict in refused):
        return not_applicable(refused[0].reason, refused[0].evidence, seen=refused[0].seen)
    return every(
        accepted,
        lambda trigger: _followed(trace, trigger),
        nothing=inconclusive("no TriggerMessage for a status was accepted", evidence),
    )


def _followed(trace: Trace, trigger: Exchange[TriggerMessage]) -> Verdict:
    wanted = trigger.request.connector_id
    concerned = list(connector_ids(trace)) if wanted is None else [wanted]
    return every(
        concerned, lambda connector_id: _status_followed(trace, trigger, connector_id), nothing="no connector"
    )


def _status_followed(trace: Trace, trigger: Exchange[TriggerMessage], connector_id: int) -> Verdict:
    confirmed = trigger.answer or trigger.call
    window = window_s(trace, "message")
    stretch = trace.after(confirmed.n).within(confirmed.mono, window)
    restarted = next(iter(boots(stretch)), None)
    if restarted is not None:
        stretch = trace.between(confirmed.n, restarted.n)
    seen = stretch.statuses(connector_id)
    earlier = [s for s in trace.until(confirmed.n).statuses(connector_id) if s.request.status]
    if seen:
        return _true_status(trace, trigger, earlier, seen)
    reason = f"{_name(trigger)} was accepted, and no status of connector {connector_id} followed"
    expected = f"the confirmation, then a StatusNotification of connector {connector_id}"
    if restarted is not None:
        known = (*trigger.evidence, restarted.n)
        if not trace.steps() or ours(stretch, Reset):
            return inconclusive(f"{reason}: the station restarted", known, expected=expected)
        return failed(reason, known, expected=expected, seen="a BootNotification")
    early = any(status.n > trigger.n for status in earlier)
    nothing = absence(trace, confirmed.mono, window)
    known = (*trigger.evidence, *nothing.evidence)
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected)
    said = "a status before the confirmation, none after it" if early else f"nothing within {window:g} s"
    return failed(reason, known, expected=expected, seen=said)


def _true_status(
    trace: Trace,
    trigger: Exchange[TriggerMessage],
    earlier: list[Exchange[StatusNotification]],
    seen: list[Exchange[StatusNotification]],
) -> Verdict:
    """Unchanged, or changed by something that the record shows, or told again because it did change."""
    first = seen[0]
    evidence = (*trigger.evidence, first.n)
    said = str(first.request.status)
    reason = f"connector {first.request.connector_id} reported {said} after the confirmation"
    if not earlier or str(earlier[-1].request.status) == said:
        return passed(reason, evidence)
    again = [t.n for t in ours(trace.after(trigger.n), TriggerMessage)]
    own = [status for status in seen if not again or status.n < again[0]]
    told_again = sum(1 for status in own if str(status.request.status) == said) > 1
    if told_again or _something_happened(trace, earlier[-1].n, first.n):
        return passed(reason, (*evidence, earlier[-1].n))
    before = str(earlier[-1].request.status)
    return failed(
        f"{reason}, though it was {before} and nothing had happened",
        (*evidence, earlier[-1].n),
        expected=f"{before}, or a change that the station reports by itself too",
        seen=said,
    )


_CHANGES = (
    "Authorize",
    "BootNotification",
    "CancelReservation",
    "ChangeAvailability",
    "RemoteStartTransaction",
    "RemoteStopTransaction",
    "ReserveNow",
    "Reset",
    "StartTransaction",
    "StopTransaction",
    "UnlockConnector",
    "UpdateFirmware",
)


def _something_happened(trace: Trace, after_n: int, until_n: int) -> bool:
    """Whether an act or a message that can change a status lies between two entries."""
    stretch = trace.between(after_n, until_n)
    return bool(stretch.acts()) or any(exchange.action in _CHANGES for exchange in stretch.exchanges())
