from itertools import pairwise

import msgspec
import pytest

from chargeproof.ocpp import (
    AuthorizationStatus,
    Authorize,
    ChargePointStatus,
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingRateUnit,
    ChargingSchedule,
    ChargingSchedulePeriod,
    IdTagInfo,
    MeterValues,
    ReadingContext,
    Reason,
    RemoteStartStopStatus,
    RemoteStartTransaction,
    RemoteStopTransaction,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    UnlockConnector,
    UnlockStatus,
)
from chargeproof.ocpp.status import is_transition
from chargeproof.simulator.connector import steps
from chargeproof.simulator.hardware import Vehicle
from chargeproof.simulator.ports import CannotBeDone
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import INVALID, bench, lawful

S = ChargePointStatus


def test_a_local_session_authorizes_starts_charges_and_stops() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.plug_in(1)
            await b.pass_time(2)
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(600)
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(2)
            await b.station.unplug(1)
            await b.pass_time(5)
            actions = [
                one.request.action for one in b.central.received if not isinstance(one.request, MeterValues)
            ]
            assert actions.index("Authorize") < actions.index("StartTransaction")
            assert b.central.statuses(1) == [S.PREPARING, S.CHARGING, S.FINISHING, S.AVAILABLE]
            (start,), (stop,) = b.central.all(StartTransaction), b.central.all(StopTransaction)
            assert stop.reason is Reason.LOCAL
            assert stop.id_tag == "CARD-1"
            assert 1800 < stop.meter_stop - start.meter_start < 1880  # 11 kW for ten minutes
            assert b.central.all(Authorize) == [Authorize(id_tag="CARD-1")]

    run_virtual(scene())


def test_the_card_may_come_before_the_cable() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(20)
            assert b.central.all(StartTransaction) == []
            await b.station.plug_in(1)
            await b.central.wait_for(StartTransaction)
            await b.pass_time(1)
            assert b.central.statuses(1) == [S.PREPARING, S.CHARGING]

    run_virtual(scene())


def test_a_card_without_a_cable_times_out_to_available() -> None:
    async def scene() -> None:
        async with bench(lawful(ConnectionTimeOut="30")) as b:
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(29)
            assert b.central.statuses(1) == [S.PREPARING]
            await b.pass_time(2)
            assert b.central.statuses(1) == [S.PREPARING, S.AVAILABLE]
            await b.station.plug_in(1)
            await b.pass_time(5)
            assert b.central.all(StartTransaction) == []

    run_virtual(scene())


def test_a_second_presentation_before_the_cable_ends_the_usage() -> None:
    async def scene() -> None:
        async with bench() as b:
            for _ in range(2):
                await b.station.present_card("CARD-1", 1)
                await b.pass_time(2)
            assert b.central.statuses(1) == [S.PREPARING, S.AVAILABLE]

    run_virtual(scene())


@pytest.mark.parametrize(
    ("option", "expected"),
    [("preparing", [S.PREPARING]), ("finishing", [S.PREPARING, S.FINISHING])],
)
def test_a_cable_without_a_card_stays_preparing_or_finishes(option: str, expected: list[S]) -> None:
    async def scene() -> None:
        model = msgspec.structs.replace(lawful(ConnectionTimeOut="30"), plugged_without_card=option)
        async with bench(model) as b:
            await b.station.plug_in(1)
            await b.pass_time(60)
            assert b.central.statuses(1) == expected
            await b.station.unplug(1)
            await b.pass_time(1)
            assert b.central.statuses(1)[-1] is S.AVAILABLE

    run_virtual(scene())


@pytest.mark.parametrize("status", [one for one in AuthorizationStatus if one != "Accepted"])
def test_a_refused_card_starts_nothing(status: AuthorizationStatus) -> None:
    async def scene() -> None:
        async with bench(tags={"CARD-1": IdTagInfo(status=status)}) as b:
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(2)
            assert b.central.statuses(1) == [S.PREPARING, S.AVAILABLE]
            await b.station.plug_in(1)
            await b.pass_time(60)
            assert b.central.all(StartTransaction) == []

    run_virtual(scene())


