"""Odd but lawful: what meter values look like, and when they come."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    Location,
    Measurand,
    MeterValue,
    Phase,
    ReadingContext,
    Reason,
    Request,
    SampledValue,
    UnitOfMeasure,
    ValueFormat,
)
from chargeproof.simulator.hardware import Hardware
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.model import VehicleModel
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction
from chargeproof.simulator.variants import lawful

INTERVAL_KEY = "MeterValueSampleInterval"
MEASURANDS_KEY = "MeterValuesSampledData"
CURRENT = Measurand.CURRENT_IMPORT
VOLTAGE = Measurand.VOLTAGE
POWER = Measurand.POWER_ACTIVE_IMPORT
LINES = (Phase.L1, Phase.L2, Phase.L3)


class _SplitsSamples(SimulatedStation):
    """Sends a sample in several frames."""

    def parts(self, values: list[SampledValue]) -> list[list[SampledValue]]:
        raise NotImplementedError

    def send_transaction_values(self, transaction: Transaction, sample: MeterValue) -> None:
        for part in self.parts(sample.sampled_value):
            if part:
                part_of_it = msgspec.structs.replace(sample, sampled_value=part)
                super().send_transaction_values(transaction, part_of_it)


@odd(note="a frame for each phase (S§4.7 leaves it open how values are distributed over messages)")
class OneFramePerPhase(_SplitsSamples):
    """Reads its phases one after the other."""

    def parts(self, values: list[SampledValue]) -> list[list[SampledValue]]:
        return [
            [value for value in values if (value.phase or "").startswith(line.value)] for line in LINES
        ] + [[value for value in values if value.phase is None]]


@odd(note="a frame for each value")
class OneFramePerValue(_SplitsSamples):
    """Sends every number by itself."""

    def parts(self, values: list[SampledValue]) -> list[list[SampledValue]]:
        return [[value] for value in values]


class _EditsSamples(SimulatedStation):
    """Gives its samples another form."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        return [value]

    def added(self, context: ReadingContext) -> Iterable[SampledValue]:
        return ()

    def meter_value(
        self, connector_id: int, measurands: list[str], context: ReadingContext
    ) -> MeterValue | None:
        sample = super().meter_value(connector_id, measurands, context)
        if sample is None:
            return None
        values = [edited for value in sample.sampled_value for edited in self.edited(value)]
        values += self.added(context)
        return msgspec.structs.replace(sample, sampled_value=values) if values else None


@odd(note="the power in kW and the register in kWh (S§7.45)")
class KilowattsAndKilowattHours(_EditsSamples):
    """Prefers large units."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        units = {UnitOfMeasure.W: UnitOfMeasure.KW, UnitOfMeasure.WH: UnitOfMeasure.KWH}
        unit = units.get(value.unit) if value.unit is not None else None
        if unit is None:
            return [value]
        return [msgspec.structs.replace(value, value=f"{float(value.value) / 1000:.6f}", unit=unit)]


@odd(note="state of charge and a temperature beside what was asked for")
class TellsMoreThanAsked(_EditsSamples):
    """Adds what it knows of vehicle and housing."""

    def added(self, context: ReadingContext) -> Iterable[SampledValue]:
        return [
            SampledValue(
                value="57",
                context=context,
                measurand=Measurand.SOC,
                location=Location.EV,
                unit=UnitOfMeasure.PERCENT,
            ),
            SampledValue(
                value="31.5",
                context=context,
                measurand=Measurand.TEMPERATURE,
                location=Location.BODY,
                unit=UnitOfMeasure.CELSIUS,
            ),
        ]


@odd(note="no context, location and register unit where they are the defaults (S§7.43)")
class DefaultsLeftOut(_EditsSamples):
    """Leaves out what goes without saying."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        context = None if value.context is ReadingContext.SAMPLE_PERIODIC else value.context
        unit = None if value.unit is UnitOfMeasure.WH else value.unit
        measurand = None if value.measurand is Measurand.ENERGY_ACTIVE_IMPORT_REGISTER else value.measurand
        return [
            msgspec.structs.replace(value, context=context, unit=unit, measurand=measurand, location=None)
        ]


