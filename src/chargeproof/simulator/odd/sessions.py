"""Odd but lawful: how sessions begin and end."""

import asyncio
from typing import Any

import msgspec

from chargeproof.ocpp import (
    ChargePointStatus,
    Reason,
    RemoteStartTransaction,
    Request,
    StartTransaction,
    StopTransaction,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.model import VehicleModel
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction
from chargeproof.simulator.variants import lawful, lawful_without

PREPARING = ChargePointStatus.PREPARING
FINISHING = ChargePointStatus.FINISHING


@odd(
    note="Charging before StartTransaction and Finishing before StopTransaction (OCTT allows it; order is free)"
)
class StatusBeforeTransaction(SimulatedStation):
    """Has a status that is quicker than its transactions."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        start = self.build_start_transaction(transaction)
        self._later(transaction, start)

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        self._later(transaction, self.build_stop_transaction(transaction, reason, id_tag))

    def _later(self, transaction: Transaction, request: StartTransaction | StopTransaction) -> None:
        asyncio.get_running_loop().call_later(0.8, self.queue.put, transaction.key, request)


@odd(note="no idTag and no reason in the StopTransaction after a card, which means Local (S§6.49)")
class StopSaysLittle(SimulatedStation):
    """Leaves out what is optional."""

    def build_stop_transaction(
        self, transaction: Transaction, reason: Reason, id_tag: str | None
    ) -> StopTransaction:
        stop = super().build_stop_transaction(transaction, reason, id_tag)
        return msgspec.structs.replace(stop, id_tag=None, reason=None) if reason is Reason.LOCAL else stop


@odd(
    note="asks for the tag of a remote start, as AuthorizeRemoteTxRequests wants (S§5.11)",
    model=lawful().with_key("AuthorizeRemoteTxRequests", value="true"),
)
class AuthorizesRemoteStarts(SimulatedStation):
    """Trusts nobody."""


@odd(
    note="AuthorizeRemoteTxRequests may be fixed to true (S§9.1.3)",
    model=lawful().with_key("AuthorizeRemoteTxRequests", value="true", readonly=True),
)
class AlwaysAuthorizesRemoteStarts(SimulatedStation):
    """Trusts nobody, and cannot be told to."""


@odd(
    note="leaves Authorize out where cache or list know the card (S§4.1, LocalPreAuthorize)",
    model=lawful().with_key("LocalPreAuthorize", value="true"),
)
class PreAuthorizes(SimulatedStation):
    """Asks only for cards that it does not know."""


@odd(
    note="takes neither remote start nor card in Finishing: the cable must be replugged first",
)
class WantsTheCableReplugged(SimulatedStation):
    """Starts nothing after a session until the cable was out."""

    def connector_for(self, request: RemoteStartTransaction) -> Connector | None:
        connector = super().connector_for(request)
        return None if connector is not None and connector.finishing else connector

    def may_be_used(self, connector: Connector) -> bool:
        return super().may_be_used(connector) and not connector.finishing


@odd(note="writes idTags in small letters: a CiString20Type has no case (S§7.15)")
class TagsInSmallLetters(SimulatedStation):
    """Does not keep the case of a card's number."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        if getattr(request, "id_tag", None) is None:
            return text
        return edited_payload(text, self._lower)

    @staticmethod
    def _lower(payload: dict[str, Any]) -> None:
        payload["idTag"] = payload["idTag"].lower()


@odd(note="begins 20 s after a remote start or a card: it locks the plug and tests the insulation first")
class StartsSlowly(SimulatedStation):
    """Takes its time before a session."""

    def begin_transaction(self, connector: Connector, *arguments: Any, **options: Any) -> None:
        vehicle = connector.outlet.vehicle
        self.refresh_preparing(connector)

        def begin() -> None:
            if self.running and connector.transaction is None and connector.outlet.vehicle is vehicle:
                SimulatedStation.begin_transaction(self, connector, *arguments, **options)

        asyncio.get_running_loop().call_later(20.0, begin)

    def refresh_preparing(self, connector: Connector) -> None:
        if connector.status is FINISHING:
            connector.finishing = False
            self.refresh(connector.connector_id)


@odd(note="stops 25 s after a remote stop: it lets the current sink slowly")
class StopsSlowly(SimulatedStation):
    """Takes its time at the end of a session."""

    async def stop_remotely(self, connector: Connector) -> None:
        transaction = connector.transaction
        await asyncio.sleep(25.0)
        if connector.transaction is transaction:
            await super().stop_remotely(connector)


@odd(
    note="a vehicle that has enough: SuspendedEV from the start, and no current (S§4.9)",
    model=lawful(vehicle=VehicleModel(ready=False)),
)
class VehicleIsFull(SimulatedStation):
    """Charges a full vehicle."""


@odd(note="SuspendedEVSE before Charging, and a moment without current (S§4.9 B4, E1)")
class SuspendedBeforeCharging(SimulatedStation):
    """Waits for the load management before current flows."""

    _held: frozenset[int] = frozenset()

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        self._held |= {transaction.connector_id}
        asyncio.get_running_loop().call_later(8.0, self._release, transaction.connector_id)

    def _release(self, connector_id: int) -> None:
        self._held -= {connector_id}
        if self.running:
            self.power.recalculate(connector_id)
            self.refresh(connector_id)

    def limit_a(self, connector: Connector) -> float:
        return 0.0 if connector.connector_id in self._held else super().limit_a(connector)


@odd(note="Available right after the session although the cable is in (S§4.9 C1: no user action is needed)")
class AvailableAfterSession(SimulatedStation):
    """Does not ask for the cable to be taken out."""

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        return ChargePointStatus.AVAILABLE if due is FINISHING else due


@odd(note="Preparing again two seconds after Finishing while the cable is in (S§4.9 F2)")
class PreparingAfterSession(SimulatedStation):
    """Is ready for the next user without replugging."""

    def end_transaction(self, connector: Connector, reason: Reason, id_tag: str | None = None) -> None:
        super().end_transaction(connector, reason, id_tag)
        asyncio.get_running_loop().call_later(2.0, self._ready_again, connector)

    def _ready_again(self, connector: Connector) -> None:
        if self.running and connector.outlet.plugged and connector.transaction is None:
            connector.finishing = False
            self.refresh(connector.connector_id)


@odd(note="breaks the connection in a session and comes back without a boot (J§5.4)")
class ReconnectsInSession(SimulatedStation):
    """Loses its connection for a few seconds, once, 40 seconds into a session."""

    _lost = False

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        if not self._lost:
            self._lost = True
            asyncio.get_running_loop().call_later(40.0, self._drop)

    def _drop(self) -> None:
        if self.link is not None:
            self.spawn(self.link.wire.close(), "lose the connection")


@odd(
    note="StopTransactionOnEVSideDisconnect fixed to true: Rejected is right for a read-only key",
    model=lawful().with_key("StopTransactionOnEVSideDisconnect", value="true", readonly=True),
)
class AlwaysStopsWhenUnplugged(SimulatedStation):
    """Cannot be told to go on without a cable."""


@odd(
    note="StopTransactionOnEVSideDisconnect fixed to false: SuspendedEV, and no stop (S§9.1.23)",
    model=lawful().with_key("StopTransactionOnEVSideDisconnect", value="false", readonly=True),
)
class SuspendsWhenUnplugged(SimulatedStation):
    """Goes on without a cable until somebody stops it."""


@odd(
    note="takes a remote start only with the cable in: Rejected is an answer (S§5.11); the card serves 11.2b"
)
class RemoteStartOnlyWithCable(SimulatedStation):
    """Wants the cable first."""

    def connector_for(self, request: RemoteStartTransaction) -> Connector | None:
        connector = super().connector_for(request)
        return connector if connector is not None and connector.outlet.plugged else None


@odd(note="takes neither remote start nor card without the cable: nothing can time out then")
class NothingWithoutCable(RemoteStartOnlyWithCable):
    """Wants the cable first, always."""

    def may_be_used(self, connector: Connector) -> bool:
        return super().may_be_used(connector) and connector.outlet.plugged


@odd(
    note="no cache and no list: every card is asked for",
    model=msgspec.structs.replace(
        lawful_without("AuthorizationCacheEnabled", "LocalAuthListEnabled", "LocalAuthListMaxLength"),
        feature_profiles=("Core", "FirmwareManagement", "RemoteTrigger"),
    ),
)
class KnowsNoCards(SimulatedStation):
    """Remembers no idTag; so it begins no session offline either (AllowOfflineTxForUnknownId is false)."""


@odd(note="SN Preparing while it asks for a card, and again after a refusal; nothing forbids repetition")
class ShowsEachStep(SimulatedStation):
    """Reports the status at every step, whether it changed or not."""

    def refresh(self, connector_id: int) -> None:
        known = self.shown.get(connector_id)
        super().refresh(connector_id)
        if self.online and known is not None and self.shown.get(connector_id) == known:
            self.report_status(connector_id)
