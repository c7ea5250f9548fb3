"""The rig's verbs and what its answers mean."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from chargeproof.acceptance.ports import Act, ApparatusError, Deed
from chargeproof.errors import UsageError
from chargeproof.testbed.rig import RigSite
from chargeproof.testing.virtual_time import run_virtual
from tests.quiet_time import run

PLUG_IN = Act("plug_in", "Plug in.", {"connector_id": 2})
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def site_answering(answer: Callable[[httpx.Request], httpx.Response]) -> RigSite:
    return RigSite("http://rig.test", transport=httpx.MockTransport(answer))


def perform(act: Act, answer: Callable[[httpx.Request], httpx.Response]) -> Deed:
    async def main() -> Deed:
        site = site_answering(answer)
        try:
            return await site.perform(act)
        finally:
            await site.close()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("act", "path", "parameters"),
    [
        (PLUG_IN, "plugin", {"connector_id": "2"}),
        (Act("unplug", "", {"connector_id": 1}), "plugout", {"connector_id": "1"}),
        (
            Act("present_card", "", {"connector_id": 1, "id_tag": "04 A&B"}),
            "authorize",
            {"id": "04 A&B", "type": "ISO14443", "connector_id": "1"},
        ),
        (Act("provoke_error", "", {"connector_id": 0}), "state", {"faulted": "true", "connector_id": "0"}),
        (Act("repair", "", {"connector_id": 1}), "state", {"faulted": "false", "connector_id": "1"}),
        (Act("reboot", ""), "reboot", {}),
        (
            Act("parking_bay", "", {"connector_id": 1, "occupied": True}),
            "parkingbay",
            {"occupied": "true", "connector_id": "1"},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Act) else None,
)
def test_an_act_is_posted_with_the_verb_of_the_rig(act: Act, path: str, parameters: dict[str, str]) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    assert perform(act, answer) == Deed("done", "rig")
    [request] = seen
    assert request.method == "POST"
    assert request.url.path == f"/api/v1/{path}"
    assert dict(request.url.params) == parameters
    assert request.content == b""


@pytest.mark.parametrize("status", [409, 501])
def test_409_and_501_are_cannot_with_the_reason_of_the_body(status: int) -> None:
    deed = perform(PLUG_IN, lambda _request: httpx.Response(status, json={"detail": "the arm is parked"}))
    assert deed == Deed("cannot", "rig", "the arm is parked")


@pytest.mark.parametrize(
    ("status", "reason"), [(409, "it cannot be done now"), (501, "this rig cannot do it")]
)
def test_a_cannot_without_a_readable_body_still_has_a_reason(status: int, reason: str) -> None:
    assert perform(PLUG_IN, lambda _request: httpx.Response(status, text="no")).detail == reason


@pytest.mark.parametrize("status", [201, 204, 302, 400, 404, 500, 503])
def test_every_other_answer_is_a_broken_apparatus(status: int) -> None:
    with pytest.raises(ApparatusError, match=f"HTTP {status}"):
        perform(PLUG_IN, lambda _request: httpx.Response(status, json={"detail": "motor"}))


def test_an_act_without_a_verb_cannot_be_done() -> None:
    deed = perform(Act("wash", "Wash it."), lambda _request: httpx.Response(200))
    assert (deed.phase, deed.detail) == ("cannot", "rigs know no verb for wash")


@pytest.mark.parametrize("url", ["rig", "ftp://rig", "http://", "192.168.1.20:8081"])
def test_what_is_no_http_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(UsageError, match="no address of a rig"):
        RigSite(url)


@asynccontextmanager
async def rig_on_a_socket(handle: Handle) -> AsyncIterator[str]:
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await handle(reader, writer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(
        lambda *streams: answering.add(asyncio.create_task(answer(*streams))), "127.0.0.1", 0
    )
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        await asyncio.gather(*answering)


def test_over_a_real_socket_the_act_is_done() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        status = b"200 OK" if head.startswith(b"POST /api/v1/plugin?connector_id=2 ") else b"404 Not Found"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async def main() -> Deed:
        async with rig_on_a_socket(handle) as url:
            site = RigSite(url)
            try:
                return await site.perform(PLUG_IN)
            finally:
                await site.close()

    assert asyncio.run(main()).phase == "done"


def test_a_rig_that_does_not_answer_within_a_minute_is_broken() -> None:
    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with rig_on_a_socket(handle) as url:
            site = RigSite(url)
            asked_s = loop.time()
            with pytest.raises(ApparatusError, match="within 60 s"):
                await site.perform(PLUG_IN)
            assert loop.time() - asked_s >= 60
            await site.close()

    run(main(), 400)


def test_a_rig_that_is_not_there_is_broken() -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    async def main() -> None:
        with pytest.raises(ApparatusError, match="cannot be reached: connection refused"):
            await site_answering(answer).perform(PLUG_IN)

    run_virtual(main())
