from itertools import pairwise

import msgspec

from chargeproof.ocpp import (
    BootNotification,
    BootNotificationConf,
    ChangeAvailability,
    ChargePointStatus,
    ErrorCode,
    GetConfiguration,
    Heartbeat,
    MessageTrigger,
    RegistrationStatus,
    RemoteStartStopStatus,
    RemoteStartTransaction,
    StatusNotification,
    TriggerMessage,
    TriggerMessageStatus,
)
from chargeproof.ocpp.enums import AvailabilityType
from chargeproof.simulator.ports import DialRefused
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import SILENT, bench, lawful


def test_a_boot_is_followed_by_the_status_of_the_station_and_of_every_connector() -> None:
    async def scene() -> None:
        async with bench(booted=False) as b:
            await b.pass_time(10)
            first, *others = [one.request for one in b.central.received]
            assert isinstance(first, BootNotification)
            assert [one.connector_id for one in others if isinstance(one, StatusNotification)] == [0, 1, 2]
            assert {one.status for one in b.central.all(StatusNotification)} == {ChargePointStatus.AVAILABLE}
            assert b.central.offered == [("ocpp1.6",)]

    run_virtual(scene())


def test_the_boot_says_all_that_the_model_knows() -> None:
    async def scene() -> None:
        async with bench(booted=False) as b:
            boot = await b.central.wait_for(BootNotification)
            model = b.station.model
            assert boot == BootNotification(
                charge_point_vendor=model.vendor,
                charge_point_model=model.model,
                charge_point_serial_number=model.serial_number,
                charge_box_serial_number=model.charge_box_serial_number,
                firmware_version=model.firmware_version,
                iccid=model.iccid,
                imsi=model.imsi,
                meter_type=model.meter_type,
                meter_serial_number=model.meter_serial_number,
            )

    run_virtual(scene())


def test_the_heartbeat_comes_at_the_interval_of_the_boot_confirmation() -> None:
    async def scene() -> None:
        async with bench(interval_s=30) as b:
            await b.pass_time(125)
            times = b.central.times(Heartbeat)
            assert len(times) == 4
            assert all(29.9 < two - one < 30.1 for one, two in pairwise(times))
            assert b.station.configuration.text("HeartbeatInterval") == "30"

    run_virtual(scene())


def test_another_heartbeat_interval_takes_effect_at_once() -> None:
    async def scene() -> None:
        async with bench(interval_s=300) as b:
            await b.central.set_key("HeartbeatInterval", "10")
            await b.pass_time(35)
            assert len(b.central.times(Heartbeat)) == 3

    run_virtual(scene())


def test_other_messages_put_the_heartbeat_off() -> None:
    async def scene() -> None:
        async with bench(interval_s=30) as b:
            for _ in range(5):
                await b.pass_time(20)
                await b.central.call(
                    TriggerMessage(requested_message=MessageTrigger.STATUS_NOTIFICATION, connector_id=1)
                )
            assert b.central.times(Heartbeat) == []

    run_virtual(scene())


def test_a_model_may_send_heartbeats_whatever_else_flows() -> None:
    async def scene() -> None:
        model = msgspec.structs.replace(lawful(), heartbeat_skipped_when_busy=False)
        async with bench(model, interval_s=30) as b:
            for _ in range(5):
                await b.pass_time(20)
                await b.central.call(
                    TriggerMessage(requested_message=MessageTrigger.STATUS_NOTIFICATION, connector_id=1)
                )
            assert len(b.central.times(Heartbeat)) == 3

    run_virtual(scene())


def test_a_boot_interval_of_zero_leaves_the_heartbeat_to_the_station() -> None:
    async def scene() -> None:
        async with bench(interval_s=0) as b:
            assert b.station.configuration.text("HeartbeatInterval") == "900"

    run_virtual(scene())


def test_the_clock_is_set_by_the_central_system() -> None:
    async def scene() -> None:
        model = msgspec.structs.replace(lawful(), offset_s=-86400.0)
        async with bench(model) as b:
            assert abs((b.station.now() - b.clock.now()).total_seconds()) < 1
            b.station.offset_s += 100
            await b.central.call(TriggerMessage(requested_message=MessageTrigger.HEARTBEAT))
            await b.pass_time(1)
            assert abs((b.station.now() - b.clock.now()).total_seconds()) < 1

    run_virtual(scene())


def test_a_pending_station_sends_nothing_but_boots_and_what_is_triggered() -> None:
    async def scene() -> None:
        async with bench(booted=False, registration=RegistrationStatus.PENDING, interval_s=60) as b:
            await b.pass_time(200)
            assert {type(one.request) for one in b.central.received} == {BootNotification}
            assert all(59 < two - one < 61 for one, two in pairwise(b.central.times(BootNotification)))
            await b.station.plug_in(1)
            await b.pass_time(1)
            assert b.central.all(StatusNotification) == []

            assert (await b.central.call(GetConfiguration())).configuration_key
            trigger = TriggerMessage(requested_message=MessageTrigger.STATUS_NOTIFICATION, connector_id=1)
            assert (await b.central.call(trigger)).status is TriggerMessageStatus.ACCEPTED
            await b.central.wait_for_status(1, ChargePointStatus.PREPARING, 2)
            start = await b.central.call(RemoteStartTransaction(id_tag="CARD-1", connector_id=1))
            assert start.status is RemoteStartStopStatus.REJECTED

    run_virtual(scene())