@odd(note="many decimals, as S§7.43 allows any decimal number")
class ManyDecimals(_EditsSamples):
    """Prints what its floating point gives."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        return [msgspec.structs.replace(value, value=f"{float(value.value):.9f}")]


@odd(note="the power of each phase beside that of all")
class PowerPerPhaseToo(_EditsSamples):
    """Gives the power four times."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        if value.measurand is not POWER:
            return [value]
        third = f"{float(value.value) / 3:.1f}"
        return [value, *(msgspec.structs.replace(value, value=third, phase=line) for line in LINES)]


@odd(note="the voltages between the phases instead of those to neutral (S§7.34)")
class VoltagesBetweenPhases(_EditsSamples):
    """Is connected to a network without neutral."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        if value.measurand is not VOLTAGE:
            return [value]
        pairs = {Phase.L1_N: Phase.L1_L2, Phase.L2_N: Phase.L2_L3, Phase.L3_N: Phase.L3_L1}
        volts = f"{float(value.value) * 3**0.5:.1f}"
        return [
            msgspec.structs.replace(
                value, value=volts, phase=pairs.get(value.phase) if value.phase is not None else None
            )
        ]


@odd(note="voltage and current without a phase: one-phase meters name none")
class PhasesNotNamed(_EditsSamples):
    """Measures one phase, and says so nowhere."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        if value.phase is None:
            share = 3 if value.measurand is POWER else 1
            return [msgspec.structs.replace(value, value=f"{float(value.value) / share:.1f}")]
        return [msgspec.structs.replace(value, phase=None)] if value.phase in (Phase.L1, Phase.L1_N) else []


@odd(note="the current of the neutral too")
class NeutralCurrentToo(_EditsSamples):
    """Measures four currents."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        if value.measurand is CURRENT and value.phase is Phase.L3:
            return [value, msgspec.structs.replace(value, value="0.31", phase=Phase.N)]
        return [value]


@odd(note="a signed reading beside each raw one (S§7.49)")
class SignedReadingsToo(_EditsSamples):
    """Signs its register."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        if value.measurand is not Measurand.ENERGY_ACTIVE_IMPORT_REGISTER:
            return [value]
        return [value, msgspec.structs.replace(value, value="A1B2C3D4", format=ValueFormat.SIGNED_DATA)]


@odd(
    note="a vehicle that takes one phase: no current in the other two",
    model=lawful(vehicle=VehicleModel(phases=1)),
)
class OnePhaseVehicle(SimulatedStation):
    """Charges an older vehicle."""


@odd(
    note="a station of one phase: L1 alone in voltage and current",
    model=lawful(vehicle=VehicleModel(phases=1)),
)
class OnePhaseStation(_EditsSamples):
    """Is connected to one phase."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        return [value] if value.phase in (None, Phase.L1, Phase.L1_N) else []


@odd(note="a register that has counted for years; meterStart need not be 0")
class OldMeter(SimulatedStation):
    """Has delivered 4711 kWh before."""

    def make_hardware(self) -> Hardware:
        hardware = super().make_hardware()
        for outlet in hardware.outlets.values():
            outlet.meter.restore(4_711_234.0)
        return hardware


@odd(note="a power factor of 0.9: the active power is less than U·I")
class PowerFactorOfNineTenths(_EditsSamples):
    """Charges a vehicle with a poor rectifier."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        if value.measurand is not POWER:
            return [value]
        return [msgspec.structs.replace(value, value=f"{float(value.value) * 0.9:.1f}")]


