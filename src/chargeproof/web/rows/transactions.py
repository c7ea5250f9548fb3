"""Transactions as rows."""

from typing import Any

from chargeproof.resources.transactions import Transaction
from chargeproof.store.records import MeterValueRecord, TransactionRecord

REGISTER = "Energy.Active.Import.Register"


def transaction_of(record: TransactionRecord, last: MeterValueRecord | None = None) -> Transaction:
    """`last`: its newest meter values, which say how much energy an open one has taken so far."""
    stopped = record.stop_received_at is not None
    reading = record.meter_stop_wh if stopped else register_wh(last)
    ends_at = record.stopped_at if stopped else None
    return Transaction(
        transaction_id=record.transaction_id,
        charge_point_id=record.charge_point_id,
        connector_id=record.connector_id,
        open=not stopped,
        id_tag=record.id_tag,
        id_tag_status=record.id_tag_status,
        parent_id_tag=record.parent_id_tag,
        reservation_id=record.reservation_id,
        started_at=record.started_at,
        start_received_at=record.start_received_at,
        meter_start_wh=record.meter_start_wh,
        stopped_at=record.stopped_at,
        stop_received_at=record.stop_received_at,
        meter_stop_wh=record.meter_stop_wh,
        stop_reason=record.stop_reason,
        stop_id_tag=record.stop_id_tag,
        energy_wh=None
        if reading is None or record.meter_start_wh is None
        else reading - record.meter_start_wh,
        duration_s=None
        if ends_at is None or record.started_at is None
        else (ends_at - record.started_at).total_seconds(),
    )


def register_wh(values: MeterValueRecord | None) -> int | None:
    """The energy register in these values, without a phase."""
    if values is None or not isinstance(values.sampled, list):
        return None
    for sample in values.sampled:
        if sample.get("measurand", REGISTER) == REGISTER and sample.get("phase") is None:
            return _wh(sample.get("value"), sample.get("unit", "Wh"))
    return None


def _wh(value: Any, unit: Any) -> int | None:
    try:
        return round(float(value) * (1000 if unit == "kWh" else 1))
    except (TypeError, ValueError, OverflowError):
        return None
