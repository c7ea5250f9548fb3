"""LogStatusNotification: how the upload of a log goes."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp.security import LogStatusNotification, LogStatusNotificationConf
from chargeproof.store.records import ProgressRecord


async def log_status_notification(call: Incoming[LogStatusNotification]) -> LogStatusNotificationConf:
    call.services.store.record_progress(
        ProgressRecord(
            charge_point_id=call.station.charge_point_id,
            subject="log",
            status=call.request.status or "",
            received_at=call.received_at,
            request_id=call.request.request_id,
        )
    )
    return LogStatusNotificationConf()
