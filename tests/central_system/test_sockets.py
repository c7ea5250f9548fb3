"""Rules 2 and 6 and the frames themselves: newest socket wins, nothing closes for one bad text, all is kept."""

import json

from chargeproof.ocpp import Reset, ResetType
from tests.central_system.bench import Bench, on_bench

RESET = Reset(type=ResetType.SOFT)
UNREADABLE: tuple[str | bytes, ...] = (
    "",
    "{",
    "null",
    "[]",
    "[2]",
    '[2,"1"]',
    '[9,"1","Heartbeat",{}]',
    "Grüße",
    "\x00\x00",
    b"\xff\xfe\x00",
    "[" * 5000,
    '[2,"1","Heartbeat",{',
    "[3]",
    '[4,"x"]',
    '[2,{"a":1},"Heartbeat",{}]',
)


@on_bench()
async def test_the_newest_socket_wins(bench: Bench) -> None:
    older = await bench.booted()
    newer = bench.connect()
    assert older.link.closes == [(1000, "replaced by connection 2")]
    await newer.boot()
    bench.calling(RESET)
    await bench.pass_time(1)
    assert (len(older.commands()), len(newer.commands())) == (0, 1)


@on_bench()
async def test_the_end_of_the_old_socket_never_touches_the_new_one(bench: Bench) -> None:
    older = await bench.booted()
    newer = await bench.booted()
    older.leave()
    assert bench.central_system.is_connected("CP-1")
    assert bench.central_system.is_ready("CP-1")
    newer.leave()
    assert not bench.central_system.is_connected("CP-1")
    newer.leave()
    older.leave()
    closed = [entry.connection for entry in bench.entries_of("ConnectionClosed")]
    assert closed == [1, 2]


@on_bench()
async def test_waiting_commands_move_to_the_newer_socket(bench: Bench) -> None:
    bench.connect()
    bench.calling(RESET)
    await bench.pass_time(1)
    newer = await bench.booted()
    await bench.committed()
    assert [command[2] for command in newer.commands()] == ["Reset"]


@on_bench(queue_limit=2)
async def test_a_command_about_to_be_sent_goes_out_on_the_newer_socket_alone(bench: Bench) -> None:
    older = await bench.booted()
    calls = [bench.calling(RESET) for _ in range(3)]
    await bench.clock.sleep(0)  # one turn: the commands are on their way, their commit is not
    assert bench.central_system.load().commands_waiting == 2
    count = len(older.link.sent)
    newer = bench.connect()  # the first one waits for its commit, and the queue is full
    await newer.boot()
    for _ in calls:
        await bench.committed()
        newer.answer(newer.commands()[-1], {"status": "Accepted"})
    assert [(await call).state for call in calls] == ["accepted"] * 3
    assert len(older.link.sent) == count
    assert len(newer.commands()) == 3
    assert {record.state for record in await bench.store.commands("CP-1")} == {"accepted"}


@on_bench(unknown_id_tags="accept")
async def test_nothing_is_shown_as_sent_on_a_socket_that_is_being_closed(bench: Bench) -> None:
    older = await bench.booted()
    count = len(older.link.sent)
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
    older.send("StartTransaction", start, "same")
    newer = bench.connect()
    await bench.committed()
    older.send("Heartbeat", {})
    answer = await newer.call("StartTransaction", start, "same")
    assert answer[2]["transactionId"] == 1
    assert older.link.sent[count:] == []
    shown = [(frame.connection, frame.text) for frame in bench.entries_of("Frame")]
    assert [item for item in shown if item[1].startswith("[3")][1:] == [(2, newer.link.sent[-1])]
    assert len(await bench.store.transactions("CP-1")) == 1


@on_bench()
async def test_no_command_goes_to_a_socket_that_is_being_closed(bench: Bench) -> None:
    station = await bench.booted()
    bench.central_system.close_connection("CP-1", "connect anew")
    assert (await bench.calling(RESET)).state == "not_connected"
    assert station.commands() == []


@on_bench()
async def test_a_command_out_on_the_replaced_socket_has_an_unknown_outcome(bench: Bench) -> None:
    older = await bench.booted()
    calling = bench.calling(RESET)
    await bench.pass_time(1)
    bench.connect()
    older.leave()
    assert (await calling).state == "unknown"


@on_bench()
async def test_no_text_closes_the_socket_and_each_is_kept(bench: Bench) -> None:
    station = await bench.booted()
    for text in UNREADABLE:
        station.session.received(text)
        await bench.committed()
    assert station.link.closes == []
    assert (await station.call("Heartbeat", {}))[0] == 3
    kept = [item for item in await bench.store.exchanges("CP-1") if item.action is None]
    texts = {item.request_text if item.raw is None else item.raw for item in kept}
    assert texts == set(UNREADABLE)
    flagged = {flag.rule for flag in await bench.store.flags("CP-1")}
    assert flagged & {"malformed", "unmatched"}


@on_bench()
async def test_a_call_that_cannot_be_parsed_is_answered_if_its_id_can_be_read(bench: Bench) -> None:
    station = await bench.booted()
    station.session.received('[2,"77","Heartbeat",{"a":}]')
    await bench.committed()
    assert json.loads(station.link.sent[-1])[:3] == [4, "77", "FormationViolation"]


@on_bench()
async def test_a_broken_transaction_message_gets_no_call_error(bench: Bench) -> None:
    station = await bench.booted()
    count = len(station.link.sent)
    station.session.received('[2,"77","StopTransaction",{"meterStop":}]')
    await bench.committed()
    assert len(station.link.sent) == count


