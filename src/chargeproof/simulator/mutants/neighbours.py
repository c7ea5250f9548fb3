"""Mutants whose one fault shows in the neighbourhood of many checks: only those that ask for it may fail."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from chargeproof.ocpp import (
    AuthorizationStatus,
    AvailabilityType,
    ChargePointErrorCode,
    ChargePointStatus,
    GetConfiguration,
    GetConfigurationConf,
    IdTagInfo,
    Measurand,
    MessageTrigger,
    MeterValue,
    MeterValues,
    Reason,
    Request,
    ResetType,
    SampledValue,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    TriggerMessage,
    UnitOfMeasure,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.deviants.edits import EditsKeys
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

ACCEPTED = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
QUEUED_S = 3.0
TWENTY_TWO_MINUTES_S = 1320.0


class _Later(SimulatedStation):
    """Does things after a while."""

    def do_later(self, after_s: float, do: Callable[[], None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(after_s)
            do()

        self.spawn(wait(), "later")


class _EditsStarts(SimulatedStation):
    """Changes some of its StartTransactions on the wire."""

    def edit(self, request: StartTransaction, payload: dict[str, Any]) -> None:
        raise NotImplementedError

    def text_of_call(self, text: str, request: Request) -> str | None:
        if isinstance(request, StartTransaction):
            return edited_payload(text, lambda payload: self.edit(request, payload))
        return text


@mutant(fails="1.1c", because="the BootNotification lacks chargePointSerialNumber")
class SerialOfZeros(SimulatedStation):
    """Was never given a serial number, and sends zeros."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        if request.action != "BootNotification":
            return text
        return edited_payload(text, lambda payload: payload.update(chargePointSerialNumber="0000000000"))


@mutant(fails="3.2a", because="took connector 2 out of service too")
class InoperativeTakesTheNeighbourToo(SimulatedStation):
    """Has one relay for both connectors, so that both go out of service when one has to."""

    def on_availability_set(self, connector_id: int, wanted: AvailabilityType) -> None:
        super().on_availability_set(connector_id, wanted)
        for other in self.connectors:
            told = connector_id == 1 and other != 1 and wanted is AvailabilityType.INOPERATIVE
            if told and self.availability.is_operative(other):
                status = StatusNotification(
                    connector_id=other,
                    status=ChargePointStatus.UNAVAILABLE,
                    error_code=ChargePointErrorCode.NO_ERROR,
                )
                self.outbox.post(status, forced=True)


@mutant(fails="3.4a", because="no StatusNotification for connector 3")
class NumberOfConnectorsTooHigh(EditsKeys):
    """Says that it has three connectors, where it has two; nobody can be asked for the status of the third."""

    key = "NumberOfConnectors"

    def change_item(self, item: dict[str, Any]) -> None:
        item["value"] = "3"


@mutant(fails="4.1b", because="ResetRetries with another value when asked by name")
class GcShowsDefaultsInTheList(SimulatedStation):
    """Lists the values of the factory, and tells the present ones by name alone."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        answer = super().answer_get_configuration(request)
        if answer is None or request.key:
            return answer
        shown = [
            msgspec.structs.replace(item, value="7") if item.key == "ResetRetries" else item
            for item in answer.configuration_key or []
        ]
        return msgspec.structs.replace(answer, configuration_key=shown)


@mutant(fails="6.1a", because="one remote start began two transactions")
class StartsAreToldTwice(SimulatedStation):
    """Tells each start twice, a second apart, so that one session has two transactions; in an outage too."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        later = transaction.started_at + timedelta(seconds=1)
        super().send_start_transaction(msgspec.structs.replace(transaction, started_at=later))


@mutant(fails="6.1a", because="the transaction is at another connector")
class RemoteStartNamesConnector0(_EditsStarts):
    """Names connector 0 in the StartTransaction after a remote start, and charges at the right one."""

    def edit(self, request: StartTransaction, payload: dict[str, Any]) -> None:
        if request.id_tag != "ACCEPT-1":
            payload["connectorId"] = 0


@mutant(fails="6.2b", because="the transaction is at another connector")
class CardStartNamesTheNeighbour(_EditsStarts):
    """Names connector 2 in the StartTransaction after a card at connector 1, and charges at the right one."""

    def edit(self, request: StartTransaction, payload: dict[str, Any]) -> None:
        if request.id_tag == "ACCEPT-1" and (self.now() - request.timestamp).total_seconds() < QUEUED_S:
            payload["connectorId"] = 2


