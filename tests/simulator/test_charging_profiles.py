from datetime import timedelta

import msgspec
import pytest

from chargeproof.ocpp import (
    ChargePointStatus,
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingRateUnit,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfile,
    GetCompositeSchedule,
    RecurrencyKind,
    SetChargingProfile,
    StartTransaction,
)
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, bench, lawful

P = ChargingProfilePurpose
K = ChargingProfileKind


def profile(
    limit: float = 10.0,
    *,
    number: int = 1,
    level: int = 0,
    purpose: P = P.TX_DEFAULT_PROFILE,
    kind: K = K.RELATIVE,
    periods: list[tuple[int, float]] | None = None,
    duration: int | None = None,
    unit: ChargingRateUnit = ChargingRateUnit.A,
) -> ChargingProfile:
    steps = periods or [(0, limit)]
    return ChargingProfile(
        charging_profile_id=number,
        stack_level=level,
        charging_profile_purpose=purpose,
        charging_profile_kind=kind,
        charging_schedule=ChargingSchedule(
            charging_rate_unit=unit,
            duration=duration,
            charging_schedule_period=[
                ChargingSchedulePeriod(start_period=start, limit=limit) for start, limit in steps
            ],
        ),
    )


async def install(b: Bench, one: ChargingProfile, connector_id: int = 1) -> str:
    request = SetChargingProfile(connector_id=connector_id, cs_charging_profiles=one)
    return (await b.central.call(request)).status.value


def amperes(b: Bench, connector_id: int = 1) -> float:
    return b.station.reading(connector_id).currents_a[0]


def test_a_default_profile_limits_the_current_at_once_and_again_in_the_next_session() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            assert amperes(b) == 16
            assert await install(b, profile(10)) == "Accepted"
            assert amperes(b) == 10
            await b.station.unplug(1)
            await b.pass_time(5)
            await b.charge(1)
            assert amperes(b) == 10

    run_virtual(scene())


def test_watts_are_shared_by_the_phases() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            await install(b, profile(6900, unit=ChargingRateUnit.W))
            assert amperes(b) == pytest.approx(10)

    run_virtual(scene())


def test_a_schedule_takes_effect_period_by_period() -> None:
    async def scene() -> None:
        async with bench() as b:
            await install(b, profile(periods=[(0, 16), (60, 8), (120, 0), (180, 12)], duration=240))
            await b.charge(1)
            seen = []
            for _ in range(5):
                await b.pass_time(30)
                seen.append(amperes(b))
                await b.pass_time(30)
            assert seen == [16, 8, 0, 12, 16]
            assert ChargePointStatus.SUSPENDED_EVSE in b.central.statuses(1)

    run_virtual(scene())


def test_the_highest_level_rules_and_a_lower_one_where_it_is_silent() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            await install(b, profile(8, number=1, level=1))
            await install(b, profile(12, number=2, level=3, duration=60))
            assert amperes(b) == 12
            await b.pass_time(90)
            assert amperes(b) == 8

    run_virtual(scene())


def test_a_transaction_profile_overrules_the_default_and_ends_with_the_transaction() -> None:
    async def scene() -> None:
        async with bench() as b:
            transaction_id = await b.charge(1)
            await install(b, profile(8, number=1, level=5))
            own = profile(14, number=2, purpose=P.TX_PROFILE)
            wrong = msgspec.structs.replace(own, transaction_id=transaction_id + 1)
            assert await install(b, wrong) == "Rejected"
            assert await install(b, msgspec.structs.replace(own, transaction_id=transaction_id)) == "Accepted"
            assert amperes(b) == 14
            await b.station.unplug(1)
            await b.pass_time(5)
            await b.charge(1)
            assert amperes(b) == 8

    run_virtual(scene())


def test_the_station_limit_is_shared_by_the_sessions() -> None:
    async def scene() -> None:
        async with bench() as b:
            whole = profile(20, purpose=P.CHARGE_POINT_MAX_PROFILE, kind=K.ABSOLUTE)
            assert await install(b, whole, 0) == "Accepted"
            await b.charge(1)
            assert amperes(b, 1) == 16
            await b.charge(2, "CARD-2")
            assert amperes(b, 1) == amperes(b, 2) == 10
            await b.station.unplug(2)
            assert amperes(b, 1) == 16

    run_virtual(scene())


