"""TLS as a station speaks it: 1.2 and up, only to a central system that an installed root vouches for."""

import os
import ssl
import tempfile
import warnings
from pathlib import Path

from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.simulator.ports import ClientIdentity, DialCredentials, TlsRefused

TLS_FROM_PROFILE = 2
OLD_VERSIONS = {"TLSv1": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1}
OLD_CIPHERS = ("ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA", "@SECLEVEL=0")
"""What TLS before 1.2 needs, and the level of OpenSSL on which its signatures count."""
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, for stations that are meant to be careless."""


def tls_context(credentials: DialCredentials) -> ssl.SSLContext:
    """The context of one dial. Raises TlsRefused for a station that trusts nobody."""
    if not credentials.roots_pem:
        raise TlsRefused(
            "no root certificate for the central system is installed",
            SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE,
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    habits = credentials.tls
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = OLD_VERSIONS.get(habits.oldest, ssl.TLSVersion.TLSv1_2)
    if habits.newest == "TLSv1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join((*habits.ciphers, *(OLD_CIPHERS if habits.oldest in OLD_VERSIONS else ()))))
    context.check_hostname = {"chain", "name"} <= habits.checks
    if "chain" not in habits.checks:
        context.verify_mode = ssl.CERT_NONE
    if "time" not in habits.checks:
        context.verify_flags |= NO_CHECK_TIME
    context.load_verify_locations(cadata="\n".join(credentials.roots_pem))
    if credentials.identity is not None:
        _load_identity(context, credentials.identity)
    return context


def _load_identity(context: ssl.SSLContext, identity: ClientIdentity) -> None:
    # The ssl module reads keys from files only; this one is gone before the context is used.
    descriptor, name = tempfile.mkstemp(prefix="chargeproof-station-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{identity.key_pem}\n{identity.chain_pem}")
        context.load_cert_chain(name)
    finally:
        Path(name).unlink()


def tls_refused(error: ssl.SSLError) -> OSError:
    """What a failed handshake means for the station: TlsRefused where the station ended it, else the error."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsRefused(error.verify_message, SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE)
    if error.reason in ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION"):
        return TlsRefused(str(error), SecurityEvent.INVALID_TLS_VERSION)
    if error.reason in ("NO_SHARED_CIPHER", "SSLV3_ALERT_HANDSHAKE_FAILURE", "NO_CIPHERS_AVAILABLE"):
        return TlsRefused(str(error), SecurityEvent.INVALID_TLS_CIPHER_SUITE)
    return error
