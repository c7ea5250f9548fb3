from itertools import pairwise

import msgspec

from chargeproof.ocpp import (
    BootNotification,
    ErrorCode,
    Heartbeat,
    MessageTrigger,
    MeterValues,
    Reason,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    TriggerMessage,
)
from chargeproof.simulator.memory import Memory
from chargeproof.simulator.model import load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testing.virtual_time import run_virtual
from tests.simulator.bench import SILENT, Bench, bench, lawful

OFFLINE_KEYS = {"AllowOfflineTxForUnknownId": "true", "MeterValueSampleInterval": "30"}
TRANSACTION_MESSAGES = (StartTransaction, StopTransaction, MeterValues)


async def session_in_the_dark(b: Bench, seconds: float = 100) -> None:
    b.network.cut()
    await b.pass_time(5)
    await b.station.plug_in(1)
    await b.station.present_card("CARD-1", 1)
    await b.pass_time(seconds)
    await b.station.present_card("CARD-1", 1)
    await b.pass_time(5)
    await b.station.unplug(1)
    b.network.restore()


def test_a_session_begun_and_ended_offline_comes_in_order_with_the_id_given_afterwards() -> None:
    async def scene() -> None:
        async with bench(lawful(**OFFLINE_KEYS)) as b:
            began = b.station.now()
            await session_in_the_dark(b)
            ended = b.station.now()
            stop = await b.central.wait_for(StopTransaction)
            (start,) = b.central.all(StartTransaction)
            values = b.central.all(MeterValues)
            assert began < start.timestamp < stop.timestamp < ended
            assert len(values) == 3
            assert {one.transaction_id for one in values} == {stop.transaction_id}
            assert stop.transaction_id > 1000
            kinds = [
                type(one.request)
                for one in b.central.received
                if isinstance(one.request, TRANSACTION_MESSAGES)
            ]
            assert kinds == [StartTransaction, MeterValues, MeterValues, MeterValues, StopTransaction]

    run_virtual(scene())


def test_a_running_session_loses_no_meter_value_in_an_outage() -> None:
    async def scene() -> None:
        async with bench(lawful(**OFFLINE_KEYS)) as b:
            await b.charge(1)
            await b.cut(200)
            await b.pass_time(100)
            moments = [one.meter_value[0].timestamp for one in b.central.all(MeterValues)]
            assert len(moments) == 10
            assert all(29 <= (two - one).total_seconds() <= 31 for one, two in pairwise(moments))

    run_virtual(scene())


def test_a_session_stopped_offline_keeps_its_id() -> None:
    async def scene() -> None:
        async with bench(lawful(**OFFLINE_KEYS)) as b:
            transaction_id = await b.charge(1)
            b.network.cut()
            await b.pass_time(30)
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(30)
            b.network.restore()
            stop = await b.central.wait_for(StopTransaction)
            assert stop.transaction_id == transaction_id
            assert len(b.central.all(StopTransaction)) == 1

    run_virtual(scene())


def test_a_model_may_forget_the_meter_values_of_an_outage() -> None:
    async def scene() -> None:
        model = load_model("ctek_cs_connected")
        for key, value in OFFLINE_KEYS.items():
            model = model.with_key(key, value=value)
        async with bench(model) as b:
            await session_in_the_dark(b)
            await b.central.wait_for(StopTransaction)
            assert len(b.central.all(StartTransaction)) == 1
            assert b.central.all(MeterValues) == []

    run_virtual(scene())


def test_new_transaction_messages_wait_until_the_queue_is_empty() -> None:
    async def scene() -> None:
        async with bench(lawful(**OFFLINE_KEYS)) as b:
            await session_in_the_dark(b)
            await b.station.plug_in(2)
            await b.station.present_card("CARD-2", 2)
            await b.central.wait_for(StartTransaction, where=lambda one: one.id_tag == "CARD-2")
            order = [
                one.request.timestamp
                for one in b.central.received
                if isinstance(one.request, StartTransaction | StopTransaction)
            ]
            assert order == sorted(order)
            assert len(order) == 3

    run_virtual(scene())


def test_a_failed_message_is_repeated_with_growing_pauses_and_given_up() -> None:
    async def scene() -> None:
        model = lawful(TransactionMessageAttempts="3", TransactionMessageRetryInterval="10")
        async with bench(model) as b:
            await b.charge(1)
            b.central.replies[StopTransaction] = lambda request: ErrorCode.INTERNAL_ERROR
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(200)
            times = b.central.times(StopTransaction)
            assert [round(two - one) for one, two in pairwise(times)] == [10, 20]
            assert len(b.station.queue) == 0

    run_virtual(scene())


