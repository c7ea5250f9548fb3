"""Criterion 14.1: what was begun and ended while the station could not reach us must come by itself."""

from chargeproof.acceptance.authorization_in_record import may_begin_offline, offline_evidence
from chargeproof.acceptance.clock_in_record import payload_seconds
from chargeproof.acceptance.outages_in_record import (
    ORDER_SLACK_S,
    Expected,
    Unreachable,
    begun_within,
    expected_of,
)
from chargeproof.acceptance.quantifiers import together
from chargeproof.acceptance.queued_messages import (
    Message,
    not_by_itself,
    of_another_card,
    sent_twice,
    wrong_id,
    wrongly_dated,
)
from chargeproof.acceptance.sessions_in_record import charging_at
from chargeproof.acceptance.starts_in_record import (
    begun_again,
    begun_by,
    local_starts,
    remote_starts_to_judge,
)
from chargeproof.acceptance.stimuli_in_record import remote_starts
from chargeproof.acceptance.transactions_in_record import Transaction, running_at, same_tag, transactions_in
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import MeterValues
from chargeproof.trace import ActSpan

STARTS = 6  # the function that asks whether one start begins one transaction


def delivered_of(outage: Unreachable) -> Verdict | None:
    """The verdict on one outage; None where nothing was begun or ended in it."""
    expected = expected_of(outage)
    begun = begun_within(outage, expected)
    doubled = [each for each in begun if each.is_a_shadow] if _doubles_its_starts(outage) else []
    begun = [each for each in begun if each not in doubled]
    if _start_was_lost(outage, expected):  # nobody knows which card began what
        begun = [each for each in begun if not outage.dated_after(each.start)]
    running = _stopped_within(outage, expected)
    halves: list[Verdict] = []
    if begun:
        # The last card's session goes on: what becomes of it later is not of the outage.
        last = begun[-1] if expected.goes_on is not None and len(begun) >= expected.begins else None
        halves.extend(_begun(outage, expected, each, goes_on=each is last) for each in begun)
        halves.extend(_one_too_many(outage, expected, begun))
        halves.extend(_one_too_few(outage, expected, begun))
    elif expected.begun_by is not None:
        halves.append(_none_begun(outage, expected))
    if running is not None:
        halves.append(_stopped(outage, running, expected.stopped_by))
    if not halves:
        return None
    verdict = together([*halves, *_out_of_order(outage)])
    return (
        verdict.with_remark("each start comes as two transactions, online too (6.1a)") if doubled else verdict
    )


def _doubles_its_starts(outage: Unreachable) -> bool:
    """Whether the station began two transactions for one session online too: 6.1a, if asked for, condemns it."""
    head = outage.trace.head
    if head is None or STARTS not in head.functions:
        return False
    begun = (begun_by(outage.trace, start) for start in remote_starts_to_judge(outage.trace))
    return any(each is not None and begun_again(outage.trace, each) is not None for each in begun)


def _stopped_within(outage: Unreachable, expected: Expected) -> Transaction | None:
    """The transaction that ran when the line broke, if it was stopped in the outage."""
    if expected.stopped_by is not None:
        return expected.running
    running = expected.running or running_at(outage.trace, outage.cut.n)
    stops = running.stops if running is not None else []
    return (
        running if any(outage.dated_within(stop) and stop.n > outage.restored.n for stop in stops) else None
    )


# ── the transaction that ran when the line broke ─────────────────────────────────────────────────────


def _stopped(outage: Unreachable, transaction: Transaction, act: ActSpan | None) -> Verdict:
    known = (*outage.evidence, *transaction.start.evidence, *(act.evidence if act is not None else ()))
    stops = [stop for stop in transaction.stops if stop.n > outage.restored.n]
    if not stops:
        return _stop_lost(outage, transaction, known, "no StopTransaction dated within the outage")
    stop = stops[0]
    if outage.dated_after(stop) and _ended_later(outage, stop):
        reason = "the session that ran when the line broke was not stopped in the outage"
        return inconclusive(reason, (*known, *stop.evidence))
    return _stop_is_good(outage, transaction, stops, act, known)


def _stop_lost(outage: Unreachable, transaction: Transaction, known: tuple[int, ...], reason: str) -> Verdict:
    if any(outage.dated_after(values) for values in transaction.meter_values):
        said = "the session that ran when the line broke was not stopped in the outage"
        return inconclusive(said, known)
    return _lost(outage, known, reason)


