"""The way in at the TLS port: who speaks TLS is led to the doorstep, of the others it is kept why they failed."""

import asyncio
import ssl
from collections.abc import Callable
from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING, cast

from chargeproof.central_system.client_hello import (
    MAX_HELLO_BYTES,
    ClientHello,
    NotTls,
    read_client_hello,
    record_length,
)
from chargeproof.central_system.ports import Admission, Handshake
from chargeproof.central_system.tcp import address_of, hang_up
from chargeproof.central_system.tls import ServerTls, explain_failure
from chargeproof.central_system.tls_transport import TlsTransport
from chargeproof.central_system.upgrade import http_answer

if TYPE_CHECKING:
    from chargeproof.central_system.server import OcppServer

SPEAKS_PLAINLY = Admission(
    accepted=False,
    http_status=400,
    reason="the station speaks plain WebSocket at the port for TLS",
    hint="Let it connect to wss:// instead of ws://, or to the port for plain connections",
)
NO_TLS = ("these bytes are not TLS", "Charge stations connect here by wss://")
OLD_ON_PURPOSE = ("the station does not speak TLS 1.1", "Nothing else is spoken with it, as a part of a test")
REQUEST_BEGINS = (b"GET ", b"HEAD", b"POST", b"PUT ", b"OPTI", b"CONN")
LONGEST_WORD = 4


class Stage(Enum):
    """HELLO: the first message is awaited or waits at the gate. SHAKING: the handshake. WITHIN: it is complete."""

    HELLO = auto()
    SHAKING = auto()
    WITHIN = auto()
    FAILED = auto()


class TlsPorch(asyncio.Protocol):
    """One TCP connection at the TLS port: hello, handshake, then bytes in both directions."""

    __slots__ = (
        "_doorstep",
        "_hello",
        "_received",
        "_remote",
        "_server",
        "_stage",
        "_timer",
        "_tls",
        "_transport",
    )

    def __init__(
        self, server: "OcppServer", tls: ServerTls, doorstep: Callable[[], asyncio.Protocol]
    ) -> None:
        self._server = server
        self._doorstep = doorstep
        self._received = b""
        self._hello: ClientHello | None = None
        self._stage = Stage.HELLO
        self._tls: ServerTls | TlsTransport = tls
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._remote = address_of(transport.get_extra_info("peername"))
        self._server.opened(self)
        if not self._server.make_room():
            self._fail(503, "the central system has no room for one more connection")
            return
        self._start_timer()

    def data_received(self, data: bytes) -> None:
        if self._stage is Stage.WITHIN:
            cast(TlsTransport, self._tls).received(data)  # as a rule
        elif self._stage is Stage.SHAKING:
            self._shake_hands(data)
        elif self._stage is Stage.HELLO:
            self._received += data
            if self._hello is None:
                self._read_hello()

    def eof_received(self) -> bool:
        if self._stage is Stage.WITHIN:
            cast(TlsTransport, self._tls).ended()
            return True  # who is within decides when our end closes
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        if self._stage is Stage.WITHIN:
            cast(TlsTransport, self._tls).lost(exc)
            return
        if self._stage is Stage.SHAKING or self._received:
            self._report(0, *explain_failure(None, self._hello, old_ciphers=False))
        self._stage = Stage.FAILED
        self._server.lost(self)

    def pause_writing(self) -> None:
        if self._stage is Stage.WITHIN:
            cast(TlsTransport, self._tls).get_protocol().pause_writing()

    def resume_writing(self) -> None:
        if self._stage is Stage.WITHIN:
            cast(TlsTransport, self._tls).get_protocol().resume_writing()

    def leave(self) -> None:
        self._transport.abort()

    def abort(self) -> None:
        self._transport.abort()

    def _read_hello(self) -> None:
        try:
            length = record_length(self._received)
        except NotTls:
            self._speaks_no_tls()
            return
        if length is not None and length > MAX_HELLO_BYTES:
            self._fail(0, *NO_TLS)
        elif length is not None and len(self._received) >= length:
            self._hello = read_client_hello(self._received[:length]) or ClientHello((), ())
            # What costs time is the handshake, so the gate stands before it. Who waits there is not slow.
            self._stop_timer()
            try_again_s = self._server.gate.enter(self._begin)
            if try_again_s is not None:
                self._fail(503, "too many charge points connect at once")

    def _begin(self) -> None:
        if self._stage is not Stage.HELLO:
            return
        tls = cast(ServerTls, self._tls)
        self._stage = Stage.SHAKING
        self._start_timer()
        self._tls = TlsTransport(self._transport, tls.context_for(self._remote), self._hello, tls.clock)
        received, self._received = self._received, b""
        self._shake_hands(received)

    def _shake_hands(self, data: bytes) -> None:
        tls = cast(TlsTransport, self._tls)
        try:
            complete = tls.shake_hands(data)
        except ssl.SSLError as error:
            explained = explain_failure(error, self._hello, old_ciphers=tls.takes_old_ciphers)
            self._fail(0, *(OLD_ON_PURPOSE if tls.speaks_old_tls else explained))
            return
        if complete:
            self._stop_timer()
            self._stage = Stage.WITHIN
            self._server.lost(self)
            tls.begin(self._doorstep())

    def _speaks_no_tls(self) -> None:
        if len(self._received) < LONGEST_WORD:
            return
        if self._received[:LONGEST_WORD].upper() in REQUEST_BEGINS:
            self._transport.write(http_answer(SPEAKS_PLAINLY))
            self._fail(SPEAKS_PLAINLY.http_status, SPEAKS_PLAINLY.reason, SPEAKS_PLAINLY.hint)
        else:
            self._fail(0, *NO_TLS)

    def _too_slow(self) -> None:
        seconds = self._server.limits.handshake_timeout_s
        self._fail(408, f"no TLS handshake was completed within {seconds:g} s")

    def _fail(self, status: int, reason: str, hint: str = "") -> None:
        self._report(status, reason, hint)
        self._stage, self._received = Stage.FAILED, b""
        self._stop_timer()
        hang_up(self._transport, self._server.limits.close_timeout_s, partial(self._server.lost, self))

    def _report(self, status: int, reason: str, hint: str) -> None:
        versions = self._hello.versions if self._hello is not None else ()
        offered = f"{self._hello.newest_version} offered" if self._hello is not None and versions else None
        refusal = Admission(accepted=False, http_status=status, reason=reason, hint=hint)
        self._server.report(Handshake("", "", (), None, None, self._remote, offered), refusal)

    def _start_timer(self) -> None:
        timeout_s = self._server.limits.handshake_timeout_s
        self._timer = asyncio.get_running_loop().call_later(timeout_s, self._too_slow)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
