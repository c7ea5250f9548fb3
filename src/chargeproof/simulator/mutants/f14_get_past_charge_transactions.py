"""Mutants of function 14: Get past charge transactions."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec

from chargeproof.ocpp import (
    CallReceived,
    Confirmation,
    IdTagInfo,
    MeterValue,
    MeterValues,
    Reason,
    Request,
    StartTransaction,
    StopTransaction,
)
from chargeproof.simulator.authorization import INVALID
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.queue import OfflineQueue, QueuedMessage
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

OLD_S = 3.0  # a message that waited longer was queued


class _KnowsOutages(SimulatedStation):
    """Remembers which transactions it began while the line was down."""

    begun_offline: frozenset[int] = frozenset()

    def send_start_transaction(self, transaction: Transaction) -> None:
        if not self.online:
            self.begun_offline |= {transaction.key}
        super().send_start_transaction(transaction)


# ── 14.1a: lost ──────────────────────────────────────────────────────────────────────────────────────


@mutant(fails="14.1a", because="no StartTransaction and StopTransaction dated within the outage")
class OfflineLost(SimulatedStation):
    """Forgets its queue when the line comes back."""

    def on_connected(self) -> None:
        self.queue.clear()
        super().on_connected()


@mutant(fails="14.1a", because="no StopTransaction dated within the outage")
class OfflineStopLost(_KnowsOutages):
    """Loses the stop of the session that ran when the line broke."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if self.online or transaction.key in self.begun_offline:
            super().send_stop_transaction(transaction, reason, id_tag)


@mutant(fails="14.1a", because="no StartTransaction and StopTransaction dated within the outage")
class OfflineSessionLost(_KnowsOutages):
    """Loses the session that began and ended while the line was down."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        if self.online:
            super().send_start_transaction(transaction)
        else:
            self.begun_offline |= {transaction.key}

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if transaction.key not in self.begun_offline:
            super().send_stop_transaction(transaction, reason, id_tag)

    def send_transaction_values(self, transaction: Transaction, sample: MeterValue) -> None:
        if transaction.key not in self.begun_offline:
            super().send_transaction_values(transaction, sample)


@mutant(fails="14.1a", because="a StartTransaction dated within the outage, and no stop")
class OfflineSessionNeverStops(_KnowsOutages):
    """Loses the stop of the session that began while the line was down."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if self.online or transaction.key not in self.begun_offline:
            super().send_stop_transaction(transaction, reason, id_tag)


@mutant(fails="14.1a", because="of 2 sessions in the outage only 1 came")
class OfflineQueueTooShort(SimulatedStation):
    """Has room for three messages while the line is down, and throws the oldest away."""

    def wake_sender(self) -> None:
        if not self.online:
            del self.queue.messages[:-3]
        super().wake_sender()


@mutant(fails="14.1a", because="no StartTransaction and StopTransaction dated within the outage")
class OfflineRefusesListedCard(SimulatedStation):
    """Refuses every card while the line is down, although list and LocalAuthorizeOffline allow it."""

    def authorize_offline(self, id_tag: str) -> IdTagInfo:
        return INVALID


# ── 14.1a: doubled ───────────────────────────────────────────────────────────────────────────────────


@mutant(fails="14.1a", because="the StopTransaction of the outage was sent twice")
class OfflineDuplicate(SimulatedStation):
    """Queues the stops of an outage twice."""

    _given: dict[int, int]

    def start_software(self) -> None:
        self._given = {}
        super().start_software()

    def transaction_id_to_send(self, key: int) -> int:
        """The queue forgets the id with the first stop."""
        found = self.queue.transaction_id(key)
        if found is not None:
            self._given[key] = found
        return self._given.get(key, -1)

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if not self.online:
            super().send_stop_transaction(transaction, reason, id_tag)
        super().send_stop_transaction(transaction, reason, id_tag)


