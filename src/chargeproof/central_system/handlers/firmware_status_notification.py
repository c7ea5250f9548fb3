"""FirmwareStatusNotification (S§4.5): how the update of the firmware goes."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import FirmwareStatusNotification, FirmwareStatusNotificationConf
from chargeproof.store.records import ProgressRecord


async def firmware_status_notification(
    call: Incoming[FirmwareStatusNotification],
) -> FirmwareStatusNotificationConf:
    call.services.store.record_progress(
        ProgressRecord(
            charge_point_id=call.station.charge_point_id,
            subject="firmware",
            status=call.request.status or "",
            received_at=call.received_at,
        )
    )
    return FirmwareStatusNotificationConf()