def test_an_unanswered_message_is_repeated_too() -> None:
    async def scene() -> None:
        async with bench(lawful(TransactionMessageRetryInterval="10")) as b:
            await b.charge(1)
            b.central.replies[StopTransaction] = SILENT
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(35)
            del b.central.replies[StopTransaction]
            await b.pass_time(20)
            one, two = b.central.all(StopTransaction)
            assert one == two

    run_virtual(scene())


def test_the_transaction_id_of_a_start_that_was_given_up_is_minus_one() -> None:
    async def scene() -> None:
        model = lawful(TransactionMessageAttempts="1")
        async with bench(model) as b:
            b.central.replies[StartTransaction] = lambda request: ErrorCode.INTERNAL_ERROR
            await b.station.plug_in(1)
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(30)
            await b.station.present_card("CARD-1", 1)
            stop = await b.central.wait_for(StopTransaction)
            assert stop.transaction_id == -1

    run_virtual(scene())


def test_other_messages_overtake_a_queue_that_waits_to_repeat() -> None:
    async def scene() -> None:
        async with bench(lawful(TransactionMessageRetryInterval="60"), interval_s=5) as b:
            await b.charge(1)
            b.central.replies[StopTransaction] = lambda request: ErrorCode.INTERNAL_ERROR
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(5)
            b.central.forget()
            await b.station.unplug(1)
            await b.pass_time(20)
            assert b.central.all(StatusNotification)
            assert b.central.all(Heartbeat)
            assert b.central.all(StopTransaction) == []

    run_virtual(scene())


def test_an_unconfirmed_message_of_a_broken_line_is_sent_again_under_its_own_id() -> None:
    async def scene() -> None:
        async with bench() as b:
            await b.charge(1)
            b.central.replies[StopTransaction] = SILENT
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(5)
            del b.central.replies[StopTransaction]
            await b.cut(20)
            await b.pass_time(30)
            one, two = [one for one in b.central.received if isinstance(one.request, StopTransaction)]
            assert one.unique_id == two.unique_id
            assert one.request == two.request

    run_virtual(scene())


def test_the_queue_survives_a_power_cut() -> None:
    async def scene() -> None:
        async with bench(lawful(**OFFLINE_KEYS)) as b:
            b.network.cut()
            await b.station.plug_in(1)
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(50)
            await b.station.present_card("CARD-1", 1)
            await b.pass_time(5)
            await b.station.cut_mains()
            b.network.restore()
            stop = await b.central.wait_for(StopTransaction)
            assert stop.reason is Reason.LOCAL
            assert len(b.central.all(MeterValues)) == 1
            assert isinstance(b.central.received[0].request, BootNotification)

    run_virtual(scene())


def test_a_power_cut_ends_the_transaction_and_the_station_tells_it_after_the_boot() -> None:
    async def scene() -> None:
        async with bench() as b:
            transaction_id = await b.charge(1)
            await b.pass_time(100)
            cut_at = b.station.now()
            await b.station.cut_mains()
            stop = await b.central.wait_for(StopTransaction)
            assert (stop.transaction_id, stop.reason) == (transaction_id, Reason.POWER_LOSS)
            assert abs((stop.timestamp - cut_at).total_seconds()) < 1
            (start,) = b.central.all(StartTransaction)
            assert 290 < stop.meter_stop - start.meter_start < 325

    run_virtual(scene())


def test_the_register_goes_on_in_a_new_station_with_the_same_memory() -> None:
    async def scene() -> None:
        memory = Memory()
        async with bench(memory=memory) as b:
            await b.charge(1)
            await b.pass_time(1000)
            await b.station.power_off()
            register = b.station.register_wh(1)
        async with bench(memory=memory) as b:
            assert b.station.register_wh(1) == register > 3000

    run_virtual(scene())


def test_a_triggered_meter_value_carries_the_running_transaction() -> None:
    async def scene() -> None:
        async with bench() as b:
            transaction_id = await b.charge(1)
            b.central.forget()
            await b.central.call(
                TriggerMessage(requested_message=MessageTrigger.METER_VALUES, connector_id=1)
            )
            assert (await b.central.wait_for(MeterValues)).transaction_id == transaction_id

    run_virtual(scene())


def test_a_subclass_may_forget_the_outage() -> None:
    class ForgetsTheOutage(SimulatedStation):
        def on_connected(self) -> None:
            self.queue.clear()
            super().on_connected()

    async def scene() -> None:
        async with bench(lawful(**OFFLINE_KEYS), station_type=ForgetsTheOutage) as b:
            await session_in_the_dark(b)
            await b.pass_time(60)
            assert b.central.all(StartTransaction) == []

    run_virtual(scene())


def test_the_model_decides_whether_meter_values_are_queued() -> None:
    assert lawful().offline.queue_meter_values
    model = msgspec.structs.replace(lawful(), offline=load_model("ctek_cs_connected").offline)
    assert not model.offline.queue_meter_values