def _lost(outage: Unreachable, known: tuple[int, ...], reason: str) -> Verdict:
    gone = outage.absence()
    drain_s = window_s(outage.trace, "drain")
    expected = f"delivered within {drain_s:g} s after the station is back"
    known = (*known, *gone.evidence)
    if not gone.proved:
        return inconclusive(f"{reason}, but {gone.why}", known, expected=expected)
    return failed(reason, known, expected=expected, seen=f"nothing within {drain_s:g} s")


def _ended_later(outage: Unreachable, stop: Message) -> bool:
    """Whether something after the outage can have ended it."""
    since = outage.trace.between(outage.restored.n, stop.n)
    return bool(since.acts()) or any(
        call.action in ("RemoteStopTransaction", "Reset") for call in since.sent_by("central_system")
    )


def _stop_is_good(
    outage: Unreachable,
    transaction: Transaction,
    stops: list[Message],
    act: ActSpan | None,
    known: tuple[int, ...],
) -> Verdict:
    stop = stops[0]
    known = (*known, *stop.evidence)
    for wrong in (
        wrongly_dated(outage, stop, act, known),
        wrong_id(transaction, stop, known),
        sent_twice(stops, known),
        not_by_itself(outage, stop, known),
    ):
        if wrong is not None:
            return wrong
    after_s = stop.mono - outage.back.mono if outage.back is not None else 0.0
    verdict = passed(
        "the session that ran when the line broke came with its stop, dated within the outage",
        known,
        figures={"offline_stop_delivered_after_s": round(after_s, 3)},
    )
    return _with_remarks(outage, transaction, stop, verdict)


def _with_remarks(
    outage: Unreachable, transaction: Transaction, message: Message, verdict: Verdict
) -> Verdict:
    late_s = window_s(outage.trace, "drain")
    if outage.back is not None and message.mono > outage.back.mono + late_s:
        verdict = verdict.with_remark(f"delivered later than {late_s:g} s after the station was back")
    if transaction.own_id is not None:
        verdict = verdict.with_remark(f"the station calls the transaction {transaction.own_id} (6.1b)")
    return verdict


# ── the transaction within the outage ────────────────────────────────────────────────────────────────


def _none_begun(outage: Unreachable, expected: Expected) -> Verdict:
    act = expected.begun_by
    known = (*outage.evidence, *(act.evidence if act is not None else ()))
    allowed = may_begin_offline(outage.trace, expected.id_tag, outage.cut.n)
    keys = offline_evidence(outage.trace, outage.cut.n)
    if allowed is False:
        return not_applicable(
            "the station begins no session offline for this card: no cache and no list may answer for it, and "
            "AllowOfflineTxForUnknownId is not true",
            (*keys, *known),
        )
    reason = "no StartTransaction and StopTransaction dated within the outage"
    running = expected.running
    if running is not None and any(outage.dated_after(values) for values in running.meter_values):
        return inconclusive(f"{reason}: the session that ran before went on", known)
    if _starts_nothing_online(outage, expected):
        return inconclusive(f"{reason}; cards start nothing while connected either (6.2)", known)
    if allowed is None:
        return inconclusive(
            f"{reason}, and its keys do not tell whether it had to begin one", (*keys, *known)
        )
    return _lost(outage, (*known, *keys), reason)


def _starts_nothing_online(outage: Unreachable, expected: Expected) -> bool:
    tried = [
        each
        for each in local_starts(outage.trace)
        if each.n < outage.cut.n and same_tag(each.id_tag, expected.id_tag)
    ]
    return bool(tried) and not any(_was_taken(each.transaction) for each in tried)


def _was_taken(transaction: Transaction | None) -> bool:
    """Whether a card began one that we accepted: a refusal teaches the station's cache."""
    info = getattr(getattr(transaction, "start", None), "confirmation", None)
    return transaction is not None and getattr(getattr(info, "id_tag_info", None), "status", "") == "Accepted"


def _begun(outage: Unreachable, expected: Expected, transaction: Transaction, *, goes_on: bool) -> Verdict:
    start = transaction.start
    known = (*outage.evidence, *start.evidence)
    if goes_on and _begins_late(outage, start, expected):
        return passed("the session that began when the line came back was told", known)
    for wrong in (
        wrongly_dated(outage, start, expected.begun_by, known),
        of_another_card(outage, start, expected, known),
        sent_twice([start, *transaction.copies], known),
        not_by_itself(outage, start, known),
    ):
        if wrong is not None:
            return wrong
    if goes_on:
        return passed("the session that goes on after the outage came with its start", known)
    if not transaction.stops:
        if expected.begun_by is not None and expected.ended_by is None:
            return passed("the session that began in the outage came with its start", known)
        return _stop_lost(
            outage, transaction, known, "a StartTransaction dated within the outage, and no stop"
        )
    stop = transaction.stops[0]
    if outage.dated_after(stop) and (expected.ended_by is None or _ended_later(outage, stop)):
        verdict = passed("the session that began in the outage came with its start", known)
        return _with_remarks(outage, transaction, start, verdict)
    verdict = _stop_is_good(outage, transaction, list(transaction.stops), expected.ended_by, known)
    begins, ends = transaction.starts_at, transaction.stops_at
    if begins is not None and ends is not None and ends < begins - ORDER_SLACK_S:
        seen = f"stop {begins - ends:.0f} s before the start"
        return failed("the stop is dated before its start", known, expected="start, then stop", seen=seen)
    return verdict


