"""Mutants of function 8, their content: voltage, current and power in every sample (8.2b)."""

from collections.abc import Iterable
from typing import Any

import msgspec

from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    Measurand,
    MeterValue,
    MeterValues,
    Phase,
    ReadingContext,
    Request,
    SampledValue,
    UnitOfMeasure,
)
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

VOLTAGE = Measurand.VOLTAGE
CURRENT = Measurand.CURRENT_IMPORT
POWER = Measurand.POWER_ACTIVE_IMPORT
ENERGY = Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
MEASURANDS_KEY = "MeterValuesSampledData"

# ── what is missing ──────────────────────────────────────────────────────────────────────────────────


class _SendsOnly(SimulatedStation):
    """Samples certain measurands whatever was set."""

    sent: tuple[Measurand, ...] = ()

    def measurands_sampled(self) -> list[str]:
        return [each.value for each in self.sent]


@mutant(fails="8.2b", because="voltage and current and power never came")
class MeasurandAcceptedNotSent(_SendsOnly):
    """Accepts voltage, current and power in MeterValuesSampledData and sends the register alone."""

    sent = (ENERGY,)


@mutant(fails="8.2b", because="voltage and power never came")
class CurrentOnly(_SendsOnly):
    """Sends the current alone."""

    sent = (CURRENT,)


@mutant(fails="8.2b", because="voltage never came")
class VoltageNeverSent(_SendsOnly):
    """Leaves the voltage out."""

    sent = (CURRENT, POWER, ENERGY)


@mutant(fails="8.2b", because="power never came")
class PowerNeverSent(_SendsOnly):
    """Leaves the power out."""

    sent = (VOLTAGE, CURRENT, ENERGY)


@mutant(fails="8.2b", because="current never came")
class CurrentOfferedForImport(_SendsOnly):
    """Sends the current that it offers instead of the one that flows."""

    sent = (VOLTAGE, Measurand.CURRENT_OFFERED, POWER, ENERGY)


@mutant(fails="8.2b", because="voltage and current and power never came")
class MeasurandsRejected(SimulatedStation):
    """Rejects every list of measurands but the one that it has."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == MEASURANDS_KEY and request.value != self.configuration.text(MEASURANDS_KEY):
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)


class _EditsSamples(SimulatedStation):
    """Changes the values of its samples."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        raise NotImplementedError

    def meter_value(
        self, connector_id: int, measurands: list[str], context: ReadingContext
    ) -> MeterValue | None:
        sample = super().meter_value(connector_id, measurands, context)
        if sample is None:
            return None
        values = [edited for value in sample.sampled_value for edited in self.edited(value)]
        return msgspec.structs.replace(sample, sampled_value=values) if values else None


@mutant(fails="8.2b", because="power is not in every sample")
class PowerInEverySecondSample(_EditsSamples):
    """Leaves the power out of every second sample."""

    _sample = 0

    def meter_value(
        self, connector_id: int, measurands: list[str], context: ReadingContext
    ) -> MeterValue | None:
        self._sample += 1
        return super().meter_value(connector_id, measurands, context)

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        return [] if value.measurand is POWER and self._sample % 2 else [value]


@mutant(fails="8.2b", because="current lacks L3")
class CurrentLacksAPhase(_EditsSamples):
    """Sends the current of two of three phases, although the power is that of all."""

    def measurands_sampled(self) -> list[str]:
        return [each.value for each in (VOLTAGE, CURRENT, POWER)]

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        if value.measurand is POWER:
            third = str(float(value.value) / 3)
            return [
                msgspec.structs.replace(value, value=third, phase=each)
                for each in (Phase.L1, Phase.L2, Phase.L3)
            ]
        return [] if value.measurand is CURRENT and value.phase is Phase.L3 else [value]


@mutant(fails="8.2b", because="voltage lacks L2 and L3")
class VoltageOfOnePhase(_EditsSamples):
    """Sends the voltage of L1 and the currents of three phases."""

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        return [] if value.measurand is VOLTAGE and value.phase is not Phase.L1_N else [value]


# ── what is wrong ────────────────────────────────────────────────────────────────────────────────────


