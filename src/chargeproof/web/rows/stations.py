"""Stations as rows: what is kept of them, and whether they are here now."""

from datetime import UTC, datetime

from chargeproof.central_system import CentralSystem
from chargeproof.resources.charge_points import (
    ChargePoint,
    Connector,
    ConnectorStatus,
    Handshake,
    Security,
    WaitingStation,
)
from chargeproof.store.queries import Attempts, ChargePointRow
from chargeproof.store.records import ChargePointRecord, ConnectorStatusRecord, HandshakeRecord

_NEVER = datetime.min.replace(tzinfo=UTC)
HINT_HELD = "Accept it here; it is let in with its next BootNotification"
HINT_ACCEPTED = "It is accepted, and hears so with its next BootNotification"


def charge_point_of(row: ChargePointRow, central_system: CentralSystem) -> ChargePoint:
    record, connection = row.record, row.connection
    online = central_system.is_connected(record.charge_point_id)
    return ChargePoint(
        charge_point_id=record.charge_point_id,
        online=online,
        ready=online and central_system.is_ready(record.charge_point_id),
        online_since=connection.opened_at if online and connection else None,
        offline_since=connection.closed_at if connection and not online else None,
        registration=record.registration,
        admitted=record.admitted,
        vendor=record.vendor,
        model=record.model,
        serial_number=record.serial_number,
        charge_box_serial_number=record.charge_box_serial_number,
        firmware_version=record.firmware_version,
        iccid=record.iccid,
        imsi=record.imsi,
        meter_type=record.meter_type,
        meter_serial_number=record.meter_serial_number,
        first_seen_at=record.first_seen_at,
        last_seen_at=record.last_seen_at,
        booted_at=record.booted_at,
        last_message_at=row.last_message_at,
        last_message=row.last_action,
        clock_offset_s=record.clock_offset_s,
        remote=connection.remote if connection else None,
        subprotocol=connection.subprotocol if connection else None,
        security=_security_of(row),
        connectors=_connectors_of(row),
    )


def _security_of(row: ChargePointRow) -> Security:
    return Security(
        tls=row.connection.tls if row.connection else None,
        authentication=row.handshake.authentication if row.handshake else "none",
        password_set=row.record.credential is not None,
        profile=row.record.security_profile,
    )


def _connectors_of(row: ChargePointRow) -> tuple[Connector, ...]:
    open_at: dict[int, int] = {}
    for transaction in row.open_transactions:
        if transaction.connector_id is not None:
            open_at.setdefault(transaction.connector_id, transaction.transaction_id)
    return tuple(
        Connector(
            connector_id=status.connector_id,
            status=status.status,
            error_code=status.error_code,
            info=status.info,
            vendor_id=status.vendor_id,
            vendor_error_code=status.vendor_error_code,
            since=status.received_at,
            transaction_id=open_at.get(status.connector_id),
        )
        for status in row.statuses
    )


def status_of(record: ConnectorStatusRecord) -> ConnectorStatus:
    return ConnectorStatus(
        connector_id=record.connector_id,
        status=record.status,
        error_code=record.error_code,
        info=record.info,
        vendor_id=record.vendor_id,
        vendor_error_code=record.vendor_error_code,
        received_at=record.received_at,
        timestamp=record.timestamp_text,
    )


def handshake_of(record: HandshakeRecord) -> Handshake:
    return Handshake(
        at=record.at,
        charge_point_id=record.charge_point_id,
        path=record.path,
        offered=list(record.offered),
        chosen=record.chosen,
        authentication=record.authentication,
        tls=record.tls,
        remote=record.remote,
        outcome=record.outcome,
        http_status=record.http_status,
        reason=record.reason,
        hint=record.hint,
    )


def waiting_stations(
    attempts: list[Attempts], held: list[ChargePointRecord], central_system: CentralSystem
) -> list[WaitingStation]:
    """Who is held by its registration or was refused at its last attempt; the latest first."""
    by_id = {each.charge_point_id: each for each in attempts}
    found = [_held(record, by_id.get(record.charge_point_id), central_system) for record in held]
    held_ids = {record.charge_point_id for record in held}
    found += [
        _refused(each)
        for each in attempts
        if each.latest.outcome == "refused"
        and each.charge_point_id not in held_ids
        and not central_system.is_connected(each.charge_point_id)
    ]
    return sorted(found, key=lambda each: each.last_at or each.first_at or _NEVER, reverse=True)


def _held(
    record: ChargePointRecord, attempts: Attempts | None, central_system: CentralSystem
) -> WaitingStation:
    state = record.registration
    latest = attempts.latest if attempts else None
    is_accepted = record.admitted == "Accepted"
    hints = [HINT_ACCEPTED if is_accepted else HINT_HELD, latest.hint if latest else ""]
    return WaitingStation(
        charge_point_id=record.charge_point_id,
        state="pending" if state == "Pending" else "rejected",
        online=central_system.is_connected(record.charge_point_id),
        attempts=attempts.count if attempts else 0,
        first_at=attempts.first_at if attempts else record.first_seen_at,
        last_at=latest.at if latest else record.last_seen_at,
        reason=f"its BootNotification was answered with {state}",
        hint=". ".join(hint for hint in hints if hint),
        latest=handshake_of(latest) if latest else None,
        may_be_accepted=not is_accepted,
    )


def _refused(attempts: Attempts) -> WaitingStation:
    latest = attempts.latest
    return WaitingStation(
        charge_point_id=attempts.charge_point_id,
        state="refused",
        online=False,
        attempts=attempts.count,
        first_at=attempts.first_at,
        last_at=latest.at,
        reason=latest.reason,
        hint=latest.hint,
        latest=handshake_of(latest),
        # What was refused on the way in is not changed by a word on its registration.
        may_be_accepted=False,
    )
