"""What passes between the server that owns the sockets and the central system that owns their meaning."""

from typing import Literal, Protocol

import msgspec

from chargeproof.central_system.client_hello import ClientHello
from chargeproof.central_system.station_trust import ClientCertificate
from chargeproof.trace import SecuritySeen


class TlsSeen(msgspec.Struct, frozen=True):
    """What a TLS handshake came to. server_certificate: the kind that was shown, RSA or ECDSA.

    hello: what the station offered; None where that could not be read.
    """

    protocol: str
    cipher: str
    server_certificate: str = ""
    client: ClientCertificate | None = None
    hello: ClientHello | None = None

    def __str__(self) -> str:
        return f"{self.protocol} {self.cipher}"


class Handshake(msgspec.Struct, frozen=True):
    """What a client sent when it connected.

    `path` is the request target exactly as sent, `charge_point_id` its last non-empty segment,
    percent-decoded ("" if there is none), `offered` the sub-protocols in the client's order, `remote`
    "address:port", `tls` e.g. "TLSv1.3 TLS_AES_128_GCM_SHA256", `secured` the same with all that TLS proved.
    The password is never logged, and `headers` come without Authorization.
    """

    path: str
    charge_point_id: str
    offered: tuple[str, ...]
    user: str | None
    password: bytes | None
    remote: str
    tls: str | None
    headers: tuple[tuple[str, str], ...] = ()
    secured: TlsSeen | None = None


class Admission(msgspec.Struct, frozen=True):
    """The answer to a handshake. `reset`: close the TCP connection with RST and send no byte of HTTP.

    security: which profile the handshake amounts to, and what it used; None if it never came so far.
    try_again_s: what Retry-After says; None leaves it to the server.
    even_unoffered: the sub-protocol is answered though it was not offered, to see what the station does.
    """

    accepted: bool
    reset: bool = False
    http_status: int = 101
    reason: str = ""
    hint: str = ""
    subprotocol: str | None = None
    security: SecuritySeen | None = None
    try_again_s: float | None = None
    even_unoffered: bool = False


class Link(Protocol):
    """Our end of one open socket."""

    def send(self, text: str) -> None:
        """Send one whole text message; ignored once the socket is closing."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Begin the closing handshake of WebSocket."""
        ...

    def abort(self) -> None:
        """Reset the TCP connection."""
        ...


class Session(Protocol):
    """What the central system does with one open socket; made for each that it accepted."""

    def received(self, text: str | bytes) -> None:
        """One whole message; bytes if it was binary or is not UTF-8."""
        ...

    def pong(self) -> None: ...

    def ping_unanswered(self) -> None:
        """The first ping of this socket was let go by; told once."""
        ...

    def closed(
        self, code: int | None, reason: str, by: Literal["charge_point", "central_system", "network"]
    ) -> None:
        """Called once. `code`: None when no close code was sent or received."""
        ...


class SignedCertificate(msgspec.Struct, frozen=True):
    """What an authority makes of a signing request.

    chain_pem: the station's certificate first, then those above it without the root; None when it refused,
    for the reason given.
    """

    chain_pem: str | None = None
    refusal: str = ""


class FirmwareSignature(msgspec.Struct, frozen=True):
    """What a station needs to trust a firmware file.

    certificate_pem: the signing certificate, issued under the manufacturer's root. signature: base64, over
    the SHA-256 digest of the file.
    """

    certificate_pem: str
    signature: str


class CertificateAuthority(Protocol):
    """Whoever signs certificates of stations: the embedded authority or one outside.

    May suspend on futures and tasks of its own only.
    """

    async def sign(self, csr_pem: str, charge_point_id: str) -> SignedCertificate:
        """Judge and sign a request. Raises nothing for what a station does."""
        ...


class FirmwareSigner(Protocol):
    """Whoever signs firmware for stations."""

    async def sign_firmware(self, content: bytes) -> FirmwareSignature: ...
