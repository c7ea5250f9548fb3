"""Two servers that send back what they get: ours, and that of the `websockets` library as a control."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal

from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.ports import Admission, Handshake, Link, Session
from chargeproof.central_system.server import OcppServer
from tests.central_system.raw_client import ACCEPTED

MAX_MESSAGE_BYTES = 100_000


class _EchoSession:
    def __init__(self, link: Link) -> None:
        self._link = link

    def received(self, text: str | bytes) -> None:
        assert isinstance(text, str)
        self._link.send(text)

    def ping_unanswered(self) -> None:
        pass

    def pong(self) -> None:
        pass

    def closed(
        self, code: int | None, reason: str, by: Literal["charge_point", "central_system", "network"]
    ) -> None:
        pass


class _EchoDesk:
    def admit(self, handshake: Handshake) -> Admission:
        return ACCEPTED

    def connected(self, handshake: Handshake, admission: Admission, link: Link) -> Session:
        return _EchoSession(link)


@asynccontextmanager
async def ours() -> AsyncIterator[int]:
    limits = ServerLimits(max_message_bytes=MAX_MESSAGE_BYTES, strict_utf8=True, close_timeout_s=1)
    server = OcppServer(_EchoDesk(), host="127.0.0.1", port=0, limits=limits)
    await server.start()
    try:
        yield server.port
    finally:
        await server.stop()


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@asynccontextmanager
async def control() -> AsyncIterator[int]:
    async with serve(
        _echo,
        "127.0.0.1",
        0,
        subprotocols=[Subprotocol("ocpp1.6")],
        max_size=MAX_MESSAGE_BYTES,
        compression=None,
        close_timeout=1,
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1]


EchoServer = Callable[[], AbstractAsyncContextManager[int]]
"""Gives the port of a server on this machine."""
EVERY_SERVER: dict[str, EchoServer] = {"ours": ours, "websockets": control}
