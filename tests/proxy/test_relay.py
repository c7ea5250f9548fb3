"""The proxy over real sockets: what goes in comes out, both ways, and the record holds it."""

import asyncio
import base64
import contextlib
import os
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
import websockets
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from chargeproof.central_system.upgrade import read_request
from chargeproof.central_system.veil import MARKER
from chargeproof.clock import LoopClock
from chargeproof.errors import UsageError
from chargeproof.proxy.heads import passed_on, upstream_of
from chargeproof.proxy.records import Records
from chargeproof.proxy.relay import Proxy
from chargeproof.trace import (
    ConnectionClosed,
    ConnectionOpened,
    Frame,
    HandshakeSeen,
    Note,
    Pong,
    Trace,
    load_trace,
)
from tests.quiet_time import run

OCPP16 = Subprotocol("ocpp1.6")
REQUEST = (
    b"GET /some/path/CP%201?x=1 HTTP/1.1\r\nhOST: proxy.local:9000\r\nUpgrade: websocket\r\nX-Odd:  as it is \r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: ocpp1.6, ocpp1.5\r\nAuthorization: Basic Q1AgMTpzZWNyZXQ=\r\n\r\n"
)
ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: 4TF7nmXp8VtFfNnFm8z4jEFzGYM=\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)


@dataclass
class Setting:
    """A proxy that runs, what it told, and its records."""

    proxy: Proxy
    records: Records
    news: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.proxy.port}"

    async def trace(self, charge_point_id: str = "CP1") -> Trace:
        """The record, after the end."""
        await self.proxy.stop()
        assert await self.records.end(5.0)
        path = self.records.stations[charge_point_id].path
        return load_trace(path.read_text(encoding="utf-8").splitlines())


