"""Known deviations of handshakes and sockets: the station is taken, and the script goes on."""

import asyncio
import json

import pytest

from chargeproof.central_system.limits import ServerLimits
from chargeproof.ocpp import GetConfiguration, RegistrationStatus
from chargeproof.trace import Entry, PingUnanswered
from tests.central_system.raw_client import CLOSE, PING, TEXT, RawClient, request
from tests.survival.bench import MODEL, RoughStation, run, serving, with_booted_station


def test_no_subprotocol_is_taken_as_1_6_and_noted() -> None:
    """L-01."""

    async def main() -> None:
        async with serving() as node:
            client = await RawClient.connect(node.server.port)
            client.write(request(without="Sec-WebSocket-Protocol"))
            status, headers, _ = await client.response()
            assert (status, "sec-websocket-protocol" in headers) == (101, False)
            client.send(TEXT, json.dumps([2, "1", "BootNotification", MODEL]).encode())
            assert b"Accepted" in (await client.frame())[1]
            (attempt, *_) = await node.store.handshakes()
            assert "offers no sub-protocol" in attempt.reason
            client.writer.close()

    run(main())


def test_no_connection_upgrade_is_overlooked_and_noted() -> None:
    """L-02."""

    async def main() -> None:
        async with serving() as node:
            client = await RawClient.connect(node.server.port)
            client.write(request(without="Connection"))
            assert (await client.response())[0] == 101
            client.send(TEXT, json.dumps([2, "1", "BootNotification", MODEL]).encode())
            assert b"Accepted" in (await client.frame())[1]
            (attempt, *_) = await node.store.handshakes()
            assert (attempt.outcome, attempt.chosen) == ("accepted", "ocpp1.6")
            assert "lacks Connection: Upgrade" in attempt.hint
            client.writer.close()

    run(main())


def test_a_reconnect_without_boot_goes_on() -> None:
    """L-04, lawful by J§5.4."""

    async def main() -> None:
        async with serving() as node:
            await (await node.booted()).leave()
            station = await node.station()
            await station.goes_on()
            await station.leave()

    run(main())


def test_a_message_before_the_first_boot_is_refused_and_the_boot_still_taken() -> None:
    """L-04."""

    async def main() -> None:
        async with serving() as node:
            station = await node.station()
            assert (await station.status())[:1] == [4]
            assert (await station.start())["transactionId"] > 0
            assert (await station.confirmed("BootNotification", MODEL))["status"] == "Accepted"
            await station.goes_on()
            await station.leave()

    run(main())


def test_a_station_that_was_never_accepted_is_asked_for_its_boot() -> None:
    """L-04: once, by a TriggerMessage (E3.40)."""

    async def main() -> None:
        async with serving(boot_trigger_after_s=0.01) as node:
            station = await node.station()
            text = await station.wire.receive()
            assert text is not None
            kind, unique_id, action, payload = json.loads(text)
            assert (kind, action, payload) == (2, "TriggerMessage", {"requestedMessage": "BootNotification"})
            station.say(json.dumps([3, unique_id, {"status": "Accepted"}]))
            assert (await station.confirmed("BootNotification", MODEL))["status"] == "Accepted"
            await station.goes_on()
            await station.leave()

    run(main())


def test_nothing_is_commanded_before_the_boot_is_accepted() -> None:
    """L-05: a command waits for the BootNotification."""

    async def main() -> None:
        async with serving() as node:
            station = await node.station()
            command = asyncio.ensure_future(node.central_system.call("CP-1", GetConfiguration()))
            assert (await station.status())[0] == 4
            assert station.commands == []
            station.reply = lambda frame: [json.dumps([3, frame[1], {"configurationKey": []}])]
            assert (await station.confirmed("BootNotification", MODEL))["status"] == "Accepted"
            await station.goes_on()
            assert [frame[2] for frame in station.commands] == ["GetConfiguration"]
            assert (await command).state == "answered"
            await station.leave()

    run(main())


