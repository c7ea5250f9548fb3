"""The WebSocket server that charge stations connect to: ws://HOST:PORT/any/path/CHARGE_POINT_ID."""

import asyncio
import logging
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol, cast

from chargeproof.central_system.gate import Gate
from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.ports import Admission, Handshake, Link, Session, TlsSeen
from chargeproof.central_system.proxies import Proxies
from chargeproof.central_system.tcp import address_of, hang_up, reset
from chargeproof.central_system.tls import ServerTls
from chargeproof.central_system.tls_porch import TlsPorch
from chargeproof.central_system.upgrade import (
    MAX_HEAD_BYTES,
    BadRequest,
    UpgradeRequest,
    handshake_of,
    http_answer,
    read_request,
    refusal_of,
    split_head,
)
from chargeproof.central_system.websocket_transport import WebSocketLink
from chargeproof.errors import UsageError, cannot_listen

logger = logging.getLogger(__name__)

RETRY_AFTER_S = 30.0
TLS_BEGINS = b"\x16\x03"
HANDSHAKE_FAILURE = b"\x15\x03\x01\x00\x02\x02\x28"
"""The TLS alert that a client understands whom no TLS awaits (RFC 8446 section 6)."""
SPEAKS_TLS = Admission(
    accepted=False,
    http_status=0,
    reason="the station speaks TLS at the port for plain connections",
    hint="Let it connect to ws:// instead of wss://, or to the port for TLS",
)

Refused = Callable[[Handshake, Admission], None]


class Desk(Protocol):
    """What the server asks of the central system."""

    def admit(self, handshake: Handshake) -> Admission: ...

    def connected(self, handshake: Handshake, admission: Admission, link: Link) -> Session: ...


class Comer(Protocol):
    """A TCP connection, whatever it has come to."""

    def leave(self) -> None:
        """The server stops."""
        ...

    def abort(self) -> None: ...