@asynccontextmanager
async def proxied(upstream: str, folder: Path, **more: Any) -> AsyncIterator[Setting]:
    news: list[str] = []
    heading = {"tool_version": "0", "rule_set": "1", "site": "proxy", "functions": (1, 2)}
    records = Records(folder, LoopClock(), heading=lambda _id: heading, on_trouble=news.append)
    proxy = Proxy(upstream_of(upstream), records, host="127.0.0.1", port=0, on_news=news.append, **more)
    await proxy.start()
    try:
        yield Setting(proxy, records, news)
    finally:
        await proxy.stop()
        await records.end(5.0)


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[str]:
    """A TCP server as upstream, which gets the bytes as they are."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def echoing(**options: Any) -> AsyncIterator[tuple[str, list[Any]]]:
    """A central system made with ``websockets`` that sends everything back; and what it got."""
    got: list[Any] = []

    async def talk(socket: ServerConnection) -> None:
        assert socket.request is not None
        got.append((socket.request.path, socket.request.headers.get("Authorization"), socket.subprotocol))
        with contextlib.suppress(websockets.ConnectionClosed):
            async for message in socket:
                got.append(message)
                await socket.send(message)
        got.append((socket.close_code, socket.close_reason))

    scheme = "wss" if "ssl" in options else "ws"
    async with serve(talk, "127.0.0.1", 0, subprotocols=[OCPP16], **options) as server:
        yield f"{scheme}://localhost:{next(iter(server.sockets)).getsockname()[1]}", got


# ── bytes ────────────────────────────────────────────────────────────────────────────────────────────


def test_after_the_heads_every_byte_passes_both_ways_unchanged_whatever_it_is(tmp_path: Path) -> None:
    station_says, system_says = os.urandom(300_000), os.urandom(300_000)

    async def main() -> None:
        heard = asyncio.get_running_loop().create_future()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER + system_says)
            heard.set_result((head, await reader.readexactly(len(station_says))))
            writer.close()

        async with listening(talk) as upstream, proxied(upstream, tmp_path) as setting:
            reader, writer = await asyncio.open_connection("127.0.0.1", setting.proxy.port)
            writer.write(REQUEST + station_says)
            assert await reader.readexactly(len(ANSWER)) == ANSWER
            assert await reader.readexactly(len(system_says)) == system_says
            head, body = await heard
            assert body == station_says
            host = upstream.removeprefix("ws://").encode()
            assert head == REQUEST.replace(b"hOST: proxy.local:9000", b"Host: " + host)
            writer.close()
            trace = await setting.trace("CP 1")
            assert [note.name for note in trace.of(Note)] == ["not_read"]
            assert any("passed on but no longer read" in news for news in setting.news)

    run(main())


async def fragments(socket: ClientConnection) -> None:
    await socket.send(["[2,", '"1","Heartbeat"', ",{}]"])


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_messages_of_every_kind_pass_and_are_recorded(tmp_path: Path, compression: str | None) -> None:
    big = '[2,"b","DataTransfer",{"data":"' + "ä" * 70_000 + '"}]'

    async def main() -> None:
        async with (
            echoing(compression=compression) as (upstream, got),
            proxied(f"{upstream}/base", tmp_path) as setting,
            connect(
                f"{setting.url.replace('ws://', 'ws://CP1:secret@')}/CP1",
                subprotocols=[OCPP16],
                compression=compression,
            ) as station,
        ):
            assert station.subprotocol == "ocpp1.6"
            for message in ("hello", b"\x00\xff", big):
                await station.send(message)
                assert await station.recv() == message
            await fragments(station)
            assert await station.recv() == '[2,"1","Heartbeat",{}]'
            await (await station.ping(b"are you there"))
            await station.close(4711, "enough")
            trace = await setting.trace()
            credentials = "Basic " + base64.b64encode(b"CP1:secret").decode()
            assert got == [
                ("/base/CP1", credentials, "ocpp1.6"), "hello", b"\x00\xff", big, '[2,"1","Heartbeat",{}]',
                (4711, "enough"),
            ]  # fmt: skip
            texts = [frame.text for frame in trace.of(Frame) if frame.sender == "charge_point"]
            assert texts == ["hello", None, big, '[2,"1","Heartbeat",{}]']
            assert [frame.text for frame in trace.of(Frame) if frame.sender == "central_system"] == texts
            assert [frame.base64 for frame in trace.of(Frame)][2:4] == ["AP8=", "AP8="]
            (closed,) = trace.of(ConnectionClosed)
            assert (closed.code, closed.reason, closed.by) == (4711, "enough", "charge_point")
            (shake,) = trace.of(HandshakeSeen)
            assert (shake.chosen, shake.outcome, shake.authentication) == (
                "ocpp1.6",
                "accepted",
                "basic, passed on",
            )
            assert "secret" not in setting.records.stations["CP1"].path.read_text(encoding="utf-8")

    run(main())


def test_a_new_password_passes_and_is_not_in_the_record(tmp_path: Path) -> None:
    password = "00112233445566778899aabbccddeeff"
    change = f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{password}"}}]'

    async def main() -> None:
        async with (
            echoing() as (upstream, _),
            proxied(upstream, tmp_path) as setting,
            connect(f"{setting.url}/CP1", subprotocols=[OCPP16]) as station,
        ):
            await station.send(change)
            assert await station.recv() == change
            await station.close()
            trace = await setting.trace()
            there, back = [frame.text or "" for frame in trace.of(Frame)]
            assert there == back
            assert MARKER.search(there)
            assert password not in there

    run(main())


def test_text_that_is_not_utf_8_passes_and_is_kept_as_its_bytes(tmp_path: Path) -> None:
    broken = bytes([0x81, 0x84]) + b"\0\0\0\0" + b"\xff\xfe[["

    async def main() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            assert await reader.readexactly(len(broken)) == broken
            writer.write(bytes([0x8A, 0]))  # a pong that nobody asked for
            writer.close()

        async with listening(talk) as upstream, proxied(upstream, tmp_path) as setting:
            reader, writer = await asyncio.open_connection("127.0.0.1", setting.proxy.port)
            writer.write(REQUEST + broken + bytes([0x8A, 0x80, 0, 0, 0, 0]))
            assert (await reader.read())[len(ANSWER) :] == bytes([0x8A, 0])
            writer.close()
            trace = await setting.trace("CP 1")
            assert [base64.b64decode(frame.base64 or "") for frame in trace.of(Frame)] == [b"\xff\xfe[["]
            assert len(trace.of(Pong)) == 1  # the station's; that of the central system proves nothing of it

    run(main())


def test_a_close_of_the_central_system_reaches_the_station_with_its_code(tmp_path: Path) -> None:
    async def main() -> None:
        async def talk(socket: ServerConnection) -> None:
            await socket.close(1012, "restarts")

        async with serve(talk, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            async with proxied(f"ws://127.0.0.1:{port}", tmp_path) as setting:
                async with connect(f"{setting.url}/CP1", subprotocols=[OCPP16]) as station:
                    await station.wait_closed()
                    assert (station.close_code, station.close_reason) == (1012, "restarts")
                (closed,) = (await setting.trace()).of(ConnectionClosed)
                assert (closed.code, closed.by) == (1012, "central_system")

    run(main())


# ── refusals, outages, faults of ours ────────────────────────────────────────────────────────────────


def test_a_refusal_of_the_upstream_reaches_the_station_as_it_is(tmp_path: Path) -> None:
    refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nWWW-Authenticate: Basic\r\n\r\nno"

    async def main() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(refusal)
            writer.close()

        async with listening(talk) as upstream, proxied(upstream, tmp_path) as setting:
            reader, writer = await asyncio.open_connection("127.0.0.1", setting.proxy.port)
            writer.write(REQUEST)
            assert await reader.read() == refusal
            writer.close()
            trace = await setting.trace("CP 1")
            (shake,) = trace.of(HandshakeSeen)
            assert (shake.outcome, shake.http_status) == ("refused", 401)
            assert not trace.of(ConnectionOpened)

    run(main())


def test_with_the_upstream_away_the_station_is_reset_and_comes_in_when_it_is_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with echoing() as (upstream, _):
            pass
        async with proxied(upstream, tmp_path) as setting:
            with pytest.raises((ConnectionError, websockets.InvalidMessage, EOFError)):
                await connect(f"{setting.url}/CP1")
            port = int(upstream.rpartition(":")[2])
            async with (
                serve(lambda socket: socket.wait_closed(), "127.0.0.1", port),
                connect(f"{setting.url}/CP1"),
            ):
                pass
            shakes = (await setting.trace()).of(HandshakeSeen)
            assert [shake.outcome for shake in shakes] == ["reset", "accepted"]
            assert "could not be reached" in shakes[0].hint

    run(main())


def test_when_the_upstream_goes_the_station_is_let_go(tmp_path: Path) -> None:
    async def main() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER)
            await writer.drain()
            writer.transport.abort()

        async with listening(talk) as upstream, proxied(upstream, tmp_path) as setting:
            reader, writer = await asyncio.open_connection("127.0.0.1", setting.proxy.port)
            writer.write(REQUEST)
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()
            (closed,) = (await setting.trace("CP 1")).of(ConnectionClosed)
            assert closed.by == "network"

    run(main())


class FullDisk:
    """A stream that takes a few lines and then no more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, text: str) -> None:
        self.room -= 1
        if self.room < 0:
            raise OSError(28, "No space left on device")

    def flush(self) -> None: ...

    def close(self) -> None: ...


