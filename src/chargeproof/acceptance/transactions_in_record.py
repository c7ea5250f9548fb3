"""The transactions of a record: each StartTransaction with what the station said of it afterwards.

``transaction_id`` is the one in our confirmation. A station that names another one is still understood:
its messages are tied to the transaction that was running, so that one defect has one check that fails.
"""

from dataclasses import dataclass, field
from typing import Any

from chargeproof.acceptance.asked_once import asked_once
from chargeproof.acceptance.clock_in_record import seconds_of
from chargeproof.acceptance.quantifiers import ours
from chargeproof.ocpp import (
    BootNotification,
    MeterValues,
    RemoteStartTransaction,
    StartTransaction,
    StopTransaction,
)
from chargeproof.trace import Exchange, Trace

UNDELIVERED = -1
"""What a station calls a transaction whose start could not be delivered (E3.18)."""

TWINS_S = 10.0  # starts of one session are dated no further apart


@dataclass(slots=True, eq=False)
class Transaction:
    """One transaction. ``copies`` are the same start sent again; ``stops`` holds every StopTransaction.

    A stop or meter values may name an id that is not ours; ``own_id`` tells. ``twin``: another transaction that
    the station began for the same session. ``asked_at``: the connector that we named, or the card's.
    """

    start: Exchange[StartTransaction]
    copies: list[Exchange[StartTransaction]] = field(default_factory=list)
    meter_values: list[Exchange[MeterValues]] = field(default_factory=list)
    stops: list[Exchange[StopTransaction]] = field(default_factory=list)
    twin: "Transaction | None" = None
    asked_at: int | None = None

    @property
    def transaction_id(self) -> int | None:
        """The id in our confirmation; None where we gave none."""
        for start in (self.start, *self.copies):
            if start.confirmation is not None and start.confirmation.transaction_id is not None:
                return int(start.confirmation.transaction_id)
        return None

    @property
    def named_connector_id(self) -> int | None:
        """As its StartTransaction names it."""
        return self.start.request.connector_id

    @property
    def connector_id(self) -> int | None:
        """Where it runs: as named, or where it was asked for if all its meter values come from there."""
        named = self.named_connector_id
        if self.asked_at in (None, named):
            return named
        given = self.transaction_id
        told = {v.request.connector_id for v in self.meter_values if v.request.transaction_id == given}
        return self.asked_at if told == {self.asked_at} else named

    @property
    def stop(self) -> Exchange[StopTransaction] | None:
        """The first StopTransaction."""
        return self.stops[0] if self.stops else None

    @property
    def starts_at(self) -> float | None:
        """The start's payload time in seconds since 1970."""
        return seconds_of(self.start.request.timestamp)

    @property
    def stops_at(self) -> float | None:
        """The stop's payload time in seconds since 1970."""
        return None if self.stop is None else seconds_of(self.stop.request.timestamp)

    @property
    def own_id(self) -> int | None:
        """The id of its own that the station uses in meter values and stop alike; None if it uses ours."""
        ids = self.meter_ids
        stop_ids = {stop.request.transaction_id for stop in self.stops}
        if len(ids) == 1 and stop_ids == ids and self.transaction_id not in ids:
            return next(iter(ids))
        return None

    @property
    def meter_ids(self) -> set[int]:
        """The transaction ids that its meter values name."""
        ids: set[Any] = {values.request.transaction_id for values in self.meter_values}
        return {each for each in ids if each is not None}

    @property
    def told(self) -> tuple[bool, bool]:
        """Whether the station sent its meter values and its end."""
        return bool(self.meter_values), bool(self.stops)

    @property
    def is_a_shadow(self) -> bool:
        """Whether its session was told by way of its twin."""
        return self.twin is not None and self.told < self.twin.told

    def runs_at(self, n: int) -> bool:
        """Whether, by arrival, it had begun and not been stopped at that entry; a shadow ends with its twin."""
        stop = self.stop
        if stop is None and self.twin is not None and self.is_a_shadow:
            stop = self.twin.stop
        return self.start.n < n and (stop is None or stop.n > n)


@asked_once
def transactions_in(trace: Trace) -> list[Transaction]:
    """All transactions that began in the record, in the order of arrival."""
    pairing = _Pairing(may_be_older=trace.head is not None and trace.head.site in ("log", "proxy"))
    for exchange in trace.sent_by("charge_point"):
        message = exchange.reading.message
        if isinstance(message, StartTransaction):
            pairing.begin(exchange)
        elif isinstance(message, MeterValues):
            pairing.measure(exchange)
        elif isinstance(message, StopTransaction):
            pairing.end(exchange)
    for each in pairing.found:
        each.asked_at = _asked_at(trace, each)
    return pairing.found


