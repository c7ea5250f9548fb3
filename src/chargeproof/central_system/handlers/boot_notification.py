"""BootNotification (S§4.2): who the station is, and whether it may come in."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.central_system.settings import CentralSystemSettings
from chargeproof.central_system.station import StationState
from chargeproof.ocpp import BootNotification, BootNotificationConf, RegistrationStatus
from chargeproof.store.records import BootRecord

UNKNOWN = {
    "accept": RegistrationStatus.ACCEPTED,
    "pending": RegistrationStatus.PENDING,
    "reject": RegistrationStatus.REJECTED,
}


def boot_notification(call: Incoming[BootNotification]) -> BootNotificationConf:
    station, settings = call.station, call.services.settings
    status = registration_of(station, settings)
    station.clock_was_set()
    call.services.store.record_boot(_boot_of(call, status))
    return BootNotificationConf(
        status=status, current_time=call.services.clock.now(), interval=_interval_s(station, settings, status)
    )


def registration_of(station: StationState, settings: CentralSystemSettings) -> RegistrationStatus:
    """The policy's word, then the operator's; then a station accepted before is known, any other unknown."""
    decided = station.policy.registration or station.known.admitted
    if decided is not None:
        return decided
    return RegistrationStatus.ACCEPTED if station.known.accepted else UNKNOWN[settings.unknown_stations]


def _interval_s(station: StationState, settings: CentralSystemSettings, status: RegistrationStatus) -> int:
    if status is not RegistrationStatus.ACCEPTED:
        return settings.registration_retry_s
    if station.policy.boot_interval_s is not None:
        return station.policy.boot_interval_s
    return settings.heartbeat_interval_s


def _boot_of(call: Incoming[BootNotification], status: RegistrationStatus) -> BootRecord:
    request = call.request
    return BootRecord(
        charge_point_id=call.station.charge_point_id,
        booted_at=call.received_at,
        registration=status,
        vendor=request.charge_point_vendor,
        model=request.charge_point_model,
        serial_number=request.charge_point_serial_number,
        charge_box_serial_number=request.charge_box_serial_number,
        firmware_version=request.firmware_version,
        iccid=request.iccid,
        imsi=request.imsi,
        meter_type=request.meter_type,
        meter_serial_number=request.meter_serial_number,
    )
