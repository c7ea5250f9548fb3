"""Connections that are held, flooded, or said in a way that two readers understand differently."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.server import OcppServer
from chargeproof.web import patience
from chargeproof.web.app import create_app
from chargeproof.web.server import WebServer
from tests.central_system.raw_client import PING, PONG, RawClient, frame, request
from tests.central_system.tls_files import TestAuthority, server_tls
from tests.hostile.intruder import STRANGER, knock
from tests.survival.bench import run, serving

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
NONSENSE = (
    b"\0" * 100,
    b"\xff" * 1000,
    b"SSH-2.0-scanner\r\n\r\n",
    b"\r\n\r\n\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /" + b"A" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"GET /ocpp/X HTTP/1.1\r\n" + b"X: y\r\n" * 4000 + b"\r\n",
    b"GET /ocpp/X HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
    b"GET /ocpp/X HTTP/1.1\r\n: no name\r\n\r\n",
    b"GET /ocpp/X HTTP/1.1\r\n folded: line\r\n\r\n",
    b"GET /ocpp/X HTTP/1.1\r\nUpgrade : websocket\r\n\r\n",
    b"GET /ocpp/X HTTP/1.1\r\nNo colon\r\n\r\n",
    b"GET http://elsewhere.example/ocpp/X HTTP/1.1\r\nHost: y\r\n\r\n",
    b"CONNECT elsewhere.example:443 HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /ocpp/X HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
)


@asynccontextmanager
async def web(max_connections: int = 1000) -> AsyncIterator[WebServer]:
    server = WebServer(
        create_app(), host="127.0.0.1", port=0, stop_timeout_s=1, max_connections=max_connections
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def said(port: int, *parts: bytes) -> bytes:
    """All that comes back until the server closes."""
    client = await RawClient.connect(port, local_addr=(STRANGER, 0))
    try:
        for part in parts:
            client.write(part)
        return await client.reader.read()
    except ConnectionResetError:
        return b""
    finally:
        client.writer.close()


def test_nonsense_is_refused_and_stations_are_served() -> None:
    async def main() -> None:
        async with serving(ServerLimits(handshake_timeout_s=0.2, close_timeout_s=0.2)) as node:
            station = await node.booted()
            answers = await asyncio.gather(*(said(node.server.port, nonsense) for nonsense in NONSENSE))
            refusals = (b"HTTP/1.1 4", b"HTTP/1.1 505", b"\x15\x03")
            assert [each for each in answers if each and not each.startswith(refusals)] == []
            await station.goes_on()
            await station.leave()

    run(main())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "HEAD_S", 0.2)
    monkeypatch.setattr(patience, "BODY_S", 0.2)
    monkeypatch.setattr(patience, "KEEP_ALIVE_S", 0.0)
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "disabled", True)


@pytest.mark.usefixtures("impatient")
def test_nonsense_at_the_web_port_is_refused_too() -> None:
    async def main() -> None:
        async with web() as server:
            answers = await asyncio.gather(*(said(server.port, nonsense) for nonsense in NONSENSE))
            assert [each for each in answers if each and not each.startswith(b"HTTP/1.1 4")] == []
            assert (await said(server.port, HEALTH + b"Connection: close\r\n\r\n")).startswith(
                b"HTTP/1.1 200"
            )

    run(main())


SMUGGLED = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SMUGGLING = {
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED),
    "two lengths in one": b"Content-Length: 0, %d\r\n\r\n" % len(SMUGGLED),
    "a signed length": b"Content-Length: +%d\r\n\r\n" % len(SMUGGLED),
    "a hexadecimal length": b"Content-Length: 0x10\r\n\r\n",
    "a length of other digits": "Content-Length: ٤٢\r\n\r\n".encode(),
    "a coding that is none": b"Transfer-Encoding: xchunked\r\n\r\n",
    "two codings": b"Transfer-Encoding: chunked, identity\r\n\r\n",
    "a coding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a control character": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a chunk that is no number": b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a chunk with a sign": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "a chunk of 2^64": b"Transfer-Encoding: chunked\r\n\r\n10000000000000000000000\r\n",
    "a NUL in a header": b"X: a\0b\r\n\r\n",
    "a bare carriage return": b"X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "two hosts": b"Host: elsewhere.example\r\n\r\n",
}


@pytest.mark.usefixtures("impatient")
def test_what_could_be_read_in_two_ways_is_not_read_at_all() -> None:
    """A proxy in front might see one request where we see two. We see none: 400, and the connection ends."""
    head = b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"

    async def main() -> list[bytes]:
        async with web() as server:
            asked = (said(server.port, head + form + SMUGGLED) for form in SMUGGLING.values())
            return await asyncio.gather(*asked)

    understood = {
        form: answer
        for form, answer in zip(SMUGGLING, run(main()), strict=True)
        if answer.count(b"HTTP/1.1 ") != 1 or not answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))
    }
    assert understood == {}


@pytest.mark.usefixtures("impatient")
def test_both_a_length_and_chunks_are_read_once() -> None:
    async def main() -> bytes:
        async with web() as server:
            both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            head = b"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            return await said(server.port, head + both + b"0\r\n\r\n" + SMUGGLED)

    answer = run(main())
    assert answer.startswith(b"HTTP/1.1 405")
    assert answer.count(b"HTTP/1.1 ") <= 2  # chunks go before the length (RFC 9112 section 6.3), for both


def test_a_request_behind_a_handshake_is_not_carried_out() -> None:
    async def main() -> None:
        async with serving(ServerLimits(close_timeout_s=0.2)) as node:
            await node.central_system.set_password("CP-1", "the station's own password")
            client = await RawClient.connect(node.server.port)
            client.write(request("/ocpp/CP-1") + request("/ocpp/CP-2"))
            assert (await client.reader.read()).count(b"HTTP/1.1 ") == 1
            assert not node.central_system.connected_ids()
            client.writer.close()

    run(main())


Hold = Callable[[int], bytes]
HELD: dict[str, Hold] = {
    "nothing said": lambda number: b"",
    "half a request": lambda number: b"GET /ocpp/X%d HTTP/1.1\r\nHost: x\r\n" % number,
    "a TLS record without its end": lambda number: b"\x16",
}


@pytest.mark.parametrize("how", HELD)
def test_a_house_full_of_half_open_connections_has_room_for_a_station(how: str) -> None:
    async def main() -> None:
        async with serving(ServerLimits(max_connections=40)) as node:
            early = await node.booted("CP-EARLY")
            flood = []
            for number in range(200):
                client = await RawClient.connect(node.server.port, local_addr=(STRANGER, 0))
                client.write(HELD[how](number))
                flood.append(client)
                if number % 50 == 49:
                    assert (await knock(node.server.port, "CP-LATE", address="127.0.0.1"))[0] == 101
            assert node.server.connections <= 41
            await early.goes_on()  # who was admitted makes no room
            await early.leave()
            for client in flood:
                client.writer.close()

    run(main())


def test_a_tls_port_full_of_half_open_connections_has_room_too(tmp_path: Path) -> None:
    async def main() -> None:
        authority = TestAuthority(tmp_path)
        async with serving() as node:
            limits = ServerLimits(max_connections=20)
            secure = OcppServer(
                node.central_system, host="127.0.0.1", port=0, tls=server_tls(authority), limits=limits
            )
            await secure.start()
            flood = [await RawClient.connect(secure.port, local_addr=(STRANGER, 0)) for _ in range(100)]
            for number, client in enumerate(flood):
                client.write(b"\x16\x03\x01\x02\x00"[: number % 6])
            station = await RawClient.connect(
                secure.port, ssl=authority.client_context(), server_hostname="localhost"
            )
            station.write(request("/ocpp/CP-1"))
            assert (await station.response())[0] == 101
            for client in (*flood, station):
                client.writer.transport.abort()
            await secure.stop()

    run(main())


def test_who_says_a_request_letter_by_letter_is_given_up() -> None:
    async def main() -> None:
        async with serving(ServerLimits(handshake_timeout_s=0.3, close_timeout_s=0.2)) as node:
            client = await RawClient.connect(node.server.port)
            for letter in request()[:40]:
                client.write(bytes([letter]))
                await client.writer.drain()
            assert (await client.response())[0] == 408
            client.writer.close()

    run(main())


BEGUN = (
    b"",
    b"GET /heal",
    HEALTH,
    HEALTH + b"\r\n" + HEALTH,
    b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
)


@pytest.mark.usefixtures("impatient")
def test_the_web_port_waits_for_nobody_for_ever() -> None:
    async def main() -> None:
        async with web() as server:
            await asyncio.gather(*(said(server.port, begun) for begun in BEGUN))  # until the server closes

    run(main())


def test_a_flood_at_the_web_port_leaves_room_for_a_visitor() -> None:
    async def main() -> None:
        async with web(max_connections=20) as server:
            flood = [await RawClient.connect(server.port, local_addr=(STRANGER, 0)) for _ in range(100)]
            answer = await said(server.port, HEALTH + b"Connection: close\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")
            for client in flood:
                client.writer.close()

    run(main())


def test_no_compression_is_negotiated_and_a_compressed_frame_ends_the_connection() -> None:
    """So there is nothing to blow up: a bomb is a message of its own length."""

    async def main() -> None:
        async with serving() as node:
            for extension in (
                "permessage-deflate",
                "permessage-deflate; client_max_window_bits=15",
                "x-webkit-deflate-frame",
            ):
                client = await RawClient.connect(node.server.port)
                client.write(request(Sec_WebSocket_Extensions=extension))
                status, headers, _ = await client.response()
                assert (status, headers.get("sec-websocket-extensions")) == (101, None)
                client.write(frame(1, b"\xaa\x56\x4a", rsv=4))
                assert await client.close_code() == 1002

    run(main())


def test_a_flood_of_pings_is_answered_while_others_are_served() -> None:
    async def main() -> None:
        async with serving() as node:
            station = await node.booted()
            client = await RawClient.open(node.server.port, "/ocpp/CP-2")
            client.write(frame(PING, b"x" * 125) * 5000)
            await station.goes_on()
            pongs = [await asyncio.wait_for(client.frame(), 20) for _ in range(5000)]
            assert pongs == [(PONG, b"x" * 125)] * 5000
            client.writer.close()
            await station.leave()

    run(main())
