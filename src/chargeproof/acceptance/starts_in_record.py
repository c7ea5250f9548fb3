"""How transactions begin in a record: after a remote start, after a card, or although a card was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chargeproof.acceptance.asked_once import asked_once
from chargeproof.acceptance.authorization_in_record import was_cached
from chargeproof.acceptance.clock_in_record import has_waited
from chargeproof.acceptance.outages_in_record import unreachables
from chargeproof.acceptance.profile import profile_of
from chargeproof.acceptance.quantifiers import theirs
from chargeproof.acceptance.statuses_in_record import (
    CHARGES,
    HAS_ENDED,
    Stretch,
    in_words,
    meant,
    status_before,
    statuses_after,
)
from chargeproof.acceptance.stimuli_in_record import acts_done, in_scene, next_disturbance, remote_starts
from chargeproof.acceptance.transactions_in_record import (
    Transaction,
    running_at,
    same_tag,
    transactions_in,
)
from chargeproof.acceptance.verdict import Verdict, failed
from chargeproof.acceptance.visit import START_WITHOUT_CABLE, UNKNOWN_CARD
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import Authorize, ChargePointStatus, RemoteStartTransaction
from chargeproof.trace import ActSpan, Exchange, Trace

# Where a station may lawfully say no to a remote start: the connector is not to be had.
NOT_TO_BE_HAD = frozenset(
    {
        ChargePointStatus.UNAVAILABLE,
        ChargePointStatus.FAULTED,
        ChargePointStatus.RESERVED,
        ChargePointStatus.CHARGING,
        ChargePointStatus.SUSPENDED_EV,
        ChargePointStatus.SUSPENDED_EVSE,
    }
)


def remote_starts_to_judge(trace: Trace) -> list[Exchange[RemoteStartTransaction]]:
    """The remote starts that had to succeed.

    Left out: those while a transaction ran or the connector was not to be had, and a refusal in Finishing
    that a later remote start at the same connector made good.
    """
    starts = remote_starts(trace)
    return [each for each in starts if not _is_excused(trace, each, starts)]


def _is_excused(trace: Trace, start: Exchange[Any], starts: Sequence[Exchange[Any]]) -> bool:
    connector_id = start.request.connector_id
    if connector_id is not None and running_at(trace, start.n, connector_id) is not None:
        return True
    if start.status == "Accepted":
        return False
    before = status_before(trace, connector_id, start.n)
    status = None if before is None else meant(before.request.status)
    if status in NOT_TO_BE_HAD:
        return True
    return status is ChargePointStatus.FINISHING and any(
        other.n > start.n and other.status == "Accepted" and other.request.connector_id == connector_id
        for other in starts
    )


def shows_charging_before(trace: Trace, start: Exchange[RemoteStartTransaction]) -> bool:
    """Whether the end of an earlier transaction was never shown: then there is no change to be told now."""
    before = status_before(trace, start.request.connector_id, start.n)
    return before is not None and meant(before.request.status) in CHARGES


def begun_by(trace: Trace, start: Exchange[RemoteStartTransaction]) -> Transaction | None:
    """The transaction that a remote start began: the first with its tag or at its connector, in the window."""
    end = start.mono + window_s(trace, "start")
    following = next((other.n for other in remote_starts(trace) if other.n > start.n), None)
    for transaction in transactions_in(trace):
        request: Any = transaction.start.request
        in_time = transaction.start.n > start.n and transaction.start.mono <= end
        before_next = following is None or transaction.start.n < following
        concerned = same_tag(request.id_tag, start.request.id_tag) or (
            request.connector_id is not None and request.connector_id == start.request.connector_id
        )
        if in_time and before_next and concerned:
            return transaction
    return None


def begun_again(trace: Trace, begun: Transaction) -> Transaction | None:
    """Another transaction with the tag of one that was still running there, and nothing was done to begin it."""
    until = next_disturbance(trace, begun.start.n, begun.connector_id) or trace.entries[-1].n + 1
    for other in transactions_in(trace):
        between = begun.start.n < other.start.n < until and begun.runs_at(other.start.n)
        in_time = other.start.mono <= begun.start.mono + window_s(trace, "start")
        if between and in_time and other.connector_id == begun.connector_id:
            return other
    return None


@dataclass(frozen=True, slots=True)
class LocalStart:
    """A card that was to start a transaction, with what the station made of it within the window.

    ``act`` is None in a record of another system: then the start itself is all that shows the card.
    """

    id_tag: str
    connector_id: int | None
    n: int
    mono: float
    act: ActSpan | None
    authorize: Exchange[Authorize] | None
    transaction: Transaction | None

    @property
    def evidence(self) -> tuple[int, ...]:
        parts = [self.act, self.authorize, None if self.transaction is None else self.transaction.start]
        return tuple(n for part in parts if part is not None for n in part.evidence)

    @property
    def begins_unasked(self) -> bool:
        """Whether the transaction began before the station asked for the card."""
        if self.transaction is None:
            return False
        return self.authorize is None or self.authorize.n > self.transaction.start.n

    def kept_out(self, trace: Trace) -> str:
        """Why no card could start anything at the connector; empty where nothing shows that."""
        shown = status_before(trace, self.connector_id, self.n)
        word = None if shown is None else meant(shown.request.status)
        return f"the connector was {word}" if word in NOT_TO_BE_HAD else ""

    def went_on(self, trace: Trace) -> bool:
        """Whether the connector left Finishing (or never was in it) until the next thing was done."""
        until = next_disturbance(trace, self.n, self.connector_id) or trace.entries[-1].n + 1
        newest = status_before(trace, self.connector_id, until)
        return newest is None or meant(newest.request.status) is not ChargePointStatus.FINISHING


def local_starts(trace: Trace) -> list[LocalStart]:
    """Every card that was to start a transaction; where no act is recorded, every start that was not remote."""
    if trace.acts():
        return [found for act in acts_done(trace, "present_card") if (found := _by_card(trace, act))]
    return [_by_itself(trace, each) for each in transactions_in(trace) if _was_local(trace, each)]


def attempts_with_cards(trace: Trace) -> list[LocalStart]:
    """Cards that were to start; one at which nothing happened counts only if no later one was answered.

    A start without Authorize that only a cache explains which should have been empty is a matter of 15.1a.
    """
    found = local_starts(trace)
    asks = any(each.authorize is not None and not each.begins_unasked for each in found)
    found = [
        each
        for each in found
        if not (asks and each.begins_unasked and was_cached(trace, each.id_tag, each.n))
    ]
    answered = [each for each in found if each.authorize is not None or each.transaction is not None]
    return answered or found[-1:]


def _by_card(trace: Trace, act: ActSpan) -> LocalStart | None:
    """What a presented card began; None for a card that was to stop, to be refused, or had no cable."""
    id_tag, connector_id = tag_of(act), act.parameters.get("connector_id")
    refused = same_tag(id_tag, unknown_card_of(trace)) or in_scene(trace, act.asked.n, UNKNOWN_CARD)
    if refused or in_scene(trace, act.asked.n, START_WITHOUT_CABLE):
        return None
    if running_at(trace, act.asked.n, connector_id) is not None:
        return None
    mono = act.ended.mono if act.ended is not None else act.asked.mono
    end = mono + window_s(trace, "start")
    next_card = next((a.asked.n for a in trace.after(act.asked.n).acts("present_card")), None)

    def fits(exchange: Exchange[Any]) -> bool:
        in_time = exchange.n > act.asked.n and exchange.mono <= end
        return in_time and (next_card is None or exchange.n < next_card)

    begun = [t for t in transactions_in(trace) if fits(t.start) and connector_id in (None, t.connector_id)]
    asked = [each for each in theirs(trace, Authorize) if fits(each)]
    return LocalStart(
        id_tag,
        connector_id,
        act.asked.n,
        mono,
        act,
        asked[0] if asked else None,
        begun[0] if begun else None,
    )


def _by_itself(trace: Trace, transaction: Transaction) -> LocalStart:
    start = transaction.start
    since = start.mono - window_s(trace, "start")
    asked = [
        each
        for each in theirs(trace.until(start.n), Authorize)
        if each.mono >= since and same_tag(each.request.id_tag, start.request.id_tag)
    ]
    authorize = asked[-1] if asked else None
    began: Exchange[Any] = authorize or start
    return LocalStart(
        str(start.request.id_tag), transaction.connector_id, began.n, began.mono, None, authorize, transaction
    )


def _was_local(trace: Trace, transaction: Transaction) -> bool:
    """Begun by a card under our eyes: neither by a remote start nor while the station could not ask us."""
    if (trace.has_times or not trace.shows_connections) and has_waited(trace, transaction.start):
        return False
    if any(outage.dated_within(transaction.start) for outage in unreachables(trace)):
        return False
    return transaction.start.n not in _begun_remotely(trace) and not _was_ordered(trace, transaction)


def _was_ordered(trace: Trace, transaction: Transaction) -> bool:
    """Whether an accepted remote start with its tag came before, however long: the cable may come late."""
    start = transaction.start
    tags = [
        each for each in transactions_in(trace) if same_tag(each.start.request.id_tag, start.request.id_tag)
    ]
    since = max((each.start.n for each in tags if each.start.n < start.n), default=0)
    return any(
        since < order.n < start.n
        and order.status == "Accepted"
        and same_tag(order.request.id_tag, start.request.id_tag)
        for order in remote_starts(trace)
    )


@asked_once
def _begun_remotely(trace: Trace) -> frozenset[int]:
    """The entries of the starts that remote starts explain."""
    begun = (begun_by(trace, each) for each in remote_starts(trace))
    return frozenset(each.start.n for each in begun if each is not None)


def tag_of(act: ActSpan) -> str:
    """The idTag of a card that was presented."""
    return str(act.parameters.get("id_tag", ""))


def unknown_card_of(trace: Trace) -> str:
    """The card that the profile names as unknown; empty for none."""
    return profile_of(trace.head.profile).unknown_card if trace.head is not None else ""


def ends_too_early(trace: Trace, begun: Transaction, stretch: Stretch) -> Verdict | None:
    """A status that shows an end after one that showed charging, though the transaction runs on."""
    window = window_s(trace, "stop")
    charges = False
    for status in stretch.statuses:
        word = meant(status.request.status)
        charges = charges or word in CHARGES
        runs_on = begun.stop is None or begun.stop.mono - status.mono > window
        if charges and runs_on and word in HAS_ENDED:
            return failed(
                f"the connector became {word} while the transaction went on",
                (*begun.start.evidence, status.n),
                expected="Charging, SuspendedEV or SuspendedEVSE for as long as it runs",
                seen=in_words(stretch.statuses),
            )
    return None


def statuses_after_start(
    trace: Trace, begun: Transaction, stimulus: Exchange[RemoteStartTransaction] | LocalStart
) -> Stretch:
    """The connector's statuses from the stimulus until something else was done, or the window was over."""
    ends = [next_disturbance(trace, begun.start.n, begun.connector_id)]
    ends.append(begun.stop.n if begun.stop is not None else None)
    until = min((n for n in ends if n is not None), default=None)
    return statuses_after(trace, begun.connector_id, stimulus, window_from=begun.start, until=until)