def test_a_remote_start_waits_for_the_cable_and_its_time_is_limited() -> None:
    async def scene() -> None:
        async with bench(lawful(ConnectionTimeOut="40")) as b:
            request = RemoteStartTransaction(id_tag="APP-1", connector_id=2)
            assert (await b.central.call(request)).status is RemoteStartStopStatus.ACCEPTED
            await b.pass_time(50)
            assert b.central.statuses(2) == [S.PREPARING, S.AVAILABLE]
            await b.central.call(request)
            await b.station.plug_in(2)
            start = await b.central.wait_for(StartTransaction)
            assert (start.id_tag, start.connector_id) == ("APP-1", 2)
            assert b.central.all(Authorize) == []

    run_virtual(scene())


def test_a_remote_start_is_authorized_first_if_the_key_says_so() -> None:
    async def scene() -> None:
        model = lawful(AuthorizeRemoteTxRequests="true")
        async with bench(model, tags={"BAD": INVALID}) as b:
            await b.station.plug_in(1)
            request = RemoteStartTransaction(id_tag="BAD", connector_id=1)
            assert (await b.central.call(request)).status is RemoteStartStopStatus.ACCEPTED
            await b.pass_time(5)
            assert b.central.all(Authorize) == [Authorize(id_tag="BAD")]
            assert b.central.all(StartTransaction) == []
            await b.central.call(RemoteStartTransaction(id_tag="GOOD", connector_id=1))
            await b.central.wait_for(StartTransaction)
            assert b.central.all(Authorize)[-1] == Authorize(id_tag="GOOD")

    run_virtual(scene())


def test_a_remote_start_without_connector_takes_the_plugged_one() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.plug_in(2)
            await b.central.call(RemoteStartTransaction(id_tag="APP-1"))
            assert (await b.central.wait_for(StartTransaction)).connector_id == 2

    run_virtual(scene())


def test_a_remote_start_is_rejected_where_it_cannot_be() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            await b.station.provoke_error(2)
            for connector_id in (1, 2, 3):
                request = RemoteStartTransaction(id_tag="APP-1", connector_id=connector_id)
                assert (await b.central.call(request)).status is RemoteStartStopStatus.REJECTED

    run_virtual(scene())


def test_a_remote_start_brings_its_charging_profile() -> None:
    async def scene() -> None:
        schedule = ChargingSchedule(
            charging_rate_unit=ChargingRateUnit.A,
            charging_schedule_period=[ChargingSchedulePeriod(start_period=0, limit=8.0)],
        )
        profile = ChargingProfile(
            charging_profile_id=1,
            stack_level=0,
            charging_profile_purpose=ChargingProfilePurpose.TX_PROFILE,
            charging_profile_kind=ChargingProfileKind.RELATIVE,
            charging_schedule=schedule,
        )
        async with bench() as b:
            await b.station.plug_in(1)
            start = RemoteStartTransaction(id_tag="APP-1", connector_id=1, charging_profile=profile)
            assert (await b.central.call(start)).status is RemoteStartStopStatus.ACCEPTED
            await b.central.wait_for(StartTransaction)
            assert b.station.reading(1).currents_a == (8.0, 8.0, 8.0)
            wrong = msgspec.structs.replace(
                profile, charging_profile_purpose=ChargingProfilePurpose.TX_DEFAULT_PROFILE
            )
            start = RemoteStartTransaction(id_tag="APP-1", connector_id=2, charging_profile=wrong)
            assert (await b.central.call(start)).status is RemoteStartStopStatus.REJECTED

    run_virtual(scene())


