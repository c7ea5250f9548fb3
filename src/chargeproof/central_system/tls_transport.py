"""TLS over a TCP transport of the event loop, with what the loop's own keeps to itself.

The alert of a failed handshake reaches the station, the failure reaches us with the station's first message,
and the write side can be closed alone, so that last words arrive.
"""

import asyncio
import ssl
from contextlib import suppress
from typing import Any, cast

from chargeproof.central_system.client_hello import ClientHello
from chargeproof.central_system.frame_parser import feed
from chargeproof.central_system.ports import TlsSeen
from chargeproof.central_system.tls import TlsContext, certificate_kind
from chargeproof.clock import Clock

READ_BYTES = 64 * 1024


class TlsTransport(asyncio.Transport):
    """What is written goes encrypted to `lower`; what `received` is given goes decrypted to the protocol."""

    def __init__(
        self, lower: asyncio.Transport, context: TlsContext, hello: ClientHello | None, clock: Clock
    ) -> None:
        super().__init__()
        self._lower = lower
        self._context = context
        self._hello = hello
        self._clock = clock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.ssl.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._protocol: asyncio.BaseProtocol | None = None
        self._is_buffered = self._shut = False
        self.seen: TlsSeen | None = None

    def shake_hands(self, received: bytes) -> bool:
        """Take bytes of the handshake; whether it is complete. Raises ssl.SSLError; its alert is on the way."""
        self._incoming.write(received)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._flush()
        self.seen = self._look()
        return True

    def begin(self, protocol: asyncio.Protocol) -> None:
        """The handshake is complete: the protocol takes over, with what came behind it."""
        self.set_protocol(protocol)
        protocol.connection_made(self)
        self.received(b"")

    def received(self, content: bytes) -> None:
        """Bytes from the network."""
        if content:
            self._incoming.write(content)
        try:
            self._read_all()
        except ssl.SSLError:
            self._flush()  # the alert that says what was wrong
            self._lower.abort()
        else:
            self._flush()

    def _read_all(self) -> None:
        while self._protocol is not None and not self._lower.is_closing():
            try:
                plain = self._tls.read(READ_BYTES)
            except ssl.SSLWantReadError:
                return
            if not plain:  # close_notify
                self.ended()
                return
            if self._is_buffered:
                feed(self._protocol, plain)
            else:
                cast(asyncio.Protocol, self._protocol).data_received(plain)

    def ended(self) -> None:
        """The peer sends nothing more."""
        protocol = cast(asyncio.Protocol | None, self._protocol)
        if protocol is not None and not protocol.eof_received():
            self.close()

    def lost(self, error: Exception | None) -> None:
        """TCP is gone."""
        protocol, self._protocol = self._protocol, None
        if protocol is not None:
            protocol.connection_lost(error)

    @property
    def takes_old_ciphers(self) -> bool:
        return self._context.takes_old_ciphers

    @property
    def speaks_old_tls(self) -> bool:
        return self._context.speaks_old_tls

    def _look(self) -> TlsSeen:
        cipher = self._tls.cipher()
        name = cipher[0] if cipher else ""
        der = self._tls.getpeercert(binary_form=True)
        return TlsSeen(
            protocol=self._tls.version() or "",
            cipher=name,
            server_certificate=certificate_kind(self._context.kinds, name, self._hello),
            client=self._context.trust.read(der, self._clock.now()) if der else None,
            hello=self._hello,
        )

    def _flush(self) -> None:
        if self._outgoing.pending and not self._lower.is_closing():
            self._lower.write(self._outgoing.read())

    # What protocols ask of a transport.

    def write(self, data: Any) -> None:
        if not data or self._shut or self._lower.is_closing():
            return
        try:
            sent = self._tls.write(data)
            if sent < len(data):
                rest = memoryview(data)[sent:]
                while rest:
                    rest = rest[self._tls.write(rest) :]
        except ssl.SSLError:
            self._lower.abort()
            return
        self._flush()

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Say good-bye and go on reading."""
        if not self._shut and not self._lower.is_closing():
            self._say_goodbye()
            self._lower.write_eof()

    def close(self) -> None:
        if not self._lower.is_closing():
            self._say_goodbye()
            self._lower.close()

    def _say_goodbye(self) -> None:
        if self._shut:
            return
        self._shut = True
        with suppress(ssl.SSLError):  # it would wait for the peer's good-bye
            self._tls.unwrap()
        self._flush()

    def abort(self) -> None:
        self._lower.abort()

    def is_closing(self) -> bool:
        return self._lower.is_closing()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol
        self._is_buffered = isinstance(protocol, asyncio.BufferedProtocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        if self._protocol is None:
            raise RuntimeError("the handshake is not complete")
        return self._protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "ssl_object":
            return self._tls
        if name == "tls_seen":
            return self.seen
        return self._lower.get_extra_info(name, default)

    def pause_reading(self) -> None:
        self._lower.pause_reading()

    def resume_reading(self) -> None:
        self._lower.resume_reading()

    def is_reading(self) -> bool:
        return self._lower.is_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._lower.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        return self._lower.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._lower.get_write_buffer_limits()
