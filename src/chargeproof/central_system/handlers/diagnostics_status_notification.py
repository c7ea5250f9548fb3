"""DiagnosticsStatusNotification (S§4.4): how the upload of diagnostics goes."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import DiagnosticsStatusNotification, DiagnosticsStatusNotificationConf
from chargeproof.store.records import ProgressRecord


async def diagnostics_status_notification(
    call: Incoming[DiagnosticsStatusNotification],
) -> DiagnosticsStatusNotificationConf:
    call.services.store.record_progress(
        ProgressRecord(
            charge_point_id=call.station.charge_point_id,
            subject="diagnostics",
            status=call.request.status or "",
            received_at=call.received_at,
        )
    )
    return DiagnosticsStatusNotificationConf()
