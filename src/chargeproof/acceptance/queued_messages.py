"""Criterion 14.1: what can be wrong with a single message that waited in the queue."""

from typing import Any

from chargeproof.acceptance.clock_in_record import payload_seconds
from chargeproof.acceptance.outages_in_record import ORDER_SLACK_S, Expected, Unreachable, twice
from chargeproof.acceptance.starts_in_record import local_starts
from chargeproof.acceptance.transactions_in_record import Transaction, same_tag
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive
from chargeproof.acceptance.windows import window_s
from chargeproof.trace import ActSpan, Exchange

EARLY_S = 5.0  # a person says "done" a little after, and asks are written down a little before

Message = Exchange[Any]


def wrongly_dated(
    outage: Unreachable, message: Message, act: ActSpan | None, known: tuple[int, ...]
) -> Verdict | None:
    stamped = payload_seconds(message)
    expected = "a timestamp within the outage"
    if stamped is None:
        reason = f"the {message.action} of the outage carries no timestamp that can be read"
        return failed(reason, known, expected=expected, seen="none")
    time = outage.on_our_clock(stamped)
    if time is None:
        return inconclusive("nothing tells how far the station's clock is from ours", known)
    reason = f"the {message.action} of the outage is not dated within it"
    if time >= outage.ended_s:
        seen = f"{time - outage.ended_s:.0f} s after its end"
        return failed(reason, known, expected=expected, seen=seen)
    if time < outage.began_s - ORDER_SLACK_S:
        seen = f"{outage.began_s - time:.0f} s before its beginning"
        return failed(reason, known, expected=expected, seen=seen)
    if act is not None and time < act.asked.at.timestamp() - EARLY_S:
        return failed(
            f"the {message.action} of the outage is dated before what was done",
            (*known, *act.evidence),
            expected="the time of the act",
            seen=f"{act.asked.at.timestamp() - time:.0f} s before it",
        )
    return None


def of_another_card(
    outage: Unreachable, start: Message, expected: Expected, known: tuple[int, ...]
) -> Verdict | None:
    """A start that names another card than was presented; 6.2a condemns it where it does so online too."""
    named = start.request.id_tag
    if expected.begun_by is None or same_tag(named, expected.id_tag):
        return None
    online = [(each.id_tag, each.transaction) for each in local_starts(outage.trace)]
    if any(begun and not same_tag(begun.start.request.id_tag, id_tag) for id_tag, begun in online):
        return None
    return failed(
        "the StartTransaction of the outage names another card than was presented",
        (*known, *expected.begun_by.evidence),
        expected=f"idTag {expected.id_tag}",
        seen=f"idTag {named}",
    )


def wrong_id(transaction: Transaction, stop: Message, known: tuple[int, ...]) -> Verdict | None:
    given, named = transaction.transaction_id, stop.request.transaction_id
    if given is None or named == given or (named is not None and named == transaction.own_id):
        return None
    return failed(
        "the StopTransaction of the outage does not name the transaction that it ends",
        known,
        expected=f"transactionId {given}, as the StartTransaction.conf gave it",
        seen=f"transactionId {named}",
    )


def sent_twice(messages: list[Message], known: tuple[int, ...]) -> Verdict | None:
    again = twice(messages)
    if again is None:
        return None
    return failed(
        f"the {again.action} of the outage was sent twice",
        (*known, *again.evidence),
        expected="each message once, as it was answered",
        seen=f"{len(messages)} times",
    )


def not_by_itself(outage: Unreachable, message: Message, known: tuple[int, ...]) -> Verdict | None:
    """Whether a command of ours came before it: after the window that condemns it, within it decides nothing."""
    back = outage.back
    if back is None:
        return None
    ours = outage.trace.between(back.n, message.n).sent_by("central_system")
    if not ours:
        return None
    drain_s = window_s(outage.trace, "drain")
    if message.mono > back.mono + drain_s:
        return failed(
            f"the {message.action} of the outage came only after a command of ours",
            (*known, ours[0].n),
            expected=f"by itself within {drain_s:g} s",
            seen=f"after {message.mono - back.mono:.0f} s, and after {ours[0].action}",
        )
    if outage.trace.steps():
        reason = f"our own {ours[0].action} came before the {message.action} of the outage"
        return inconclusive(f"{reason}, so nothing shows that it came by itself", (*known, ours[0].n))
    return None
