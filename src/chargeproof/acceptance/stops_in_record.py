"""How transactions end in a record: after a remote stop, after a card, after the cable was pulled."""

from collections.abc import Sequence
from dataclasses import dataclass

from chargeproof.acceptance.charging_steps import END_WHAT_RUNS
from chargeproof.acceptance.clock_in_record import has_waited
from chargeproof.acceptance.quantifiers import Absence, Moment, absence
from chargeproof.acceptance.statuses_in_record import (
    CHARGES,
    HAS_ENDED,
    Stretch,
    in_words,
    meant,
    shows,
    statuses_after,
)
from chargeproof.acceptance.stimuli_in_record import acts_done, in_scene, next_disturbance, remote_stops
from chargeproof.acceptance.transactions_in_record import (
    Transaction,
    is_forgotten,
    running_at,
    same_tag,
    transactions_in,
)
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChargePointStatus, RemoteStopTransaction, StartTransaction, StopTransaction
from chargeproof.trace import ActSpan, Exchange, Trace


@dataclass(frozen=True, slots=True)
class Ending:
    """What was done to end a transaction, and the StopTransaction that came within the window.

    ``n`` is the entry of the stimulus, ``mono`` the moment from which the window counts.
    """

    transaction: Transaction
    n: int
    mono: float
    evidence: tuple[int, ...]
    stop: Exchange[StopTransaction] | None
    absence: Absence
    seconds: float

    def missing(self, reason: str) -> Verdict:
        """The verdict where no StopTransaction came."""
        expected = f"StopTransaction with transactionId {self.transaction.transaction_id}"
        known = (*self.evidence, *self.absence.evidence)
        if not self.absence.proved:
            return inconclusive(f"{reason}, but {self.absence.why}", known, expected=expected)
        return failed(reason, known, expected=expected, seen=f"nothing within {self.seconds:g} s")

    @property
    def known(self) -> tuple[int, ...]:
        """The evidence with that of the StopTransaction."""
        return (*self.evidence, *(self.stop.evidence if self.stop is not None else ()))


def _ending(
    trace: Trace, transaction: Transaction, n: int, begins: Moment, evidence: tuple[int, ...]
) -> Ending:
    seconds = window_s(trace, "stop")
    end = begins.mono + seconds
    stop = next((each for each in transaction.stops if each.n > n and each.mono <= end), None)
    gone = absence(trace, begins.mono, seconds)
    return Ending(transaction, n, begins.mono, evidence, stop, gone, seconds)


def remote_stops_to_judge(trace: Trace) -> list[tuple[Exchange[RemoteStopTransaction], Ending]]:
    """The remote stops of a transaction that was running."""
    found = []
    for command in remote_stops(trace):
        for transaction in transactions_in(trace):
            named = transaction.transaction_id is not None and (
                transaction.transaction_id == command.request.transaction_id
            )
            if named and transaction.runs_at(command.n) and not _had_ended(trace, command, transaction):
                found.append((command, _ending(trace, transaction, command.n, command, command.evidence)))
    return found


def _had_ended(trace: Trace, command: Exchange[RemoteStopTransaction], transaction: Transaction) -> bool:
    """Whether the station knew of an end that still lay in its queue or was lost, and so had to refuse."""
    if command.status == "Rejected" and is_forgotten(trace, transaction, command.n):
        return True
    stop = transaction.stop
    return command.status == "Rejected" and stop is not None and has_waited(trace, stop)


def stopping_cards(trace: Trace) -> list[tuple[ActSpan, Ending]]:
    """The cards that were presented while the transaction that they had started was running."""
    found = []
    for act in acts_done(trace, "present_card"):
        transaction = running_at(trace, act.asked.n, act.parameters.get("connector_id"))
        if transaction is not None and same_tag(
            act.parameters.get("id_tag"), transaction.start.request.id_tag
        ):
            found.append((act, _ending(trace, transaction, act.asked.n, _end_of(act), act.evidence)))
    return found