def test_a_triggered_boot_is_sent_only_while_none_was_accepted() -> None:
    async def scene() -> None:
        async with bench(booted=False, registration=RegistrationStatus.PENDING, interval_s=600) as b:
            await b.central.wait_for(BootNotification)
            await b.pass_time(1)
            b.central.registration = RegistrationStatus.ACCEPTED
            trigger = TriggerMessage(requested_message=MessageTrigger.BOOT_NOTIFICATION)
            assert (await b.central.call(trigger)).status is TriggerMessageStatus.ACCEPTED
            await b.pass_time(2)
            assert len(b.central.all(BootNotification)) == 2
            assert len(b.central.all(StatusNotification)) == 3
            assert (await b.central.call(trigger)).status is TriggerMessageStatus.REJECTED

    run_virtual(scene())


def test_a_rejected_station_tries_again_at_the_interval() -> None:
    async def scene() -> None:
        async with bench(booted=False, registration=RegistrationStatus.REJECTED, interval_s=45) as b:
            await b.pass_time(60)
            b.central.registration = RegistrationStatus.ACCEPTED
            await b.pass_time(60)
            one, two, three = b.central.times(BootNotification)
            assert (round(two - one), round(three - two)) == (45, 45)
            assert len(b.central.all(StatusNotification)) == 3

    run_virtual(scene())


def test_an_unanswered_boot_is_repeated() -> None:
    async def scene() -> None:
        async with bench(booted=False) as b:
            b.central.replies[BootNotification] = SILENT
            await b.pass_time(20)
            del b.central.replies[BootNotification]
            await b.pass_time(100)
            assert len(b.central.all(BootNotification)) == 2

    run_virtual(scene())


def test_a_plain_reconnect_brings_no_boot_and_only_the_statuses_that_changed() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.network.cut()
            await b.pass_time(60)
            await b.station.plug_in(2)
            b.network.restore()
            await b.pass_time(30)
            assert b.central.all(BootNotification) == []
            told = [(one.connector_id, one.status) for one in b.central.all(StatusNotification)]
            assert told == [(2, ChargePointStatus.PREPARING)]

    run_virtual(scene())


def test_the_pauses_between_dials_grow() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.network.cut()
            dials = len(b.network.dials)
            await b.pass_time(120)
            assert 6 <= len(b.network.dials) - dials <= 14

    run_virtual(scene())


def test_a_refused_handshake_is_tried_again() -> None:
    async def scene() -> None:
        async with bench(booted=False) as b:
            answering = b.network._answering
            refusals = iter((404, 503))

            def refuse(*arguments: object) -> None:
                for status in refusals:
                    raise DialRefused(status)
                answering(*arguments)  # type: ignore[arg-type]

            b.network._answering = refuse
            await b.central.wait_for(BootNotification)
            assert len(b.network.dials) == 3

    run_virtual(scene())


def test_websocket_pings_follow_their_key() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.pass_time(100)
            assert b.central.pings == 0
            await b.central.set_key("WebSocketPingInterval", "10")
            await b.pass_time(35)
            assert b.central.pings == 3
            await b.central.set_key("WebSocketPingInterval", "0")
            await b.pass_time(60)
            assert b.central.pings == 3

    run_virtual(scene())


def test_an_unanswered_call_is_given_up_after_the_timeout_and_the_next_one_follows() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.central.replies[StatusNotification] = SILENT
            await b.station.plug_in(1)
            await b.station.plug_in(2)
            await b.pass_time(40)
            one, two = b.central.times(StatusNotification)
            assert 29.9 < two - one < 30.1

    run_virtual(scene())


def test_an_error_answer_to_a_status_notification_breaks_nothing() -> None:
    async def scene() -> None:
        async with bench() as b:
            b.central.replies[StatusNotification] = lambda request: ErrorCode.INTERNAL_ERROR
            await b.station.plug_in(1)
            await b.pass_time(5)
            del b.central.replies[StatusNotification]
            await b.station.unplug(1)
            await b.central.wait_for_status(1, ChargePointStatus.AVAILABLE)

    run_virtual(scene())


def test_one_call_at_a_time_even_when_everything_happens_at_once() -> None:
    async def scene() -> None:
        async with bench(interval_s=1) as b:
            await b.charge(1)
            await b.charge(2, "CARD-2")
            await b.central.call(ChangeAvailability(connector_id=0, type=AvailabilityType.INOPERATIVE))
            await b.central.call(TriggerMessage(requested_message=MessageTrigger.STATUS_NOTIFICATION))
            await b.central.call(TriggerMessage(requested_message=MessageTrigger.METER_VALUES))
            await b.pass_time(10)

    run_virtual(scene())  # the scripted central system asserts that no two calls overlap


def test_a_confirmation_without_what_is_required_counts_as_a_failure() -> None:
    async def scene() -> None:
        async with bench(booted=False) as b:
            b.central.replies[BootNotification] = lambda request: BootNotificationConf(
                status=RegistrationStatus.ACCEPTED,
                current_time=None,  # type: ignore[arg-type]
                interval=60,
            )
            await b.pass_time(20)
            assert b.station.registration is None
            del b.central.replies[BootNotification]
            await b.pass_time(70)
            assert b.station.online

    run_virtual(scene())
