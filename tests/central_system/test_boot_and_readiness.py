"""Rule 7 of a lawful central system: no command before a Boot is answered Accepted (S§4.2, E3.40)."""

from chargeproof.ocpp import (
    GetConfiguration,
    MessageTrigger,
    RegistrationStatus,
    RemoteStartTransaction,
    Reset,
    ResetType,
    TriggerMessage,
)
from tests.central_system.bench import MODEL, Bench, on_bench

RESET = Reset(type=ResetType.SOFT)


@on_bench(heartbeat_interval_s=77)
async def test_a_stranger_is_accepted_and_told_the_interval(bench: Bench) -> None:
    answer = await bench.connect().boot()
    assert (answer["status"], answer["interval"]) == ("Accepted", 77)
    assert answer["currentTime"].startswith("2026-01-01T00:00:00")


@on_bench()
async def test_a_policy_goes_before_the_settings(bench: Bench) -> None:
    policy = bench.central_system.policy("CP-1")
    policy.boot_interval_s = 30
    assert (await bench.connect().boot())["interval"] == 30
    policy.registration = RegistrationStatus.PENDING
    assert (await bench.connect().boot())["status"] == "Pending"


@on_bench()
async def test_commands_stay_queued_until_boot_is_accepted(bench: Bench) -> None:
    station = bench.connect()
    calling = bench.calling(RESET)
    await bench.pass_time(5)
    assert station.commands() == []
    assert bench.states("Reset") == ["queued"]
    assert not bench.central_system.is_ready("CP-1")
    await station.boot()
    await bench.committed()
    assert bench.central_system.is_ready("CP-1")
    (command,) = station.commands()
    station.answer(command, {"status": "Accepted"})
    assert (await calling).state == "accepted"
    assert [command[2] for command in station.commands()] == ["Reset"]


@on_bench()
async def test_the_boot_answer_leaves_before_the_first_command(bench: Bench) -> None:
    station = bench.connect()
    bench.calling(RESET)
    await bench.pass_time(1)
    await station.boot()
    await bench.committed()
    assert [text[:3] for text in station.link.sent] == ["[3,", "[2,"]


@on_bench(no_boot_grace_s=10)
async def test_a_station_accepted_before_is_ready_after_the_grace_without_a_boot(bench: Bench) -> None:
    (await bench.booted()).leave()
    station = bench.connect()
    bench.calling(RESET)
    await bench.pass_time(9)
    assert station.commands() == []
    await bench.pass_time(2)
    assert [command[2] for command in station.commands()] == ["Reset"]


@on_bench(no_boot_grace_s=10)
async def test_a_boot_within_the_grace_still_holds_commands_until_its_answer(bench: Bench) -> None:
    (await bench.booted()).leave()
    bench.central_system.policy("CP-1").registration = RegistrationStatus.PENDING
    station = bench.connect()
    bench.calling(RESET)
    await station.boot()
    await bench.pass_time(60)
    assert station.commands() == []


@on_bench()
async def test_a_second_boot_holds_commands_again_until_its_answer(bench: Bench) -> None:
    station = await bench.booted()
    station.send("BootNotification", MODEL)
    bench.calling(RESET)
    assert not bench.central_system.is_ready("CP-1")
    await bench.pass_time(1)
    assert [text[:3] for text in station.link.sent[1:]] == ["[3,", "[2,"]


@on_bench(boot_trigger_after_s=60)
async def test_a_station_never_accepted_is_asked_once_for_its_boot(bench: Bench) -> None:
    station = bench.connect()
    await bench.pass_time(59)
    assert station.commands() == []
    await bench.pass_time(600)
    assert [command[2:] for command in station.commands()] == [
        ["TriggerMessage", {"requestedMessage": "BootNotification"}]
    ]


@on_bench(boot_trigger_after_s=60)
async def test_a_station_accepted_once_is_never_asked_for_its_boot(bench: Bench) -> None:
    (await bench.booted()).leave()
    station = bench.connect()
    await bench.pass_time(600)
    assert station.commands() == []


@on_bench(quiet=True)
async def test_in_quiet_mode_nothing_is_sent_unasked(bench: Bench) -> None:
    station = bench.connect()
    await bench.pass_time(600)
    assert station.link.sent == []


@on_bench()
async def test_one_station_can_be_kept_quiet(bench: Bench) -> None:
    bench.central_system.policy("CP-1").quiet = True
    station = bench.connect()
    await bench.pass_time(600)
    assert station.link.sent == []


