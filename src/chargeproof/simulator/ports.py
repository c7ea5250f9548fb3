"""What a simulated station needs from outside, and what it says when an act of a hand is impossible."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from chargeproof.ocpp.security_enums import SecurityEvent


class Wire(Protocol):
    """The station's end of an open WebSocket."""

    def send(self, text: str) -> None:
        """Hand one whole message to the socket; ignored when the socket is closed."""
        ...

    async def receive(self) -> str | bytes | None:
        """The next whole message, or None when the socket is closed."""
        ...

    async def close(self, code: int = 1000) -> None: ...


@runtime_checkable
class PingingWire(Protocol):
    """A wire that can also send WebSocket pings (configuration key WebSocketPingInterval)."""

    def ping(self) -> None: ...


class ClientIdentity(msgspec.Struct, frozen=True):
    """How a station shows who it is: its certificate and those above it, and its private key, in PEM."""

    chain_pem: str
    key_pem: str


CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)
"""Those that the whitepaper asks for with TLS 1.2, by OpenSSL's names; those without ECDHE for old RSA servers."""


class TlsHabits(msgspec.Struct, frozen=True, kw_only=True):
    """How a station speaks TLS. A good one speaks no version before 1.2, and checks its peer's certificate whole.

    oldest, newest: TLSv1 to TLSv1.3. checks: chain (a root that it trusts is behind it), name (of the host), time.
    """

    oldest: str = "TLSv1.2"
    newest: str = "TLSv1.3"
    ciphers: tuple[str, ...] = CIPHERS
    checks: frozenset[str] = frozenset({"chain", "name", "time"})


class DialCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What a station with the security extension dials with.

    profile: its security profile: 0 none, 1 password, 2 TLS and password, 3 TLS with a certificate of its own.
    roots_pem: whom it trusts to vouch for the central system; for TLS only. user: None is the station's id.
    """

    profile: int
    password: bytes | None = None
    roots_pem: tuple[str, ...] = ()
    identity: ClientIdentity | None = None
    user: str | None = None
    tls: TlsHabits = TlsHabits()


class Dial(Protocol):
    """Opens a socket to the central system.

    Without credentials it connects as it was made to. Raises OSError (no TCP), TlsRefused (it is not the
    central system that the station trusts) or DialRefused (an HTTP answer).
    """

    async def __call__(
        self, charge_point_id: str, subprotocols: Sequence[str], credentials: DialCredentials | None = None
    ) -> Wire: ...


class TlsRefused(OSError):
    """The station broke the TLS handshake off; `event` is the security event that says why."""

    def __init__(self, reason: str, event: SecurityEvent) -> None:
        super().__init__(reason)
        self.event = event


@runtime_checkable
class ShapedDial(Protocol):
    """A dial whose upgrade request can be shaped, for stations that write a bad one."""

    def with_headers(self, headers: Mapping[str, str]) -> Dial:
        """The same way to the central system, with just these headers besides the sub-protocols."""
        ...


class DialRefused(Exception):
    """The central system answered the handshake with an HTTP status other than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the central system answered the handshake with HTTP {status}")
        self.status = status


class FileTransfer(Protocol):
    """FTP and HTTP, with TLS or without, as the station's software sees them. Both raise TransferError."""

    async def download(self, url: str) -> bytes: ...

    async def upload(self, url: str, name: str, content: bytes) -> None:
        """Store `content` under `name` in the directory `url`."""
        ...


@runtime_checkable
class TrustingTransfer(Protocol):
    """A transfer that can be told whom to believe, for stations that keep root certificates."""

    def trusting(self, roots: Callable[[], Sequence[str]]) -> FileTransfer:
        """The same one, for file servers that one of these roots (PEM, asked for each time) vouches for."""
        ...


class TransferError(Exception):
    """A file could not be fetched or stored; the message says why."""


class CannotBeDone(Exception):
    """The act is impossible at this moment, e.g. a plug in an outlet that has one."""


class UnsupportedAct(Exception):
    """This station has no such part, e.g. no sensor in the parking bay."""
