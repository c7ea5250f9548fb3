"""Meter values into rows: the values as sent, the times as sent and as read."""

from collections.abc import Sequence
from typing import Any

import msgspec

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import MeterValue, MeterValues, StopTransaction, read_request
from chargeproof.ocpp.deviations import ITEMS_READ
from chargeproof.store.records import MeterValueRecord, SampledAsSent


class _Sent(msgspec.Struct, gc=False):
    timestamp: str


class _SentValues(msgspec.Struct, gc=False):
    meterValue: list[_Sent] = []
    transactionData: list[_Sent] = []


_sent_values = msgspec.json.Decoder(_SentValues)


def records_of(
    call: "Incoming[MeterValues] | Incoming[StopTransaction]",
    values: Sequence[MeterValue] | None,
    *,
    connector_id: int | None,
    transaction_id: int | None,
) -> list[MeterValueRecord]:
    """A row for each point in time; `values` are the same as read."""

    def row(text: str | None, measured_at: Any, sampled: SampledAsSent | None) -> MeterValueRecord:
        return MeterValueRecord(
            charge_point_id=call.station.charge_point_id,
            connector_id=connector_id,
            transaction_id=transaction_id,
            received_at=call.received_at,
            timestamp_text=text,
            measured_at=measured_at,
            source=call.request.action,
            sampled=sampled,
        )

    if not values:
        return []
    if not call.reading.deviations:
        sent = _sent_values.decode(call.reading.raw)
        items = sent.meterValue or sent.transactionData
        # The exchange keeps the values as they were sent.
        if len(items) == 1:
            return [row(items[0].timestamp, values[0].timestamp, None)]  # as a rule
        return [row(item.timestamp, value.timestamp, None) for item, value in zip(items, values, strict=True)]
    return [row(*_read_one(item)) for item in _items(call.reading.payload)]


def _items(payload: Any) -> list[dict[str, Any]]:
    sent = payload.get("meterValue", payload.get("transactionData")) if isinstance(payload, dict) else None
    items = sent[:ITEMS_READ] if isinstance(sent, list) else [sent]
    return [item for item in items if isinstance(item, dict)]


def _read_one(item: dict[str, Any]) -> tuple[str | None, Any, list[dict[str, Any]]]:
    """One deviating point in time: its time as sent and as read, and whatever values it holds."""
    read = read_request("MeterValues", {"connectorId": 0, "meterValue": [item]}).message
    values = read.meter_value if isinstance(read, MeterValues) else None
    text = item.get("timestamp")
    sampled = item.get("sampledValue")
    listed = sampled if isinstance(sampled, list) else [sampled]
    return (
        None if text is None else str(text),
        values[0].timestamp if values else None,
        [value for value in listed if isinstance(value, dict)],
    )
