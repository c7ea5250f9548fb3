"""Rules 1, 8 and 9: one command at a time, a bounded queue, and states that stay distinct."""

import asyncio
import json

from chargeproof.central_system import Priority
from chargeproof.ocpp import (
    ClearCache,
    DataTransfer,
    GetConfiguration,
    Heartbeat,
    Reset,
    ResetType,
    UnlockConnector,
)
from tests.central_system.bench import Bench, on_bench

RESET = Reset(type=ResetType.SOFT)


@on_bench()
async def test_a_station_that_is_not_connected_gets_nothing(bench: Bench) -> None:
    result = await bench.central_system.call("CP-9", RESET)
    assert result.state == "not_connected"
    assert bench.states("Reset") == ["not_connected"]


@on_bench()
async def test_one_command_is_out_at_a_time(bench: Bench) -> None:
    station = await bench.booted()
    calls = [bench.calling(ClearCache()) for _ in range(3)]
    for count in (1, 2, 3):
        await bench.pass_time(1)
        assert len(station.commands()) == count
        station.answer(station.commands()[-1], {"status": "Accepted"})
    assert [result.state for result in await asyncio.gather(*calls)] == ["accepted"] * 3


@on_bench()
async def test_the_operator_goes_before_automation(bench: Bench) -> None:
    station = bench.connect()
    bench.calling(ClearCache(), priority=Priority.AUTOMATION)
    bench.calling(RESET, priority=Priority.OPERATOR)
    await bench.pass_time(1)
    await station.boot()
    await bench.committed()
    assert [command[2] for command in station.commands()] == ["Reset"]


@on_bench(queue_limit=2)
async def test_a_full_queue_takes_no_more(bench: Bench) -> None:
    bench.connect()
    for _ in range(2):
        bench.calling(RESET)
    await bench.pass_time(1)
    result = await bench.central_system.call("CP-1", RESET)
    assert result.state == "refused"
    assert "2 commands are waiting" in result.error_description


@on_bench(queue_wait_s=120)
async def test_a_command_does_not_wait_for_ever(bench: Bench) -> None:
    bench.connect()
    result = await bench.central_system.call("CP-1", RESET)
    assert bench.clock.monotonic() == 120
    assert result.state == "refused"
    assert "not ready within 120 s" in result.error_description


@on_bench(queue_wait_s=120)
async def test_its_patience_goes_on_over_a_reconnect(bench: Bench) -> None:
    bench.connect()
    calling = bench.calling(RESET)
    await bench.pass_time(60)
    bench.connect()
    assert (await calling).state == "refused"
    assert bench.clock.monotonic() == 120


@on_bench()
async def test_each_answer_has_its_state(bench: Bench) -> None:
    station = await bench.booted()
    for request, answer, state in (
        (RESET, {"status": "Accepted"}, "accepted"),
        (RESET, {"status": "Rejected"}, "rejected"),
        (UnlockConnector(connector_id=1), {"status": "NotSupported"}, "rejected"),
        (GetConfiguration(), {"configurationKey": []}, "answered"),
    ):
        calling = bench.calling(request)
        await bench.pass_time(1)
        station.answer(station.commands()[-1], answer)
        assert (await calling).state == state


@on_bench()
async def test_a_call_error_is_told_as_such(bench: Bench) -> None:
    station = await bench.booted()
    calling = bench.calling(RESET)
    await bench.pass_time(1)
    unique_id = station.commands()[0][1]
    station.session.received(json.dumps([4, unique_id, "NotImplemented", "no such thing", {}]))
    result = await calling
    assert (result.state, result.error_code) == ("call_error", "NotImplemented")
    assert result.error_description == "no such thing"


@on_bench(call_timeout_s=30)
async def test_no_answer_in_time_is_timed_out_and_a_late_one_is_kept(bench: Bench) -> None:
    station = await bench.booted()
    calling = bench.calling(RESET)
    await bench.pass_time(29)
    assert not calling.done()
    await bench.pass_time(2)
    assert (await calling).state == "timed_out"
    station.answer(station.commands()[0], {"status": "Accepted"})
    assert bench.states("Reset") == ["queued", "sent", "timed_out", "answered_late"]
    await bench.committed()
    (command,) = await bench.store.commands("CP-1")
    assert command.state == "answered_late"
    assert [item.outcome for item in await bench.store.exchanges("CP-1", action="Reset")] == [
        "late",
        "timed_out",
    ]


