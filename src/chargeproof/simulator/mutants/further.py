"""Mutants of several functions that say what is not so for a moment, twice, or with an absurd value."""

import asyncio
from typing import Any

from chargeproof.ocpp import (
    AvailabilityType,
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    GetDiagnostics,
    IdTagInfo,
    Reason,
    Request,
    ResetType,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.queue import OfflineQueue, QueuedMessage
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

NEVER_S = 1e9


class _TellsMore(SimulatedStation):
    """Sends statuses that are not so."""

    def tell(self, connector_id: int, status: ChargePointStatus) -> None:
        code = ChargePointErrorCode.NO_ERROR
        if status is ChargePointStatus.FAULTED:
            code = ChargePointErrorCode.OTHER_ERROR
        untrue = StatusNotification(connector_id=connector_id, status=status, error_code=code)
        self.outbox.post(untrue, forced=True)

    async def tell_later(self, after_s: float, connector_id: int, status: ChargePointStatus) -> None:
        await asyncio.sleep(after_s)
        self.tell(connector_id, status)


@mutant(fails=("3.1a", "3.3a", "16.1b"), because="did not stay Available")
class OperativeForAMoment(_TellsMore):
    """Is back in service for two seconds only. 3.3a looks at the same statuses, 16.1b finds another one later."""

    def on_availability_set(self, connector_id: int, wanted: AvailabilityType) -> None:
        super().on_availability_set(connector_id, wanted)
        if connector_id and wanted is AvailabilityType.OPERATIVE:
            self.spawn(self.tell_later(2, connector_id, ChargePointStatus.UNAVAILABLE), "out of service")


@mutant(fails="6.1c", because="the connector became Finishing while the transaction went on")
class FinishingWhileItCharges(_TellsMore):
    """Shows Finishing two seconds after the start, and charges on."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        if transaction.remote:
            finishing = self.tell_later(2, transaction.connector_id, ChargePointStatus.FINISHING)
            self.spawn(finishing, "finishing")


@mutant(fails="6.3a", because="and the connector became Faulted")
class FaultedByAnUnknownCard(_TellsMore):
    """Takes a refused card for a fault."""

    def on_card_refused(self, connector: Connector, info: IdTagInfo) -> None:
        super().on_card_refused(connector, info)
        self.tell(connector.connector_id, ChargePointStatus.FAULTED)


class _EditsRemoteStop(SimulatedStation):
    """Changes its StopTransactions after remote stops on the wire."""

    def edit(self, payload: dict[str, Any]) -> None:
        raise NotImplementedError

    def text_of_call(self, text: str, request: Request) -> str | None:
        if isinstance(request, StopTransaction) and request.reason is Reason.REMOTE:
            return edited_payload(text, self.edit)
        return text


@mutant(fails="7.1a", because="is dated before the start of its transaction")
class StopDatedYearsAgo(_EditsRemoteStop):
    """Dates the StopTransaction after a remote stop in 2020."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["timestamp"] = "2020-01-01T00:00:00Z"


@mutant(fails="7.1a", because="names another transactionId than was to be stopped")
class StopWithoutTransactionId(_EditsRemoteStop):
    """Leaves the transactionId out of the StopTransaction after a remote stop."""

    def edit(self, payload: dict[str, Any]) -> None:
        del payload["transactionId"]


@mutant(fails="7.1b", because="the connector shows Charging after the end of its transaction")
class ChargingAgainAfterTheStop(_TellsMore):
    """Shows the end of a remotely stopped transaction, and Charging right after it."""

    async def stop_remotely(self, connector: Connector) -> None:
        await super().stop_remotely(connector)
        charging = self.tell_later(1.5, connector.connector_id, ChargePointStatus.CHARGING)
        self.spawn(charging, "charging again")


class _EditsMeter(SimulatedStation):
    """Changes readings of the register on the wire."""

    kind: type[Request] = StartTransaction
    name = "meterStart"
    value: int = 0

    def text_of_call(self, text: str, request: Request) -> str | None:
        if isinstance(request, self.kind):
            return edited_payload(text, lambda payload: payload.update({self.name: self.value}))
        return text


@mutant(fails="8.1a", because="meterStart is no reading of a register")
class MeterStartNegative(_EditsMeter):
    """Begins at -5 Wh."""

    value = -5


@mutant(fails="8.1a", because="meterStop is no reading of a register")
class MeterStopBeyondReason(_EditsMeter):
    """Ends at more than any station can deliver."""

    kind, name, value = StopTransaction, "meterStop", 10**30


class _StaysAway(SimulatedStation):
    """Is gone for ever after one kind of reset."""

    kind = ResetType.HARD

    async def reset(self, kind: ResetType) -> None:
        if kind is self.kind:
            self.restart(after_s=NEVER_S)
        else:
            await super().reset(kind)


@mutant(fails="9.1a", because="the station did not come back after Reset Hard")
class HardNeverBack(_StaysAway):
    """Is gone for ever after a hard reset."""


@mutant(fails="9.2a", because="the station did not come back after Reset Soft")
class SoftNeverBack(_StaysAway):
    """Is gone for ever after a soft reset."""

    kind = ResetType.SOFT


@mutant(fails="11.2a", because="the connector did not stay Preparing")
class PreparingForAMoment(_TellsMore):
    """Shows a plugged cable for a second, and then Available with the cable in."""

    def on_plugged(self, connector: Connector) -> None:
        super().on_plugged(connector)
        self.spawn(self._available(connector), "available")

    async def _available(self, connector: Connector) -> None:
        await asyncio.sleep(1)
        if connector.transaction is None:
            self.tell(connector.connector_id, ChargePointStatus.AVAILABLE)


@mutant(fails="13.1b", because="Uploading was reported after Uploaded")
class UploadedBeforeUploading(SimulatedStation):
    """Reports Uploaded and then Uploading."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        await self.transfer.upload(request.location, name, content)
        self.report_diagnostics_status(DiagnosticsStatus.UPLOADED)
        self.report_diagnostics_status(DiagnosticsStatus.UPLOADING)


class _NewFirst(OfflineQueue):
    """Lets what is new go before what has to wait."""

    def head(self) -> QueuedMessage | None:
        now_s = self.station.clock.monotonic()
        ready = (message for message in self.messages if message.not_before_s <= now_s)
        return next(ready, None) or super().head()


class _HoldsBack(SimulatedStation):
    """Holds a part of its queue back for 50 seconds when the line is back, and sends what is new meanwhile."""

    held: tuple[str, ...] = ("StartTransaction", "StopTransaction")

    def make_parts(self) -> None:
        super().make_parts()
        self.queue = _NewFirst(self)

    def on_connected(self) -> None:
        super().on_connected()
        until_s = self.clock.monotonic() + 50
        for message in self.queue.messages:
            if message.kind in self.held:
                message.not_before_s = until_s


@mutant(fails=("14.1a", "14.1b"), because="of the outage was delivered after a new one")
class OfflineNewBeforeQueue(_HoldsBack):
    """Sends new meter values before the queue. Both checks ask for the queue first."""

    held = ("StartTransaction", "StopTransaction", "MeterValues")
