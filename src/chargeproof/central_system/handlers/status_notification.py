"""StatusNotification (S§4.9): the status of a connector, 0 being the station itself."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import StatusNotification, StatusNotificationConf
from chargeproof.store.records import ConnectorStatusRecord

CONFIRMED = StatusNotificationConf()


def status_notification(call: Incoming[StatusNotification]) -> StatusNotificationConf:
    request = call.request
    text = call.sent_time() if request.timestamp is not None or call.reading.deviations else None
    call.note_time(text, request.timestamp)
    # Without a connector it is the status of nothing; the exchange keeps what was sent.
    if request.connector_id is not None:
        call.services.store.record_status(
            ConnectorStatusRecord(
                charge_point_id=call.station.charge_point_id,
                connector_id=request.connector_id,
                status=request.status or "",
                error_code=request.error_code or "",
                received_at=call.received_at,
                timestamp_text=text,
                info=request.info,
                vendor_id=request.vendor_id,
                vendor_error_code=request.vendor_error_code,
            )
        )
    return CONFIRMED