def test_a_daily_profile_comes_back_every_day() -> None:
    async def scene() -> None:
        async with bench() as b:
            start = b.at(0).replace(hour=1, minute=0, second=0) - timedelta(days=3)
            plain = profile(periods=[(0, 8)], duration=3600, kind=K.RECURRING)
            schedule = msgspec.structs.replace(plain.charging_schedule, start_schedule=start)
            daily = msgspec.structs.replace(
                plain, recurrency_kind=RecurrencyKind.DAILY, charging_schedule=schedule
            )
            assert await install(b, daily) == "Accepted"
            await b.charge(1)
            seen = []
            for _ in range(3):
                seen.append(amperes(b))
                await b.pass_time(5400)  # 0:00, 1:30
                seen.append(amperes(b))
                await b.pass_time(86400 - 5400)
            assert seen == [16, 8] * 3

    run_virtual(scene())


@pytest.mark.parametrize(
    ("one", "connector_id"),
    [
        (profile(), 3),
        (profile(level=11), 1),
        (profile(purpose=P.TX_PROFILE), 1),
        (profile(purpose=P.CHARGE_POINT_MAX_PROFILE, kind=K.ABSOLUTE), 1),
        (profile(purpose=P.CHARGE_POINT_MAX_PROFILE), 0),
        (profile(kind=K.RECURRING), 1),
        (profile(periods=[(10, 16)]), 1),
        (profile(periods=[(second, 16) for second in range(25)]), 1),
    ],
)
def test_what_cannot_be_is_rejected(one: ChargingProfile, connector_id: int) -> None:
    async def scene() -> None:
        async with bench() as b:
            assert await install(b, one, connector_id) == "Rejected"

    run_virtual(scene())


def test_a_unit_that_is_not_offered_is_rejected() -> None:
    async def scene() -> None:
        async with bench(lawful(ChargingScheduleAllowedChargingRateUnit="Current")) as b:
            assert await install(b, profile(5000, unit=ChargingRateUnit.W)) == "Rejected"

    run_virtual(scene())


def test_profiles_are_cleared_by_id_by_condition_and_altogether() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            for number in (1, 2, 3):
                await install(b, profile(6.0 + number, number=number, level=number))
            assert amperes(b) == 9
            clear = b.central.call
            assert (await clear(ClearChargingProfile(id=3))).status == "Accepted"
            assert amperes(b) == 8
            assert (await clear(ClearChargingProfile(connector_id=1, stack_level=2))).status == "Accepted"
            assert amperes(b) == 7
            assert (await clear(ClearChargingProfile(connector_id=2))).status == "Unknown"
            assert (await clear(ClearChargingProfile())).status == "Accepted"
            assert amperes(b) == 16

    run_virtual(scene())


def test_a_default_profile_survives_a_power_cut() -> None:
    async def scene() -> None:
        async with bench() as b:
            await install(b, profile(9))
            await b.station.cut_mains()
            await b.pass_time(20)
            await b.charge(1)
            assert amperes(b) == 9

    run_virtual(scene())


def test_the_composite_schedule_is_what_will_be_offered() -> None:
    async def scene() -> None:
        async with bench() as b:
            await install(b, profile(20, purpose=P.CHARGE_POINT_MAX_PROFILE, kind=K.ABSOLUTE, number=9), 0)
            await b.charge(1)
            await install(b, profile(periods=[(0, 25), (100, 8)], duration=200))
            answer = await b.central.call(GetCompositeSchedule(connector_id=1, duration=600))
            assert answer.status == "Accepted"
            assert answer.charging_schedule is not None
            assert answer.charging_schedule.duration == 600
            limits = [one.limit for one in answer.charging_schedule.charging_schedule_period]
            assert limits == [20.0, 8.0, 20.0]
            rejected = await b.central.call(GetCompositeSchedule(connector_id=7, duration=600))
            assert rejected.status == "Rejected"
            watts = GetCompositeSchedule(connector_id=2, duration=60, charging_rate_unit=ChargingRateUnit.W)
            schedule = (await b.central.call(watts)).charging_schedule
            assert schedule is not None
            assert schedule.charging_schedule_period[0].limit == 13800.0

    run_virtual(scene())


def test_a_profile_of_zero_suspends_and_its_removal_resumes() -> None:
    async def scene() -> None:
        async with bench() as b:
            await install(b, profile(0))
            await b.station.plug_in(1)
            await b.station.present_card("CARD-1", 1)
            await b.central.wait_for(StartTransaction)
            await b.central.wait_for_status(1, ChargePointStatus.SUSPENDED_EVSE)
            await b.central.call(ClearChargingProfile())
            await b.central.wait_for_status(1, ChargePointStatus.CHARGING)

    run_virtual(scene())
