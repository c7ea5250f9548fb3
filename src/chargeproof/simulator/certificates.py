"""X.509 as a station needs it: read, check a chain, name by hashes, make a key and a signing request."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import NameOID

from chargeproof.ocpp.security import CertificateHashData
from chargeproof.ocpp.security_enums import HashAlgorithm

LONGEST_CHAIN = 8
HASHES: dict[str, type[hashes.SHA256] | type[hashes.SHA384] | type[hashes.SHA512]] = {
    HashAlgorithm.SHA256: hashes.SHA256,
    HashAlgorithm.SHA384: hashes.SHA384,
    HashAlgorithm.SHA512: hashes.SHA512,
}


class CertificateError(Exception):
    """A certificate is not what it has to be; the message says what is wrong."""


def read_chain(pem: str) -> list[x509.Certificate]:
    """The certificates in a PEM text, in its order. Raises CertificateError."""
    try:
        return x509.load_pem_x509_certificates(pem.encode("ascii"))
    except (ValueError, UnicodeError) as error:
        raise CertificateError(f"this is no certificate: {error}") from error


def read_certificate(pem: str) -> x509.Certificate:
    """The only certificate in a PEM text. Raises CertificateError."""
    chain = read_chain(pem)
    if len(chain) != 1:
        raise CertificateError(f"one certificate is expected, not {len(chain)}")
    return chain[0]


def check_period(certificate: x509.Certificate, now: datetime) -> None:
    """Raises CertificateError unless it is valid now."""
    if now < certificate.not_valid_before_utc:
        raise CertificateError(
            f"it is not valid before {certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%SZ}"
        )
    if now > certificate.not_valid_after_utc:
        raise CertificateError(f"it expired {certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%SZ}")


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it may sign other certificates."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and signature are on it."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def check_chain(chain: Sequence[x509.Certificate], roots: Iterable[x509.Certificate], now: datetime) -> None:
    """Raises CertificateError unless a path leads from the first one, over others of the chain, to a root."""
    trusted = list(roots)
    reached = chain[0]
    for _ in range(LONGEST_CHAIN):
        check_period(reached, now)
        root = next((one for one in trusted if is_issued_by(reached, one)), None)
        if root is not None:
            check_period(root, now)
            return
        above = (one for one in chain[1:] if is_authority(one) and is_issued_by(reached, one))
        issuer = next(above, None)
        if issuer is None:
            break
        reached = issuer
    raise CertificateError("no trusted root stands behind it")


def subject_field(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str | None:
    """A field of its subject, e.g. the common name; None if it has none."""
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else None


def hash_data(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: HashAlgorithm
) -> CertificateHashData:
    """What names it in GetInstalledCertificateIds and DeleteCertificate, made as RFC 6960 makes a CertID."""
    return CertificateHashData(
        hash_algorithm=algorithm,
        issuer_name_hash=_digest(algorithm, certificate.issuer.public_bytes()),
        issuer_key_hash=_digest(algorithm, _key_bits(issuer.public_key())),
        serial_number=f"{certificate.serial_number:x}",
    )


def names_the_same(one: CertificateHashData, other: CertificateHashData) -> bool:
    """Hexadecimal digits are compared without regard to case, serial numbers without leading zeros."""
    return _comparable(one) == _comparable(other)


def _comparable(named: CertificateHashData) -> tuple[str, ...]:
    return (
        named.hash_algorithm,
        named.issuer_name_hash.lower(),
        named.issuer_key_hash.lower(),
        named.serial_number.lower().lstrip("0"),
    )


def _digest(algorithm: HashAlgorithm, content: bytes) -> str:
    digest = hashes.Hash(HASHES[algorithm]())
    digest.update(content)
    return digest.finalize().hex()


def _key_bits(key: PublicKeyTypes) -> bytes:
    """The value of the BIT STRING subjectPublicKey, without tag and length."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


# Keys and signing requests.


def new_key_pem() -> str:
    """A private key on the curve P-256 (W§: at least 224 bits for ECDSA)."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


def signing_request(key_pem: str, common_name: str, organization: str) -> str:
    """A PKCS#10 request in PEM for the station of that name."""
    fields = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        fields.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(fields))
    signed = request.sign(_private_key(key_pem), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def belongs_to(certificate: x509.Certificate, key_pem: str) -> bool:
    """Whether the certificate is for the public half of that key."""
    return certificate.public_key() == _private_key(key_pem).public_key()


def _private_key(key_pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(key_pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateError("the station's key is no ECDSA key")
    return key


# Signatures of files.


def check_signature(certificate: x509.Certificate, signature: str, content: bytes) -> None:
    """Raises CertificateError unless the base64 signature is the certificate's over the SHA-256 of the content."""
    try:
        signed = base64.b64decode("".join(signature.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise CertificateError(f"the signature is not base64: {error}") from error
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signed, content, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            salt = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
            key.verify(signed, content, salt, hashes.SHA256())
        else:
            raise CertificateError("the certificate's kind of key signs no firmware")
    except InvalidSignature:
        raise CertificateError("the signature does not fit the file") from None


def may_sign_files(certificate: x509.Certificate) -> bool:
    """Whether its key usage, if it has one, allows digital signatures."""
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return True
