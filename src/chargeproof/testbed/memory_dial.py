"""How a station in the same loop reaches the central system; TLS is carried as facts, and checked as such."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from chargeproof.central_system.central_system import CentralSystem
from chargeproof.central_system.client_hello import ClientHello
from chargeproof.central_system.ports import Admission, Handshake, TlsSeen
from chargeproof.central_system.station_trust import ClientCertificate, StationTrust, dns_names
from chargeproof.clock import Clock
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.simulator.certificates import (
    CertificateError,
    check_chain,
    check_period,
    is_issued_by,
    read_chain,
)
from chargeproof.simulator.ports import (
    ClientIdentity,
    Dial,
    DialCredentials,
    DialRefused,
    TlsHabits,
    TlsRefused,
    Wire,
)
from chargeproof.testing.memory_link import MemoryLink, MemoryNetwork

UPGRADE_HEADERS = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
TLS_FROM_PROFILE = 2
REMOTE = "memory:0"
LEFT = "the station left during the TLS handshake"


@dataclass
class MemoryTls:
    """The TLS side of a central system: the certificate that it shows, and which stations it believes.

    host: the name under which stations dial it, which its certificate must bear. shown_pem: another chain that
    is shown for the time being. speaks_old_tls: TLS 1.1 and nothing else, likewise.
    Fulfils ``central_system.security_desk.Door``.
    """

    server_chain_pem: str
    trust: StationTrust
    clock: Clock
    host: str = "localhost"
    shown_pem: str | None = None
    speaks_old_tls: bool = False

    def names(self) -> tuple[str, ...]:
        return (self.host,)

    def show_to(self, _address: str, chain_pem: str, _key_pem: str) -> None:
        self.shown_pem = chain_pem

    def speak_old_tls_to(self, _address: str) -> None:
        self.speaks_old_tls = True

    def show_own_to(self, _address: str) -> None:
        self.shown_pem, self.speaks_old_tls = None, False

    def shake_hands(self, credentials: DialCredentials) -> TlsSeen:
        """Raises TlsRefused where the station does not believe, ConnectionError where the server does not."""
        now = self.clock.now()
        if self.speaks_old_tls and _VERSIONS[credentials.tls.oldest] > _VERSIONS["TLSv1.1"]:
            raise TlsRefused("the central system speaks TLS 1.1 alone", SecurityEvent.INVALID_TLS_VERSION)
        server = self._server_for(credentials, now)
        client = None if credentials.identity is None else self._client(credentials.identity, now)
        kind = "RSA" if isinstance(server.public_key(), rsa.RSAPublicKey) else "ECDSA"
        version, suite = self._chosen(credentials.tls, kind)
        return TlsSeen(version, suite, kind, client, _hello(credentials.tls))

    def _chosen(self, habits: TlsHabits, kind: str) -> tuple[str, str]:
        if self.speaks_old_tls:
            return "TLSv1.1", f"ECDHE-{kind}-AES256-SHA"
        if habits.newest == "TLSv1.3":
            return habits.newest, "TLS_AES_128_GCM_SHA256"
        return habits.newest, f"ECDHE-{kind}-AES128-GCM-SHA256"

    def _server_for(self, credentials: DialCredentials, now: datetime) -> x509.Certificate:
        chain = read_chain(self.shown_pem or self.server_chain_pem)
        roots = [one for pem in credentials.roots_pem for one in read_chain(pem)]
        checks = credentials.tls.checks
        try:
            if "chain" in checks and "time" in checks:
                check_chain(chain, roots, now)
            elif "chain" in checks and not any(is_issued_by(chain[-1], root) for root in roots):
                raise CertificateError("no trusted root stands behind it")
            elif "time" in checks:
                check_period(chain[0], now)
            if "name" in checks and self.host not in dns_names(chain[0]):
                raise CertificateError(f"the certificate is not for {self.host}")
        except CertificateError as error:
            raise TlsRefused(str(error), SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE) from error
        return chain[0]

    def _client(self, identity: ClientIdentity, now: datetime) -> ClientCertificate:
        chain = read_chain(identity.chain_pem)
        try:
            # Expiry is judged by the central system, which then can say so.
            check_chain(chain, self.trust.roots, min(now, chain[0].not_valid_after_utc))
        except CertificateError as error:
            raise ConnectionResetError(f"the central system does not believe: {error}") from error
        return self.trust.read(chain[0].public_bytes(Encoding.DER), now)


_VERSIONS = {"TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
_SUITES = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": 0xC02B,
    "ECDHE-ECDSA-AES256-GCM-SHA384": 0xC02C,
    "ECDHE-RSA-AES128-GCM-SHA256": 0xC02F,
    "ECDHE-RSA-AES256-GCM-SHA384": 0xC030,
    "AES128-GCM-SHA256": 0x009C,
    "AES256-GCM-SHA384": 0x009D,
}


def _hello(habits: TlsHabits) -> ClientHello:
    """What a station with these habits offers first."""
    spoken = range(_VERSIONS[habits.oldest], _VERSIONS[habits.newest] + 1)
    versions = sorted((number for number in _VERSIONS.values() if number in spoken), reverse=True)
    return ClientHello(tuple(versions), tuple(_SUITES[name] for name in habits.ciphers if name in _SUITES))


class MemoryDial:
    """How a station in the same loop opens a connection to the central system. Fulfils ``ShapedDial``.

    Without credentials it is a plain connection without a password. With security profile 2 or 3 it needs
    ``tls``; nobody listens for TLS otherwise.
    """

    def __init__(
        self,
        central_system: CentralSystem,
        headers: Mapping[str, str] = UPGRADE_HEADERS,
        tls: MemoryTls | None = None,
    ) -> None:
        self._central_system = central_system
        self._headers = tuple(headers.items())
        self._tls = tls

    async def __call__(
        self, charge_point_id: str, subprotocols: Sequence[str], credentials: DialCredentials | None = None
    ) -> Wire:
        secured = None
        if credentials is not None and credentials.profile >= TLS_FROM_PROFILE:
            if self._tls is None:
                raise ConnectionRefusedError("nobody listens for TLS")
            try:
                secured = self._tls.shake_hands(credentials)
            except TlsRefused:
                left = Admission(accepted=False, http_status=0, reason=LEFT)
                offered = f"{_hello(credentials.tls).newest_version} offered"
                self._central_system.refused(Handshake("", "", (), None, None, REMOTE, offered), left)
                raise
        password, user = (None, None) if credentials is None else (credentials.password, credentials.user)
        network = MemoryNetwork(partial(self._answer, password=password, user=user, secured=secured))
        return await network.dial(charge_point_id, subprotocols)

    def with_headers(self, headers: Mapping[str, str]) -> Dial:
        return MemoryDial(self._central_system, headers, self._tls)

    def _answer(
        self,
        charge_point_id: str,
        subprotocols: Sequence[str],
        link: MemoryLink,
        *,
        password: bytes | None,
        user: str | None,
        secured: TlsSeen | None,
    ) -> None:
        handshake = Handshake(
            path=f"/ocpp/{quote(charge_point_id, safe='')}",
            charge_point_id=charge_point_id,
            offered=tuple(subprotocols),
            user=None if password is None else user or charge_point_id,
            password=password,
            remote=REMOTE,
            tls=None if secured is None else str(secured),
            headers=self._headers,
            secured=secured,
        )
        admission = self._central_system.admit(handshake)
        if admission.reset:
            raise ConnectionResetError("connection reset by peer")
        if not admission.accepted:
            raise DialRefused(admission.http_status)
        link.wire.subprotocol = admission.subprotocol if subprotocols else None
        session = self._central_system.connected(handshake, admission, link)
        loop = asyncio.get_running_loop()
        link.on_text = session.received
        link.on_ping = lambda: None
        # A real socket tells of its end later, never from within the call that ends it.
        link.on_closed = lambda code, reason, by: _later(loop, session.closed, code, reason, by)


def _later(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: Any) -> None:
    loop.call_soon(call, *arguments)