def unplugged_while_charging(trace: Trace) -> list[tuple[ActSpan, Ending]]:
    """The cables that were pulled while a transaction was running, but for those that were to tidy up."""
    found = []
    for act in acts_done(trace, "unplug"):
        transaction = running_at(trace, act.asked.n, act.parameters.get("connector_id"))
        if transaction is not None and not in_scene(trace, act.asked.n, END_WHAT_RUNS):
            found.append((act, _ending(trace, transaction, act.asked.n, _end_of(act), act.evidence)))
    return found


def _end_of(act: ActSpan) -> Moment:
    return act.ended if act.ended is not None else act.asked


def ends_of_their_own(
    trace: Trace, *reasons: str | None
) -> list[tuple[Transaction, Exchange[StopTransaction]]]:
    """Transactions whose stop gives one of these reasons: all that a record without acts shows of hands.

    Left out are stops that waited in a queue: their statuses may have come long before.
    """
    return [
        (each, each.stop)
        for each in transactions_in(trace)
        if each.stop is not None and each.stop.request.reason in reasons and not has_waited(trace, each.stop)
    ]


def status_shows_end(trace: Trace, stimulus: Moment, transaction: Transaction) -> Verdict:
    """Whether the connector shows the end: from what was done on, for the window after StopTransaction."""
    stop: Moment = transaction.stop or stimulus
    until = next_disturbance(trace, stop.n, transaction.connector_id)
    following = [
        each.start
        for each in transactions_in(trace)
        if each.start.n > stop.n and each.connector_id == transaction.connector_id
    ]
    soon_s = stop.mono + window_s(trace, "start")
    # What begins unseen by a record of others may be shown before it is told.
    begins_again = not trace.steps() and any(start.mono <= soon_s for start in following)
    first = min([*(start.n for start in following), *([until] if until is not None else [])], default=None)
    stretch = statuses_after(trace, transaction.connector_id, stimulus, window_from=stop, until=first)
    known = transaction.stop.evidence if transaction.stop is not None else ()
    unasked = _begins_unasked(trace, following, stop, until)
    again = unasked or (None if begins_again else _charges_again(stretch, known))
    return again or shows(stretch, HAS_ENDED, what="the end", known=known)


def _begins_unasked(
    trace: Trace, following: Sequence[Exchange[StartTransaction]], stop: Moment, until: int | None
) -> Verdict | None:
    """A transaction right after the end that nobody asked for, neither a card nor a command."""
    soon_s = stop.mono + window_s(trace, "settle")
    start = next((each for each in following if each.mono <= soon_s), None)
    if start is None or not trace.steps() or (until is not None and until < start.n):
        return None
    return failed(
        "a new transaction began at the end of the one that was stopped, and nobody had asked for it",
        (stop.n, *start.evidence),
        expected="Finishing, Available or Preparing, until something begins",
        seen=f"StartTransaction with idTag {start.request.id_tag}",
    )


def _charges_again(stretch: Stretch, known: tuple[int, ...]) -> Verdict | None:
    """A status of charging after the end was shown, and nothing had begun."""
    ended = False
    for status in stretch.statuses:
        word = meant(status.request.status)
        if ended and word in CHARGES:
            return failed(
                f"the connector shows {word} after the end of its transaction",
                (*known, *stretch.evidence),
                expected="Finishing, Available or Preparing, until something begins",
                seen=in_words(stretch.statuses),
            )
        ended = ended or word in (ChargePointStatus.FINISHING, ChargePointStatus.AVAILABLE)
    return None


def ends_are_hidden(trace: Trace) -> bool:
    """Whether no status showed the end of the sessions that were stopped remotely (7.1b)."""
    stopped = [(command, e) for command, e in remote_stops_to_judge(trace) if e.stop is not None]
    return bool(stopped) and all(
        status_shows_end(trace, command, ending.transaction).outcome is Outcome.FAIL
        for command, ending in stopped
    )
