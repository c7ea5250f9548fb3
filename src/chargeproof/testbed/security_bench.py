"""The surroundings of a secured station in virtual time: an authority, TLS, a password, trust in our root."""

import base64
from datetime import datetime
from functools import cache

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from chargeproof.central_system.central_system import CentralSystem
from chargeproof.central_system.certificate_making import (
    CsrRefused,
    Key,
    Request,
    key_pem,
    make_certificate,
    name_of,
    new_key,
    read_csr,
)
from chargeproof.central_system.ports import FirmwareSignature, SignedCertificate
from chargeproof.central_system.station_trust import StationTrust, pem_of
from chargeproof.clock import Clock
from chargeproof.simulator.certificate_store import IDENTITY
from chargeproof.simulator.model import StationModel
from chargeproof.simulator.security import HIGHEST_PROFILE, PASSWORD_KEY, PROFILE_KEY
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.memory_dial import MemoryTls

ORGANIZATION = "Chargeproof"
HOST = "localhost"
DAYS = 3650
FIRST_PASSWORD = "00112233445566778899aabbccddeeff"  # noqa: S105 - of a station that lives for a test
FIRST_PROFILE = "2"


class BenchAuthority:
    """A root that signs everything, in memory. Fulfils what an authority and a signer of firmware are asked."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._key: Key = new_key("ECDSA")
        self.root: x509.Certificate = self._made(now)
        server_key = new_key("ECDSA")
        server = Request(name_of(HOST, ORGANIZATION), server_key.public_key(), "server", DAYS, (HOST,))
        self.server_chain = self.issue_for_test(server, now)
        self._firmware_key = ec.generate_private_key(ec.SECP256R1())

    def _made(self, at: datetime) -> x509.Certificate:
        request = Request(name_of("bench root", ORGANIZATION), self._key.public_key(), "authority", DAYS)
        return make_certificate(request, None, self._key, at)

    def root_pem(self) -> str:
        return pem_of(self.root)

    def root_again(self, at: datetime) -> str:
        return pem_of(self._made(at))

    def issue_for_test(self, request: Request, at: datetime) -> str:
        return pem_of(make_certificate(request, self.root, self._key, at))

    async def sign(self, csr_pem: str, charge_point_id: str) -> SignedCertificate:
        try:
            csr = read_csr(csr_pem, charge_point_id)
        except CsrRefused as refusal:
            return SignedCertificate(refusal=str(refusal))
        return SignedCertificate(chain_pem=self._station(csr.public_key(), csr.subject))

    def identity(self, charge_point_id: str) -> tuple[str, str]:
        """The chain and the key (PEM) of a station that has its certificate already."""
        key = new_key("ECDSA")
        name = name_of(charge_point_id, ORGANIZATION)
        return self._station(key.public_key(), name), key_pem(key).decode("ascii")

    def _station(self, key: object, name: x509.Name) -> str:
        request = Request(name, key, "station", DAYS)  # type: ignore[arg-type]
        return self.issue_for_test(request, self._now)

    async def sign_firmware(self, content: bytes) -> FirmwareSignature:
        key = self._firmware_key
        request = Request(name_of("firmware", ORGANIZATION), key.public_key(), "firmware", DAYS)
        signed = key.sign(content, ec.ECDSA(SHA256()))
        return FirmwareSignature(
            certificate_pem=self.issue_for_test(request, self._now),
            signature=base64.b64encode(signed).decode(),
        )


@cache
def bench_authority(now: datetime) -> BenchAuthority:
    """Made once in a process, since loops in virtual time all begin at the same moment."""
    return BenchAuthority(now)


def bench_tls(clock: Clock, authority: BenchAuthority) -> MemoryTls:
    """The port for TLS of a central system that this authority stands behind."""
    trust = StationTrust()
    trust.roots.append(authority.root)
    return MemoryTls(authority.server_chain, trust, clock, HOST)


def furnish(
    model: StationModel, root: str, *, password: str = FIRST_PASSWORD, profile: str = FIRST_PROFILE
) -> StationModel:
    """The model with trust in a root (PEM), and a password and a security profile unless it has its own."""
    if model.security is None:
        return model
    security = msgspec.structs.replace(
        model.security,
        central_system_roots=(root, *model.security.central_system_roots),
        manufacturer_roots=(root, *model.security.manufacturer_roots),
    )
    model = msgspec.structs.replace(model, security=security)
    for key, value in ((PASSWORD_KEY, password), (PROFILE_KEY, profile)):
        if model.keys[key].value in ("", "0"):
            model = model.with_key(key, value=value)
    return model


async def settle_in(
    central_system: CentralSystem, station: SimulatedStation, authority: BenchAuthority
) -> None:
    """Tell the central system the password, and give a station of profile 3 its certificate, before it comes."""
    if station.model.security is None:
        return
    keys = station.model.keys
    await central_system.set_password(station.charge_point_id, keys[PASSWORD_KEY].value)
    if keys[PROFILE_KEY].value == str(HIGHEST_PROFILE):
        chain, key = authority.identity(station.charge_point_id)
        station.memory[IDENTITY] = {"chain": chain, "key": key}
