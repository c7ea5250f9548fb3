"""How stations are secured, what they trust, and the certificates that were issued for them."""

from collections.abc import AsyncIterator, Sequence
from typing import Unpack

from chargeproof.client.connection import Connection
from chargeproof.client.filters import CertificateFilter, SecurityEventFilter
from chargeproof.ocpp.security_enums import CertificateUse, HashAlgorithm
from chargeproof.resources.base import Page
from chargeproof.resources.commands import Command
from chargeproof.resources.places import place
from chargeproof.resources.security import (
    AuthorityFacts,
    CertificateName,
    Issued,
    RequiredProfileWanted,
    RootOnStation,
    RootsOnStation,
    RootWanted,
    SecurityChange,
    SecurityChangeWanted,
    SecurityEvent,
    StationSecurity,
)

STATIONS = "/charge-points"
WAIT_S = 30.0


class Security:
    """Profiles, passwords and certificates of stations. What is proved is what a connection used."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, charge_point_id: str) -> StationSecurity:
        return await self._connection.get(_security_of(charge_point_id), StationSecurity)

    async def require_profile(self, charge_point_id: str, profile: int | None) -> StationSecurity:
        """What it must at least use from its next connection on; None: only what is asked of all."""
        path = _security_of(charge_point_id, "required-profile")
        return await self._connection.put(path, StationSecurity, RequiredProfileWanted(profile=profile))

    async def changes(self, charge_point_id: str) -> Sequence[SecurityChange]:
        path = _security_of(charge_point_id, "changes")
        return (await self._connection.get(path, Page[SecurityChange])).items

    async def change(self, charge_point_id: str, change_id: str) -> SecurityChange:
        return await self._connection.get(_security_of(charge_point_id, "changes", change_id), SecurityChange)

    async def start_change(
        self, charge_point_id: str, wanted: SecurityChangeWanted, *, wait_s: float = WAIT_S
    ) -> SecurityChange:
        """Over the wire. Returns when it has ended, or after ``wait_s`` with the state that it has then."""
        path = _security_of(charge_point_id, "changes")
        return await self._connection.post(path, SecurityChange, wanted, wait_s=wait_s, wait=wait_s)

    def events(
        self, charge_point_id: str | None = None, **narrowed: Unpack[SecurityEventFilter]
    ) -> AsyncIterator[SecurityEvent]:
        """What stations notified, the newest first; without a station: of all."""
        path = "/security-events"
        if charge_point_id is not None:
            path = STATIONS + place(charge_point_id, "security-events")
        return self._connection.pages(path, SecurityEvent, **narrowed)

    async def roots(self, charge_point_id: str) -> RootsOnStation:
        """The root certificates that it trusts, as it last said."""
        return await self._connection.get(_roots_of(charge_point_id), RootsOnStation)

    async def read_roots(self, charge_point_id: str) -> RootsOnStation:
        """Ask the station itself."""
        return await self._connection.post(_roots_of(charge_point_id, "read"), RootsOnStation, wait_s=WAIT_S)

    async def install_root(
        self,
        charge_point_id: str,
        use: CertificateUse,
        certificate: str | None = None,
        *,
        wait_s: float = WAIT_S,
    ) -> Command:
        """``certificate``: PEM; without one, the root of the embedded authority."""
        wanted = RootWanted(use=use, certificate=certificate)
        path = _roots_of(charge_point_id)
        return await self._connection.post(path, Command, wanted, wait_s=wait_s, wait=wait_s)

    async def delete_root(
        self, charge_point_id: str, root: RootOnStation, *, wait_s: float = WAIT_S
    ) -> Command:
        """``root``: one of those that it said it has."""
        named = CertificateName(
            hash_algorithm=HashAlgorithm(root.hash_algorithm),
            issuer_name_hash=root.issuer_name_hash,
            issuer_key_hash=root.issuer_key_hash,
            serial_number=root.serial_number,
        )
        path = _roots_of(charge_point_id, "delete")
        return await self._connection.post(path, Command, named, wait_s=wait_s, wait=wait_s)


class Certificates:
    """What the embedded authority issued; ``serial`` in hexadecimal."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, **narrowed: Unpack[CertificateFilter]) -> AsyncIterator[Issued]:
        """The newest first."""
        return self._connection.pages("/certificates", Issued, **narrowed)

    async def get(self, serial: str) -> bytes:
        """The certificate itself, as PEM."""
        return await self._connection.get_bytes("/certificates" + place(serial))

    async def revoke(self, serial: str) -> Issued:
        """Refused from now on; open connections stay."""
        return await self._connection.post("/certificates" + place(serial, "revocation"), Issued)

    async def authority(self) -> AuthorityFacts:
        """Who signs here, the root for stations, and what stations are shown."""
        return await self._connection.get("/certificate-authority", AuthorityFacts)


def _security_of(charge_point_id: str, *parts: str) -> str:
    return STATIONS + place(charge_point_id, "security", *parts)


def _roots_of(charge_point_id: str, *parts: str) -> str:
    return STATIONS + place(charge_point_id, "root-certificates", *parts)
