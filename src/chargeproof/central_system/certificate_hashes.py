"""How stations name certificates (CertificateHashData), worked out for the ones that are known here."""

import hashlib
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chargeproof.central_system.station_trust import is_issued_by
from chargeproof.ocpp.security import CertificateHashData


def find_certificate(
    named: CertificateHashData, known: Iterable[x509.Certificate]
) -> x509.Certificate | None:
    """The one that has this name, None for a stranger."""
    candidates = list(known)
    for certificate in candidates:
        if f"{certificate.serial_number:x}" != named.serial_number.lower().lstrip("0"):
            continue
        issuer = next((each for each in candidates if is_issued_by(certificate, each)), certificate)
        algorithm = str(named.hash_algorithm)
        name, key = certificate.issuer.public_bytes(), _key_bits(issuer)
        if (named.issuer_name_hash.lower(), named.issuer_key_hash.lower()) == (
            _digest(algorithm, name),
            _digest(algorithm, key),
        ):
            return certificate
    return None


def _digest(algorithm: str, content: bytes) -> str:
    try:
        return hashlib.new(algorithm, content).hexdigest()
    except ValueError:  # a word of the station's own
        return ""


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The key as RFC 6960 hashes it: the bit string of a SubjectPublicKeyInfo without tag, length, unused bits."""
    whole = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    inner, _ = _content(whole, 0)
    _, after_algorithm = _content(whole, inner)
    begin, end = _content(whole, after_algorithm)
    return whole[begin + 1 : end]


def _content(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at this place begins and ends."""
    length, begin = der[at + 1], at + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[at + 2 : begin])
    return begin, begin + length
