"""Mutants of criterion 3.4: what a StatusNotification says."""

from typing import Any

from msgspec.structs import replace

from chargeproof.ocpp import ChargePointStatus, MessageTrigger, Request, StatusNotification, TriggerMessage
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation


class _EditedStatus(SimulatedStation):
    """Changes its StatusNotifications on the wire."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        return edited_payload(text, self.edit) if isinstance(request, StatusNotification) else text

    def edit(self, payload: dict[str, Any]) -> None:
        """Change the payload in place."""


SURPLUS = "one more"


class _SurplusStatus(SimulatedStation):
    """Sends one StatusNotification of connector 2 more after each boot, and that one is wrong."""

    def on_connected(self) -> None:
        after_boot = not self.reported
        super().on_connected()
        if after_boot:
            self.outbox.post(replace(self.build_status_notification(2), info=SURPLUS))

    def text_of_call(self, text: str, request: Request) -> str | None:
        if isinstance(request, StatusNotification) and request.info == SURPLUS:
            return edited_payload(text, self.spoil)
        return text

    def spoil(self, payload: dict[str, Any]) -> None:
        """Change the payload in place."""


# ── 3.4a: connector 0 and every connector, one of nine statuses ──────────────────────────────────────


@mutant(fails="3.4a", because="connector 1 is “Occupied”")
class StatusOccupied(_EditedStatus):
    """Shows a charging connector with OCPP 1.5's word."""

    def edit(self, payload: dict[str, Any]) -> None:
        if payload["status"] == "Charging":
            payload["status"] = "Occupied"


@mutant(fails="3.4a", because="connector 0 is “available”")
class StatusLowercase(_EditedStatus):
    """Writes all statuses in lower case."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["status"] = payload["status"].lower()


@mutant(fails="3.4a", because="connector 0 is Charging")
class Connector0Charging(SimulatedStation):
    """Reports connector 0 as Charging whenever a connector is."""

    def on_status_changed(self, connector_id: int) -> None:
        super().on_status_changed(connector_id)
        if self.online and self.status_of(connector_id) is ChargePointStatus.CHARGING:
            self.outbox.post(replace(self.build_status_notification(connector_id), connector_id=0))


@mutant(fails="3.4a", because="connector 3 at a station with 2")
class SurplusConnector(_SurplusStatus):
    """Reports a connector that it does not have."""

    def spoil(self, payload: dict[str, Any]) -> None:
        payload["connectorId"] = 3


@mutant(fails="3.4a", because="an empty StatusNotification")
class StatusNotificationEmpty(_SurplusStatus):
    """Sends a StatusNotification without any content after its boot."""

    def spoil(self, payload: dict[str, Any]) -> None:
        payload.clear()


@mutant(fails="3.4a", because="no status")
class StatusMissing(_SurplusStatus):
    """Sends a StatusNotification without a status after its boot."""

    def spoil(self, payload: dict[str, Any]) -> None:
        del payload["status"]


@mutant(fails="3.4a", because="no connectorId")
class StatusWithoutConnectorId(_SurplusStatus):
    """Sends a status after its boot that does not say of which connector."""

    def spoil(self, payload: dict[str, Any]) -> None:
        del payload["connectorId"]


@mutant(fails="3.4a", because="no connectorId")
class StatusOfANegativeConnector(_SurplusStatus):
    """Sends a status of connector -1 after its boot."""

    def spoil(self, payload: dict[str, Any]) -> None:
        payload["connectorId"] = -1


@mutant(fails="3.4a", because="connector 2 is “Operative”")
class StatusOfItsOwn(_EditedStatus):
    """Says Operative of a connector after a boot, a word of another list of OCPP 1.6."""

    def edit(self, payload: dict[str, Any]) -> None:
        if payload["connectorId"] == 2 and 2 not in self.reported:
            payload["status"] = "Operative"


@mutant(
    fails=("3.3a", "3.4a", "9.1b", "9.2b", "16.1b"),
    because="no StatusNotification for connector 0",
)
class Connector0NeverReported(SimulatedStation):
    """Never sends a status of connector 0.

    Asked for after a command (3.3a), in the whole record (3.4a), after each reset (9.1b, 9.2b) and when all
    statuses are triggered (16.1b).
    """

    def report_status(self, connector_id: int) -> None:
        if connector_id != 0:
            super().report_status(connector_id)

    def send_triggered(self, request: TriggerMessage) -> None:
        if request.requested_message is not MessageTrigger.STATUS_NOTIFICATION or request.connector_id:
            super().send_triggered(request)
            return
        for connector_id in self.connectors:
            self.report_status(connector_id)


# ── 3.4b: an error has its code ──────────────────────────────────────────────────────────────────────


class _EditedFault(_EditedStatus):
    """Changes the StatusNotifications that say Faulted."""

    def edit(self, payload: dict[str, Any]) -> None:
        if payload["status"] == "Faulted":
            self.edit_fault(payload)

    def edit_fault(self, payload: dict[str, Any]) -> None:
        """Change the payload in place."""


@mutant(fails="3.4b", because="connector 1 Faulted comes with errorCode NoError")
class FaultedWithNoerror(_EditedFault):
    """Says Faulted and NoError at once."""

    def edit_fault(self, payload: dict[str, Any]) -> None:
        payload["errorCode"] = "NoError"


@mutant(fails="3.4b", because="connector 1 Faulted comes with no errorCode")
class FaultedWithoutErrorcode(_EditedFault):
    """Says Faulted and leaves the errorCode out."""

    def edit_fault(self, payload: dict[str, Any]) -> None:
        del payload["errorCode"]


@mutant(fails="3.4b", because="connector 1 Faulted comes with errorCode E42")
class FaultedWithItsOwnCode(_EditedFault):
    """Puts its own number into errorCode instead of vendorErrorCode."""

    def edit_fault(self, payload: dict[str, Any]) -> None:
        payload["errorCode"] = "E42"


@mutant(fails="3.4b", because="connector 1 Charging comes with errorCode ")
class ErrorcodeEmptyWithoutError(_EditedStatus):
    """Sends an empty errorCode with a charging connector that has no error."""

    def edit(self, payload: dict[str, Any]) -> None:
        if payload["status"] == "Charging":
            payload["errorCode"] = ""
