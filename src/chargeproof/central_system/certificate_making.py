"""Certificates as the embedded authority makes them: what stands in each kind."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

LEEWAY = timedelta(hours=1)
"""Certificates begin earlier by this, for stations whose clock is behind."""
LEAST_RSA_BITS = 2048
CURVES = ("secp256r1", "secp384r1", "secp521r1")


class Request(msgspec.Struct, frozen=True):
    """What a certificate is to say. purpose: server, station, firmware, or authority (length of path below)."""

    name: x509.Name
    key: PublicKey
    purpose: str
    days: int
    names: tuple[str, ...] = ()
    path_length: int | None = None


class CsrRefused(Exception):
    """Why no certificate is made of a signing request."""


def new_key(kind: str, bits: int = 2048) -> Key:
    """`kind`: RSA or ECDSA (P-256)."""
    if kind == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def read_key(pem: bytes) -> Key:
    """Raises ValueError for what is no RSA or ECDSA key."""
    key = load_pem_private_key(pem, None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("neither RSA nor ECDSA")
    return key


def name_of(common_name: str, organization: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def make_certificate(
    request: Request, issuer: x509.Certificate | None, issuer_key: Key, now: datetime
) -> x509.Certificate:
    """Without an issuer it signs itself."""
    is_authority = request.purpose == "authority"
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.name)
        .issuer_name(request.name if issuer is None else issuer.subject)
        .public_key(request.key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LEEWAY)
        .not_valid_after(now + timedelta(days=request.days))
        .add_extension(x509.BasicConstraints(is_authority, request.path_length), critical=True)
        .add_extension(_key_usage(request), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if request.purpose in _PURPOSES:
        builder = builder.add_extension(x509.ExtendedKeyUsage([_PURPOSES[request.purpose]]), critical=False)
    if request.names:
        names = [_general_name(name) for name in request.names]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer_key, SHA256())


_PURPOSES = {
    "server": ExtendedKeyUsageOID.SERVER_AUTH,
    "station": ExtendedKeyUsageOID.CLIENT_AUTH,
    "firmware": ExtendedKeyUsageOID.CODE_SIGNING,
}


def _key_usage(request: Request) -> x509.KeyUsage:
    is_authority = request.purpose == "authority"
    enciphers = request.purpose in ("server", "station") and isinstance(request.key, rsa.RSAPublicKey)
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=enciphers,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def read_csr(pem: str, charge_point_id: str) -> x509.CertificateSigningRequest:
    """A request that may be signed for this station. Raises CsrRefused."""
    try:
        csr = x509.load_pem_x509_csr(pem.strip().encode())
        signed = csr.is_signature_valid
        key = csr.public_key()
        names = [str(item.value) for item in csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    except Exception as error:  # what stations send breaks parsers in many ways
        raise CsrRefused("it is no certificate signing request in PEM (PKCS #10)") from error
    if not signed:
        raise CsrRefused("its signature does not fit its key")
    if names != [charge_point_id]:
        shown = ", ".join(names) or "missing"
        raise CsrRefused(f"its common name is {shown}, and must be the charge point id {charge_point_id}")
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < LEAST_RSA_BITS:
            raise CsrRefused(f"its RSA key has {key.key_size} bits, fewer than {LEAST_RSA_BITS}")
    elif not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in CURVES:
        raise CsrRefused(f"its key is neither RSA nor of one of the curves {', '.join(CURVES)}")
    return csr


def make_revocation_list(
    issuer: x509.Certificate, key: Key, revoked: Iterable[tuple[int, datetime]], now: datetime, days: int
) -> bytes:
    """PEM. `revoked`: serial numbers and since when."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now - LEEWAY)
        .next_update(now + timedelta(days=days))
    )
    for serial, at in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
