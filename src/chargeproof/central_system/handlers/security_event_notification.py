"""SecurityEventNotification: something that matters for security happened at the station."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp.security import SecurityEventNotification, SecurityEventNotificationConf
from chargeproof.ocpp.security_enums import CRITICAL_EVENTS
from chargeproof.store.records import SecurityEventRecord


async def security_event_notification(
    call: Incoming[SecurityEventNotification],
) -> SecurityEventNotificationConf:
    request, text = call.request, call.sent_time()
    call.services.store.record_security_event(
        SecurityEventRecord(
            charge_point_id=call.station.charge_point_id,
            type=request.type or "",
            critical=request.type in CRITICAL_EVENTS,
            received_at=call.received_at,
            timestamp_text=text,
            happened_at=request.timestamp,
            tech_info=request.tech_info,
        )
    )
    # An event may be told long after it happened, so its time says nothing of the station's clock.
    call.station_time_text = text
    return SecurityEventNotificationConf()
