from chargeproof.ocpp import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChargePointErrorCode,
    ChargePointStatus,
    RemoteStopTransaction,
    Reset,
    ResetType,
    StatusNotification,
    StopTransaction,
)
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import Bench, bench

S = ChargePointStatus
INOPERATIVE, OPERATIVE = AvailabilityType.INOPERATIVE, AvailabilityType.OPERATIVE


async def change(b: Bench, connector_id: int, kind: AvailabilityType) -> AvailabilityStatus:
    return (await b.central.call(ChangeAvailability(connector_id=connector_id, type=kind))).status


def test_inoperative_and_operative_show_in_the_status_of_the_connector() -> None:
    async def scene() -> None:
        async with bench() as b:
            for kind in (INOPERATIVE, INOPERATIVE, OPERATIVE):
                assert await change(b, 1, kind) is AvailabilityStatus.ACCEPTED
                await b.pass_time(1)
            assert b.central.statuses(1) == [S.UNAVAILABLE, S.AVAILABLE]
            assert b.central.statuses(0) == b.central.statuses(2) == []

    run_virtual(scene())


def test_zero_is_the_station_and_all_its_connectors() -> None:
    async def scene() -> None:
        async with bench() as b:
            await change(b, 0, INOPERATIVE)
            await b.pass_time(1)
            await change(b, 0, OPERATIVE)
            await b.pass_time(1)
            for connector_id in (0, 1, 2):
                assert b.central.statuses(connector_id) == [S.UNAVAILABLE, S.AVAILABLE]

    run_virtual(scene())


def test_an_unknown_connector_is_rejected() -> None:
    async def scene() -> None:
        async with bench() as b:
            assert await change(b, 3, INOPERATIVE) is AvailabilityStatus.REJECTED

    run_virtual(scene())


def test_a_running_transaction_schedules_the_change() -> None:
    async def scene() -> None:
        async with bench() as b:
            transaction_id = await b.charge(1)
            b.central.forget()
            assert await change(b, 0, INOPERATIVE) is AvailabilityStatus.SCHEDULED
            await b.pass_time(5)
            assert b.central.statuses(2) == [S.UNAVAILABLE]
            assert b.central.statuses(0) == b.central.statuses(1) == []
            await b.central.call(RemoteStopTransaction(transaction_id=transaction_id))
            await b.central.wait_for(StopTransaction)
            await b.pass_time(1)
            assert b.central.statuses(0) == [S.UNAVAILABLE]
            assert b.central.statuses(1)[-1] is S.UNAVAILABLE

    run_virtual(scene())


def test_an_operative_takes_a_scheduled_change_back() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            await change(b, 1, INOPERATIVE)
            assert await change(b, 1, OPERATIVE) is AvailabilityStatus.ACCEPTED
            await b.station.unplug(1)
            await b.pass_time(10)
            assert b.central.statuses(1)[-1] is S.AVAILABLE

    run_virtual(scene())


def test_unavailable_survives_a_reset() -> None:
    async def scene() -> None:
        async with bench() as b:
            await change(b, 2, INOPERATIVE)
            await b.central.call(Reset(type=ResetType.HARD))
            b.central.forget()
            await b.pass_time(60)
            assert b.central.statuses(2) == [S.UNAVAILABLE]
            assert b.central.statuses(1) == [S.AVAILABLE]

    run_virtual(scene())


def test_with_a_cable_in_operative_becomes_preparing() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.plug_in(1)
            await change(b, 1, INOPERATIVE)
            await change(b, 1, OPERATIVE)
            await b.pass_time(1)
            assert b.central.statuses(1) == [S.PREPARING, S.FINISHING, S.UNAVAILABLE, S.PREPARING]

    run_virtual(scene())


def test_a_fault_of_a_connector_is_told_on_that_connector() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.provoke_error(1)
            broken = await b.central.wait_for(StatusNotification)
            assert (broken.connector_id, broken.status) == (1, S.FAULTED)
            assert broken.error_code is ChargePointErrorCode.GROUND_FAILURE
            await b.station.repair(1)
            await b.pass_time(1)
            repaired = b.central.all(StatusNotification)[-1]
            assert (repaired.status, repaired.error_code) == (S.AVAILABLE, ChargePointErrorCode.NO_ERROR)
            assert b.central.statuses(0) == []

    run_virtual(scene())


def test_a_fault_of_the_station_is_told_on_zero() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.provoke_error(0)
            broken = await b.central.wait_for(StatusNotification)
            assert (broken.connector_id, broken.status) == (0, S.FAULTED)
            assert broken.error_code is ChargePointErrorCode.INTERNAL_ERROR
            await b.station.repair(0)
            await b.pass_time(1)
            assert b.central.statuses(0) == [S.FAULTED, S.AVAILABLE]
            assert b.central.statuses(1) == []

    run_virtual(scene())


def test_a_fault_interrupts_charging_and_its_repair_resumes_it() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            await b.station.provoke_error(1)
            await b.pass_time(1)
            assert not any(b.station.reading(1).currents_a)
            await b.station.repair(1)
            await b.pass_time(1)
            assert b.central.statuses(1)[-2:] == [S.FAULTED, S.CHARGING]
            assert any(b.station.reading(1).currents_a)

    run_virtual(scene())


def test_a_warning_is_told_without_a_fault() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.provoke_error(1, ChargePointErrorCode.WEAK_SIGNAL, blocking=False)
            warning = await b.central.wait_for(StatusNotification)
            assert (warning.status, warning.error_code) == (S.AVAILABLE, ChargePointErrorCode.WEAK_SIGNAL)
            await b.station.repair(1)
            await b.pass_time(1)
            assert b.central.all(StatusNotification)[-1].error_code is ChargePointErrorCode.NO_ERROR

    run_virtual(scene())


def test_a_vehicle_in_the_bay_is_preparing() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.occupy_bay(1, True)
            await b.pass_time(1)
            await b.station.occupy_bay(1, False)
            await b.pass_time(1)
            assert b.central.statuses(1) == [S.PREPARING, S.AVAILABLE]

    run_virtual(scene())
