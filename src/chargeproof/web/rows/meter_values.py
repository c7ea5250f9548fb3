"""What was measured in a transaction, as series for a chart and as rows for a table."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from chargeproof.resources.transactions import Mark, MeterValues, Sample, Series
from chargeproof.store.queries import NumberedValue
from chargeproof.store.records import (
    ConnectionRecord,
    ConnectorStatusRecord,
    IdTagDecision,
    MeterValueRecord,
    TransactionRecord,
)

Quantity = Literal["power", "energy", "current", "voltage", "other"]
REGISTER = "Energy.Active.Import.Register"
BASE_UNITS: dict[str, tuple[str, float]] = {
    "kWh": ("Wh", 1000.0),
    "kvarh": ("varh", 1000.0),
    "kW": ("W", 1000.0),
    "kVA": ("VA", 1000.0),
    "kvar": ("var", 1000.0),
}
USUAL_UNITS: dict[Quantity, str] = {"power": "W", "energy": "Wh", "current": "A", "voltage": "V", "other": ""}
OUTAGE_S = 1.0
"""Shorter gaps between two sockets are replacements, not outages."""


def samples_in(values: Iterable[MeterValueRecord]) -> list[Sample]:
    """One row for each sampled value, in the order of arrival."""
    return [
        _sample(record, sampled)
        for record in values
        if isinstance(record.sampled, list)
        for sampled in record.sampled
    ]


def _sample(record: MeterValueRecord, sampled: dict[str, Any]) -> Sample:
    measurand = str(sampled.get("measurand") or REGISTER)
    phase = sampled.get("phase")
    return Sample(
        measured_at=record.measured_at,
        received_at=record.received_at,
        delay_s=None
        if record.measured_at is None
        else round((record.received_at - record.measured_at).total_seconds(), 3),
        measurand=measurand,
        phase=None if phase is None else str(phase),
        location=str(sampled.get("location") or "Outlet"),
        context=str(sampled.get("context") or "Sample.Periodic"),
        value=str(sampled.get("value", "")),
        unit=str(sampled.get("unit") or USUAL_UNITS[quantity_of(measurand)]),
        source=record.source,
    )


def quantity_of(measurand: str) -> Quantity:
    match measurand.partition(".")[0]:
        case "Power" if measurand != "Power.Factor":
            return "power"
        case "Energy":
            return "energy"
        case "Current":
            return "current"
        case "Voltage":
            return "voltage"
    return "other"


def series_in(samples: Sequence[Sample]) -> list[Series]:
    """One for each measurand, phase and location; what is no number (signed data) is left out."""
    found: dict[tuple[str, str | None, str, str], tuple[list[float], list[float], list[float]]] = {}
    for sample in samples:
        number = _number(sample.value)
        if number is None:
            continue
        unit, factor = BASE_UNITS.get(sample.unit, (sample.unit, 1.0))
        place = (sample.measurand, sample.phase, sample.location, unit)
        times, values, delays = found.setdefault(place, ([], [], []))
        times.append((sample.measured_at or sample.received_at).timestamp())
        values.append(number * factor)
        delays.append(sample.delay_s or 0.0)
    return [_series(*place, *lists) for place, lists in sorted(found.items(), key=_by_quantity)]


def _by_quantity(item: tuple[tuple[str, str | None, str, str], Any]) -> tuple[int, str, str, str]:
    measurand, phase, location, _ = item[0]
    order: list[Quantity] = ["power", "energy", "current", "voltage", "other"]
    return order.index(quantity_of(measurand)), measurand, phase or "", location


def _series(
    measurand: str,
    phase: str | None,
    location: str,
    unit: str,
    times: list[float],
    values: list[float],
    delays: list[float],
) -> Series:
    in_order = sorted(zip(times, values, delays, strict=True), key=lambda point: point[0])
    return Series(
        key=" ".join(part for part in (measurand, phase, "" if location == "Outlet" else location) if part),
        measurand=measurand,
        phase=phase,
        location=location,
        unit=unit,
        quantity=quantity_of(measurand),
        times=[point[0] for point in in_order],
        values=[point[1] for point in in_order],
        delays_s=[point[2] for point in in_order],
    )


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return number if number - number == 0 else None  # neither infinite nor NaN


def marks_of(
    transaction: TransactionRecord,
    statuses: Sequence[ConnectorStatusRecord],
    decisions: Sequence[IdTagDecision],
    connections: Sequence[ConnectionRecord],
    until: datetime,
) -> list[Mark]:
    """What happened around the transaction, in order."""
    tag = (transaction.id_tag or "").lower()
    marks = [
        Mark(at=each.at, kind="authorize", label=f"{each.id_tag}: {each.status}")
        for each in decisions
        if each.action == "Authorize"
        and each.id_tag.lower() in (tag, (transaction.stop_id_tag or "").lower())
    ]
    began_at = transaction.started_at or transaction.start_received_at
    marks.append(
        Mark(at=began_at, kind="start", label=f"{transaction.id_tag or '?'}: {transaction.id_tag_status}")
    )
    marks += [
        Mark(at=each.received_at, kind="status", label=_status_label(each))
        for each in statuses
        if each.connector_id in (0, transaction.connector_id)
    ]
    if transaction.stop_received_at is not None:
        at = transaction.stopped_at or transaction.stop_received_at
        marks.append(Mark(at=at, kind="stop", label=transaction.stop_reason or "Local"))
    marks += _outages(connections, began_at, until)
    return sorted(marks, key=lambda mark: mark.at)


def _status_label(status: ConnectorStatusRecord) -> str:
    place = "station " if status.connector_id == 0 else ""
    error = "" if status.error_code in ("NoError", "") else f" ({status.error_code})"
    return f"{place}{status.status}{error}"


def _outages(connections: Sequence[ConnectionRecord], since: datetime, until: datetime) -> list[Mark]:
    """Stretches without any socket. What nobody saw close (a crash of ours) ends with the next one."""
    marks = []
    covered_to = since
    for each in sorted(connections, key=lambda connection: connection.opened_at):
        if (each.opened_at - covered_to).total_seconds() > OUTAGE_S:
            marks.append(Mark(at=covered_to, kind="outage", label="offline", ends_at=each.opened_at))
        covered_to = max(covered_to, each.opened_at, each.closed_at or until)
    if (until - covered_to).total_seconds() > OUTAGE_S:
        marks.append(Mark(at=covered_to, kind="outage", label="offline", ends_at=until))
    return marks


def meter_values_of(
    transaction: TransactionRecord, values: Sequence[NumberedValue], marks: list[Mark], truncated: bool
) -> MeterValues:
    samples = samples_in(each.value for each in values)
    return MeterValues(
        transaction_id=transaction.transaction_id,
        series=series_in(samples),
        marks=marks,
        samples=samples,
        truncated=truncated,
    )
