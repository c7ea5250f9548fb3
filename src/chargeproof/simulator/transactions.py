"""Transactions: from StartTransaction to StopTransaction (S§4.8, S§4.10)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chargeproof.ocpp import (
    AuthorizationStatus,
    ChargingProfile,
    IdTagInfo,
    MeterValue,
    Reason,
    StartTransactionConf,
)
from chargeproof.simulator.bell import Bell
from chargeproof.simulator.ports import CannotBeDone

if TYPE_CHECKING:
    from chargeproof.simulator.connector import Connector
    from chargeproof.simulator.station import SimulatedStation

OPEN = "open_transactions"
COUNT = "transaction_count"
UNDELIVERED = -1
"""The transaction id of a StartTransaction that could never be delivered (E3.18)."""


class Transaction(msgspec.Struct, kw_only=True):
    """One charging session. `key` is the station's own number; `transaction_id` comes with the confirmation.

    started_s: the monotonic clock at the start. energy_limit_wh: how far the register may go although the
    central system refused the idTag (MaxEnergyOnInvalidId); None as long as it did not.
    """

    key: int
    connector_id: int
    id_tag: str
    started_at: datetime
    meter_start_wh: int
    started_s: float = 0.0
    parent_id_tag: str | None = None
    reservation_id: int | None = None
    transaction_id: int | None = None
    energy_limit_wh: float | None = None
    remote: bool = False
    samples: list[MeterValue] = []
    stopped: bool = False


class Transactions:
    """Begins and ends transactions and keeps a record of the open ones, so that a power cut loses none."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self._ended = Bell()

    def begin(
        self,
        connector: "Connector",
        id_tag: str,
        *,
        parent_id_tag: str | None = None,
        charging_profile: ChargingProfile | None = None,
        remote: bool = False,
    ) -> Transaction:
        """Start to charge. The plug must be in and the idTag approved."""
        station = self.station
        if connector.transaction is not None:
            raise CannotBeDone(f"a transaction is running on connector {connector.connector_id}")
        connector.stop_waiting_for_plug()
        transaction = Transaction(
            key=self._next_key(),
            connector_id=connector.connector_id,
            id_tag=id_tag,
            parent_id_tag=parent_id_tag,
            started_at=station.now(),
            started_s=station.clock.monotonic(),
            meter_start_wh=station.register_wh(connector.connector_id),
            reservation_id=station.reservations.use(connector.connector_id, id_tag, parent_id_tag),
            remote=remote,
        )
        connector.transaction = transaction
        connector.finishing = False
        self.keep(transaction)
        if charging_profile is not None:
            station.charging_profiles.install(connector.connector_id, charging_profile)
        station.send_start_transaction(transaction)
        station.power.recalculate_all()
        station.refresh(connector.connector_id)
        station.sampling.begin(transaction)
        return transaction

    def end(self, connector: "Connector", reason: Reason, id_tag: str | None = None) -> None:
        """Stop to charge and tell it. `id_tag`: the card that stopped it, if one did."""
        transaction = connector.transaction
        if transaction is None:
            return
        station = self.station
        station.sampling.end(transaction)
        station.power.cut(connector.connector_id)
        connector.transaction = None
        transaction.stopped = True
        station.send_stop_transaction(transaction, reason, id_tag)
        self.forget(transaction)
        station.charging_profiles.forget_transaction(connector.connector_id)
        self._let_the_user_finish(connector)
        self._ended.ring()
        station.availability.transaction_ended(connector.connector_id)
        station.power.recalculate_all()
        station.refresh(connector.connector_id)

    def end_all(self, reason: Reason) -> None:
        for connector in self.station.connectors.values():
            self.end(connector, reason)

    def by_id(self, transaction_id: int) -> "Connector | None":
        """The connector on which this transaction runs."""
        for connector in self.station.connectors.values():
            if (
                connector.transaction
                and self.station.transaction_id_of(connector.transaction) == transaction_id
            ):
                return connector
        return None

    def by_key(self, key: int) -> Transaction | None:
        for connector in self.station.connectors.values():
            if connector.transaction is not None and connector.transaction.key == key:
                return connector.transaction
        return None

    def any_running(self) -> bool:
        return any(connector.transaction for connector in self.station.connectors.values())

    async def all_ended(self) -> None:
        """Wait until no transaction is running."""
        while self.any_running():
            await self._ended.heard(None)

    def confirmed(self, key: int, confirmation: StartTransactionConf) -> None:
        """The central system gave the id, and perhaps refused the idTag (S§4.8)."""
        transaction = self.by_key(key)
        if transaction is None:
            return
        transaction.transaction_id = confirmation.transaction_id
        transaction.parent_id_tag = confirmation.id_tag_info.parent_id_tag or transaction.parent_id_tag
        self.keep(transaction)
        if confirmation.id_tag_info.status is not AuthorizationStatus.ACCEPTED:
            self.station.on_transaction_refused(transaction, confirmation.id_tag_info)

    def refuse(self, transaction: Transaction, _info: IdTagInfo) -> None:
        """StopTransactionOnInvalidId ends it; otherwise the energy stops, at once or at MaxEnergyOnInvalidId."""
        connector = self.station.connectors[transaction.connector_id]
        if self.station.configuration.boolean("StopTransactionOnInvalidId", True):
            self.station.end_transaction(connector, Reason.DE_AUTHORIZED)
            return
        grant_wh = self.station.configuration.integer("MaxEnergyOnInvalidId", 0)
        transaction.energy_limit_wh = transaction.meter_start_wh + grant_wh
        self.station.power.recalculate(connector.connector_id)
        self.station.refresh(connector.connector_id)

    def recover(self) -> None:
        """End what a power cut left open: at the moment of the cut, with the register of that moment."""
        records: dict[str, Any] = self.station.memory.get(OPEN, {})
        for record in records.values():
            transaction = msgspec.convert(record, Transaction)
            self.station.send_stop_after_power_loss(transaction)
            self.forget(transaction)

    def keep(self, transaction: Transaction) -> None:
        records = self.station.memory.get(OPEN, {})
        records[str(transaction.key)] = msgspec.to_builtins(transaction)
        self.station.memory[OPEN] = records

    def forget(self, transaction: Transaction) -> None:
        records = self.station.memory.get(OPEN, {})
        records.pop(str(transaction.key), None)
        self.station.memory[OPEN] = records

    def _next_key(self) -> int:
        key = int(self.station.memory.get(COUNT, 0)) + 1
        self.station.memory[COUNT] = key
        return key

    def _let_the_user_finish(self, connector: "Connector") -> None:
        connector.finishing = True
        if not connector.outlet.plugged:
            self.station.leave_finishing_later(connector)