def _begins_late(outage: Unreachable, start: Message, expected: Expected) -> bool:
    """Whether it is the last card's session, which nothing ended, begun when the outage was just over."""
    act, time = expected.goes_on, outage.on_our_clock(payload_seconds(start))
    if act is None or time is None:
        return False
    return outage.ended_s <= time <= act.asked.at.timestamp() + window_s(outage.trace, "start")


def _one_too_many(outage: Unreachable, expected: Expected, begun: list[Transaction]) -> list[Verdict]:
    """More transactions within the outage than cards began there."""
    if expected.begun_by is None or len(begun) <= expected.begins:
        return []
    known = [n for each in begun for n in each.start.evidence]
    seen = f"{len(begun)} transactions"
    reason = "one session in the outage was delivered as several transactions"
    return [failed(reason, known, expected=f"transactions: {expected.begins}", seen=seen)]


def _one_too_few(outage: Unreachable, expected: Expected, begun: list[Transaction]) -> list[Verdict]:
    """Fewer transactions than cards began: one was lost, unless the station may have taken a card for a stop."""
    if expected.begun_by is None or len(begun) >= expected.begins or not any(t.stop for t in begun):
        return []
    if _start_was_lost(outage, expected):
        return []
    known = (*outage.evidence, *(n for each in begun for n in each.start.evidence))
    count = len(begun)
    return [_lost(outage, known, f"of {expected.begins} sessions in the outage only {count} came")]


def _start_was_lost(outage: Unreachable, expected: Expected) -> bool:
    """Whether a session ran when the line broke of which no start had been told: cards may do something else."""
    if expected.running is None and expected.begun_by is not None:
        connector_id = expected.begun_by.parameters.get("connector_id")
        if charging_at(outage.trace, outage.cut.n, connector_id):
            return True
    ordered = [start for start in remote_starts(outage.trace) if start.n < outage.cut.n]
    return bool(ordered) and ordered[-1].status == "Accepted" and begun_by(outage.trace, ordered[-1]) is None


def _out_of_order(outage: Unreachable) -> list[Verdict]:
    """Start and stop in the order of their dates, and nothing newer before them (S§3.7)."""
    # Meter values of a session that ended in the outage are never new, however they are dated (14.1b).
    of_the_outage = {
        values.n
        for transaction in transactions_in(outage.trace)
        if transaction.stop is not None and outage.dated_within(transaction.stop)
        for values in transaction.meter_values
    }
    newest: tuple[float, Message] | None = None
    known_ids: set[str] = set()
    for message in outage.delivered():
        time = payload_seconds(message)
        if time is None or message.unique_id in known_ids:
            continue
        known_ids.add(message.unique_id)
        is_meter_values = isinstance(message.reading.message, MeterValues)
        if is_meter_values and (message.n in of_the_outage or not outage.dated_after(message)):
            continue  # whether the meter values are in order is 14.1b
        queued = outage.dated_within(message) and not isinstance(message.reading.message, MeterValues)
        if queued and newest is not None and time < newest[0] - ORDER_SLACK_S:
            if _is_again(outage, message):
                continue
            return [_overtaken(outage, message, newest[1])]
        if newest is None or time > newest[0]:
            newest = (time, message)
    return []


def _is_again(outage: Unreachable, message: Message) -> bool:
    """Whether the same message had come before: a doubled one is not a late one."""
    return any(
        other.n < message.n and other.action == message.action and other.request == message.request
        for other in outage.delivered()
    )


def _overtaken(outage: Unreachable, message: Message, newer: Message) -> Verdict:
    what = "a new one" if outage.dated_after(newer) else f"a later {newer.action}"
    return failed(
        f"the {message.action} of the outage was delivered after {what}",
        (*outage.evidence, *newer.evidence, *message.evidence),
        expected="in chronological order, before anything new (S§3.7)",
        seen=f"{newer.action}, then {message.action}",
    )
