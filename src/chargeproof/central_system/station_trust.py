"""Which certificates of stations are believed, and what is wrong with the others.

OpenSSL checks the chain and its signatures. Expiry and revocation are judged here, after the TLS handshake:
then the station can be told in words, and our record says which certificate it was and since when.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from chargeproof.errors import SettingsError


class ClientCertificate(msgspec.Struct, frozen=True):
    """What a station proved to hold the key of. `serial` in hexadecimal; `names` are DNS names.

    problem: why it is not believed all the same; empty for a good one. remedy: what to do about that.
    """

    subject: str
    issuer: str
    serial: str
    common_names: tuple[str, ...]
    names: tuple[str, ...]
    expires_at: datetime
    fingerprint: str
    problem: str = ""
    remedy: str = ""

    def is_of(self, charge_point_id: str) -> bool:
        """Whether it names that station (OCPP 1.6 security whitepaper: the common name is the identity)."""
        return charge_point_id in self.common_names or charge_point_id in self.names

    @property
    def name(self) -> str:
        return ", ".join(self.common_names) or self.subject


class StationTrust:
    """Roots and revocation lists, as they were when it was made."""

    def __init__(self, roots: Iterable[Path] = (), revocation_lists: Iterable[Path] = ()) -> None:
        """Raises SettingsError for files that cannot be used."""
        self.roots = [root for path in roots for root in _certificates(path)]
        self._lists = [_revocation_list(path) for path in revocation_lists]
        self.unsigned = [crl for crl in self._lists if not self._is_signed(crl)]

    def roots_pem(self) -> str:
        return "".join(pem_of(root) for root in self.roots)

    def read(self, der: bytes, now: datetime) -> ClientCertificate:
        """A certificate whose chain OpenSSL found good."""
        certificate = x509.load_der_x509_certificate(der)
        problem, remedy = self._problem(certificate, now)
        return ClientCertificate(
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            serial=f"{certificate.serial_number:X}",
            common_names=common_names(certificate.subject),
            names=dns_names(certificate),
            expires_at=certificate.not_valid_after_utc,
            fingerprint=certificate.fingerprint(SHA256()).hex(),
            problem=problem,
            remedy=remedy,
        )

    def _problem(self, certificate: x509.Certificate, now: datetime) -> tuple[str, str]:
        expired_at, valid_from = certificate.not_valid_after_utc, certificate.not_valid_before_utc
        renew = "Give the station a new one (SignCertificate, CertificateSigned)"
        if now > expired_at:
            return f"the certificate expired on {_when(expired_at)}", renew
        if now < valid_from:
            return (
                f"the certificate is valid only from {_when(valid_from)}",
                "Compare the clock of this machine with that of the issuer",
            )
        revoked = self._revoked(certificate)
        if revoked is not None:
            return f"the certificate was revoked on {_when(revoked)}", renew
        return "", ""

    def _revoked(self, certificate: x509.Certificate) -> datetime | None:
        for crl in self._lists:
            if crl.issuer == certificate.issuer and crl not in self.unsigned:
                found = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
                if found is not None:
                    return found.revocation_date_utc
        return None

    def _is_signed(self, crl: x509.CertificateRevocationList) -> bool:
        """By one of the roots (or issuers) known here; lists of others are not believed."""
        for root in self.roots:
            key = root.public_key()
            if root.subject == crl.issuer and isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
                return crl.is_signature_valid(key)
        return False


def common_names(name: x509.Name) -> tuple[str, ...]:
    return tuple(str(attribute.value) for attribute in name.get_attributes_for_oid(NameOID.COMMON_NAME))


def dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(found.value.get_values_for_type(x509.DNSName))


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _certificates(path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"no certificates can be read from this file: {_reason(error)}", str(path), "Name a PEM file"
        ) from error


def _revocation_list(path: Path) -> x509.CertificateRevocationList:
    try:
        content = path.read_bytes()
        if content.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_crl(content)
        return x509.load_der_x509_crl(content)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"no revocation list can be read from this file: {_reason(error)}",
            str(path),
            "Name a CRL in PEM or DER",
        ) from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).partition("\n")[0]


def _when(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