def test_with_the_disk_full_traffic_flows_on_and_it_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "open", lambda *_a, **_k: FullDisk(5))

    async def main() -> None:
        async with echoing() as (upstream, _), proxied(upstream, tmp_path) as setting:
            async with connect(f"{setting.url}/CP1", subprotocols=[OCPP16]) as station:
                for number in range(200):
                    await station.send(str(number))
                    assert await station.recv() == str(number)
            await setting.proxy.stop()
            await setting.records.end(5.0)
            told = [news for news in setting.news if "no longer recorded" in news]
            assert len(told) == 1
            assert "No space left on device" in told[0]
            assert setting.records.stations["CP1"].failure == "No space left on device"

    run(main())


def test_a_fault_in_reading_along_stops_no_traffic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("chargeproof.proxy.tap.FrameReader.feed", broken)

    async def main() -> None:
        async with echoing() as (upstream, _), proxied(upstream, tmp_path) as setting:
            async with connect(f"{setting.url}/CP1", subprotocols=[OCPP16]) as station:
                await station.send("still there")
                assert await station.recv() == "still there"
            assert any("RuntimeError: a fault of ours" in news for news in setting.news)

    run(main())


@pytest.mark.parametrize("request_head", [b"nonsense\r\n\r\n", b"GET /x HTTP/1.1\r\nno colon\r\n\r\n"])
def test_what_is_no_http_is_answered_and_not_passed_on(tmp_path: Path, request_head: bytes) -> None:
    async def main() -> None:
        async with proxied("ws://127.0.0.1:9", tmp_path) as setting:
            reader, writer = await asyncio.open_connection("127.0.0.1", setting.proxy.port)
            writer.write(request_head)
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
            writer.close()

    run(main())


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wss_upstream_is_verified(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(server_tls)
    trusting, doubting = ssl.create_default_context(), ssl.create_default_context()
    authority.configure_trust(trusting)
    stranger.configure_trust(doubting)

    async def main() -> None:
        async with echoing(ssl=server_tls) as (upstream, _):
            async with (
                proxied(upstream, tmp_path / "a", upstream_tls=trusting) as setting,
                connect(f"{setting.url}/CP1", subprotocols=[OCPP16]) as station,
            ):
                await station.send("through TLS")
                assert await station.recv() == "through TLS"
            async with proxied(upstream, tmp_path / "b", upstream_tls=doubting) as setting:
                with pytest.raises((ConnectionError, websockets.InvalidMessage, EOFError)):
                    await connect(f"{setting.url}/CP1")
                assert any("certificate does not hold" in news for news in setting.news)

    run(main())


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("upstream", "target", "expected"),
    [
        ("ws://far", "/ocpp/CP1", "/ocpp/CP1"),
        ("ws://far/", "/ocpp/CP1", "/ocpp/CP1"),
        ("ws://far/a/b", "/CP1", "/a/b/CP1"),
        ("ws://far/a/b/", "/a/b/CP1", "/a/b/CP1"),
        ("ws://far/ocpp", "/ocppCP1?x=%20", "/ocpp/ocppCP1?x=%20"),
    ],
)
def test_the_path_of_the_upstream_comes_before_the_station_s(
    upstream: str, target: str, expected: str
) -> None:
    head = f"GET {target} HTTP/1.1\r\nUpgrade: websocket".encode()
    sent = passed_on(head, read_request(head), upstream_of(upstream))
    assert sent == f"GET {expected} HTTP/1.1\r\nHost: far\r\nUpgrade: websocket\r\n\r\n".encode()


@pytest.mark.parametrize(
    "url", ["", "far", "http://far", "ws://", "ws://far:99999", "ws://far/x?y", "ws://u:p@far"]
)
def test_what_is_no_address_of_a_central_system_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        upstream_of(url)


def test_ports_and_ipv6_addresses_are_written_as_hosts_want_them() -> None:
    assert upstream_of("wss://far").authority == "far"
    assert upstream_of("ws://far:443").authority == "far:443"
    assert upstream_of("ws://[::1]:9000/x").authority == "[::1]:9000"
