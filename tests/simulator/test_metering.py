import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeproof.simulator.hardware import Vehicle
from chargeproof.simulator.metering import NO_CURRENT, Meter
from chargeproof.simulator.model import MeterModel

currents = st.tuples(*[st.floats(0, 63)] * 3)
stretches = st.lists(st.tuples(st.floats(0, 500), currents), max_size=8)


@given(stretches, st.floats(0, 3), st.floats(1, 60))
def test_energy_is_the_integral_of_power(
    course: list[tuple[float, tuple[float, float, float]]], noise_v: float, slot_s: float
) -> None:
    model = MeterModel(voltage_noise_v=noise_v, noise_slot_s=slot_s)
    meter, shadow = Meter(model, seed="a"), Meter(model, seed="a")
    now_s, expected_wh = 0.0, 0.0
    for seconds, amperes in course:
        meter.set_currents(amperes, now_s)
        # The same integral another way: the overlap of this stretch with each slot of constant voltage.
        end_s = now_s + seconds
        for slot in range(int(now_s // slot_s) - 1, int(end_s // slot_s) + 2):
            overlap_s = min(end_s, (slot + 1) * slot_s) - max(now_s, slot * slot_s)
            if overlap_s > 0:
                volts = shadow.voltages_v((slot + 0.5) * slot_s)
                watts = sum(u * i for u, i in zip(volts, amperes, strict=True))
                expected_wh += watts * overlap_s / 3600
        now_s = end_s
    assert meter.reading(now_s).energy_wh == pytest.approx(expected_wh, rel=1e-6, abs=1e-6)


@given(currents, st.floats(0, 1e6))
def test_power_is_the_sum_of_voltage_times_current(amperes: tuple[float, float, float], now_s: float) -> None:
    meter = Meter(MeterModel(), seed="a", now_s=now_s)
    meter.set_currents(amperes, now_s)
    reading = meter.reading(now_s)
    assert reading.power_w == pytest.approx(
        sum(u * i for u, i in zip(reading.voltages_v, amperes, strict=True))
    )
    assert all(228.5 <= volts <= 231.5 for volts in reading.voltages_v)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20))
def test_reading_often_changes_nothing(pauses: list[float]) -> None:
    often, once = Meter(MeterModel(), seed="a"), Meter(MeterModel(), seed="a")
    for meter in (often, once):
        meter.set_currents((16.0, 16.0, 16.0), 0.0)
    now_s = 0.0
    registers = []
    for pause_s in pauses:
        now_s += pause_s
        registers.append(often.reading(now_s).energy_wh)
    assert registers == sorted(registers)
    assert often.reading(now_s).energy_wh == pytest.approx(once.reading(now_s).energy_wh)


def test_voltages_differ_by_seed_and_repeat_by_seed() -> None:
    one, same, other = (Meter(MeterModel(), seed=seed) for seed in ("a", "a", "b"))
    assert one.voltages_v(5) == same.voltages_v(5) != other.voltages_v(5)
    assert one.voltages_v(5) == one.voltages_v(9) != one.voltages_v(11)


def test_without_current_the_register_stands_still() -> None:
    meter = Meter(MeterModel(), seed="a", energy_wh=1234.5)
    assert meter.reading(1e7).energy_wh == 1234.5
    assert meter.reading(1e7).power_w == 0


@pytest.mark.parametrize(
    ("limit_a", "expected"),
    [(32, (16, 16, 16)), (10, (10, 10, 10)), (6, (6, 6, 6)), (5.9, NO_CURRENT), (0, NO_CURRENT)],
)
def test_a_vehicle_draws_what_it_may_and_nothing_below_six_amperes(
    limit_a: float, expected: tuple[float, float, float]
) -> None:
    assert Vehicle(16, 6, 3, ready=True).currents_a(limit_a) == expected
    assert Vehicle(16, 6, 3, ready=False).currents_a(limit_a) == NO_CURRENT