def test_a_pending_station_may_ask_again_and_again() -> None:
    """L-32."""

    async def main() -> None:
        async with serving(unknown_stations="pending") as node:
            station = await node.station()
            for _ in range(20):
                assert (await station.confirmed("BootNotification", MODEL))["status"] == "Pending"
            await node.central_system.admit_station("CP-1", RegistrationStatus.ACCEPTED)
            assert (await station.confirmed("BootNotification", MODEL))["status"] == "Accepted"
            await station.goes_on()
            await station.leave()

    run(main())


def test_the_newest_socket_wins_and_the_end_of_the_older_one_does_not_touch_it() -> None:
    """L-25."""

    async def main() -> None:
        async with serving() as node:
            older = await node.booted()
            newer = await node.station()
            assert await older.wire.receive() is None
            await older.leave()
            await newer.goes_on()
            await newer.leave()

    run(main())


def test_sockets_that_come_and_go_leave_nothing_behind() -> None:
    """L-25."""

    async def main() -> None:
        async with serving() as node:
            for number in range(100):
                station = await node.station()
                if number % 3 == 0:
                    station.wire.abort()
                elif number % 3 == 1:
                    await station.leave()
            station = await node.booted()
            await station.goes_on()
            assert node.central_system.connected_ids() == ["CP-1"]
            await station.leave()

    run(main())


def test_another_version_is_closed_and_the_next_attempt_is_taken() -> None:
    """L-25: probes."""

    async def main() -> None:
        async with serving() as node:
            probing = await node.station("CP-1", "ocpp2.0.1")
            assert await probing.wire.receive() is None
            station = await node.booted()
            await station.goes_on()
            await station.leave()

    run(main())


def test_a_station_that_answers_no_ping_stays() -> None:
    """L-24: only whoever has answered one before is taken for gone."""

    async def main() -> None:
        limits = ServerLimits(ping_interval_s=0.02, ping_timeout_s=0.02)
        async with serving(limits) as node:
            entries: list[Entry] = []
            node.central_system.watch("CP-1", entries.append)
            client = await RawClient.open(node.server.port, "/ocpp/CP-1")
            client.send(TEXT, json.dumps([2, "1", "BootNotification", MODEL]).encode())
            kinds = [(await client.frame())[0] for _ in range(10)]
            assert set(kinds) == {TEXT, PING}
            assert any(isinstance(entry, PingUnanswered) for entry in entries)
            client.send(TEXT, b'[2,"2","Heartbeat",{}]')
            while (kind := (await client.frame())[0]) == PING:
                pass
            assert kind == TEXT
            client.writer.close()

    run(main())


@pytest.mark.parametrize("surplus", [0, 1])
def test_a_message_may_be_as_long_as_the_limit_and_no_longer(surplus: int) -> None:
    limit = 200_000

    async def main() -> None:
        async with serving(ServerLimits(max_message_bytes=limit)) as node:
            client = await RawClient.open(node.server.port, "/ocpp/CP-1")
            client.send(TEXT, json.dumps([2, "1", "BootNotification", MODEL]).encode())
            assert (await client.frame())[0] == TEXT
            text = '[2,"2","DataTransfer",{"vendorId":"v","data":"#"}]'
            client.send(TEXT, text.replace("#", "x" * (limit + surplus - len(text) + 1)).encode())
            if surplus:
                assert await client.close_code() == 1009
                return
            kind, payload = await client.frame()
            assert kind != CLOSE
            assert json.loads(payload)[:2] == [3, "2"]
            client.writer.close()

    run(main())


def test_long_messages_one_after_the_other_are_answered() -> None:
    async def scenario(station: RoughStation) -> None:
        for number in range(20):
            station.say(f'[2,"long-{number}","DataTransfer",{{"vendorId":"v","data":"{"x" * 900_000}"}}]')
            assert (await station.heard())[:2] == [3, f"long-{number}"]

    with_booted_station(scenario)
