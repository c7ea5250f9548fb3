"""Passes TCP streams on between stations and the upstream, byte for byte; a ``Tap`` reads along.

Of the whole traffic only the request's Host and path are written anew. Pings, closes, fragments, compression and
whatever is wrong with a message are between the two ends. Where the upstream is away, the station's connection is
reset without an answer, as if nobody listened: it then tries again as it always does.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable

from chargeproof.central_system.ports import Admission
from chargeproof.central_system.tcp import reset
from chargeproof.central_system.upgrade import (
    MAX_HEAD_BYTES,
    BadRequest,
    handshake_of,
    http_answer,
    read_request,
)
from chargeproof.errors import UsageError, cannot_listen
from chargeproof.proxy.heads import Upstream, passed_on, split_head
from chargeproof.proxy.records import Records
from chargeproof.proxy.tap import Tap
from chargeproof.trace import Sender

logger = logging.getLogger(__name__)

BLOCK_BYTES = 64 * 1024
HEAD_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 5.0
NAMELESS = "unnamed"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Listens for stations. ``own_tls``: stations connect by wss; ``upstream_tls``: for an upstream with wss."""

    def __init__(
        self,
        upstream: Upstream,
        records: Records,
        *,
        host: str,
        port: int,
        on_news: Callable[[str], None],
        own_tls: ssl.SSLContext | None = None,
        upstream_tls: ssl.SSLContext | None = None,
    ) -> None:
        self.upstream = upstream
        self._records = records
        self._host = host
        self._port = port
        self._on_news = on_news
        self._own_tls = own_tls
        self._upstream_tls = upstream_tls or (ssl.create_default_context() if upstream.is_tls else None)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that is listened on, also when 0 was asked for."""
        if self._server is not None and self._server.sockets:
            return int(self._server.sockets[0].getsockname()[1])
        return self._port

    async def start(self) -> None:
        """Raises UsageError if the address cannot be used."""
        if not 0 <= self._port <= 65535:
            raise UsageError(f"port {self._port} does not exist", remedy="Choose a port from 1 to 65535")
        try:
            self._server = await asyncio.start_server(
                self._accepted, self._host, self._port, ssl=self._own_tls, backlog=1024
            )
        except OSError as error:
            raise cannot_listen("the proxy", self._host, self._port, error) from error

    async def stop(self) -> None:
        """Listen no more, close what is open and wait until it is."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        _keep_alive(writer)
        try:
            await self._serve(reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            logger.info("a connection ended: %r", error)
        except asyncio.CancelledError:
            logger.info("a connection was ended as the proxy stops")  # by nobody but stop()
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head, tail = await _read_head(reader)
            request = read_request(head)
        except BadRequest as error:
            writer.write(http_answer(Admission(accepted=False, http_status=400, reason=str(error))))
            await writer.drain()
            return
        handshake = handshake_of(request, _address(writer), _tls(writer))
        name = handshake.charge_point_id or NAMELESS
        tap = Tap(self._records.of(name), handshake, self._on_news)
        try:
            far = await self._reach_upstream()
        except (OSError, TimeoutError) as error:
            reason = _reason(error)
            tap.unreachable(reason)
            self._on_news(f"{name} was turned away: {self.upstream} cannot be reached ({reason})")
            reset(writer.transport)  # type: ignore[arg-type]
            return
        self._on_news(f"{name} connects from {handshake.remote}")
        try:
            far[1].write(passed_on(head, request, self.upstream) + tail)
            tap.passed("charge_point", tail)
            await _exchange((reader, writer), far, tap)
        except asyncio.CancelledError:
            tap.stopped()
            raise
        finally:
            far[1].close()
            tap.ended()
            self._on_news(f"{name} is gone")

    async def _reach_upstream(self) -> Streams:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            streams = await asyncio.open_connection(
                self.upstream.host,
                self.upstream.port,
                ssl=self._upstream_tls if self.upstream.is_tls else None,
                server_hostname=self.upstream.host if self.upstream.is_tls else None,
            )
        _keep_alive(streams[1])
        return streams


async def _read_head(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The request's head and what came with it. Raises BadRequest, TimeoutError, OSError."""
    received = b""
    async with asyncio.timeout(HEAD_TIMEOUT_S):
        while (parts := split_head(received)) is None:
            block = await reader.read(BLOCK_BYTES)
            if not block:
                raise ConnectionResetError("the station left before its request was complete")
            received += block
            if len(received) > MAX_HEAD_BYTES and split_head(received) is None:
                raise BadRequest(f"the request head is longer than {MAX_HEAD_BYTES} bytes")
    return parts


async def _exchange(near: Streams, far: Streams, tap: Tap) -> None:
    """Pass on in both directions until both have ended; one that goes on alone has a few seconds more."""
    pumps = [
        asyncio.ensure_future(_pump(near[0], far[1], tap, "charge_point")),
        asyncio.ensure_future(_pump(far[0], near[1], tap, "central_system")),
    ]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        if not any(pump.done() and pump.exception() is not None for pump in pumps):
            await asyncio.wait(pumps, timeout=CLOSE_TIMEOUT_S)
    finally:
        for pump in pumps:
            pump.cancel()
        ended = await asyncio.gather(*pumps, return_exceptions=True)
        if any(isinstance(each, ConnectionError) for each in ended):
            for _, writer in (near, far):
                with contextlib.suppress(OSError):
                    reset(writer.transport)  # type: ignore[arg-type]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tap: Tap, sender: Sender) -> None:
    while block := await reader.read(BLOCK_BYTES):
        writer.write(block)
        tap.passed(sender, block)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def _address(writer: asyncio.StreamWriter) -> str:
    peer = writer.get_extra_info("peername")
    if not peer:
        return "unknown"
    return f"[{peer[0]}]:{peer[1]}" if ":" in peer[0] else f"{peer[0]}:{peer[1]}"


def _tls(writer: asyncio.StreamWriter) -> str | None:
    connection = writer.get_extra_info("ssl_object")
    if connection is None:
        return None
    cipher = connection.cipher()
    return f"{connection.version()} {cipher[0] if cipher else 'unknown'}"


def _reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return f"no connection within {CONNECT_TIMEOUT_S:g} s"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