@mutant(fails="14.1a", because="the StartTransaction of the outage was sent twice")
class OfflineStartDuplicate(SimulatedStation):
    """Queues the starts of an outage twice."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        if not self.online:
            super().send_start_transaction(transaction)
        super().send_start_transaction(transaction)


@mutant(fails="14.1a", because="one session in the outage was delivered as several transactions")
class OfflineSessionTwice(_KnowsOutages):
    """Tells the session of an outage as two, each with a start of its own."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        super().send_stop_transaction(transaction, reason, id_tag)
        if transaction.key in self.begun_offline and not self.online:
            other = msgspec.structs.replace(
                transaction,
                key=transaction.key + 1000,
                started_at=transaction.started_at + timedelta(seconds=9),
            )
            super().send_start_transaction(other)
            super().send_stop_transaction(other, reason, id_tag)


# ── 14.1a: dated or named wrongly ────────────────────────────────────────────────────────────────────


class _EditsQueued(SimulatedStation):
    """Changes starts and stops that waited in the queue, on the wire."""

    def edit(self, request: Request, payload: dict[str, Any]) -> None:
        raise NotImplementedError

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, StartTransaction | StopTransaction):
            return text
        if (self.now() - request.timestamp).total_seconds() < OLD_S:
            return text
        return edited_payload(text, lambda payload: self.edit(request, payload))


@mutant(fails="14.1a", because="of the outage is not dated within it")
class OfflineDatedAtDelivery(_EditsQueued):
    """Dates the starts and stops of an outage at the time when it sends them."""

    def edit(self, request: Request, payload: dict[str, Any]) -> None:
        payload["timestamp"] = self.now().isoformat()


@mutant(fails="14.1a", because="of the outage is not dated within it")
class OfflineClockLost(_EditsQueued):
    """Counts from 1970 while the line is down."""

    def edit(self, request: Request, payload: dict[str, Any]) -> None:
        payload["timestamp"] = "1970-01-01T00:10:00Z"


@mutant(fails="14.1a", because="carries no timestamp that can be read")
class OfflineUndated(_EditsQueued):
    """Sends the stops of an outage without a timestamp."""

    def edit(self, request: Request, payload: dict[str, Any]) -> None:
        if isinstance(request, StopTransaction):
            del payload["timestamp"]


@mutant(fails="14.1a", because="is dated before what was done")
class OfflineStopDatedEarly(_EditsQueued):
    """Dates the stops of an outage 20 seconds early."""

    def edit(self, request: Request, payload: dict[str, Any]) -> None:
        if isinstance(request, StopTransaction):
            payload["timestamp"] = (request.timestamp - timedelta(seconds=20)).isoformat()


@mutant(fails="14.1a", because="the stop is dated before its start")
class OfflineStopBeforeStart(_EditsQueued):
    """Dates the stops of an outage a minute early."""

    def edit(self, request: Request, payload: dict[str, Any]) -> None:
        if isinstance(request, StopTransaction):
            payload["timestamp"] = (request.timestamp - timedelta(seconds=60)).isoformat()


@mutant(fails="14.1a", because="the StopTransaction of the outage does not name the transaction that it ends")
class OfflineStopIdMinusOne(_EditsQueued):
    """Names the transactionId -1 in the stops of an outage."""

    def edit(self, request: Request, payload: dict[str, Any]) -> None:
        if isinstance(request, StopTransaction):
            payload["transactionId"] = -1


@mutant(fails="14.1a", because="the StopTransaction of the outage does not name the transaction that it ends")
class OfflineStopWithItsOwnNumber(_EditsQueued):
    """Names the transactions of an outage by a number of its own."""

    def edit(self, request: Request, payload: dict[str, Any]) -> None:
        if isinstance(request, StopTransaction):
            payload["transactionId"] += 40000


# ── 14.1a: not by itself, not in order ───────────────────────────────────────────────────────────────


class _HoldingQueue(OfflineQueue):
    """Gives nothing away while it is held."""

    held = False

    def head(self) -> QueuedMessage | None:
        return None if self.held else super().head()


class _HoldsQueue(SimulatedStation):
    """Keeps its queue back after an outage until something releases it."""

    queue: _HoldingQueue

    def make_parts(self) -> None:
        super().make_parts()
        self.queue = _HoldingQueue(self)

    def on_disconnected(self) -> None:
        self.queue.held = True
        super().on_disconnected()

    def release(self) -> None:
        self.queue.held = False
        self.wake_sender()