@odd(note="readings at the beginning and at the end of a transaction as MeterValues of their own (S§7.35)")
class ReadsAtBeginAndEnd(SimulatedStation):
    """Reads its meter twice more."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        self._read(transaction, ReadingContext.TRANSACTION_BEGIN)

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        self._read(transaction, ReadingContext.TRANSACTION_END)
        super().send_stop_transaction(transaction, reason, id_tag)

    def _read(self, transaction: Transaction, context: ReadingContext) -> None:
        sample = self.meter_value(transaction.connector_id, self.measurands_sampled(), context)
        if sample is not None:
            self.send_transaction_values(transaction, sample)


@odd(
    note="StopTransaction with transactionData of the whole session (S§9.1.27)",
    model=lawful().with_key("StopTxnSampledData", value="Energy.Active.Import.Register,Current.Import"),
)
class StopsWithTransactionData(SimulatedStation):
    """Tells everything twice."""


@odd(
    note="clock-aligned values at every minute beside the samples; the key cannot be changed",
    model=lawful().with_key("ClockAlignedDataInterval", value="60", readonly=True),
)
class ClockAlignedValuesToo(SimulatedStation):
    """Feeds an energy management as well."""


@odd(note="no meter interval below a minute; the document's “at least 30 seconds” leaves that open")
class IntervalOfAMinuteAtLeast(SimulatedStation):
    """Rejects shorter meter intervals."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == INTERVAL_KEY and 0 < int(request.value) < 60:
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)


@odd(
    note="the meter interval works after a reboot only (RebootRequired, S§7.22)",
    model=lawful().with_key(INTERVAL_KEY, reboot=True),
)
class IntervalNeedsAReboot(SimulatedStation):
    """Reads its meter interval when it starts."""


@odd(
    note="the measurands work after a reboot only (RebootRequired, S§7.22)",
    model=lawful().with_key(MEASURANDS_KEY, reboot=True),
)
class MeasurandsNeedAReboot(SimulatedStation):
    """Reads its list of measurands when it starts."""


@odd(
    note="one measurand more than asked for cannot be had: lists longer than three are rejected (S§9.1.18)",
    model=lawful().with_key("MeterValuesSampledDataMaxLength", value="3"),
)
class ThreeMeasurandsAtMost(SimulatedStation):
    """Has little room for measurands."""


@odd(note="whole seconds in every timestamp")
class WholeSeconds(SimulatedStation):
    """Has a coarse clock."""

    def now(self) -> datetime:
        return super().now().replace(microsecond=0)


@odd(note="samples up to two seconds late: no clause asks for more")
class SamplesALittleLate(SimulatedStation):
    """Is busy with other things."""

    def send_transaction_values(self, transaction: Transaction, sample: MeterValue) -> None:
        late = timedelta(seconds=self.random.uniform(0.0, 2.0))
        super().send_transaction_values(
            transaction, msgspec.structs.replace(sample, timestamp=sample.timestamp + late)
        )


class _EditsTimestamps(SimulatedStation):
    """Writes timestamps in its own way."""

    def stamped(self, moment: datetime) -> str:
        raise NotImplementedError

    def text_of_call(self, text: str, request: Request) -> str | None:
        return edited_payload(text, self._edit)

    def _edit(self, payload: dict[str, Any]) -> None:
        places = [payload, *payload.get("meterValue", ()), *payload.get("transactionData", ())]
        for place in places:
            if "timestamp" in place:
                place["timestamp"] = self.stamped(datetime.fromisoformat(place["timestamp"]))


@odd(note="timestamps in local time with its offset; S§3.14 recommends UTC, ISO 8601 allows both")
class LocalTimeWithOffset(_EditsTimestamps):
    """Lives in summer time."""

    def stamped(self, moment: datetime) -> str:
        return moment.astimezone(timezone(timedelta(hours=2))).isoformat()


@odd(note="a clock that is three hours behind in all messages, although every conf tells the time")
class ClockFarBehind(_EditsTimestamps):
    """Stamps its messages by another clock than its own."""

    def stamped(self, moment: datetime) -> str:
        return (moment - timedelta(hours=3)).isoformat().replace("+00:00", "Z")


@odd(note="no status change for the first sample: the first one comes at once, then one each interval")
class FirstSampleAtOnce(SimulatedStation):
    """Sends a sample when the session begins."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        asyncio.get_running_loop().call_later(0.5, self._first, transaction)

    def _first(self, transaction: Transaction) -> None:
        if self.running and not transaction.stopped:
            self.send_sampled_values(transaction)