class _EditsOneMeasurand(_EditsSamples):
    """Changes number and unit of one measurand; `phases` names those concerned, all if it is empty."""

    measurand: Measurand = POWER
    factor = 1.0
    unit: UnitOfMeasure | None = None
    text: str | None = None

    def edited(self, value: SampledValue) -> Iterable[SampledValue]:
        if value.measurand is not self.measurand:
            return [value]
        number = self.text or f"{float(value.value) * self.factor:.2f}"
        return [msgspec.structs.replace(value, value=number, unit=self.unit or value.unit)]


@mutant(fails="8.2b", because="the power does not fit voltage times current")
class PowerIsHalf(_EditsOneMeasurand):
    """Tells half of the power that flows."""

    factor = 0.5


@mutant(fails="8.2b", because="the power does not fit voltage times current")
class PowerInKwCalledW(_EditsOneMeasurand):
    """Tells the power in kW and calls it W."""

    factor = 0.001


@mutant(fails="8.2b", because="a value is not what it must be")
class PowerInWCalledKw(_EditsOneMeasurand):
    """Tells the power in W and calls it kW."""

    unit = UnitOfMeasure.KW


@mutant(fails="8.2b", because="the power does not fit voltage times current")
class PowerAlwaysZero(_EditsOneMeasurand):
    """Tells a power of 0 W while it charges."""

    factor = 0.0


@mutant(fails="8.2b", because="the power does not fit voltage times current")
class CurrentAlwaysZero(_EditsOneMeasurand):
    """Tells currents of 0 A while it charges."""

    measurand, factor = CURRENT, 0.0


@mutant(fails="8.2b", because="a value is not what it must be")
class CurrentInMilliamperes(_EditsOneMeasurand):
    """Tells the current in mA and calls it A."""

    measurand, factor = CURRENT, 1000.0


@mutant(fails="8.2b", because="a value is not what it must be")
class CurrentRunsBackwards(_EditsOneMeasurand):
    """Tells negative currents: the transformers are the wrong way round."""

    measurand, factor = CURRENT, -1.0


@mutant(fails="8.2b", because="a value is not what it must be")
class VoltageInDecivolts(_EditsOneMeasurand):
    """Tells the voltage in tenths of a volt and calls it V."""

    measurand, factor = VOLTAGE, 10.0


@mutant(fails="8.2b", because="a value is not what it must be")
class VoltageAlwaysZero(_EditsOneMeasurand):
    """Tells a voltage of 0 V."""

    measurand, factor = VOLTAGE, 0.0


@mutant(fails="8.2b", because="unit Wh where unit V for Voltage belongs")
class VoltageInWh(_EditsOneMeasurand):
    """Gives Wh as the unit of its voltage."""

    measurand, unit = VOLTAGE, UnitOfMeasure.WH


@mutant(fails="8.2b", because="unit VA where unit W or kW for Power.Active.Import belongs")
class PowerInVa(_EditsOneMeasurand):
    """Gives VA as the unit of its active power."""

    unit = UnitOfMeasure.VA


@mutant(fails="8.2b", because="“16,00” where a number as value of Current.Import belongs")
class DecimalComma(_EditsOneMeasurand):
    """Writes its currents with a decimal comma."""

    measurand, text = CURRENT, "16,00"


@mutant(fails="8.2b", because="“230 V” where a number as value of Voltage belongs")
class UnitWithinTheValue(_EditsOneMeasurand):
    """Writes the unit into the value of its voltage."""

    measurand, text = VOLTAGE, "230 V"


@mutant(fails="8.2b", because="“NaN” where a number as value of Power.Active.Import belongs")
class PowerNotANumber(_EditsOneMeasurand):
    """Writes NaN as the value of its power."""

    text = "NaN"


@mutant(fails="8.2b", because="unit missing")
class UnitsLeftOut(SimulatedStation):
    """Leaves all units out, which makes them Wh."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        return edited_payload(text, self._edit) if isinstance(request, MeterValues) else text

    @staticmethod
    def _edit(payload: dict[str, Any]) -> None:
        for each in payload["meterValue"]:
            for value in each["sampledValue"]:
                value.pop("unit", None)
