"""A WebSocket client that can break every rule, and a central system that remembers what it was told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.ports import Admission, Handshake, Link, Session
from chargeproof.central_system.server import OcppServer
from tests.quiet_time import run as run

Ending = tuple[int | None, str, Literal["charge_point", "central_system", "network"]]

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
ACCEPTED = Admission(accepted=True, subprotocol="ocpp1.6")


class RememberingSession:
    def __init__(self, handshake: Handshake, link: Link) -> None:
        self.handshake = handshake
        self.link = link
        self.messages: asyncio.Queue[str | bytes] = asyncio.Queue()
        self.pongs: asyncio.Queue[None] = asyncio.Queue()
        self.unanswered_pings = 0
        self.ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    def received(self, text: str | bytes) -> None:
        self.messages.put_nowait(text)
        if text == "fail":
            raise RuntimeError("a fault of the central system")

    def pong(self) -> None:
        self.pongs.put_nowait(None)

    def ping_unanswered(self) -> None:
        self.unanswered_pings += 1

    def closed(
        self, code: int | None, reason: str, by: Literal["charge_point", "central_system", "network"]
    ) -> None:
        self.ending.set_result((code, reason, by))  # a second call would raise


class RememberingDesk:
    def __init__(self, admit: Callable[[Handshake], Admission] = lambda _: ACCEPTED) -> None:
        self._admit = admit
        self.handshakes: list[Handshake] = []
        self.refused: list[tuple[Handshake, Admission]] = []
        self.sessions: asyncio.Queue[RememberingSession] = asyncio.Queue()

    def admit(self, handshake: Handshake) -> Admission:
        self.handshakes.append(handshake)
        return self._admit(handshake)

    def connected(self, handshake: Handshake, admission: Admission, link: Link) -> Session:
        session = RememberingSession(handshake, link)
        self.sessions.put_nowait(session)
        return session

    def remember_refusal(self, handshake: Handshake, admission: Admission) -> None:
        self.refused.append((handshake, admission))


@asynccontextmanager
async def serving(
    desk: RememberingDesk, limits: ServerLimits | None = None, **settings: Any
) -> AsyncIterator[OcppServer]:
    server = OcppServer(
        desk, host="127.0.0.1", port=0, limits=limits, on_refused=desk.remember_refusal, **settings
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class RawClient:
    """One TCP connection; frames are made by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, **options: Any) -> "RawClient":
        return cls(*await asyncio.open_connection("127.0.0.1", port, **options))

    @classmethod
    async def open(cls, port: int, path: str = "/ocpp/STATION-1") -> "RawClient":
        """Connect and shake hands; the answer must be 101."""
        client = await cls.connect(port)
        client.write(request(path))
        status, _, _ = await client.response()
        assert status == 101
        return client

    def write(self, content: bytes) -> None:
        self.writer.write(content)

    def send(self, opcode: int, payload: bytes = b"", **bits: Any) -> None:
        self.write(frame(opcode, payload, **bits))

    async def response(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by lower-case name, and the body if it has a length."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(head[0].split()[1]), headers, body

    async def frame(self) -> tuple[int, bytes]:
        """Opcode and payload of the next frame, which a server must not fragment or mask."""
        first, second = await self.reader.readexactly(2)
        assert first & 0xF0 == 0x80
        assert second < 128
        size = second
        if second >= 126:
            size = int.from_bytes(await self.reader.readexactly(2 if second == 126 else 8), "big")
        return first & 0x0F, await self.reader.readexactly(size)

    async def close_code(self) -> int:
        """Read on to a Close frame and the end of the stream after it."""
        opcode, payload = await self.frame()
        while opcode != CLOSE:
            opcode, payload = await self.frame()
        assert await self.reader.read() == b""
        self.writer.close()
        return int.from_bytes(payload[:2], "big")


def request(path: str = "/ocpp/STATION-1", without: str = "", **more: str) -> bytes:
    """An upgrade request; `more` replaces or adds headers (underscores for hyphens)."""
    headers = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",  # of the RFC
        "Sec-WebSocket-Protocol": "ocpp1.6",
    }
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    headers.pop(without, None)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    size = len(payload)
    flag = 0x80 if masked else 0
    if size < 126:
        head = bytes([first, flag | size])
    elif size < 65536:
        head = bytes([first, flag | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, flag | 127]) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    mask = b"\x37\xfa\x21\x3d"  # of the RFC: names of tests must not change from run to run
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
