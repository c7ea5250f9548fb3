"""SignedFirmwareStatusNotification: how the update with signed firmware goes."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp.security import (
    SignedFirmwareStatusNotification,
    SignedFirmwareStatusNotificationConf,
)
from chargeproof.store.records import ProgressRecord


async def signed_firmware_status_notification(
    call: Incoming[SignedFirmwareStatusNotification],
) -> SignedFirmwareStatusNotificationConf:
    call.services.store.record_progress(
        ProgressRecord(
            charge_point_id=call.station.charge_point_id,
            subject="signed firmware",
            status=call.request.status or "",
            received_at=call.received_at,
            request_id=call.request.request_id,
        )
    )
    return SignedFirmwareStatusNotificationConf()