def test_a_remote_stop_ends_the_transaction_and_only_that_one() -> None:
    async def scene() -> None:
        async with bench() as b:
            transaction_id = await b.charge(1)
            wrong = RemoteStopTransaction(transaction_id=transaction_id + 1)
            assert (await b.central.call(wrong)).status is RemoteStartStopStatus.REJECTED
            right = RemoteStopTransaction(transaction_id=transaction_id)
            assert (await b.central.call(right)).status is RemoteStartStopStatus.ACCEPTED
            stop = await b.central.wait_for(StopTransaction)
            assert (stop.transaction_id, stop.reason, stop.id_tag) == (transaction_id, Reason.REMOTE, None)
            await b.central.wait_for_status(1, S.FINISHING)

    run_virtual(scene())


def test_the_cable_taken_out_stops_the_transaction() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            await b.station.unplug(1)
            stop = await b.central.wait_for(StopTransaction)
            assert stop.reason is Reason.EV_DISCONNECTED
            await b.pass_time(5)
            assert b.central.statuses(1)[-2:] == [S.FINISHING, S.AVAILABLE]

    run_virtual(scene())


def test_the_cable_taken_out_only_suspends_if_the_key_says_so() -> None:
    async def scene() -> None:
        async with bench(lawful(StopTransactionOnEVSideDisconnect="false")) as b:
            await b.charge(1)
            await b.station.unplug(1)
            await b.central.wait_for_status(1, S.SUSPENDED_EV)
            await b.station.plug_in(1)
            await b.pass_time(1)
            assert b.central.statuses(1)[-1] is S.CHARGING
            assert b.central.all(StopTransaction) == []

    run_virtual(scene())


def test_a_start_that_is_refused_is_stopped_as_deauthorized() -> None:
    async def scene() -> None:
        model = lawful(LocalPreAuthorize="true")
        async with bench(model) as b:
            await b.charge(1)  # fills the cache
            await b.station.present_card("CARD-1", 1)
            await b.central.wait_for(StopTransaction)
            b.central.tags["CARD-1"] = INVALID
            b.central.forget()
            await b.station.present_card("CARD-1", 1)
            stop = await b.central.wait_for(StopTransaction)
            assert stop.reason is Reason.DE_AUTHORIZED
            assert b.central.all(Authorize) == []

    run_virtual(scene())


@pytest.mark.parametrize(("grant_wh", "seconds"), [("0", 0), ("500", 163)])
def test_a_refused_start_may_go_on_without_energy_or_with_a_grant(grant_wh: str, seconds: float) -> None:
    async def scene() -> None:
        model = lawful(StopTransactionOnInvalidId="false", MaxEnergyOnInvalidId=grant_wh)
        async with bench(model, tags={"APP-1": INVALID}) as b:
            await b.station.plug_in(1)
            await b.central.call(RemoteStartTransaction(id_tag="APP-1", connector_id=1))
            start = await b.central.wait_for(StartTransaction)
            await b.pass_time(max(0, seconds - 10))
            if seconds:
                assert b.central.statuses(1)[-1] is S.CHARGING
            await b.pass_time(20)
            assert b.central.statuses(1)[-1] is S.SUSPENDED_EVSE
            assert 0 <= b.station.register_wh(1) - start.meter_start - int(grant_wh) < 3
            assert b.central.all(StopTransaction) == []

    run_virtual(scene())


def test_another_card_of_the_same_parent_stops_and_a_strange_one_does_not() -> None:
    async def scene() -> None:
        family = IdTagInfo(status=AuthorizationStatus.ACCEPTED, parent_id_tag="FAMILY")
        async with bench(tags={"CARD-1": family, "CARD-2": family}) as b:
            await b.charge(1, "CARD-1")
            await b.station.present_card("STRANGE", 1)
            await b.pass_time(5)
            assert b.central.all(StopTransaction) == []
            await b.station.present_card("CARD-2", 1)
            stop = await b.central.wait_for(StopTransaction)
            assert (stop.id_tag, stop.reason) == ("CARD-2", Reason.LOCAL)

    run_virtual(scene())


