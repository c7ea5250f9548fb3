from itertools import pairwise

import pytest

from chargeproof.ocpp import (
    ConfigurationStatus,
    Measurand,
    MeterValues,
    Phase,
    ReadingContext,
    StopTransaction,
    UnitOfMeasure,
)
from chargeproof.simulator.model import load_model
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, bench, lawful

EVERYTHING = "Voltage,Current.Import,Power.Active.Import,Energy.Active.Import.Register"


def spacing(b: Bench) -> list[int]:
    moments = [one.meter_value[0].timestamp for one in b.central.all(MeterValues)]
    return [round((two - one).total_seconds()) for one, two in pairwise(moments)]


def test_samples_come_at_the_interval_counted_from_the_start() -> None:
    async def scene() -> None:
        async with bench(lawful(MeterValueSampleInterval="30")) as b:
            transaction_id = await b.charge(1)
            await b.pass_time(305)
            values = b.central.all(MeterValues)
            assert len(values) == 10
            assert set(spacing(b)) == {30}
            assert {(one.connector_id, one.transaction_id) for one in values} == {(1, transaction_id)}

    run_virtual(scene())


def test_another_interval_takes_effect_during_the_transaction() -> None:
    async def scene() -> None:
        async with bench(lawful(MeterValueSampleInterval="30")) as b:
            await b.charge(1)
            await b.pass_time(100)
            assert await b.central.set_key("MeterValueSampleInterval", "60") is ConfigurationStatus.ACCEPTED
            b.central.forget()
            await b.pass_time(300)
            assert set(spacing(b)) == {60}
            await b.central.set_key("MeterValueSampleInterval", "0")
            b.central.forget()
            await b.pass_time(300)
            assert b.central.all(MeterValues) == []

    run_virtual(scene())


def test_every_quantity_is_in_every_sample_and_power_is_voltage_times_current() -> None:
    async def scene() -> None:
        async with bench(lawful(MeterValueSampleInterval="30")) as b:
            assert await b.central.set_key("MeterValuesSampledData", EVERYTHING) == "Accepted"
            await b.charge(1)
            await b.pass_time(100)
            for message in b.central.all(MeterValues):
                (sample,) = message.meter_value
                numbers = {(one.measurand, one.phase): float(one.value) for one in sample.sampled_value}
                volts = [numbers[Measurand.VOLTAGE, one] for one in (Phase.L1_N, Phase.L2_N, Phase.L3_N)]
                amperes = [numbers[Measurand.CURRENT_IMPORT, one] for one in (Phase.L1, Phase.L2, Phase.L3)]
                assert all(225 < one < 235 for one in volts)
                assert amperes == [16.0, 16.0, 16.0]
                power_w = numbers[Measurand.POWER_ACTIVE_IMPORT, None]
                assert power_w == pytest.approx(
                    sum(u * i for u, i in zip(volts, amperes, strict=True)), abs=1
                )
                units = {one.measurand: one.unit for one in sample.sampled_value}
                assert units[Measurand.ENERGY_ACTIVE_IMPORT_REGISTER] is UnitOfMeasure.WH
                assert units[Measurand.POWER_ACTIVE_IMPORT] is UnitOfMeasure.W

    run_virtual(scene())


def test_a_phase_may_be_asked_for() -> None:
    async def scene() -> None:
        async with bench(lawful(MeterValueSampleInterval="30")) as b:
            assert await b.central.set_key("MeterValuesSampledData", "Current.Import.L2") == "Accepted"
            await b.charge(1)
            message = await b.central.wait_for(MeterValues)
            assert [one.phase for one in message.meter_value[0].sampled_value] == [Phase.L2]

    run_virtual(scene())


@pytest.mark.parametrize("wanted", ["Voltage", "Current.Import,Power.Active.Import", "Nonsense"])
def test_an_unsupported_measurand_rejects_the_whole_list(wanted: str) -> None:
    async def scene() -> None:
        async with bench(load_model("ctek_cs_connected")) as b:
            status = await b.central.set_key("MeterValuesSampledData", wanted)
            assert status is ConfigurationStatus.REJECTED
            assert b.station.configuration.text("MeterValuesSampledData") == "Current.Import"
            await b.charge(1)
            message = await b.central.wait_for(MeterValues, 100)
            values = message.meter_value[0].sampled_value
            assert [one.phase for one in values] == [Phase.L1, Phase.L2, Phase.L3]
            assert {one.measurand for one in values} == {Measurand.CURRENT_IMPORT}

    run_virtual(scene())


def test_a_list_longer_than_its_limit_is_rejected() -> None:
    async def scene() -> None:
        async with bench(lawful(MeterValuesSampledDataMaxLength="2")) as b:
            assert await b.central.set_key("MeterValuesSampledData", EVERYTHING) == "Rejected"
            assert await b.central.set_key("MeterValuesSampledData", "Voltage,Current.Import") == "Accepted"

    run_virtual(scene())


def test_clock_aligned_values_come_at_round_times_with_and_without_a_transaction() -> None:
    async def scene() -> None:
        async with bench(lawful(MeterValueSampleInterval="0")) as b:
            transaction_id = await b.charge(1)
            await b.central.set_key("ClockAlignedDataInterval", "900")
            await b.pass_time(1900)
            values = b.central.all(MeterValues)
            told = [(one.connector_id, one.transaction_id) for one in values]
            assert told == [(1, transaction_id), (2, None)] * 2
            for one in values:
                sample = one.meter_value[0]
                assert (sample.timestamp.minute * 60 + sample.timestamp.second) % 900 == 0
                assert sample.sampled_value[0].context is ReadingContext.SAMPLE_CLOCK

    run_virtual(scene())


def test_clock_aligned_values_can_be_kept_for_the_stop_transaction() -> None:
    async def scene() -> None:
        model = lawful(ClockAlignedDataInterval="900", StopTxnAlignedData="Energy.Active.Import.Register")
        async with bench(model) as b:
            await b.charge(1)
            await b.pass_time(1900)
            await b.station.present_card("CARD-1", 1)
            stop = await b.central.wait_for(StopTransaction)
            assert stop.transaction_data is not None
            contexts = [one.sampled_value[0].context for one in stop.transaction_data]
            assert contexts == [ReadingContext.SAMPLE_CLOCK] * 2

    run_virtual(scene())