@on_bench()
async def test_asking_for_a_boot_after_accepted_is_refused_with_the_clause(bench: Bench) -> None:
    station = await bench.booted()
    trigger = TriggerMessage(requested_message=MessageTrigger.BOOT_NOTIFICATION)
    result = await bench.central_system.call("CP-1", trigger)
    assert result.state == "refused"
    assert "E3.40" in result.error_description
    assert station.commands() == []


@on_bench(unknown_stations="pending")
async def test_no_remote_start_goes_to_a_pending_station(bench: Bench) -> None:
    station = bench.connect()
    assert (await station.boot())["status"] == "Pending"
    result = await bench.central_system.call(
        "CP-1", RemoteStartTransaction(id_tag="CARD"), while_pending=True
    )
    assert result.state == "refused"
    assert station.commands() == []


@on_bench(unknown_stations="pending")
async def test_a_pending_station_gets_only_what_is_meant_for_it(bench: Bench) -> None:
    station = bench.connect()
    await station.boot()
    bench.calling(RESET)
    bench.calling(GetConfiguration(), while_pending=True)
    await bench.pass_time(10)
    assert [command[2] for command in station.commands()] == ["GetConfiguration"]


@on_bench(unknown_stations="reject", registration_retry_s=900)
async def test_a_rejected_station_is_told_when_to_come_again_and_gets_nothing(bench: Bench) -> None:
    station = bench.connect()
    answer = await station.boot()
    assert (answer["status"], answer["interval"]) == ("Rejected", 900)
    bench.calling(GetConfiguration(), while_pending=True)
    await bench.pass_time(200)
    assert station.commands() == []


@on_bench(unknown_stations="pending")
async def test_an_operator_admits_a_pending_station_later(bench: Bench) -> None:
    station = bench.connect()
    await station.boot()
    await bench.central_system.admit_station("CP-1", RegistrationStatus.ACCEPTED)
    await bench.pass_time(1)
    assert [command[2] for command in station.commands()] == ["TriggerMessage"]
    station.answer(station.commands()[0], {"status": "Accepted"})
    assert (await station.boot())["status"] == "Accepted"
    assert bench.central_system.is_ready("CP-1")
    record = await bench.store.charge_point("CP-1")
    assert record is not None
    assert record.admitted == "Accepted"


@on_bench(unknown_stations="pending")
async def test_before_accepted_only_transaction_messages_are_confirmed(bench: Bench) -> None:
    station = bench.connect()
    await station.boot()
    assert (await station.call("Heartbeat", {}))[:1] == [4]
    refused = await station.call("Authorize", {"idTag": "CARD"})
    assert refused[2] == "SecurityError"
    started = await station.start()
    assert started[0] == 3
    assert started[2]["idTagInfo"]["status"] == "Invalid"
    assert (await station.stop(started[2]["transactionId"]))[0] == 3
    assert (await station.call("MeterValues", {"connectorId": 1, "meterValue": []}))[0] == 3
    assert {flag.rule for flag in await bench.store.flags("CP-1")} >= {"not_accepted"}


@on_bench(unknown_stations="pending")
async def test_a_pending_station_may_send_what_it_was_asked_for(bench: Bench) -> None:
    station = bench.connect()
    await station.boot()
    trigger = TriggerMessage(requested_message=MessageTrigger.STATUS_NOTIFICATION)
    bench.calling(trigger, while_pending=True)
    await bench.pass_time(1)
    station.answer(station.commands()[0], {"status": "Accepted"})
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
    assert (await station.call("StatusNotification", status))[0] == 3


@on_bench()
async def test_a_request_right_behind_the_boot_is_not_blamed(bench: Bench) -> None:
    station = bench.connect()
    station.send("BootNotification", {"chargePointVendor": "M", "chargePointModel": "M"}, "1")
    answer = await station.call(
        "StatusNotification", {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
    )
    assert answer[0] == 3


@on_bench()
async def test_boot_data_are_kept(bench: Bench) -> None:
    await bench.connect().boot(firmwareVersion="1.2", iccid="8931", chargePointSerialNumber="S1")
    record = await bench.store.charge_point("CP-1")
    assert record is not None
    assert (record.vendor, record.model, record.firmware_version) == ("Maker", "Model", "1.2")
    assert (record.iccid, record.serial_number, record.registration) == ("8931", "S1", "Accepted")
    assert record.accepted_at == record.booted_at