def test_a_vehicle_that_pauses_suspends_the_session() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            await b.station.set_vehicle_ready(1, False)
            await b.central.wait_for_status(1, S.SUSPENDED_EV)
            register = b.station.register_wh(1)
            await b.pass_time(600)
            assert b.station.register_wh(1) == register
            await b.station.set_vehicle_ready(1, True)
            await b.pass_time(1)
            assert b.central.statuses(1)[-1] is S.CHARGING

    run_virtual(scene())


def test_a_single_phase_vehicle_loads_one_phase() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.station.plug_in(1, Vehicle(max_current_a=40, min_current_a=6, phases=1, ready=True))
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(2)
            assert b.station.reading(1).currents_a == (32.0, 0.0, 0.0)  # the cable carries 32 A

    run_virtual(scene())


def test_unlock_stops_the_transaction_first() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            assert (await b.central.call(UnlockConnector(connector_id=1))).status is UnlockStatus.UNLOCKED
            assert (await b.central.wait_for(StopTransaction)).reason is Reason.UNLOCK_COMMAND
            unknown = await b.central.call(UnlockConnector(connector_id=9))
            assert unknown.status is UnlockStatus.NOT_SUPPORTED

    run_virtual(scene())


def test_a_charged_vehicle_may_charge_again_without_moving() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            for _ in range(2):
                await b.station.present_card("CARD-1", 1)
                await b.pass_time(5)
            assert len(b.central.all(StartTransaction)) == 2
            assert b.central.statuses(1)[-3:] == [S.FINISHING, S.PREPARING, S.CHARGING]

    run_virtual(scene())


def test_transaction_data_holds_what_stop_transaction_is_told_to_carry() -> None:
    async def scene() -> None:
        async with bench(lawful(StopTxnSampledData="Energy.Active.Import.Register,Voltage")) as b:
            await b.charge(1)
            await b.pass_time(150)
            await b.station.present_card("CARD-1", 1)
            stop = await b.central.wait_for(StopTransaction)
            assert stop.transaction_data is not None
            contexts = [one.sampled_value[0].context for one in stop.transaction_data]
            assert contexts == [
                ReadingContext.TRANSACTION_BEGIN,
                ReadingContext.SAMPLE_PERIODIC,
                ReadingContext.SAMPLE_PERIODIC,
                ReadingContext.TRANSACTION_END,
            ]
            assert stop.transaction_data[-1].sampled_value[0].value == str(stop.meter_stop)

    run_virtual(scene())


def test_impossible_acts_say_so() -> None:
    async def scene() -> None:
        async with bench() as b:
            with pytest.raises(CannotBeDone, match="no cable"):
                await b.station.unplug(1)
            await b.station.plug_in(1)
            with pytest.raises(CannotBeDone, match="already"):
                await b.station.plug_in(1)
            with pytest.raises(CannotBeDone, match="no connector 3"):
                await b.station.plug_in(3)
            await b.station.power_off()
            with pytest.raises(CannotBeDone, match="dark"):
                await b.station.present_card("CARD-1", 1)

    run_virtual(scene())


def test_every_way_between_two_statuses_keeps_to_the_table() -> None:
    for before in S:
        for due in S:
            way = [before, *steps(before, due)]
            assert way[-1] is due
            assert all(is_transition(one, two) for one, two in pairwise(way))


def test_every_status_of_a_busy_day_keeps_to_the_table() -> None:
    async def scene() -> None:
        async with bench() as b:
            before = S.AVAILABLE
            await b.charge(1)
            await b.station.provoke_error(1)
            await b.station.repair(1)
            await b.station.set_vehicle_ready(1, False)
            await b.station.unplug(1)
            await b.station.plug_in(1)
            await b.pass_time(10)
            for one in b.central.all(StatusNotification):
                if one.connector_id == 1:
                    assert is_transition(before, one.status), (before, one.status)
                    before = one.status

    run_virtual(scene())
