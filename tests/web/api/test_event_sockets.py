"""Live events over real sockets: a token, a session, and everybody else."""

import asyncio
import json
from typing import Any

import httpx
import pytest
import websockets

from chargeproof.testbed.memory_dial import MemoryDial
from chargeproof.web.people.roles import Role
from tests.web.on_a_port import on_a_port

PATIENCE_S = 60.0


def connect(place: str, path: str, **headers: str) -> Any:
    return websockets.connect(f"ws://{place}{path}", additional_headers=headers, proxy=None)


async def said(socket: Any) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE_S):
        events: list[dict[str, Any]] = json.loads(await socket.recv())["batch"]
    return events


async def close_code(socket: Any) -> int:
    async with asyncio.timeout(PATIENCE_S):
        await socket.wait_closed()
    return int(socket.close_code)


def test_a_program_listens_with_a_token() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, place):
            token = {"Authorization": f"Bearer {bench.tokens[Role.VIEWER]}"}
            async with connect(place, "/api/v1/events", **token) as socket:
                await socket.send(json.dumps({"subscribe": ["messages:CP-1"], "since": {"messages:CP-1": 0}}))
                dial = MemoryDial(bench.office.central_system)
                wire = await dial("CP-1", ["ocpp1.6"])
                boot = {"chargePointVendor": "V", "chargePointModel": "M"}
                wire.send(json.dumps([2, "1", "BootNotification", boot]))
                (event,) = await said(socket)
                assert (event["topic"], event["seq"], event["kind"]) == ("messages:CP-1", 1, "message")
                assert event["data"]["action"] == "BootNotification"
                await wire.close()

    asyncio.run(main())


def test_strangers_are_not_let_in() -> None:
    async def main() -> None:
        async with on_a_port() as (_, place):
            for path in ("/api/v1/events", "/live"):
                with pytest.raises(websockets.WebSocketException):
                    async with connect(place, path) as socket:
                        await socket.recv()

    asyncio.run(main())


WRONG = {
    "no json": "no json",
    "a list": "[]",
    "no list": '{"subscribe": "runs"}',
    "no topic": '{"subscribe": ["weather"]}',
    "unknown field": '{"more": 1}',
    "too many": json.dumps({"subscribe": [f"run:{number}" for number in range(65)]}),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_who_says_what_makes_no_sense_is_told_so(text: str) -> None:
    async def main() -> None:
        async with on_a_port() as (bench, place):
            token = {"Authorization": f"Bearer {bench.tokens[Role.VIEWER]}"}
            async with connect(place, "/api/v1/events", **token) as socket:
                await socket.send(text)
                assert await close_code(socket) == 4400
                assert socket.close_reason

    asyncio.run(main())


def test_a_session_listens_until_it_ends_and_only_from_our_own_pages() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, place):
            token = bench.tokens[Role.ADMINISTRATOR]
            async with httpx.AsyncClient(base_url=f"http://{place}", trust_env=False, timeout=60) as client:
                added = await client.post(
                    "/api/v1/people",
                    json={"name": "ada", "role": "viewer"},
                    headers={"Authorization": f"Bearer {token}"},
                )
                log_in = {"name": "ada", "password": added.json()["password"]}
                session = await client.post("/api/v1/session", json=log_in)
                cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
                with pytest.raises(websockets.WebSocketException):
                    async with connect(place, "/live", Cookie=cookie, Origin="http://evil.example") as other:
                        await other.recv()
                async with connect(place, "/live", Cookie=cookie, Origin=f"http://{place}") as socket:
                    await socket.send(json.dumps({"subscribe": ["runs"], "since": {"runs": 1}}))
                    assert [event["kind"] for event in await said(socket)] == ["reload"]
                    csrf = {"X-CSRF-Token": session.json()["csrf_token"]}
                    await client.delete("/api/v1/session", headers=csrf)
                    assert await close_code(socket) == 4401

    asyncio.run(main())


def test_a_stop_says_that_the_server_goes_away() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, place):
            token = {"Authorization": f"Bearer {bench.tokens[Role.VIEWER]}"}
            async with connect(place, "/api/v1/events", **token) as socket:
                await socket.send(json.dumps({"subscribe": ["runs"], "since": {"runs": 1}}))
                await said(socket)
                await bench.office.events.stop()
                assert await close_code(socket) == 1001

    asyncio.run(main())