@mutant(fails="6.3a", because="the card was answered Invalid, and yet the station went on")
class ChargesRefusedCardsUnnoticed(SimulatedStation):
    """Lets the current flow for a refused card; only meter values without a transaction show it."""

    def on_card_refused(self, connector: Connector, info: IdTagInfo) -> None:
        super().on_card_refused(connector, info)
        if connector.outlet.plugged:
            self.spawn(self._measure(connector.connector_id), "current without a transaction")

    async def _measure(self, connector_id: int) -> None:
        await asyncio.sleep(5)
        value = SampledValue(value="16.0", measurand=Measurand.CURRENT_IMPORT, unit=UnitOfMeasure.A)
        sample = MeterValue(timestamp=self.now(), sampled_value=[value])
        self.outbox.post(MeterValues(connector_id=connector_id, meter_value=[sample]), forced=True)


@mutant(fails="7.1a", because="the StopTransaction is dated after it came")
class StopDatedYearsAhead(SimulatedStation):
    """Dates the StopTransaction after a remote stop in 2031."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        if isinstance(request, StopTransaction) and request.reason is Reason.REMOTE:
            return edited_payload(text, lambda payload: payload.update(timestamp="2031-01-01T00:00:00Z"))
        return text


@mutant(fails="7.1b", because="a new transaction began at the end of the one that was stopped")
class ChargesForFreeAfterRemoteStop(_Later):
    """Begins a session of its own as soon as one was stopped remotely: its free mode is on."""

    async def stop_remotely(self, connector: Connector) -> None:
        await super().stop_remotely(connector)
        self.do_later(3, lambda: self._begin(connector))

    def _begin(self, connector: Connector) -> None:
        if self.may_be_used(connector) and connector.outlet.plugged:
            self.begin_transaction(connector, "FREE", ACCEPTED)


@mutant(fails="7.2a", because="a new transaction began at the end of the one that was stopped")
class CardStopsAndStarts(_Later):
    """Takes one presentation of the card for two: it stops, and starts again."""

    async def on_card_during_transaction(
        self, connector: Connector, transaction: Transaction, id_tag: str
    ) -> None:
        await super().on_card_during_transaction(connector, transaction, id_tag)
        if self.online and connector.transaction is None:
            self.do_later(2, lambda: self._begin(connector, id_tag))

    def _begin(self, connector: Connector, id_tag: str) -> None:
        if self.may_be_used(connector) and connector.outlet.plugged:
            self.begin_transaction(connector, id_tag, ACCEPTED)


@mutant(fails="9.1a", because="the station did not come back after Reset Hard")
class HardBackAfter22Minutes(SimulatedStation):
    """Stays away for 22 minutes after a hard reset, while everything else is tried; then it boots."""

    async def reset(self, kind: ResetType) -> None:
        if kind is ResetType.HARD:
            self.restart(after_s=TWENTY_TWO_MINUTES_S)
        else:
            await super().reset(kind)


@mutant(fails="11.2a", because="the connector became SuspendedEV, and no transaction began")
class PlugToldAsSuspended(SimulatedStation):
    """Says SuspendedEV when a cable is plugged in while nobody is identified, for the first time."""

    _told = False

    def text_of_call(self, text: str, request: Request) -> str | None:
        plugged = isinstance(request, StatusNotification) and request.status is ChargePointStatus.PREPARING
        if not plugged or self._told or not self.hardware.outlets[1].plugged:
            return text
        self._told = True
        return edited_payload(text, lambda payload: payload.update(status="SuspendedEV"))


@mutant(fails="14.1a", because="names another card than was presented")
class OfflineStartWithoutCard(_EditsStarts):
    """Forgets the idTag of sessions that began while the line was down."""

    def edit(self, request: StartTransaction, payload: dict[str, Any]) -> None:
        if (self.now() - request.timestamp).total_seconds() > QUEUED_S:
            payload["idTag"] = ""


@mutant(fails="16.1b", because="was accepted, and no status of connector 1 followed")
class TriggerRestartsTheStation(SimulatedStation):
    """Accepts the trigger of a status, and restarts; the statuses are those of its boot."""

    def send_triggered(self, request: TriggerMessage) -> None:
        if request.requested_message is MessageTrigger.STATUS_NOTIFICATION:
            self.restart(after_s=self.model.timing.soft_reset_s)
        else:
            super().send_triggered(request)