class OcppServer:
    """Listens, reads handshakes, asks the central system and hands it the sockets that it admits.

    With `tls` this is a port for wss alone.
    `on_refused` is told of attempts that never reach `admit`, because they are no WebSocket handshake, came
    too slowly or were too many. Handshakes with an empty path stand for requests that could not be read.
    """

    def __init__(
        self,
        central_system: Desk,
        *,
        host: str,
        port: int,
        tls: ServerTls | None = None,
        limits: ServerLimits | None = None,
        on_refused: Refused | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        self.proxies = proxies or Proxies()
        self.central_system = central_system
        self.limits = limits or ServerLimits()
        self.on_refused = on_refused
        self._host = host
        self._port = port
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._stopping = False
        self._connections: set[Comer] = set()
        self._undecided: dict[Comer, None] = {}
        self._all_gone = asyncio.Event()
        limits = self.limits
        self.gate = Gate(limits.handshakes_per_s, limits.handshake_burst, limits.handshake_timeout_s)

    @property
    def port(self) -> int:
        """The port that is listened on, also when 0 was asked for."""
        if self._server is not None and self._server.sockets:
            return int(self._server.sockets[0].getsockname()[1])
        return self._port

    @property
    def connections(self) -> int:
        """TCP connections that are open, in whatever state."""
        return len(self._connections)

    async def start(self) -> None:
        """Raises UsageError if the address cannot be used."""
        if not 0 <= self._port <= 65535:
            raise UsageError(f"port {self._port} does not exist", remedy="Choose a port from 1 to 65535")
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                self._comer, self._host, self._port, backlog=self.limits.backlog
            )
        except OSError as error:
            raise cannot_listen("the WebSocket server", self._host, self._port, error) from error
        for listening in self._server.sockets:
            _keep_alive(listening)

    async def stop(self) -> None:
        """Close every WebSocket with 1001 and wait until all are gone; who does not answer is reset."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.leave()
        try:
            # The peer has one time-out to answer our Close and one to close its end of TCP.
            async with asyncio.timeout(2 * self.limits.close_timeout_s + 1):
                await self._gone()
        except TimeoutError:
            for connection in tuple(self._connections):
                connection.abort()
            await self._gone()
        if self._server is not None:
            await self._server.wait_closed()

    def make_room(self) -> bool:
        """Whether there is room for one that has opened. Whoever has waited longest without being admitted
        goes for it; nobody who was admitted does."""
        if len(self._connections) > self.limits.max_connections and len(self._undecided) > 1:
            oldest = next(iter(self._undecided))
            self.lost(oldest)
            oldest.abort()
        return not self._stopping and len(self._connections) <= self.limits.max_connections

    def report(self, handshake: Handshake, refusal: Admission) -> None:
        """An attempt that never reaches the central system."""
        if self.on_refused is not None:
            self.on_refused(handshake, refusal)

    def opened(self, connection: Comer) -> None:
        self._connections.add(connection)
        self._undecided[connection] = None

    def admitted(self, connection: Comer) -> None:
        self._undecided.pop(connection, None)

    def lost(self, connection: Comer) -> None:
        self._connections.discard(connection)
        self._undecided.pop(connection, None)
        if not self._connections:
            self._all_gone.set()

    def _comer(self) -> asyncio.Protocol:
        if self._tls is None:
            return Doorstep(self)
        return TlsPorch(self, self._tls, lambda: Doorstep(self, through_gate=True))

    async def _gone(self) -> None:
        while self._connections:
            self._all_gone.clear()
            await self._all_gone.wait()


class Doorstep(asyncio.Protocol):
    """One TCP connection until its handshake is decided."""

    __slots__ = (
        "_at_gate",
        "_finished",
        "_link",
        "_received",
        "_remote",
        "_secured",
        "_server",
        "_through_gate",
        "_timer",
        "_transport",
    )

    def __init__(self, server: OcppServer, *, through_gate: bool = False) -> None:
        self._server = server
        self._through_gate = through_gate
        self._received = b""
        self._link: WebSocketLink | None = None
        self._at_gate = self._finished = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._remote = address_of(transport.get_extra_info("peername"))
        self._secured: TlsSeen | None = transport.get_extra_info("tls_seen")
        self._server.opened(self)
        if not self._server.make_room():
            self._refuse_unread(503, "the central system has no room for one more connection")
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._server.limits.handshake_timeout_s, self._too_slow)

    def data_received(self, data: bytes) -> None:
        if self._finished:
            return
        self._received += data
        if self._at_gate:  # frames may follow the request before the answer to it
            if len(self._received) > MAX_HEAD_BYTES:
                self._refuse_unread(400, "frames came before the handshake was answered")
            return
        if self._received.startswith(TLS_BEGINS):
            self._transport.write(HANDSHAKE_FAILURE)
            self._report(self._unread(), SPEAKS_TLS)
            self._hang_up()
            return
        parts = split_head(self._received)
        if len(self._received if parts is None else parts[0]) > MAX_HEAD_BYTES:
            self._refuse_unread(431, f"the request head is longer than {MAX_HEAD_BYTES} bytes")
        elif parts is not None:
            self._decide(*parts)

    def connection_lost(self, exc: Exception | None) -> None:
        self._decide_nothing_more()
        self._server.lost(self)

    def leave(self) -> None:
        """The server stops."""
        if self._link is not None:
            self._link.close(1001, "the central system stops")
        else:
            self._transport.abort()

    def abort(self) -> None:
        self._transport.abort()

    def _decide(self, head: bytes, tail: bytes) -> None:
        try:
            request = read_request(head)
        except BadRequest as error:
            self._refuse_unread(400, str(error))
            return
        self._at_gate, self._received = True, b""
        if self._timer is not None:
            self._timer.cancel()
        if self._through_gate:
            self._let_in(request, tail)
            return
        try_again_s = self._server.gate.enter(partial(self._let_in, request, tail))
        if try_again_s is not None:
            self._refuse_unread(503, "too many charge points connect at once", try_again_s)

    def _let_in(self, request: UpgradeRequest, tail: bytes) -> None:
        if self._finished or self._transport.is_closing():
            return
        tail += self._received
        remote = self._server.proxies.client_behind(self._remote, request.value("x-forwarded-for"))
        handshake = handshake_of(request, remote, self._tls, self._secured)
        limits = self._server.limits
        refusal = refusal_of(request, require_connection_upgrade=limits.require_connection_upgrade)
        if refusal is not None:
            self._report(handshake, refusal)
            self._answer(refusal)
            return
        try:
            admission = self._server.central_system.admit(handshake)
        except Exception:
            logger.exception("the central system failed on a handshake")
            self._answer(Admission(accepted=False, http_status=500, reason="internal error"))
            return
        if admission.reset:
            self._decide_nothing_more()
            reset(self._transport)
        elif admission.accepted:
            self._open(request, handshake, admission, tail)
        else:
            self._answer(admission)

    def _open(self, request: UpgradeRequest, handshake: Handshake, admission: Admission, tail: bytes) -> None:
        self._decide_nothing_more()
        self._server.admitted(self)
        fits = admission.even_unoffered or admission.subprotocol in handshake.offered
        subprotocol = admission.subprotocol if fits else None

        def connect(link: Link) -> Session:
            return self._server.central_system.connected(handshake, admission, link)

        self._link = WebSocketLink(self._transport, self._server.limits, connect, self._link_gone)
        self._link.start(request.value("sec-websocket-key") or "", subprotocol, tail)

    def _link_gone(self) -> None:
        self._server.lost(self)

    def _too_slow(self) -> None:
        seconds = self._server.limits.handshake_timeout_s
        self._refuse_unread(408, f"no complete request came within {seconds:g} s")

    def _refuse_unread(self, status: int, reason: str, try_again_s: float = RETRY_AFTER_S) -> None:
        refusal = Admission(accepted=False, http_status=status, reason=reason)
        self._report(self._unread(), refusal)
        self._answer(refusal, try_again_s)

    @property
    def _tls(self) -> str | None:
        return None if self._secured is None else str(self._secured)

    def _unread(self) -> Handshake:
        return Handshake("", "", (), None, None, self._remote, self._tls, secured=self._secured)

    def _report(self, handshake: Handshake, refusal: Admission) -> None:
        self._server.report(handshake, refusal)

    def _answer(self, refusal: Admission, try_again_s: float = RETRY_AFTER_S) -> None:
        self._transport.write(http_answer(refusal, refusal.try_again_s or try_again_s))
        self._hang_up()

    def _hang_up(self) -> None:
        self._decide_nothing_more()
        hang_up(self._transport, self._server.limits.close_timeout_s, lambda: self._server.lost(self))

    def _decide_nothing_more(self) -> None:
        self._finished = True
        self._received = b""
        if self._timer is not None:
            self._timer.cancel()


def _keep_alive(connection: socket.socket) -> None:
    """Let the kernel find peers that vanished without a word, also those that answer no ping.

    A connection takes these over from the socket that it came to.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds_or_count in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if (option := getattr(socket, name, None)) is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, seconds_or_count)
