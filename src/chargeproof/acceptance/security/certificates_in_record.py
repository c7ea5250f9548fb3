"""Certificates, signing requests and hashes as they stand in the frames of a record."""

from collections.abc import Iterable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from chargeproof.acceptance.configuration_in_record import key_readings
from chargeproof.acceptance.quantifiers import answer_to, ours
from chargeproof.acceptance.verdict import Verdict, not_applicable
from chargeproof.ocpp import BootNotification, Request
from chargeproof.ocpp.security import CertificateHashData
from chargeproof.ocpp.security_enums import HashAlgorithm
from chargeproof.trace import Exchange, HandshakeSeen, Trace

LEAST_RSA_BITS = 2048
LEAST_ECDSA_BITS = 224
_UNKNOWN = ("NotImplemented", "NotSupported")
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    HashAlgorithm.SHA256: hashes.SHA256,
    HashAlgorithm.SHA384: hashes.SHA384,
    HashAlgorithm.SHA512: hashes.SHA512,
}


def is_unknown(exchange: Exchange[Any]) -> bool:
    """Whether the station says that it does not know the Call, or what it asks for."""
    if exchange.error is not None:
        return exchange.error.error_code in _UNKNOWN
    return exchange.status in _UNKNOWN


def not_known(trace: Trace, exchange: Exchange[Any], *related: type[Request]) -> Verdict | None:
    """Not applicable: the station knows neither this Call nor any of the related ones that were sent."""
    if not is_unknown(exchange):
        return None
    others = [each for kind in related for each in ours(trace, kind) if each.answer is not None]
    if any(not is_unknown(each) for each in others):
        return None
    evidence = (*exchange.evidence, *(n for each in others for n in each.evidence))
    return not_applicable(
        f"the station does not know {exchange.action}", dict.fromkeys(evidence), seen=answer_to(exchange)
    )


def read_chain(pem: object) -> list[x509.Certificate]:
    """The certificates of a PEM text in its order; empty where it is none."""
    try:
        return x509.load_pem_x509_certificates(str(pem).encode())
    except ValueError:
        return []


def read_request(pem: object) -> x509.CertificateSigningRequest | None:
    """A PKCS#10 request; None where it is none."""
    try:
        return x509.load_pem_x509_csr(str(pem).strip().encode())
    except ValueError:
        return None


def key_of(request: x509.CertificateSigningRequest | x509.Certificate) -> bytes:
    """The public key, to be compared."""
    return request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def serial_in(pem: object) -> int | None:
    """The serial number of the first certificate of a chain."""
    chain = read_chain(pem)
    return chain[0].serial_number if chain else None


def common_names(request: x509.CertificateSigningRequest) -> list[str]:
    return [str(item.value) for item in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def organizations(request: x509.CertificateSigningRequest) -> list[str]:
    return [str(item.value) for item in request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]


def operator_in_csr(trace: Trace, n: int) -> str:
    """The organization that a request has to name (A02.FR.13): CpoName as read last; empty for not known."""
    read = [each.value for each in key_readings(trace.until(n), "CpoName") if each.value is not None]
    return read[-1] if read else ""


def weakness(request: x509.CertificateSigningRequest) -> str:
    """What is wrong with its key, in words; empty for nothing (W§: RSA 2048 bits, ECDSA 224 bits at least)."""
    key = request.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"an RSA key of {key.key_size} bits" if key.key_size < LEAST_RSA_BITS else ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"an ECDSA key of {key.key_size} bits" if key.key_size < LEAST_ECDSA_BITS else ""
    return "a key that is neither RSA nor ECDSA"


def is_signed_by_its_key(request: x509.CertificateSigningRequest) -> bool:
    try:
        return request.is_signature_valid
    except Exception:  # an algorithm that nobody knows
        return False


def serial_numbers_told(trace: Trace) -> set[str]:
    """The station's serial numbers as its boots tell them."""
    boots = trace.exchanges(BootNotification)
    told = {getattr(boot.request, name, None) for boot in boots for name in _SERIAL_NUMBERS}
    return {str(each) for each in told if each}


_SERIAL_NUMBERS = ("charge_point_serial_number", "charge_box_serial_number")


# ── hashes (RFC 6960) ────────────────────────────────────────────────────────────────────────────────


def right_hashes(root: x509.Certificate, algorithm: HashAlgorithm) -> CertificateHashData:
    """What names a certificate that signed itself."""
    made = ocsp.OCSPRequestBuilder().add_certificate(root, root, _HASHES[algorithm]()).build()
    return CertificateHashData(
        hash_algorithm=algorithm,
        issuer_name_hash=made.issuer_name_hash.hex(),
        issuer_key_hash=made.issuer_key_hash.hex(),
        serial_number=f"{made.serial_number:x}",
    )


def what_differs(data: CertificateHashData, root: x509.Certificate) -> list[str]:
    """The members of hash data that are wrong for a root; upper case and leading zeros are harmless."""
    known = data.hash_algorithm in _HASHES
    right = right_hashes(root, HashAlgorithm(data.hash_algorithm) if known else HashAlgorithm.SHA256)
    pairs = {
        "issuerNameHash": (data.issuer_name_hash, right.issuer_name_hash),
        "issuerKeyHash": (data.issuer_key_hash, right.issuer_key_hash),
        "serialNumber": (data.serial_number, right.serial_number),
    }
    return [name for name, (said, wanted) in pairs.items() if comparable(said) != comparable(wanted)]


def comparable(digits: object) -> str:
    return str(digits).lower().lstrip("0")


def is_about(data: CertificateHashData, root: x509.Certificate) -> bool:
    """Whether hash data means this root, rightly or not: by its serial number, or by both hashes."""
    wrong = what_differs(data, root)
    return "serialNumber" not in wrong or wrong == ["serialNumber"]


# ── handshakes ───────────────────────────────────────────────────────────────────────────────────────


def certified(handshakes: Iterable[HandshakeSeen]) -> list[tuple[HandshakeSeen, int]]:
    """The handshakes in which the station showed a certificate, each with its serial number."""
    return [
        (each, int(each.security.client_serial, 16))
        for each in handshakes
        if each.security is not None and each.security.client_serial
    ]