def _asked_at(trace: Trace, transaction: Transaction) -> int | None:
    """The connector of the newest remote start or card with its tag before it."""
    tag = transaction.start.request.id_tag
    before = trace.until(transaction.start.n)
    asked: list[tuple[int, Any]] = [
        (start.n, start.request.connector_id)
        for start in ours(before, RemoteStartTransaction)
        if same_tag(start.request.id_tag, tag)
    ]
    for act in before.acts("present_card"):
        if same_tag(act.parameters.get("id_tag"), tag):
            asked.append((act.asked.n, act.parameters.get("connector_id")))
    return max(asked, key=lambda each: each[0])[1] if asked else None


def running_at(trace: Trace, n: int, connector_id: int | None = None) -> Transaction | None:
    """The newest transaction that was running at that entry, at that connector (at any: None); shadows last."""
    fitting = [
        transaction
        for transaction in transactions_in(trace)
        if transaction.runs_at(n) and connector_id in (None, transaction.connector_id)
    ]
    return max(fitting, key=lambda each: (not each.is_a_shadow, each.start.n), default=None)


def is_forgotten(trace: Trace, transaction: Transaction, n: int) -> bool:
    """Whether the station has booted since it began, and has not spoken of it after that until this entry."""
    boots = [boot.n for boot in trace.between(transaction.start.n, n).exchanges(BootNotification)]
    return bool(boots) and not any(boots[-1] < values.n < n for values in transaction.meter_values)


class _Pairing:
    """Ties messages to transactions in the order in which they arrived.

    ``may_be_older``: the record begins in the middle of a station's life, so that an id which it does not know
    may be that of a transaction from before.
    """

    def __init__(self, *, may_be_older: bool) -> None:
        self._may_be_older = may_be_older
        self.found: list[Transaction] = []
        self._by_id: dict[int, Transaction] = {}
        self._starts: dict[tuple[Any, ...], Transaction] = {}
        self._running: dict[int, Transaction] = {}  # by the entry of the start, in order

    def begin(self, start: Exchange[StartTransaction]) -> None:
        known = self._starts.get(_identity(start))
        if known is None:
            known = self._starts[_identity(start)] = Transaction(start)
            twin = next((each for each in self._running.values() if _are_twins(each, known)), None)
            if twin is not None:
                known.twin, twin.twin = twin, known
            self.found.append(known)
            self._running[start.n] = known
        else:
            known.copies.append(start)
        if known.transaction_id is not None:
            self._by_id[known.transaction_id] = known

    def measure(self, values: Exchange[MeterValues]) -> None:
        named: Any = values.request.transaction_id
        transaction = self._by_id.get(named) or self._running_at(values.request.connector_id)
        if transaction is None:
            return
        names_ours = any(each.transaction_id in each.meter_ids for each in self.found)
        if named != UNDELIVERED or not names_ours:
            transaction.meter_values.append(values)

    def end(self, stop: Exchange[StopTransaction]) -> None:
        named: Any = stop.request.transaction_id
        transaction = self._by_id.get(named)
        # An id that another stop has used already is as wrong as an unknown one.
        spent = transaction is not None and all(each.request != stop.request for each in transaction.stops)
        if transaction is None or (transaction.stops and spent and self._running):
            candidates = list(self._running.values())
            telling = [each for each in candidates if named is not None and named in each.meter_ids]
            older = self._may_be_older and transaction is None and isinstance(named, int) and named > 0
            nameless = [each for each in candidates if each.transaction_id is None]
            transaction = next(reversed(telling or (nameless if older else candidates)), None)
        if transaction is not None:
            transaction.stops.append(stop)
            self._running.pop(transaction.start.n, None)

    def _running_at(self, connector_id: Any) -> Transaction | None:
        if not connector_id:  # connector 0 is the main meter
            return None
        fitting = (each for each in reversed(self._running.values()) if each.connector_id == connector_id)
        return next(fitting, None)


def _identity(start: Exchange[StartTransaction]) -> tuple[Any, ...]:
    """What is the same where a start is sent again; one without a time is known by its message id only."""
    request: Any = start.request
    when = request.timestamp if request.timestamp is not None else start.unique_id
    return (request.connector_id, request.id_tag, when, request.meter_start)


def _are_twins(one: Transaction, other: Transaction) -> bool:
    """Whether two starts are of one session: of the same card at the same connector and time."""
    begins, again = one.starts_at, other.starts_at
    if begins is None or again is None or one.connector_id != other.connector_id:
        return False
    return same_tag(one.start.request.id_tag, other.start.request.id_tag) and abs(again - begins) <= TWINS_S


def same_tag(one: object, other: object) -> bool:
    """Whether two idTags are the same: they are CiStrings (S§7.28)."""
    return isinstance(one, str) and isinstance(other, str) and one.casefold() == other.casefold()