@on_bench(call_timeout_s=30)
async def test_the_next_command_goes_out_after_a_time_out(bench: Bench) -> None:
    station = await bench.booted()
    bench.calling(RESET, timeout_s=5)
    bench.calling(ClearCache())
    await bench.pass_time(6)
    assert [command[2] for command in station.commands()] == ["Reset", "ClearCache"]


@on_bench()
async def test_a_connection_lost_after_sending_leaves_the_outcome_unknown(bench: Bench) -> None:
    station = await bench.booted()
    calls = [bench.calling(RESET), bench.calling(ClearCache())]
    await bench.pass_time(1)
    station.leave()
    assert [result.state for result in await asyncio.gather(*calls)] == ["unknown", "not_connected"]


@on_bench()
async def test_a_command_that_nobody_waits_for_any_more_is_not_sent(bench: Bench) -> None:
    station = bench.connect()
    calling = bench.calling(RESET)
    await bench.pass_time(1)
    calling.cancel()
    await asyncio.wait([calling])
    await station.boot()
    await bench.committed()
    assert station.commands() == []


@on_bench()
async def test_a_request_of_the_wrong_side_is_refused(bench: Bench) -> None:
    await bench.booted()
    result = await bench.central_system.call("CP-1", Heartbeat())
    assert result.state == "refused"


@on_bench()
async def test_a_command_and_a_request_cross_without_waiting_for_each_other(bench: Bench) -> None:
    station = await bench.booted()
    calling = bench.calling(RESET)
    await bench.pass_time(1)
    # The command is out; requests are answered all the same, and only then is it answered.
    assert (await station.call("Heartbeat", {}))[0] == 3
    assert (await station.call("DataTransfer", {"vendorId": "x"}))[2] == {"status": "UnknownVendorId"}
    station.answer(station.commands()[0], {"status": "Accepted"})
    assert (await calling).state == "accepted"


@on_bench()
async def test_an_answer_that_deviates_is_read_as_far_as_it_can_be(bench: Bench) -> None:
    station = await bench.booted()
    calling = bench.calling(GetConfiguration())
    await bench.pass_time(1)
    keys = [{"key": "A", "readonly": "true", "value": 1}, {"key": "B", "readonly": False}]
    station.answer(station.commands()[0], {"configurationKey": keys, "unknownKey": ["C"]})
    result = await calling
    assert result.deviations
    await bench.committed()
    kept = {
        item.key: (item.value, item.readonly, item.known) for item in await bench.store.configuration("CP-1")
    }
    assert kept == {"A": ("1", True, True), "B": (None, False, True), "C": (None, None, False)}
    assert {flag.action for flag in await bench.store.flags("CP-1")} == {"GetConfiguration"}


@on_bench()
async def test_an_answer_to_nothing_is_kept_and_harms_nothing(bench: Bench) -> None:
    station = await bench.booted()
    station.session.received('[3,"never-asked",{}]')
    await bench.committed()
    exchanges = await bench.store.exchanges("CP-1")
    assert exchanges[0].outcome == "unmatched"
    assert (await station.call("Heartbeat", {}))[0] == 3


@on_bench()
async def test_commands_are_logged_with_every_time(bench: Bench) -> None:
    station = await bench.booted()
    calling = bench.calling(DataTransfer(vendor_id="x"))
    await bench.pass_time(3)
    station.answer(station.commands()[0], {"status": "Accepted"})
    await calling
    await bench.committed()
    (command,) = await bench.store.commands("CP-1")
    assert command.sent_at is not None
    assert command.ended_at is not None
    assert (command.ended_at - command.sent_at).total_seconds() == 3
    assert command.payload_text == '{"vendorId":"x"}'
