"""Meter values: at an interval from the start of a transaction, at round times of the clock, and on demand."""

import asyncio
import math
from typing import TYPE_CHECKING

from chargeproof.ocpp import (
    Location,
    Measurand,
    Phase,
    ReadingContext,
    SampledValue,
    UnitOfMeasure,
)
from chargeproof.simulator.bell import Bell
from chargeproof.simulator.configuration import measurand_of
from chargeproof.simulator.metering import Reading
from chargeproof.simulator.transactions import Transaction

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

LINES = (Phase.L1, Phase.L2, Phase.L3)
LINES_TO_NEUTRAL = (Phase.L1_N, Phase.L2_N, Phase.L3_N)
SLACK = 1e-6  # of an interval: a timer that fires a clock tick early has still fired for its own time


class Sampling:
    """Takes samples while transactions run, and at the quarter-hours (or what ClockAlignedDataInterval says)."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self._samplers: dict[int, asyncio.Task[None]] = {}
        self._changed = Bell()

    def begin(self, transaction: Transaction) -> None:
        self._keep_for_stop(transaction, ReadingContext.TRANSACTION_BEGIN)
        name = f"sample transaction {transaction.key}"
        self._samplers[transaction.key] = self.station.spawn(self._sample(transaction), name)

    def end(self, transaction: Transaction) -> None:
        self._keep_for_stop(transaction, ReadingContext.TRANSACTION_END)
        sampler = self._samplers.pop(transaction.key, None)
        if sampler is not None:
            sampler.cancel()

    def interval_changed(self) -> None:
        """A key that this depends on has another value."""
        self._changed.ring()

    async def run_clock_aligned(self) -> None:
        """MeterValues of every connector at multiples of ClockAlignedDataInterval after midnight (S§9.1.5)."""
        while True:
            interval_s = self.station.clock_aligned_interval_s()
            if await self._changed.heard(self._until_aligned_s(interval_s) if interval_s > 0 else None):
                continue
            for connector_id, connector in self.station.connectors.items():
                if connector.transaction is not None:
                    self._keep_for_stop(connector.transaction, ReadingContext.SAMPLE_CLOCK)
                self.station.send_clock_aligned_values(connector_id)

    async def _sample(self, transaction: Transaction) -> None:
        while True:
            interval_s = self.station.sample_interval_s(transaction)
            elapsed_s = self.station.clock.monotonic() - transaction.started_s
            delay_s = None
            if interval_s > 0:
                delay_s = (math.floor(elapsed_s / interval_s + SLACK) + 1) * interval_s - elapsed_s
            if not await self._changed.heard(delay_s):
                self._keep_for_stop(transaction, ReadingContext.SAMPLE_PERIODIC)
                self.station.send_sampled_values(transaction)

    def _until_aligned_s(self, interval_s: float) -> float:
        now = self.station.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        elapsed_s = (now - midnight).total_seconds()
        return (math.floor(elapsed_s / interval_s + SLACK) + 1) * interval_s - elapsed_s

    def _keep_for_stop(self, transaction: Transaction, context: ReadingContext) -> None:
        clock = context is ReadingContext.SAMPLE_CLOCK
        key = "StopTxnAlignedData" if clock else "StopTxnSampledData"
        measurands = self.station.configuration.items(key)
        if measurands:
            sample = self.station.meter_value(transaction.connector_id, measurands, context)
            if sample is not None:
                transaction.samples.append(sample)


def sampled_values(
    reading: Reading, measurands: list[str], context: ReadingContext, offered_a: float
) -> list[SampledValue]:
    """The reading in the words of S§7.43. An item may name one phase: `Current.Import.L1`."""
    values = []
    for item in measurands:
        name = measurand_of(item)
        wanted = item[len(name) + 1 :]
        for value, phase, unit in _numbers(Measurand(name), reading, offered_a):
            if wanted and (phase is None or not phase.value.startswith(wanted)):
                continue
            values.append(
                SampledValue(
                    value=value,
                    context=context,
                    measurand=Measurand(name),
                    phase=phase,
                    location=Location.OUTLET,
                    unit=unit,
                )
            )
    return values


def _numbers(
    measurand: Measurand, reading: Reading, offered_a: float
) -> list[tuple[str, Phase | None, UnitOfMeasure | None]]:
    match measurand:
        case Measurand.VOLTAGE:
            pairs = zip(reading.voltages_v, LINES_TO_NEUTRAL, strict=True)
            return [(f"{volts:.2f}", phase, UnitOfMeasure.V) for volts, phase in pairs]
        case Measurand.CURRENT_IMPORT:
            lines = zip(reading.currents_a, LINES, strict=True)
            return [(f"{amperes:.2f}", phase, UnitOfMeasure.A) for amperes, phase in lines]
        case Measurand.POWER_ACTIVE_IMPORT:
            return [(f"{reading.power_w:.1f}", None, UnitOfMeasure.W)]
        case Measurand.ENERGY_ACTIVE_IMPORT_REGISTER:
            return [(str(math.floor(reading.energy_wh)), None, UnitOfMeasure.WH)]
        case Measurand.CURRENT_OFFERED:
            return [(f"{offered_a:.1f}", None, UnitOfMeasure.A)]
        case Measurand.POWER_OFFERED:
            return [(f"{offered_a * sum(reading.voltages_v):.1f}", None, UnitOfMeasure.W)]
        case Measurand.FREQUENCY:
            return [("50.00", None, UnitOfMeasure.HERTZ)]
        case Measurand.POWER_FACTOR:
            return [("1.00", None, None)]
        case _:
            return []
