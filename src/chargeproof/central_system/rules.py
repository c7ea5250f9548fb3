"""What the central system must not send, so that a station is never blamed for a fault of ours."""

from chargeproof.central_system.station import StationState
from chargeproof.ocpp import (
    MessageTrigger,
    RegistrationStatus,
    RemoteStartTransaction,
    RemoteStopTransaction,
    Request,
    Role,
    TriggerMessage,
)


def reason_not_to_send(request: Request, station: StationState) -> str:
    """The clause that forbids this command now, "" if none does."""
    if not request.may_be_sent_by(Role.CENTRAL_SYSTEM):
        return f"a central system does not send {request.action}"
    told = station.registration
    if told in (RegistrationStatus.PENDING, RegistrationStatus.REJECTED) and isinstance(
        request, RemoteStartTransaction | RemoteStopTransaction
    ):
        return f"S§4.2: no remote start or stop while the station is told {told}"
    asks_for_boot = (
        isinstance(request, TriggerMessage) and request.requested_message == MessageTrigger.BOOT_NOTIFICATION
    )
    if asks_for_boot and station.known.accepted:
        return "E3.40: no BootNotification is asked for after one was answered with Accepted; use Reset"
    return ""
