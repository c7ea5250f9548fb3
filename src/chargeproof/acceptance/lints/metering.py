"""Meter values: whether they come, in which form, and whether the register adds up."""

import re
from collections.abc import Iterator
from typing import Any

from chargeproof.acceptance.lints.registry import Sight, Spotted, lint
from chargeproof.acceptance.transactions import Transaction, transactions_of
from chargeproof.ocpp import (
    ChangeConfiguration,
    Measurand,
    MeterValues,
    StopTransaction,
)
from chargeproof.trace import Exchange, Trace

_ENUMS = re.compile(r"sampledValue\[\d+\]\.(?:unit|context|measurand|phase|location|format)$")
_CONTAINERS = re.compile(r"(?:meterValue|transactionData|sampledValue|chargingSchedule|value)(?:\[\d+\])?$")


@lint(
    "L-07",
    "The meter interval is accepted, and no MeterValues come",
    clause="S§4.7, S§9.1.19",
    advice="Send MeterValues at MeterValueSampleInterval while a transaction runs, or reject the interval.",
)
def no_meter_values(trace: Trace) -> Iterator[Sight]:
    changes = [
        c
        for c in trace.exchanges(ChangeConfiguration, where=lambda c: c.key == "MeterValueSampleInterval")
        if c.status == "Accepted" and (c.request.value or "").strip().isdigit()
    ]
    for transaction in transactions_of(trace):
        start, stop = transaction.start, transaction.stop
        if start is None or stop is None or transaction.meter_values:
            continue
        interval = next((int(c.request.value) for c in reversed(changes) if c.n < start.n), 0)
        lasted = _seconds(transaction)
        if interval and lasted > 2 * interval and not _metered(trace, transaction):
            yield Sight(
                start.n,
                f"transaction {transaction.id}: none in {lasted:.0f} s at an interval of {interval} s",
            )


def _seconds(transaction: Transaction) -> float:
    """How long it lasted by its own timestamps, by arrival where they cannot be read."""
    start, stop = transaction.start, transaction.stop
    if start is None or stop is None:
        return 0.0
    if start.request.timestamp is not None and stop.request.timestamp is not None:
        return float((stop.request.timestamp - start.request.timestamp).total_seconds())
    return stop.mono - start.mono


def _metered(trace: Trace, transaction: Transaction) -> bool:
    """Whether MeterValues of that connector came while it ran, though under another transaction id."""
    if transaction.start is None or transaction.stop is None:
        return False
    stretch = trace.between(transaction.start.n, transaction.stop.n)
    return bool(stretch.exchanges(MeterValues, where=lambda m: m.connector_id == transaction.connector_id))


def _is_container(spotted: Spotted) -> bool:
    metered = spotted.action in ("MeterValues", "StopTransaction", "GetCompositeSchedule")
    return (
        metered
        and spotted.rule in ("wrong_type", "empty", "not_an_object", "null", "missing")
        and _CONTAINERS.search(spotted.where) is not None
    )


@lint(
    "L-13",
    "Meter values in a wrong shape: an object for a list, an empty list, an empty value",
    clause="S§6.31, S§7.33, S§7.43",
    advice="meterValue and sampledValue are lists with at least one item, value is a text that holds a number.",
    covers=_is_container,
)
def empty_values(trace: Trace) -> Iterator[Sight]:
    for exchange, sample in _samples(trace):
        if sample.value is not None and not sample.value.strip():
            yield Sight(
                exchange.n, f"{sample.measurand or 'Energy.Active.Import.Register'} has an empty value"
            )


def _is_enum(spotted: Spotted) -> bool:
    return spotted.rule == "not_in_enum" and _ENUMS.search(spotted.where) is not None


@lint(
    "L-14",
    "Units, measurands or contexts that OCPP 1.6 does not know",
    clause="S§7.43, S§7.45 (JE2.1 for Celsius)",
    advice="Use the specification's words: Hertz is not a unit of 1.6 before the errata, Hz never is.",
    covers=_is_enum,
)
def unknown_words(trace: Trace) -> Iterator[Sight]:
    return iter(())


def _samples(
    trace: Trace,
) -> Iterator[tuple[Exchange[Any], Any]]:
    for message in trace.exchanges(MeterValues):
        for value in message.request.meter_value or ():
            for sample in value.sampled_value or ():
                yield message, sample
    for stop in trace.exchanges(StopTransaction):
        for value in stop.request.transaction_data or ():
            for sample in value.sampled_value or ():
                yield stop, sample


@lint(
    "L-18",
    "The energy register goes backwards, restarts per session, or begins with a placeholder",
    clause="S§6.45, S§6.49, E3.9",
    advice="Report the absolute register of the meter, in Wh, in every message.",
)
def register_jumps(trace: Trace) -> Iterator[Sight]:
    newest: dict[int, int] = {}
    for transaction in transactions_of(trace):
        start, stop = transaction.start, transaction.stop
        if start is None or start.request.meter_start is None or transaction.connector_id is None:
            continue
        before = newest.get(transaction.connector_id)
        begin = start.request.meter_start
        if before is not None and begin < before:
            yield Sight(
                start.n, f"meterStart {begin} Wh after {before} Wh at connector {transaction.connector_id}"
            )
        yield from _within(transaction, begin)
        if stop is not None and stop.request.meter_stop is not None:
            if stop.request.meter_stop < begin:
                yield Sight(stop.n, f"meterStop {stop.request.meter_stop} Wh is below meterStart {begin} Wh")
            newest[transaction.connector_id] = stop.request.meter_stop


def _within(transaction: Transaction, begin: int) -> Iterator[Sight]:
    """Register readings of one transaction, by payload time."""
    readings = [
        (value.timestamp, exchange.n, wh, sample.context)
        for exchange in transaction.meter_values
        for value in exchange.request.meter_value or ()
        for sample in value.sampled_value or ()
        if value.timestamp is not None and (wh := _register_wh(sample)) is not None
    ]
    readings.sort(key=lambda reading: reading[:2])
    highest = float(begin)
    for _, n, wh, context in readings:
        # A kWh reading is rounded to its last digit; a watt-hour is no step back.
        if wh < highest - 10:
            what = "is a placeholder" if wh == 0 and context == "Transaction.Begin" else "goes back"
            yield Sight(n, f"the register {what}: {wh:g} Wh after {highest:g} Wh")
        highest = max(highest, wh)


def _register_wh(sample: Any) -> float | None:
    if (
        sample.measurand or Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
    ) != Measurand.ENERGY_ACTIVE_IMPORT_REGISTER:
        return None
    if sample.phase is not None or str(sample.location or "Outlet") != "Outlet":
        return None
    try:
        value = float(sample.value)
    except (TypeError, ValueError):
        return None
    return value * 1000 if str(sample.unit or "Wh") == "kWh" else value


@lint(
    "L-19",
    "Meter values of a transaction arrive after its StopTransaction",
    clause="S§3.7 (chronological order)",
    advice="Send the closing values before StopTransaction, or inside it as transactionData.",
)
def values_after_stop(trace: Trace) -> Iterator[Sight]:
    for transaction in transactions_of(trace):
        for exchange in transaction.meter_values:
            if transaction.stop is not None and exchange.n > transaction.stop.n:
                yield Sight(exchange.n, f"transaction {transaction.id} was already stopped")