@mutant(fails="14.1a", because="of the outage came only after a command of ours")
class OfflineWaitsForCommand(_HoldsQueue):
    """Delivers the queue of an outage only when the central system sends something."""

    def answer(self, event: CallReceived) -> Confirmation | None:
        asyncio.get_running_loop().call_soon(self.release)
        return super().answer(event)


@mutant(fails="14.1a", because="of the outage came only after a command of ours")
class OfflineDeliversTooLate(_HoldsQueue):
    """Waits five minutes before it delivers the queue of an outage."""

    def on_connected(self) -> None:
        super().on_connected()
        asyncio.get_running_loop().call_later(300, self.release)


@mutant(fails="14.1a", because="was delivered after a later")
class OfflineNewestFirst(SimulatedStation):
    """Delivers the newest session of an outage first."""

    def on_connected(self) -> None:
        self.queue.messages.sort(key=lambda message: -message.key)
        super().on_connected()


# ── 14.1b: meter values ──────────────────────────────────────────────────────────────────────────────


class _DropsOfflineValues(_KnowsOutages):
    """Loses some of the meter values of an outage."""

    def drops(self, transaction: Transaction, sample: MeterValue) -> bool:
        raise NotImplementedError

    def send_transaction_values(self, transaction: Transaction, sample: MeterValue) -> None:
        if self.online or not self.drops(transaction, sample):
            super().send_transaction_values(transaction, sample)


@mutant(fails="14.1b", because="no meter values of the outage came")
class OfflineDropsMetervalues(_DropsOfflineValues):
    """Keeps no meter values while the line is down."""

    def drops(self, transaction: Transaction, sample: MeterValue) -> bool:
        return True


@mutant(fails="14.1b", because="the meter values of the outage have a gap")
class OfflineThinsMetervalues(_DropsOfflineValues):
    """Keeps every second sample while the line is down."""

    _count = 0

    def drops(self, transaction: Transaction, sample: MeterValue) -> bool:
        self._count += 1
        return self._count % 2 == 0


@mutant(fails="14.1b", because="the meter values of the outage have a gap")
class OfflineKeepsOneSample(_DropsOfflineValues):
    """Keeps the first sample of an outage and no more."""

    _kept = False

    def drops(self, transaction: Transaction, sample: MeterValue) -> bool:
        kept, self._kept = self._kept, True
        return kept

    def on_connected(self) -> None:
        self._kept = False
        super().on_connected()


@mutant(fails="14.1b", because="no meter values of the outage came")
class OfflineSessionWithoutMetervalues(_DropsOfflineValues):
    """Keeps no meter values of a session that began while the line was down."""

    def drops(self, transaction: Transaction, sample: MeterValue) -> bool:
        return transaction.key in self.begun_offline


class _EditsQueuedValues(SimulatedStation):
    """Changes meter values that waited in the queue, on the wire."""

    def edit(self, payload: dict[str, Any]) -> None:
        raise NotImplementedError

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, MeterValues) or request.transaction_id is None:
            return text
        age_s = (self.now() - request.meter_value[0].timestamp).total_seconds()
        return edited_payload(text, self.edit) if age_s > OLD_S else text


@mutant(fails="14.1b", because="no meter values of the outage came")
class OfflineValuesDatedAtDelivery(_EditsQueuedValues):
    """Dates the meter values of an outage at the time when it sends them."""

    def edit(self, payload: dict[str, Any]) -> None:
        for each in payload["meterValue"]:
            each["timestamp"] = self.now().isoformat()


@mutant(fails="14.1b", because="the meter values of the outage do not name their transaction")
class OfflineValuesWithoutId(_EditsQueuedValues):
    """Names no transaction in the meter values of an outage."""

    def edit(self, payload: dict[str, Any]) -> None:
        del payload["transactionId"]


@mutant(fails="14.1b", because="the meter values of the outage do not name their transaction")
class OfflineValuesOfAnotherTransaction(_EditsQueuedValues):
    """Names a transactionId that was never given in the meter values of an outage; 6.1b wants ours anywhere."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["transactionId"] += 500
