"""Live events through the client: over real sockets that break, and servers that start anew."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chargeproof.client import ApiError, Client, Event, NoAnswer
from chargeproof.resources.charge_points import ChargePoint
from chargeproof.resources.messages import Message
from chargeproof.testbed.memory_dial import MemoryDial
from chargeproof.testing.held_port import HeldPort
from chargeproof.web.people.roles import Role
from chargeproof.web.server import WebServer
from tests.quiet_time import run
from tests.web.bench import PASSWORD, WebBench, web_bench
from tests.web.on_a_port import on_a_port

PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargeproof.client.events.AGAIN_AFTER_S", 0.05)


async def boot(bench: WebBench, charge_point_id: str) -> None:
    wire = await MemoryDial(bench.office.central_system)(charge_point_id, ["ocpp1.6"])
    wire.send(json.dumps([2, "1", "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}]))
    assert await wire.receive()
    await wire.close()


async def told(events: AsyncIterator[Event]) -> Event:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(events)


def client_at(bench: WebBench, host: str) -> Client:
    return Client(f"http://{host}", token=bench.tokens[Role.OPERATOR])


def test_events_come_typed_and_a_topic_without_a_number_begins_with_reload() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, host), client_at(bench, host) as client:
            events = client.events.follow("stations", "messages:A/B", since={"messages:A/B": 0})
            first = await told(events)
            assert (first.topic, first.kind, first.data) == ("stations", "reload", None)
            await boot(bench, "A/B")
            found = [await told(events), await told(events)]
            by_topic = {each.topic: each.data for each in found}
            assert isinstance(by_topic["stations"], ChargePoint)
            assert isinstance(by_topic["messages:A/B"], Message)
            assert by_topic["messages:A/B"].action == "BootNotification"

    run(main())


def test_a_server_that_starts_anew_is_followed_on_and_nothing_is_lost() -> None:
    async def main(port: int) -> list[tuple[int | None, Any]]:
        async with web_bench() as bench:
            server = WebServer(bench.app, host="127.0.0.1", port=port)
            await server.start()
            async with client_at(bench, f"127.0.0.1:{port}") as client:
                events = client.events.follow("messages:CP-1", since={"messages:CP-1": 0})
                seen = []
                for _ in range(2):
                    await boot(bench, "CP-1")
                    event = await told(events)
                    seen.append((event.seq, event.data.action))
                    await server.stop()
                    await boot(bench, "CP-1")
                    server = WebServer(bench.app, host="127.0.0.1", port=port)
                    await server.start()
                    event = await told(events)
                    seen.append((event.seq, event.data.action))
            await bench.office.events.stop()
            await server.stop()
            return seen

    with HeldPort() as held:
        told_of = run(main(held.number))
    assert told_of == [(number, "BootNotification") for number in (1, 2, 3, 4)]


def test_a_session_may_follow_too() -> None:
    async def main() -> str:
        async with (
            on_a_port() as (_, host),
            Client(f"http://{host}", name="viewer", password=PASSWORD) as client,
        ):
            return (await told(client.events.follow("runs"))).kind

    assert run(main()) == "reload"


def test_who_may_not_follow_is_told_why() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, host):
            async with Client(f"http://{host}", token="cp_wrong") as stranger:
                with pytest.raises(ApiError) as refused:
                    await told(stranger.events.follow("runs"))
                assert refused.value.status == 401
            async with client_at(bench, host) as client:
                with pytest.raises(ApiError, match="there is no topic 'weather'") as refused:
                    await told(client.events.follow("weather"))
                assert refused.value.status == 400

    run(main())


def test_a_server_that_is_away_is_waited_for_and_then_given_up() -> None:
    async def main(port: int) -> None:
        async with Client(f"http://127.0.0.1:{port}", token="cp_x") as client:
            with pytest.raises(NoAnswer, match="the server does not answer"):
                await told(client.events.follow("runs", patience_s=0.2))

    with HeldPort() as held:
        run(main(held.number))
