"""Function 7: Stop charge transaction (both local notification and remote trigger)."""

from typing import Any

from chargeproof.acceptance.authorization_in_record import InForce, in_force
from chargeproof.acceptance.case import Case
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.quantifiers import refusal, scene_not_played, theirs, together
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.statuses_in_record import meant, statuses_after
from chargeproof.acceptance.stops_in_record import (
    Ending,
    ends_of_their_own,
    remote_stops_to_judge,
    status_shows_end,
    stopping_cards,
    unplugged_while_charging,
)
from chargeproof.acceptance.transactions_in_record import Transaction, same_tag, transactions_in
from chargeproof.acceptance.verdict import (
    Outcome,
    Verdict,
    failed,
    inconclusive,
    not_applicable,
    passed,
    passed_with_remark,
)
from chargeproof.acceptance.visit import (
    LOCAL_STOP,
    REMOTE_STOP,
    UNPLUG,
    local_stop,
    remote_stop,
    unplug,
)
from chargeproof.acceptance.what_logs_show import each_decided
from chargeproof.ocpp import Authorize, ChargePointStatus, Reason, RemoteStopTransaction, StopTransaction
from chargeproof.trace import ActSpan, Exchange, Trace

case = Case(
    7,
    "Stop charge transaction (both local notification and remote trigger)",
    criteria={
        "7.1": (
            "After sending RemoteStopTransaction (by using the transactionId) the transaction must stop, via a "
            "StopTransaction message, followed by several StatusNotification messages (according to OCPP 1.6)"
        ),
        "7.2": (
            "Local StopTransaction starts with receiving a StopTransaction and several StatusNotification "
            "messages (according to OCPP 1.6)"
        ),
        "7.3": "When the charging cable is disconnected, a StopTransaction message must be received",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """The ends of acts 3 and 4, and act 7: remote stop, the same card, the cable unplugged."""
    await set_keys_for_visit(stage)
    await stage.play_each(remote_stop, local_stop, unplug)


# ── 7.1: remote stop ─────────────────────────────────────────────────────────────────────────────────


@case.check(
    "7.1a",
    "An accepted RemoteStopTransaction stops the transaction with that transactionId",
    clause="S§5.12, S§7.36",
    octt=("TC_012_CS",),
)
def remote_stop_stops(trace: Trace) -> Verdict:
    return each_decided(
        trace, remote_stops_to_judge(trace), lambda each: _stops(trace, *each), nothing=_no_remote_stop(trace)
    )


def _no_remote_stop(trace: Trace) -> Verdict:
    return scene_not_played(trace, REMOTE_STOP, "no running transaction was stopped remotely")


def _stops(trace: Trace, command: Exchange[RemoteStopTransaction], ending: Ending) -> Verdict:
    refused = refusal(trace, command, "Accepted")
    if refused is not None:
        return refused
    if ending.stop is None:
        return ending.missing("the remote stop was accepted, but no StopTransaction came")
    lacking = _lacking(ending.stop)
    if lacking:
        return failed(
            f"the StopTransaction lacks {lacking}",
            ending.known,
            expected="meterStop and timestamp",
            seen=f"no {lacking}",
        )
    begins, ends = ending.transaction.starts_at, ending.transaction.stops_at
    if begins is not None and ends is not None and ends < begins - _CLOCK_SLACK_S:
        return failed(
            "the StopTransaction is dated before the start of its transaction",
            (*ending.transaction.start.evidence, *ending.known),
            expected="the time of the stop",
            seen=f"{begins - ends:.0f} s before the start",
        )
    ahead_s = _ahead_s(trace, ending)
    if ahead_s > MOST_AHEAD_S:
        return failed(
            "the StopTransaction is dated after it came",
            ending.known,
            expected="the time of the stop",
            seen=f"{ahead_s:.0f} s later",
        )
    verdict = _names_the_transaction(ending, ending.stop)
    reason = ending.stop.request.reason
    if verdict.outcome is not Outcome.FAIL and reason != Reason.REMOTE:
        said = f"reason {reason}" if reason is not None else "no reason (= Local)"
        return verdict.with_remark(f"the StopTransaction gives {said} where Remote belongs (S§7.36)")
    return verdict


_CLOCK_SLACK_S = 60.0  # a station may set its clock while a transaction runs
MOST_AHEAD_S = 3600.0


def _ahead_s(trace: Trace, ending: Ending) -> float:
    """How far the stop is dated ahead of its arrival and of its start; 0 for a clock that is always ahead."""
    transaction, stop = ending.transaction, ending.stop
    begins, ends = transaction.starts_at, transaction.stops_at
    if begins is None or ends is None or stop is None or not trace.has_times:
        return 0.0
    return min(ends - stop.at.timestamp(), ends - begins - (stop.mono - transaction.start.mono))


def _lacking(stop: Exchange[StopTransaction]) -> str:
    payload: Any = stop.reading.payload
    fields = payload if isinstance(payload, dict) else {}
    return " and ".join(name for name in ("meterStop", "timestamp") if fields.get(name) is None)


def _names_the_transaction(ending: Ending, stop: Exchange[StopTransaction]) -> Verdict:
    given = ending.transaction.transaction_id
    named: Any = stop.request.transaction_id
    if named == given:
        after_s = stop.mono - ending.mono
        return passed(
            f"StopTransaction for {given} came {after_s:.1f} s after the remote stop",
            ending.known,
            figures={"remote_stop_to_stop_transaction_s": round(after_s, 3)},
        )
    if named is not None and ending.transaction.own_id == named:
        remark = f"the station calls the transaction {named} throughout, not {given} (6.1b)"
        return passed_with_remark("the transaction stopped", ending.known, remark=remark)
    return failed(
        "the StopTransaction names another transactionId than was to be stopped",
        ending.known,
        expected=f"transactionId {given}",
        seen=f"transactionId {named}",
    )


def _wrong_id(trace: Trace, ending: Ending, stop: Exchange[StopTransaction]) -> Verdict | None:
    """A stop by hand that names another transaction; 7.1a or 6.1b condemns it where that is no exception."""
    given, named = ending.transaction.transaction_id, stop.request.transaction_id
    numbers_its_own = any(each.own_id is not None for each in transactions_in(trace))
    if named == given or numbers_its_own or remote_stop_stops(trace).outcome is Outcome.FAIL:
        return None
    return failed(
        "the StopTransaction names another transactionId than was given",
        ending.known,
        expected=f"transactionId {given}",
        seen=f"transactionId {named}",
    )


@case.check(
    "7.1b",
    "StatusNotifications show that the remotely stopped transaction has ended",
    clause="S§4.9",
    octt=("TC_012_CS",),
)
def status_follows_remote_stop(trace: Trace) -> Verdict:
    commands = remote_stops_to_judge(trace)
    if not commands:
        return _no_remote_stop(trace)
    stopped = [(command, ending) for command, ending in commands if ending.stop is not None]
    return each_decided(
        trace,
        stopped,
        lambda each: _with(status_shows_end(trace, each[0], each[1].transaction), each[1].evidence),
        nothing=inconclusive("no remote stop led to a StopTransaction (7.1a)", [c.n for c, _ in commands]),
    )


def _with(verdict: Verdict, evidence: tuple[int, ...]) -> Verdict:
    return together([verdict, Verdict(verdict.outcome, verdict.reason, evidence=evidence)])


def _remote_stops_lack_status(trace: Trace) -> bool:
    """Whether remote stops show the same lack: then 7.1b is the check that condemns it."""
    return status_follows_remote_stop(trace).outcome is Outcome.FAIL


def _ended_in_status(trace: Trace, ending: Ending, verdict: Verdict) -> Verdict:
    """A good stop, judged further by the status that must show it."""
    status = status_shows_end(trace, ending, ending.transaction)
    if status.outcome is Outcome.FAIL and _remote_stops_lack_status(trace):
        return verdict.with_remark("no StatusNotification shows the end, as after a remote stop (7.1b)")
    if status.outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE):
        return status
    return together([verdict, status])


# ── 7.2: local stop ──────────────────────────────────────────────────────────────────────────────────


@case.check(
    "7.2a",
    "The card that started a transaction stops it: StopTransaction and StatusNotifications",
    clause="S§4.10, S§4.9",
    octt=("TC_068_CS",),
    hands=True,
)
def same_card_stops(trace: Trace) -> Verdict:
    if not trace.acts():
        return _local_stops_seen(trace)
    return each_decided(
        trace,
        stopping_cards(trace),
        lambda each: _stops_locally(trace, *each),
        nothing=scene_not_played(trace, LOCAL_STOP, "no card was presented to stop a transaction"),
    )


def _stop_seen(trace: Trace, transaction: Transaction, stop: Exchange[StopTransaction]) -> Verdict:
    """A stop by hands of which only the messages tell."""
    given = transaction.transaction_id
    named: Any = stop.request.transaction_id
    if given is not None and (named is None or named not in (given, transaction.own_id)):
        reason = "the StopTransaction names another transactionId than the transaction has"
        seen = f"transactionId {named}"
        return failed(reason, stop.evidence, expected=f"transactionId {given}", seen=seen)
    return _with(status_shows_end(trace, stop, transaction), stop.evidence)


def _local_stops_seen(trace: Trace) -> Verdict:
    """Without acts, a stop with the reason Local (or none) shows that a card was there."""
    return each_decided(
        trace,
        ends_of_their_own(trace, None, Reason.LOCAL),
        lambda each: _stop_seen(trace, *each),
        nothing=scene_not_played(trace, LOCAL_STOP, "no local stop was seen"),
    )


def _stops_locally(trace: Trace, act: ActSpan, ending: Ending) -> Verdict:
    stop = ending.stop
    if stop is None:
        return ending.missing("the card was presented again, but no StopTransaction came")
    started_with = ending.transaction.start.request.id_tag
    for asked in theirs(trace.between(act.asked.n, stop.n), Authorize):
        if same_tag(asked.request.id_tag, started_with):
            return failed(
                "the station asked for the very card that had started the transaction (S§4.1)",
                (*ending.known, *asked.evidence),
                expected="StopTransaction first",
                seen=f"Authorize for {asked.request.id_tag}",
            )
    wrong = _wrong_id(trace, ending, stop)
    if wrong is not None:
        return wrong
    verdict = passed("StopTransaction came after the card", ending.known)
    request = stop.request
    if request.reason not in (None, Reason.LOCAL):
        verdict = verdict.with_remark(
            f"the StopTransaction gives reason {request.reason} where Local belongs"
        )
    if request.id_tag is not None and not same_tag(request.id_tag, started_with):
        verdict = verdict.with_remark(f"the StopTransaction names idTag {request.id_tag}")
    return _ended_in_status(trace, ending, verdict)


# ── 7.3: the cable ───────────────────────────────────────────────────────────────────────────────────

_STOPS_KEY = "StopTransactionOnEVSideDisconnect"


@case.check(
    "7.3a",
    "Unplugging at the vehicle stops the transaction, with the reason EVDisconnected",
    clause="S§9.1.23, S§7.36, S§4.9",
    octt=("TC_005_1_CS",),
    hands=True,
)
def unplugging_stops(trace: Trace) -> Verdict:
    if not trace.acts():
        return each_decided(
            trace,
            ends_of_their_own(trace, Reason.EV_DISCONNECTED),
            lambda each: _stop_seen(trace, *each),
            nothing=scene_not_played(trace, UNPLUG, "no transaction was ended by unplugging"),
        )
    return each_decided(
        trace,
        unplugged_while_charging(trace),
        lambda each: _unplugged(trace, *each),
        nothing=scene_not_played(trace, UNPLUG, "no cable was unplugged while a transaction ran"),
    )


def _unplugged(trace: Trace, act: ActSpan, ending: Ending) -> Verdict:
    setting = in_force(trace, _STOPS_KEY, act.asked.n)
    if setting is not None and setting.is_false:
        return _need_not_stop(trace, act, ending, setting)
    if ending.stop is None:
        return ending.missing("the cable was unplugged at the vehicle, but no StopTransaction came")
    reason = ending.stop.request.reason
    if reason != Reason.EV_DISCONNECTED:
        return failed(
            "the StopTransaction does not tell that the vehicle was disconnected",
            ending.known,
            expected="reason EVDisconnected",
            seen=f"reason {reason}" if reason is not None else "no reason, which means Local",
        )
    told = _wrong_id(trace, ending, ending.stop) or passed(
        "StopTransaction, reason EVDisconnected", ending.known
    )
    return told if told.outcome is Outcome.FAIL else _ended_in_status(trace, ending, told)


def _need_not_stop(trace: Trace, act: ActSpan, ending: Ending, setting: InForce) -> Verdict:
    """The key is false, and the station would not have it otherwise: SuspendedEV, and no stop (S§9.1.23)."""
    known = (*setting.evidence, *ending.known)
    if ending.stop is not None:
        remark = f"{_STOPS_KEY} is false, and yet the transaction was stopped"
        return passed_with_remark("StopTransaction came after unplugging", known, remark=remark)
    stretch = statuses_after(trace, ending.transaction.connector_id, ending, window_from=ending, until=None)
    if any(meant(each.request.status) is ChargePointStatus.SUSPENDED_EV for each in stretch.statuses):
        return not_applicable(
            f"{_STOPS_KEY} is false and cannot be set: the transaction goes on in SuspendedEV", known
        )
    return ending.missing(f"{_STOPS_KEY} is false, but no SuspendedEV shows that the transaction goes on")
