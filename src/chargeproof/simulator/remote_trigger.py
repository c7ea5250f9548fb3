"""TriggerMessage: the answer first, then the message (S§5.17)."""

from typing import TYPE_CHECKING

from chargeproof.ocpp import (
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    MessageTrigger,
    ReadingContext,
    RegistrationStatus,
    TriggerMessage,
    TriggerMessageConf,
    TriggerMessageStatus,
)

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

PER_CONNECTOR = {MessageTrigger.METER_VALUES, MessageTrigger.STATUS_NOTIFICATION}


class RemoteTrigger:
    """Without a connectorId the status of 0 and of each connector is sent, and the values of each connector."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station

    def answer(self, request: TriggerMessage) -> TriggerMessageConf:
        status = self._judged(request)
        if status is TriggerMessageStatus.ACCEPTED:
            self.station.send_triggered(request)
        return TriggerMessageConf(status=status)

    def send(self, request: TriggerMessage) -> None:
        station = self.station
        match request.requested_message:
            case MessageTrigger.BOOT_NOTIFICATION:
                station.boot_again()
            case MessageTrigger.HEARTBEAT:
                station.outbox.post(station.build_heartbeat(), forced=True)
            case MessageTrigger.STATUS_NOTIFICATION:
                for connector_id in self._concerned(request, [0, *station.connectors]):
                    station.outbox.post(station.build_status_notification(connector_id), forced=True)
            case MessageTrigger.METER_VALUES:
                for connector_id in self._concerned(request, list(station.connectors)):
                    station.send_triggered_values(connector_id, ReadingContext.TRIGGER)
            case MessageTrigger.FIRMWARE_STATUS_NOTIFICATION:
                firmware = FirmwareStatusNotification(status=station.firmware.current())
                station.outbox.post(firmware, forced=True)
            case MessageTrigger.DIAGNOSTICS_STATUS_NOTIFICATION:
                diagnostics = DiagnosticsStatusNotification(status=station.diagnostics.current())
                station.outbox.post(diagnostics, forced=True)

    def _judged(self, request: TriggerMessage) -> TriggerMessageStatus:
        station = self.station
        if request.requested_message is MessageTrigger.BOOT_NOTIFICATION:
            # E3.35, E3.40: once a boot was accepted, another one makes no sense.
            registered = station.registration is RegistrationStatus.ACCEPTED
            return TriggerMessageStatus.REJECTED if registered else TriggerMessageStatus.ACCEPTED
        lowest = 1 if request.requested_message is MessageTrigger.METER_VALUES else 0
        wanted = request.connector_id
        known = wanted is None or lowest <= wanted <= station.model.connectors
        concerned = request.requested_message not in PER_CONNECTOR or known
        return TriggerMessageStatus.ACCEPTED if concerned else TriggerMessageStatus.REJECTED

    @staticmethod
    def _concerned(request: TriggerMessage, everything: list[int]) -> list[int]:
        return everything if request.connector_id is None else [request.connector_id]
