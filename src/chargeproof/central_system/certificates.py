"""The embedded authority: makes what a bench needs of certificates, in a folder of its own.

A root that stations are given, and an issuing key under it that signs servers, stations and firmware. Meant
for development and acceptance; who has an authority of his own names its roots, and a command that signs.
"""

import asyncio
import base64
import os
import shlex
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from chargeproof.central_system.certificate_making import (
    CsrRefused,
    Key,
    Request,
    key_pem,
    make_certificate,
    make_revocation_list,
    name_of,
    new_key,
    read_csr,
    read_key,
)
from chargeproof.central_system.key_files import replace_file, write_secret_once
from chargeproof.central_system.ports import FirmwareSignature, SignedCertificate
from chargeproof.central_system.station_trust import common_names, is_issued_by, pem_of
from chargeproof.central_system.tls import ServerIdentity
from chargeproof.errors import ToolError, UsageError

ORGANIZATION = "chargeproof development"
ROOT_DAYS, ISSUING_DAYS = 20 * 365, 10 * 365
SERVER_DAYS, STATION_DAYS, FIRMWARE_DAYS, LIST_DAYS = 397, 365, 2 * 365, 30
RENEW_BEFORE = timedelta(days=30)
AUTHORITY_BITS = 3072
KINDS = ("RSA", "ECDSA")
COMMAND_TIMEOUT_S = 60.0
T = TypeVar("T")


class IssuedCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the authority's book. purpose: server, station or firmware. `serial` in hexadecimal."""

    serial: str
    name: str
    purpose: str
    kind: str
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class Authority:
    """Fulfils `ports.CertificateAuthority` and `ports.FirmwareSigner`. Raises ToolError for its files."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder
        self._now = now
        self._book = folder / "issued.jsonl"
        self._revoked = folder / "revoked.jsonl"
        self.root_file = folder / "root.pem"
        self.station_roots_file = folder / "station-roots.pem"
        self.revocation_list_file = folder / "revoked.pem"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ToolError(
                f"the folder for certificates cannot be made: {error.strerror}", str(folder)
            ) from error
        self.root, self._root_key = self._authority("root", "root", None, ROOT_DAYS)
        self.issuing, self._key = self._authority(
            "issuing", "issuing", (self.root, self._root_key), ISSUING_DAYS
        )
        # A station that sends its certificate alone is believed too.
        roots = (pem_of(self.root) + pem_of(self.issuing)).encode()
        if not self.station_roots_file.exists() or self.station_roots_file.read_bytes() != roots:
            replace_file(self.station_roots_file, roots)
        self._write_revocation_list()

    # What it signs.

    def server_identities(self, hosts: Sequence[str]) -> tuple[ServerIdentity, ...]:
        """Certificates of both kinds for these names and addresses; made, or renewed when they end soon."""
        names = tuple(dict.fromkeys((*hosts, "localhost", "127.0.0.1", "::1")))
        return tuple(self._server_identity(kind, names) for kind in KINDS)

    def sign_request(self, csr_pem: str, charge_point_id: str) -> str:
        """The chain for a station: its certificate, then the issuing one. Raises CsrRefused."""
        csr = read_csr(csr_pem, charge_point_id)
        organizations = csr.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        organization = str(organizations[0].value) if organizations else ORGANIZATION
        key = csr.public_key()
        request = Request(name_of(charge_point_id, organization), key, "station", STATION_DAYS)  # type: ignore[arg-type]
        return self._chain(self._issue(request))

    async def sign(self, csr_pem: str, charge_point_id: str) -> SignedCertificate:
        try:
            return SignedCertificate(chain_pem=self.sign_request(csr_pem, charge_point_id))
        except CsrRefused as refusal:
            return SignedCertificate(refusal=str(refusal))

    async def sign_firmware(self, content: bytes) -> FirmwareSignature:
        key_file, file = self.folder / "firmware.key", self.folder / "firmware.pem"
        key = self._key_in(key_file, "ECDSA")
        request = Request(name_of("firmware", ORGANIZATION), key.public_key(), "firmware", FIRMWARE_DAYS)
        chain = self._kept(file, key, request)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ToolError("the key is not ECDSA", str(key_file), "Delete it; a new one is made")
        signature = key.sign(content, ec.ECDSA(SHA256()))
        return FirmwareSignature(certificate_pem=chain, signature=base64.b64encode(signature).decode())

    def issue_for_test(self, request: Request, at: datetime) -> str:
        """A chain as of another time or for another name, to try whom a station believes. Not in the book."""
        return self._chain(make_certificate(request, self.issuing, self._key, at))

    def root_pem(self) -> str:
        return pem_of(self.root)

    def root_again(self, at: datetime) -> str:
        """The root with the same name and key under another number, as of that time. Kept nowhere."""
        key = self._root_key
        request = Request(self.root.subject, key.public_key(), "authority", ROOT_DAYS, path_length=1)
        return pem_of(make_certificate(request, None, key, at))

    # Its book.

    def issued(self) -> list[IssuedCertificate]:
        """Everything that it issued, oldest first."""
        revoked = self._revocations()
        book = _lines(self._book, IssuedCertificate)
        return [msgspec.structs.replace(item, revoked_at=revoked.get(item.serial)) for item in book]

    def certificate_file(self, serial: str) -> Path:
        return self.folder / "issued" / f"{serial}.pem"

    def revoke(self, which: str) -> list[IssuedCertificate]:
        """Revoke a serial number, or all certificates of a station. Raises UsageError if there is none."""
        wanted = which.strip()
        found = [
            item
            for item in self.issued()
            if item.revoked_at is None
            and (item.serial == wanted.upper() or (item.name == wanted and item.purpose == "station"))
        ]
        if not found:
            raise UsageError(
                f"no valid certificate has the serial number or station {which!r}",
                remedy="`chargeproof certificates list` shows them",
            )
        at = self._now().replace(microsecond=0)
        with self._revoked.open("ab") as file:
            for item in found:
                file.write(msgspec.json.encode(_Revocation(serial=item.serial, at=at)) + b"\n")
        self._write_revocation_list()
        return [msgspec.structs.replace(item, revoked_at=at) for item in found]

    def _revocations(self) -> dict[str, datetime]:
        return {item.serial: item.at for item in _lines(self._revoked, _Revocation)}

    def _write_revocation_list(self) -> None:
        revoked = [(int(serial, 16), at) for serial, at in self._revocations().items()]
        if self._stands({serial for serial, _ in revoked}):
            return
        content = make_revocation_list(self.issuing, self._key, revoked, self._now(), LIST_DAYS)
        replace_file(self.revocation_list_file, content)

    def _stands(self, serials: set[int]) -> bool:
        """Whether the list says just that, and for some time yet: who watches the file is not woken for nothing."""
        if not self.revocation_list_file.exists():
            return False
        try:
            kept = x509.load_pem_x509_crl(self.revocation_list_file.read_bytes())
        except ValueError:
            return False
        until = kept.next_update_utc
        return (
            until is not None
            and until > self._now() + timedelta(days=LIST_DAYS / 2)
            and {entry.serial_number for entry in kept} == serials
        )

    # How it signs.

    def _authority(
        self, stem: str, title: str, above: tuple[x509.Certificate, Key] | None, days: int
    ) -> tuple[x509.Certificate, Key]:
        key = self._key_in(self.folder / f"{stem}.key", "RSA", AUTHORITY_BITS)
        file = self.folder / f"{stem}.pem"
        if file.exists():
            return _certificate_in(file), key
        made_on = self._now().strftime("%Y-%m-%d %H:%M")
        name = name_of(f"{ORGANIZATION} {title} of {made_on}", ORGANIZATION)
        length = 1 if above is None else 0
        request = Request(name, key.public_key(), "authority", days, path_length=length)
        issuer, issuer_key = above if above is not None else (None, key)
        certificate = make_certificate(request, issuer, issuer_key, self._now())
        replace_file(file, pem_of(certificate).encode())
        return certificate, key

    def _server_identity(self, kind: str, names: tuple[str, ...]) -> ServerIdentity:
        stem = f"server-{kind.lower()}"
        identity = ServerIdentity(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")
        key = self._key_in(identity.key, kind)
        request = Request(name_of(names[0], ORGANIZATION), key.public_key(), "server", SERVER_DAYS, names)
        self._kept(identity.certificate, key, request)
        return identity

    def _kept(self, file: Path, key: Key, request: Request) -> str:
        """The chain in the file; made anew if it is missing, ends soon or says something else."""
        if file.exists():
            kept = _certificate_in(file)
            if (
                kept.not_valid_after_utc > self._now() + RENEW_BEFORE
                and kept.public_key() == key.public_key()
                and set(request.names) <= _names_in(kept)
                and is_issued_by(kept, self.issuing)
            ):
                return file.read_text(encoding="ascii")
        chain = self._chain(self._issue(request))
        replace_file(file, chain.encode())
        return chain

    def _issue(self, request: Request) -> x509.Certificate:
        certificate = make_certificate(request, self.issuing, self._key, self._now())
        item = IssuedCertificate(
            serial=f"{certificate.serial_number:X}",
            name=", ".join(common_names(certificate.subject)),
            purpose=request.purpose,
            kind="ECDSA" if isinstance(request.key, ec.EllipticCurvePublicKey) else "RSA",
            issued_at=self._now().replace(microsecond=0),
            expires_at=certificate.not_valid_after_utc,
        )
        file = self.certificate_file(item.serial)
        file.parent.mkdir(exist_ok=True)
        replace_file(file, pem_of(certificate).encode())
        with self._book.open("ab") as book:
            book.write(msgspec.json.encode(item) + b"\n")
        return certificate

    def _chain(self, certificate: x509.Certificate) -> str:
        return pem_of(certificate) + pem_of(self.issuing)

    def _key_in(self, file: Path, kind: str, bits: int = 2048) -> Key:
        if not file.exists():
            write_secret_once(file, key_pem(new_key(kind, bits)))
        try:
            return read_key(file.read_bytes())
        except (OSError, ValueError) as error:
            raise ToolError(
                f"this key cannot be read: {error}", str(file), "Bring it back from a backup"
            ) from error


class CommandAuthority:
    """An authority outside: a command that reads the request on stdin and prints the chain (PEM).

    The environment of the command says CHARGE_POINT_ID. Fulfils `ports.CertificateAuthority`.
    """

    def __init__(self, command: str, timeout_s: float = COMMAND_TIMEOUT_S) -> None:
        self._words = shlex.split(command)
        self._timeout_s = timeout_s

    async def sign(self, csr_pem: str, charge_point_id: str) -> SignedCertificate:
        try:
            csr = read_csr(csr_pem, charge_point_id)
            # A task of its own: whoever asks may not be in one.
            chain = await asyncio.ensure_future(self._run(csr_pem, charge_point_id))
            return SignedCertificate(chain_pem=_checked(chain, csr, charge_point_id))
        except CsrRefused as refusal:
            return SignedCertificate(refusal=str(refusal))

    async def _run(self, csr_pem: str, charge_point_id: str) -> str:
        process = None
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                env={**os.environ, "CHARGE_POINT_ID": charge_point_id},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            async with asyncio.timeout(self._timeout_s):
                out, complaint = await process.communicate(csr_pem.encode())
        except TimeoutError as error:
            raise CsrRefused(f"certificate_command took longer than {self._timeout_s:g} s") from error
        except OSError as error:
            raise CsrRefused(f"certificate_command cannot be run: {error.strerror}") from error
        finally:
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            said = complaint.decode("utf-8", "replace").strip()[-200:]
            raise CsrRefused(f"certificate_command ended with {process.returncode}: {said}")
        return out.decode("ascii", "replace")


class NoAuthority:
    """Roots of an authority outside, and no way to ask it."""

    async def sign(self, csr_pem: str, charge_point_id: str) -> SignedCertificate:
        return SignedCertificate(refusal="no authority signs here: set certificate_command")


class _Revocation(msgspec.Struct, frozen=True):
    serial: str
    at: datetime


def _checked(chain: str, csr: x509.CertificateSigningRequest, charge_point_id: str) -> str:
    """Raises CsrRefused for what is no chain for this request."""
    try:
        certificates = x509.load_pem_x509_certificates(chain.encode())
    except ValueError as error:
        raise CsrRefused("certificate_command printed no certificates in PEM") from error
    leaf = certificates[0]
    if leaf.public_key() != csr.public_key():
        raise CsrRefused("certificate_command made a certificate for another key")
    if charge_point_id not in common_names(leaf.subject):
        raise CsrRefused("certificate_command made a certificate for another common name")
    return "".join(pem_of(certificate) for certificate in certificates)


def _certificate_in(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise ToolError(
            f"this certificate cannot be read: {error}", str(file), "Bring it back from a backup"
        ) from error


def _names_in(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))}


def _lines(path: Path, kind: type[T]) -> list[T]:
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=kind) for line in path.read_bytes().splitlines() if line.strip()]
