"""The embedded authority as a program that serves uses it: made when first needed, its files read in threads."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509

from chargeproof.central_system.certificate_making import Request
from chargeproof.central_system.certificates import Authority, IssuedCertificate
from chargeproof.central_system.ports import FirmwareSignature, SignedCertificate

T = TypeVar("T")


class EmbeddedAuthority:
    """Fulfils `ports.CertificateAuthority` and `ports.FirmwareSigner`. Its keys take a second to make."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now
        self._made: Authority | None = None

    @property
    def exists(self) -> bool:
        """Whether it was made, now or by an earlier run."""
        return self._made is not None or (self._folder / "issuing.pem").exists()

    def made(self) -> Authority:
        if self._made is None:
            self._made = Authority(self._folder, self._now)
        return self._made

    async def sign(self, csr_pem: str, charge_point_id: str) -> SignedCertificate:
        return await (await self._in_time()).sign(csr_pem, charge_point_id)

    async def sign_firmware(self, content: bytes) -> FirmwareSignature:
        return await (await self._in_time()).sign_firmware(content)

    # For tests of what a station believes.

    def issue_for_test(self, request: Request, at: datetime) -> str:
        return self.made().issue_for_test(request, at)

    def root_again(self, at: datetime) -> str:
        return self.made().root_again(at)

    def root_pem(self) -> str:
        return self.made().root_pem()

    # For people.

    async def issued(self) -> list[IssuedCertificate]:
        """Everything that it issued, oldest first; nothing where it was never made."""
        if not self.exists:
            return []
        made = await self._in_time()
        return await asyncio.to_thread(made.issued)

    async def revoke(self, which: str) -> list[IssuedCertificate]:
        """Raises UsageError if there is no valid one of that serial number or station."""
        made = await self._in_time()
        return made.revoke(which)

    async def certificate_pem(self, serial: str) -> str | None:
        """One that it issued."""
        if not any(item.serial == serial for item in await self.issued()):
            return None
        file = self.made().certificate_file(serial)
        return await asyncio.to_thread(file.read_text, "ascii") if file.exists() else None

    async def root(self) -> x509.Certificate:
        return (await self._in_time()).root

    async def authorities(self) -> list[x509.Certificate]:
        """The root, and the issuing one below it; nothing where it was never made."""
        if not self.exists:
            return []
        made = await self._in_time()
        return [made.root, made.issuing]

    async def _in_time(self) -> Authority:
        if self._made is None:
            now = self._now()
            await asyncio.to_thread(Authority, self._folder, lambda: now)  # makes the files
        return self.made()