@on_bench()
async def test_unknown_and_foreign_actions_get_the_right_error(bench: Bench) -> None:
    station = await bench.booted()
    assert (await station.call("MakeCoffee", {}))[2] == "NotImplemented"
    assert (await station.call("Reset", {"type": "Soft"}))[2] == "NotSupported"


@on_bench()
async def test_what_deviates_but_can_be_read_is_answered_and_flagged(bench: Bench) -> None:
    station = await bench.booted()
    status = {"connectorId": "1", "errorCode": "Error", "status": "Occupied", "extra": 1}
    assert (await station.call("StatusNotification", status))[2] == {}
    (kept,) = await bench.store.connector_statuses("CP-1")
    assert (kept.connector_id, kept.status, kept.error_code) == (1, "Occupied", "Error")
    flags = {(flag.rule, flag.where) for flag in await bench.store.flags("CP-1")}
    assert {("not_in_enum", "$.status"), ("unknown_field", "$.extra")} <= flags


@on_bench()
async def test_frames_are_published_raw_with_their_connection(bench: Bench) -> None:
    station = await bench.booted()
    station.session.received("no json at all")
    station.session.received(b"\xff")
    frames = bench.entries_of("Frame")
    assert [(frame.sender, frame.connection) for frame in frames[:2]] == [
        ("charge_point", 1),
        ("central_system", 1),
    ]
    assert frames[-2].text == "no json at all"
    assert (frames[-1].text, frames[-1].base64) == (None, "/w==")
    assert {entry.n for entry in bench.entries} == {0}


@on_bench()
async def test_a_watcher_that_fails_does_not_harm_the_station(bench: Bench) -> None:
    def broken(_entry: object) -> None:
        raise RuntimeError("watcher")

    unwatch = bench.central_system.watch("CP-1", broken)
    station = await bench.booted()
    unwatch()
    unwatch()
    assert (await station.call("Heartbeat", {}))[0] == 3


@on_bench()
async def test_both_times_and_the_offset_are_kept_for_every_message(bench: Bench) -> None:
    station = await bench.booted()
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    await station.call("StatusNotification", {**status, "timestamp": "2026-01-01T02:00:00+01:00"})
    await station.call("Heartbeat", {})
    beat, kept = (await bench.store.exchanges("CP-1"))[:2]
    assert kept.station_time_text == "2026-01-01T02:00:00+01:00"
    assert kept.clock_offset_s == beat.clock_offset_s == 3600
    record = await bench.store.charge_point("CP-1")
    assert record is not None
    assert record.clock_offset_s == 3600


@on_bench()
async def test_old_queued_messages_do_not_count_as_the_station_s_clock(bench: Bench) -> None:
    station = await bench.booted()
    await bench.pass_time(7200)
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    await station.call("StatusNotification", {**status, "timestamp": "2026-01-01T02:00:00Z"})
    await station.call("StatusNotification", {**status, "timestamp": "2026-01-01T00:30:00Z"})
    assert (await bench.store.exchanges("CP-1"))[0].clock_offset_s == 0


@on_bench()
async def test_a_date_of_1970_is_flagged_and_answered(bench: Bench) -> None:
    station = await bench.booted()
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    for text in ("1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"):
        assert (await station.call("StatusNotification", {**status, "timestamp": text}))[0] == 3
    assert "clock_not_set" in {flag.rule for flag in await bench.store.flags("CP-1")}


@on_bench()
async def test_overlapping_requests_are_answered_and_flagged(bench: Bench) -> None:
    station = await bench.booted()
    station.send("Authorize", {"idTag": "A"}, "1")
    station.send("Authorize", {"idTag": "B"}, "2")
    await bench.committed()
    flags = [flag.unique_id for flag in await bench.store.flags("CP-1") if flag.rule == "overlapping_call"]
    assert flags == ["2"]
    assert len(station.link.sent) == 3


@on_bench()
async def test_progress_of_firmware_and_diagnostics_is_kept(bench: Bench) -> None:
    station = await bench.booted()
    for status in ("Downloading", "Installed"):
        assert (await station.call("FirmwareStatusNotification", {"status": status}))[2] == {}
    assert (await station.call("DiagnosticsStatusNotification", {"status": "Uploaded"}))[2] == {}
    kept = [(item.subject, item.status) for item in await bench.store.progress("CP-1")]
    assert kept == [("diagnostics", "Uploaded"), ("firmware", "Installed"), ("firmware", "Downloading")]


@on_bench()
async def test_out_of_reach_resets_the_socket_and_every_new_one(bench: Bench) -> None:
    station = await bench.booted()
    bench.central_system.cut("CP-1")
    assert station.link.aborted
    assert not bench.central_system.is_connected("CP-1")
    assert bench.admit().reset
    assert bench.admit("CP-2").accepted
    station.leave()
    bench.central_system.restore("CP-1")
    assert bench.admit().accepted
    assert [entry.reachable for entry in bench.entries_of("Reach")] == [False, True]
    closed = bench.entries_of("ConnectionClosed")
    assert [(entry.connection, entry.by) for entry in closed] == [(1, "central_system")]
    outcomes = [entry.outcome for entry in bench.entries_of("HandshakeSeen")]
    assert outcomes == ["accepted", "reset", "accepted", "accepted"]


@on_bench()
async def test_stopping_closes_every_socket_as_going_away(bench: Bench) -> None:
    station = await bench.booted()
    await bench.central_system.stop()
    assert station.link.closes == [(1001, "the central system stops")]
    assert bench.admit("CP-2").http_status == 503
    (connection,) = await bench.store.connections("CP-1")
    assert (connection.close_code, connection.closed_by) == (1001, "central_system")


@on_bench()
async def test_a_pong_is_published(bench: Bench) -> None:
    station = await bench.booted()
    station.session.pong()
    assert bench.entries_of("Pong")[0].connection == 1
