"""From the card or the remote start to the end of the session: what leads to what (S§4.1, S§4.8, S§4.10)."""

import asyncio

from chargeproof.ocpp import (
    AuthorizationStatus,
    ChargePointStatus,
    ChargingProfile,
    IdTagInfo,
    Reason,
    RemoteStartTransaction,
    StartTransactionConf,
    StopTransactionConf,
    UpdateFirmware,
)
from chargeproof.simulator.authorization import same_tag
from chargeproof.simulator.connecting import Connecting
from chargeproof.simulator.connector import Connector, Identified
from chargeproof.simulator.link import CallFailed
from chargeproof.simulator.queue import QueuedMessage
from chargeproof.simulator.transactions import Transaction


class Charging(Connecting):
    """The decisions of a session, each a method of its own."""

    def status_due(self, connector: Connector) -> ChargePointStatus:
        """The status that the state of this connector calls for (S§4.9)."""
        if connector.faulted:
            return ChargePointStatus.FAULTED
        if connector.transaction is not None:
            return self.power.status_of_charging(connector)
        if not self.availability.is_operative(connector.connector_id):
            return ChargePointStatus.UNAVAILABLE
        reserved = self.reservations.of(connector.connector_id) is not None
        if connector.identified is not None or (connector.identifying and not reserved):
            return ChargePointStatus.PREPARING
        if connector.finishing:
            return ChargePointStatus.FINISHING
        if connector.outlet.plugged or connector.outlet.bay_occupied:
            return ChargePointStatus.PREPARING
        return ChargePointStatus.RESERVED if reserved else ChargePointStatus.AVAILABLE

    def limit_a(self, connector: Connector) -> float:
        """Amperes per phase that are offered to the vehicle now."""
        return self.power.limit_a(connector)

    # Who may

    async def on_card(self, connector: Connector, id_tag: str) -> None:
        """A card was presented at this connector."""
        if connector.transaction is not None:
            await self.on_card_during_transaction(connector, connector.transaction, id_tag)
        elif connector.identified is not None:
            self.on_second_card(connector)
        elif self.may_be_used(connector):
            await self.on_card_to_start(connector, id_tag)

    async def on_card_to_start(self, connector: Connector, id_tag: str) -> None:
        info = await self.authorize_shown(connector, id_tag)
        kept = self.reservations.keeps_out(connector.connector_id, id_tag, info.parent_id_tag)
        if self.may_begin_with(info) and not kept and self.may_be_used(connector):
            self.on_identified(connector, id_tag, info)
        else:
            self.on_card_refused(connector, info)

    def may_begin_with(self, info: IdTagInfo) -> bool:
        """S§4.1: energy only after the idTag was approved."""
        return info.status is AuthorizationStatus.ACCEPTED

    def may_be_used(self, connector: Connector) -> bool:
        free = connector.transaction is None and connector.identified is None and not connector.identifying
        working = not connector.faulted and self.hardware.fault is None
        return free and working and self.availability.is_operative(connector.connector_id)

    async def on_card_during_transaction(
        self, connector: Connector, transaction: Transaction, id_tag: str
    ) -> None:
        """The same card stops; another one of the same parent does too (S§4.10)."""
        if not same_tag(id_tag, transaction.id_tag):
            info = self.authorization.known(id_tag) or await self.authorize(id_tag)
            if not self.authorization.same_group(info.parent_id_tag, transaction.parent_id_tag):
                return
        if connector.transaction is transaction:
            self.end_transaction(connector, Reason.LOCAL, id_tag)

    def on_second_card(self, connector: Connector) -> None:
        """A second presentation before the cable is in ends the intended usage (S§4.9 B1)."""
        connector.stop_waiting_for_plug()
        self.refresh(connector.connector_id)

    def on_card_refused(self, connector: Connector, info: IdTagInfo) -> None:
        self.refresh(connector.connector_id)

    async def authorize_shown(self, connector: Connector, id_tag: str) -> IdTagInfo:
        """Authorize with the connector in Preparing (S§4.9 A2); the caller says what becomes of it."""
        connector.identifying = True
        self.refresh(connector.connector_id)
        try:
            return await self.authorize(id_tag)
        finally:
            connector.identifying = False

    async def authorize(self, id_tag: str) -> IdTagInfo:
        return await self.authorization.authorize(id_tag)

    def authorize_offline(self, id_tag: str) -> IdTagInfo:
        return self.authorization.offline(id_tag)

    # Begin

    def on_identified(
        self,
        connector: Connector,
        id_tag: str,
        info: IdTagInfo,
        *,
        charging_profile: ChargingProfile | None = None,
        remote: bool = False,
    ) -> None:
        """Somebody may charge: at once if the cable is in, else as soon as it is, within ConnectionTimeOut."""
        if connector.outlet.plugged:
            self.begin_transaction(connector, id_tag, info, charging_profile=charging_profile, remote=remote)
            return
        connector.identified = Identified(id_tag, info.parent_id_tag, charging_profile, remote=remote)
        connector.identified.timeout = asyncio.get_running_loop().call_later(
            self.connection_timeout_s(), self.on_connection_timeout, connector
        )
        self.refresh(connector.connector_id)

    def connection_timeout_s(self) -> float:
        return self.configuration.integer("ConnectionTimeOut", 60)

    def on_connection_timeout(self, connector: Connector) -> None:
        """Identified, but no cable in time: back to Available (S§4.9 B1, S§9.1.6)."""
        connector.stop_waiting_for_plug()
        self.refresh(connector.connector_id)

    def begin_transaction(
        self,
        connector: Connector,
        id_tag: str,
        info: IdTagInfo,
        *,
        charging_profile: ChargingProfile | None = None,
        remote: bool = False,
    ) -> None:
        self.transactions.begin(
            connector,
            id_tag,
            parent_id_tag=info.parent_id_tag,
            charging_profile=charging_profile,
            remote=remote,
        )

    def connector_for(self, request: RemoteStartTransaction) -> Connector | None:
        """Where a remote start is to happen; None rejects it."""
        return self.remote_commands.connector_for(request)

    async def start_remotely(self, connector: Connector, request: RemoteStartTransaction) -> None:
        """After a remote start was accepted."""
        await self.remote_commands.start_accepted(connector, request)
        self.refresh(connector.connector_id)

    def on_start_confirmed(self, key: int, id_tag: str, confirmation: StartTransactionConf) -> None:
        self.authorization.remember(id_tag, confirmation.id_tag_info)
        self.transactions.confirmed(key, confirmation)

    def on_transaction_refused(self, transaction: Transaction, info: IdTagInfo) -> None:
        """The answer to StartTransaction says that this idTag may not charge."""
        self.transactions.refuse(transaction, info)

    # The cable

    def on_plugged(self, connector: Connector) -> None:
        connector.finishing = False
        connector.set_timer("finishing", None)
        identified = connector.stop_waiting_for_plug()
        if connector.transaction is not None:
            self.power.recalculate(connector.connector_id)
        elif identified is not None and not connector.faulted:
            info = IdTagInfo(status=AuthorizationStatus.ACCEPTED, parent_id_tag=identified.parent_id_tag)
            self.begin_transaction(
                connector,
                identified.id_tag,
                info,
                charging_profile=identified.charging_profile,
                remote=identified.remote,
            )
        elif self.model.plugged_without_card == "finishing":
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self.connection_timeout_s(), self.on_plug_timeout, connector)
            connector.set_timer("plug", timer)
        self.refresh(connector.connector_id)

    def on_plug_timeout(self, connector: Connector) -> None:
        """Plugged, but no card in time: Finishing (S§4.9 B6)."""
        connector.finishing = connector.transaction is None
        self.refresh(connector.connector_id)

    def on_unplugged(self, connector: Connector) -> None:
        """The cable was taken out at the vehicle."""
        connector.set_timer("plug", None)
        if connector.transaction is None:
            connector.finishing = False
        elif self.configuration.boolean("StopTransactionOnEVSideDisconnect", True):
            self.end_transaction(connector, Reason.EV_DISCONNECTED)
        else:
            self.power.recalculate(connector.connector_id)
        self.refresh(connector.connector_id)

    def on_vehicle_changed(self, connector: Connector) -> None:
        """The vehicle wants to charge, or no longer."""
        self.power.recalculate(connector.connector_id)
        self.refresh(connector.connector_id)

    def on_reservation_expired(self, reservation_id: int) -> None:
        self.reservations.remove(reservation_id)

    # End

    def end_transaction(self, connector: Connector, reason: Reason, id_tag: str | None = None) -> None:
        """Stop the transaction on this connector if there is one."""
        self.transactions.end(connector, reason, id_tag)

    async def stop_remotely(self, connector: Connector) -> None:
        """After a remote stop was accepted."""
        self.end_transaction(connector, Reason.REMOTE)

    def on_stop_confirmed(self, key: int, id_tag: str | None, confirmation: StopTransactionConf) -> None:
        if id_tag is not None and confirmation.id_tag_info is not None:
            self.authorization.remember(id_tag, confirmation.id_tag_info)

    def leave_finishing_later(self, connector: Connector) -> None:
        """Without a cable in, Finishing is shown for a moment only."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self.model.timing.finishing_s, self.on_finished, connector)
        connector.set_timer("finishing", timer)

    def on_finished(self, connector: Connector) -> None:
        connector.finishing = False
        self.refresh(connector.connector_id)

    # Delivery

    def queue_goes_first(self, queued_order: int, notice_order: int) -> bool:
        """Whether the queue's first message goes before the first notice: what happened first does."""
        return queued_order < notice_order

    def on_delivery_failed(self, message: QueuedMessage, failure: CallFailed) -> None:
        self.queue.failed(message, failure)

    async def messages_sent(self, *, within_s: float) -> None:
        """Wait until everything is delivered, but not longer than this."""
        deadline_s = self.clock.monotonic() + within_s
        while self.online and (self.queue.messages or self.outbox.notices):
            if self.clock.monotonic() >= deadline_s:
                return
            await asyncio.sleep(0.1)

    # Firmware

    async def update_firmware(self, request: UpdateFirmware) -> None:
        await self.firmware.update(request)

    async def install_firmware(self, request: UpdateFirmware, content: bytes) -> None:
        await self.firmware.install(request, content)
