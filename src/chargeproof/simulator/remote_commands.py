"""RemoteStartTransaction, RemoteStopTransaction, UnlockConnector and Reset (S§5.11, S§5.12, S§5.18, S§5.14)."""

import asyncio
from typing import TYPE_CHECKING

from chargeproof.ocpp import (
    AuthorizationStatus,
    ChargePointStatus,
    ChargingProfilePurpose,
    IdTagInfo,
    Reason,
    RegistrationStatus,
    RemoteStartStopStatus,
    RemoteStartTransaction,
    RemoteStartTransactionConf,
    RemoteStopTransaction,
    RemoteStopTransactionConf,
    ResetType,
    UnlockConnector,
    UnlockConnectorConf,
    UnlockStatus,
)

if TYPE_CHECKING:
    from chargeproof.simulator.connector import Connector
    from chargeproof.simulator.station import SimulatedStation

READY_TO_START = (
    ChargePointStatus.PREPARING,
    ChargePointStatus.FINISHING,
    ChargePointStatus.RESERVED,
    ChargePointStatus.AVAILABLE,
)
"""Statuses in which a remote start makes sense, the most promising first."""


class RemoteCommands:
    """What the central system orders; the answer is given before the deed."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station

    def start(self, request: RemoteStartTransaction) -> RemoteStartTransactionConf:
        connector = self.station.connector_for(request)
        if connector is None or not self._profile_fits(request):
            return RemoteStartTransactionConf(status=RemoteStartStopStatus.REJECTED)
        self.station.spawn(self.station.start_remotely(connector, request), "remote start")
        return RemoteStartTransactionConf(status=RemoteStartStopStatus.ACCEPTED)

    def connector_for(self, request: RemoteStartTransaction) -> "Connector | None":
        """The connector that is named, or else the best free one; None if it cannot be."""
        if self.station.registration is not RegistrationStatus.ACCEPTED or self.station.hardware.fault:
            return None
        usable = [
            one
            for one in self.station.connectors.values()
            if request.connector_id in (None, one.connector_id) and self._is_free_for(one, request.id_tag)
        ]
        order = {status: place for place, status in enumerate(READY_TO_START)}
        return min(usable, key=lambda one: order[one.status] if one.status else 0, default=None)

    async def start_accepted(self, connector: "Connector", request: RemoteStartTransaction) -> None:
        """As if the idTag had been presented here: authorized first if AuthorizeRemoteTxRequests says so."""
        station = self.station
        info = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
        if station.configuration.boolean("AuthorizeRemoteTxRequests"):
            info = await station.authorize_shown(connector, request.id_tag)
        if info.status is AuthorizationStatus.ACCEPTED and connector.transaction is None:
            station.on_identified(
                connector, request.id_tag, info, charging_profile=request.charging_profile, remote=True
            )

    def stop(self, request: RemoteStopTransaction) -> RemoteStopTransactionConf:
        connector = self.station.transactions.by_id(request.transaction_id)
        if connector is None or connector.transaction is None:
            return RemoteStopTransactionConf(status=RemoteStartStopStatus.REJECTED)
        self.station.spawn(self.station.stop_remotely(connector), "remote stop")
        return RemoteStopTransactionConf(status=RemoteStartStopStatus.ACCEPTED)

    def unlock(self, request: UnlockConnector) -> UnlockConnectorConf:
        """A running transaction is stopped first (S§5.18)."""
        connector = self.station.connectors.get(request.connector_id)
        if connector is None or not self.station.model.has_cable_lock:
            return UnlockConnectorConf(status=UnlockStatus.NOT_SUPPORTED)
        self.station.end_transaction(connector, Reason.UNLOCK_COMMAND)
        return UnlockConnectorConf(status=UnlockStatus.UNLOCKED)

    async def reset(self, kind: ResetType) -> None:
        """E3.36: transactions are stopped, and told if that is possible in time; then the restart."""
        station, timing = self.station, self.station.model.timing
        await asyncio.sleep(timing.reset_delay_s)
        hard = kind is ResetType.HARD
        station.stop_for_reset(Reason.HARD_RESET if hard else Reason.SOFT_RESET)
        await station.messages_sent(within_s=timing.stop_grace_s)
        station.restart(after_s=timing.hard_reset_s if hard else timing.soft_reset_s)

    def _is_free_for(self, connector: "Connector", id_tag: str) -> bool:
        return (
            connector.status in READY_TO_START
            and connector.transaction is None
            and connector.identified is None
            and not connector.identifying
            and not self.station.reservations.keeps_out(connector.connector_id, id_tag, None)
        )

    @staticmethod
    def _profile_fits(request: RemoteStartTransaction) -> bool:
        """S§5.11: a profile that comes along must be a TxProfile; its transaction has no id yet."""
        profile = request.charging_profile
        return profile is None or profile.charging_profile_purpose is ChargingProfilePurpose.TX_PROFILE
