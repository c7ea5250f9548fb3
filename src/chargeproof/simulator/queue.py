"""Transaction-related messages: queued, in order, kept over reboots, sent until they are delivered (S§3.7)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from chargeproof.ocpp import (
    Confirmation,
    MeterValues,
    Request,
    StartTransaction,
    StartTransactionConf,
    StopTransaction,
    StopTransactionConf,
)
from chargeproof.simulator.link import CallFailed, ErrorAnswered, NoAnswer, NotConnected
from chargeproof.simulator.transactions import UNDELIVERED

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

MESSAGES = "queue"
IDS = "transaction_ids"

Kind = Literal["StartTransaction", "StopTransaction", "MeterValues"]
TransactionMessage = StartTransaction | StopTransaction | MeterValues
CLASSES: dict[str, type[TransactionMessage]] = {
    "StartTransaction": StartTransaction,
    "StopTransaction": StopTransaction,
    "MeterValues": MeterValues,
}


class QueuedMessage(msgspec.Struct, kw_only=True):
    """A message of the transaction with this key. Its transaction id is filled in when it is sent.

    order: the place among all messages of the station. not_before_s: the monotonic clock of the next attempt.
    """

    kind: Kind
    key: int
    payload: dict[str, Any]
    unique_id: str
    queued_at: datetime
    order: int = 0
    attempts: int = 0
    not_before_s: float = 0.0


class OfflineQueue:
    """First in, first out. A message leaves when it is confirmed or has failed too often."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        kept = msgspec.convert(station.memory.get(MESSAGES, []), list[QueuedMessage])
        for message in kept:
            message.not_before_s = 0.0
            message.order = station.next_order()
        self.messages: list[QueuedMessage] = kept

    def __len__(self) -> int:
        return len(self.messages)

    def put(self, key: int, request: TransactionMessage) -> None:
        kind: Kind = request.action  # type: ignore[assignment]
        self.messages.append(
            QueuedMessage(
                kind=kind,
                key=key,
                payload=msgspec.to_builtins(request),
                unique_id=self.station.next_unique_id(),
                queued_at=self.station.now(),
                order=self.station.next_order(),
            )
        )
        self._save()
        self.station.wake_sender()

    def clear(self) -> None:
        self.messages.clear()
        self._save()

    def head(self) -> QueuedMessage | None:
        return self.messages[0] if self.messages else None

    def request_of(self, message: QueuedMessage) -> Request[Any]:
        """The message as it is to be sent now, with the id that the central system gave meanwhile."""
        payload = dict(message.payload)
        if message.kind != "StartTransaction":
            payload["transactionId"] = self.station.transaction_id_to_send(message.key)
        return msgspec.convert(payload, CLASSES[message.kind])

    async def deliver(self, message: QueuedMessage) -> None:
        """One attempt. A broken connection is no attempt: the message stays as it is."""
        try:
            confirmation = await self.station.call_as(message.unique_id, self.request_of(message))
        except NotConnected:
            return
        except (NoAnswer, ErrorAnswered) as failure:
            self.station.on_delivery_failed(message, failure)
        else:
            self._delivered(message, confirmation)

    def failed(self, message: QueuedMessage, _failure: CallFailed) -> None:
        """S§3.7.1: try again after the interval times the attempts made, until the attempts are used up."""
        message.attempts += 1
        configuration = self.station.configuration
        if message.attempts >= configuration.integer("TransactionMessageAttempts", 3):
            self.give_up(message)
            return
        interval_s = configuration.integer("TransactionMessageRetryInterval", 60)
        message.not_before_s = self.station.clock.monotonic() + interval_s * message.attempts
        # A repeated call needs an id of its own on the same connection (J§4.1.4).
        message.unique_id = self.station.next_unique_id()
        self._save()
        self.station.wake_sender()

    def give_up(self, message: QueuedMessage) -> None:
        if message.kind == "StartTransaction":
            self.remember_id(message.key, UNDELIVERED)
        self._remove(message)

    def remember_id(self, key: int, transaction_id: int) -> None:
        ids = self.station.memory.get(IDS, {})
        ids[str(key)] = transaction_id
        self.station.memory[IDS] = ids

    def transaction_id(self, key: int) -> int | None:
        """The id for the transaction with this key; None as long as nobody gave one."""
        found: int | None = self.station.memory.get(IDS, {}).get(str(key))
        return found

    def _delivered(self, message: QueuedMessage, confirmation: Confirmation) -> None:
        if isinstance(confirmation, StartTransactionConf):
            self.remember_id(message.key, confirmation.transaction_id)
        self._remove(message)
        if isinstance(confirmation, StartTransactionConf):
            self.station.on_start_confirmed(message.key, message.payload["idTag"], confirmation)
        elif isinstance(confirmation, StopTransactionConf):
            self.station.on_stop_confirmed(message.key, message.payload.get("idTag"), confirmation)

    def _remove(self, message: QueuedMessage) -> None:
        self.messages = [one for one in self.messages if one is not message]
        if message.kind == "StopTransaction":
            ids = self.station.memory.get(IDS, {})
            ids.pop(str(message.key), None)
            self.station.memory[IDS] = ids
        self._save()
        self.station.wake_sender()

    def _save(self) -> None:
        self.station.memory[MESSAGES] = msgspec.to_builtins(self.messages)
