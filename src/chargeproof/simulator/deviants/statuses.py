"""Deviants of StatusNotification: its fields, and its order."""

from types import MappingProxyType
from typing import Any

import msgspec

from chargeproof.ocpp import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChangeAvailabilityConf,
    ChargePointStatus,
    Reason,
    ResetType,
    StatusNotification,
)
from chargeproof.simulator.deviants.edits import EditsCalls, SetsFields
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction


@deviant("L-15")
class ErrorCodeOfItsOwn(EditsCalls):
    """Gives the error code “Error”."""

    kind = StatusNotification

    def change(self, payload: dict[str, Any]) -> None:
        if payload["errorCode"] != "NoError":
            payload["errorCode"] = "Error"


@deviant("L-15")
class InfoIsTheWordNull(SetsFields):
    """Gives the word null as info."""

    kind = StatusNotification
    fields = MappingProxyType({"info": "null"})


@deviant("L-15")
class VendorErrorCodeIsZero(SetsFields):
    """Gives 0x0000 as its own error code where there is no error."""

    kind = StatusNotification
    fields = MappingProxyType({"vendorErrorCode": "0x0000"})


@near_miss("L-15")
class TellsMoreOfErrors(SetsFields):
    """Gives an error code of its own, the vendor and an info that speaks of nullity."""

    kind = StatusNotification
    fields = MappingProxyType(
        {"info": "nullified", "vendorErrorCode": "0x0001", "vendorId": "org.example", "errorCode": "NoError"}
    )


class _OneAvailability(SimulatedStation):
    """Refuses ChangeAvailability for one place."""

    refused: int

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        if request.connector_id == self.refused:
            return ChangeAvailabilityConf(status=AvailabilityStatus.REJECTED)
        return super().answer_change_availability(request)


@deviant("L-28")
class RefusesTheStation(_OneAvailability):
    """Refuses ChangeAvailability for connector 0."""

    refused = 0


@near_miss("L-28")
class RefusesOneConnector(_OneAvailability):
    """Refuses ChangeAvailability for connector 2."""

    refused = 2


@deviant("L-28")
class DoesNotAnswerForTheStation(SimulatedStation):
    """Leaves ChangeAvailability for connector 0 unanswered."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        return super().answer_change_availability(request) if request.connector_id else None


@deviant("L-28")
class AvailableBeforeUnavailable(SimulatedStation):
    """Reports Available once more before it reports Unavailable."""

    def on_availability_set(self, connector_id: int, wanted: AvailabilityType) -> None:
        if wanted is AvailabilityType.INOPERATIVE:
            self.report_status_as(connector_id, ChargePointStatus.AVAILABLE)
        super().on_availability_set(connector_id, wanted)

    def report_status_as(self, connector_id: int, status: ChargePointStatus) -> None:
        message = self.build_status_notification(connector_id)
        self.outbox.post(msgspec.structs.replace(message, status=status))


@deviant("L-28")
class AvailableWhileCharging(AvailableBeforeUnavailable):
    """Reports Available as soon as a transaction has begun."""

    def on_availability_set(self, connector_id: int, wanted: AvailabilityType) -> None:
        SimulatedStation.on_availability_set(self, connector_id, wanted)

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        self.report_status_as(transaction.connector_id, ChargePointStatus.AVAILABLE)


class _SaysGoodbye(AvailableBeforeUnavailable):
    """Reports Unavailable before one kind of reset."""

    farewell: ResetType

    def on_availability_set(self, connector_id: int, wanted: AvailabilityType) -> None:
        SimulatedStation.on_availability_set(self, connector_id, wanted)

    def stop_for_reset(self, reason: Reason) -> None:
        super().stop_for_reset(reason)
        soft = reason is Reason.SOFT_RESET
        if soft == (self.farewell is ResetType.SOFT):
            for connector_id in self.connectors:
                self.report_status_as(connector_id, ChargePointStatus.UNAVAILABLE)


@deviant("L-28")
class UnavailableBeforeASoftReset(_SaysGoodbye):
    """Reports Unavailable before a soft reset."""

    farewell = ResetType.SOFT


@near_miss("L-28")
class UnavailableBeforeAHardReset(_SaysGoodbye):
    """Reports Unavailable before a hard reset."""

    farewell = ResetType.HARD
