"""Certificates and signatures for tests of what a station believes: good ones, and each kind of wrong one."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol, runtime_checkable

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from chargeproof.acceptance.security.ports import (
    CertificateOffered,
    FirmwareOffered,
    RootOffered,
    ServerShown,
)
from chargeproof.acceptance.stage import CannotError
from chargeproof.central_system.certificate_making import (
    Key,
    Request,
    key_pem,
    make_certificate,
    name_of,
    new_key,
)
from chargeproof.central_system.station_trust import pem_of
from chargeproof.ocpp.security_enums import CertificateUse

ORGANIZATION = "chargeproof test"
DAYS = 30
LONG_AGO = timedelta(days=2 * DAYS)
ANOTHER_NAME = "not-this-one.invalid"


@runtime_checkable
class TestAuthority(Protocol):
    """An authority that stations believe, and that signs what no station may believe."""

    def issue_for_test(self, request: Request, at: datetime) -> str:
        """The chain of such a certificate, made as of that time."""
        ...

    def root_pem(self) -> str: ...

    def root_again(self, at: datetime) -> str:
        """Its root in PEM, made anew: the same name and key, so signed by the one before, under another number."""
        ...


class Papers:
    """Raises CannotError where an authority is needed that signs nothing wrong."""

    def __init__(self, authority: Callable[[], object], now: Callable[[], datetime]) -> None:
        self._authority = authority
        self._now = now

    def server(self, shown: ServerShown, names: Sequence[str]) -> tuple[str, str]:
        """The chain and the key (PEM) of a certificate of the central system; ``names``: of the right one."""
        key = new_key("ECDSA")
        wanted = tuple(names) if shown != "wrong name" else (ANOTHER_NAME,)
        request = Request(name_of(wanted[0], ORGANIZATION), key.public_key(), "server", DAYS, wanted)
        chain = self._issued(request, wrong_root=shown == "wrong root", expired=shown == "expired")
        return chain, key_pem(key).decode("ascii")

    def station(self, offered: CertificateOffered, csr: x509.CertificateSigningRequest) -> str:
        """The chain that answers a signing request with a certificate that the station must not take."""
        key = new_key("ECDSA").public_key() if offered == "wrong key" else csr.public_key()
        name = csr.subject if offered != "wrong name" else name_of(ANOTHER_NAME, ORGANIZATION)
        request = Request(name, key, "station", DAYS)  # type: ignore[arg-type]
        return self._issued(request, wrong_root=offered == "wrong root", expired=offered == "expired")

    def signing_certificate(self, offered: FirmwareOffered) -> tuple[str, ec.EllipticCurvePrivateKey]:
        """A certificate for firmware with its key, as a rule under the manufacturer's test root."""
        key = ec.generate_private_key(ec.SECP256R1())
        request = Request(name_of("firmware", ORGANIZATION), key.public_key(), "firmware", DAYS)
        whose = self._stranger if offered == "wrong root" else self._roots[CertificateUse.MANUFACTURER_ROOT]
        return whose.issue_for_test(request, self._at(expired=offered == "expired")), key

    def root_of_authority(self) -> str:
        """The root (PEM) of whoever signs here."""
        return self._trusted().root_pem()

    def test_root(self, use: CertificateUse) -> str:
        """A root (PEM) that no connection rests on."""
        return pem_of(self._roots[use].certificate)

    def following_root(self, offered: RootOffered) -> str:
        """A root (PEM) to stand in the place of that of whoever signs here."""
        trusted = self._trusted()
        if offered == "signed":
            return trusted.root_again(self._now())
        if offered == "stranger":
            return self._stranger.root_pem()
        named = x509.load_pem_x509_certificate(trusted.root_pem().encode()).subject
        return OwnRoot(named, self._now()).root_pem()

    def _issued(self, request: Request, *, wrong_root: bool, expired: bool) -> str:
        issuer = self._stranger if wrong_root else self._trusted()
        return issuer.issue_for_test(request, self._at(expired=expired))

    def _at(self, *, expired: bool) -> datetime:
        return self._now() - LONG_AGO if expired else self._now()

    def _trusted(self) -> TestAuthority:
        authority = self._authority()
        if not isinstance(authority, TestAuthority):
            raise CannotError("the certificate authority outside signs no certificates for tests")
        return authority

    @cached_property
    def _stranger(self) -> "OwnRoot":
        """Nobody trusts it."""
        return OwnRoot("chargeproof unknown root", self._now())

    @cached_property
    def _roots(self) -> dict[CertificateUse, "OwnRoot"]:
        return {use: OwnRoot(f"chargeproof test {use.value}", self._now()) for use in CertificateUse}


class OwnRoot:
    """A root that signs directly. Fulfils ``TestAuthority``."""

    def __init__(self, name: str | x509.Name, now: datetime) -> None:
        self._key: Key = new_key("ECDSA")
        self._name = name_of(name, ORGANIZATION) if isinstance(name, str) else name
        self.certificate: x509.Certificate = self._made(now)

    def _made(self, at: datetime) -> x509.Certificate:
        request = Request(self._name, self._key.public_key(), "authority", DAYS, path_length=1)
        return make_certificate(request, None, self._key, at)

    def issue_for_test(self, request: Request, at: datetime) -> str:
        return pem_of(make_certificate(request, self.certificate, self._key, at))

    def root_pem(self) -> str:
        return pem_of(self.certificate)

    def root_again(self, at: datetime) -> str:
        return pem_of(self._made(at))
