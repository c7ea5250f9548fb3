"""TLS as stations need it: versions, cipher suites, certificates of two kinds, and their exchange while serving.

OCPP 1.6 security whitepaper, section 2.5: TLS 1.2 or newer; ECDHE with AES-GCM, and for old stations
TLS_RSA_WITH_AES_128_GCM_SHA256 and ..._256_GCM_SHA384.
"""

import asyncio
import logging
import ssl
import tempfile
import warnings
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from chargeproof.central_system.client_hello import ECDSA_P256, RSA_GCM, RSA_KEY_EXCHANGE, ClientHello
from chargeproof.central_system.station_trust import StationTrust
from chargeproof.clock import Clock
from chargeproof.errors import SettingsError, ToolError

log = logging.getLogger(__name__)

CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
)
OLD_CIPHERS = ("AES128-GCM-SHA256", "AES256-GCM-SHA384")
OLD_TLS_CIPHERS = "DEFAULT:@SECLEVEL=0"
"""TLS before 1.2 signs with SHA-1, which OpenSSL allows on this level alone."""
NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME: `StationTrust` judges times, so that it can say which and when."""
SOON = timedelta(days=30)
UNKNOWN_ISSUER = frozenset({2, 18, 19, 20, 21})
WRONG_PURPOSE = 26


class ServerIdentity(msgspec.Struct, frozen=True):
    """A certificate (PEM, with those above it) and its key."""

    certificate: Path
    key: Path


class TlsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What TLS is served with.

    identities: one for each kind of key (RSA, ECDSA). station_roots: who signs certificates of stations;
    without any no certificate is asked for. revocation_lists: CRLs of those issuers.
    allow_rsa_key_exchange: also cipher suites without forward secrecy, for old stations.
    """

    identities: tuple[ServerIdentity, ...]
    station_roots: tuple[Path, ...] = ()
    revocation_lists: tuple[Path, ...] = ()
    allow_rsa_key_exchange: bool = False

    def files(self) -> list[Path]:
        pairs = [file for identity in self.identities for file in (identity.certificate, identity.key)]
        return [*pairs, *self.station_roots, *self.revocation_lists]


class ServerCertificate(msgspec.Struct, frozen=True):
    """What stations are shown. `kind`: RSA or ECDSA."""

    kind: str
    subject: str
    names: tuple[str, ...]
    expires_at: datetime
    path: str


class TlsContext(msgspec.Struct, frozen=True):
    """One state of the files: new connections use it until the next. `speaks_old_tls`: that alone, for a test."""

    ssl: ssl.SSLContext
    trust: StationTrust
    certificates: tuple[ServerCertificate, ...]
    takes_old_ciphers: bool = False
    speaks_old_tls: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(certificate.kind for certificate in self.certificates)


class ServerTls:
    """The present context, made anew when the files change. Open connections keep what they began with."""

    def __init__(self, settings: TlsSettings, clock: Clock) -> None:
        """Raises SettingsError for files that cannot be used."""
        self._settings = settings
        self.clock = clock
        self._seen = self._state_of_files()
        self.context = make_context(settings)
        self._listeners: list[Callable[[TlsContext], None]] = []
        self._watching: asyncio.Task[None] | None = None
        self._shown: dict[str, TlsContext] = {}
        self._warn()

    @property
    def identities(self) -> tuple[ServerIdentity, ...]:
        """The files of the certificates and keys."""
        return self._settings.identities

    def context_for(self, address: str) -> TlsContext:
        """What is shown to whoever connects from this address, whatever the port behind it."""
        return self._shown.get(_without_port(address), self.context)

    def names(self) -> tuple[str, ...]:
        """The names and addresses in the certificates that are shown."""
        return tuple(dict.fromkeys(name for one in self.context.certificates for name in one.names))

    def show_to(self, address: str, chain_pem: str, key_pem: str) -> None:
        """Show this address another certificate, until `show_own_to`: for tests of what a station believes."""
        with tempfile.TemporaryDirectory(prefix="chargeproof-") as folder:
            # The ssl module reads certificates from files only; they are gone before the context is used.
            identity = ServerIdentity(Path(folder) / "shown.pem", Path(folder) / "shown.key")
            identity.certificate.write_text(chain_pem, encoding="ascii")
            identity.key.write_text(key_pem, encoding="ascii")
            settings = msgspec.structs.replace(self._settings, identities=(identity,))
            self._shown[_without_port(address)] = make_context(settings)

    def speak_old_tls_to(self, address: str) -> None:
        """Speak TLS 1.1 and nothing newer with this address, until `show_own_to`. Raises ToolError if it cannot."""
        context = make_context(self._settings)
        if not ssl.HAS_TLSv1_1:
            raise ToolError("TLS 1.1 is not in the OpenSSL of this machine", ssl.OPENSSL_VERSION)
        try:
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
                context.ssl.minimum_version = context.ssl.maximum_version = ssl.TLSVersion.TLSv1_1
            context.ssl.set_ciphers(OLD_TLS_CIPHERS)
        except (ssl.SSLError, ValueError) as error:
            raise ToolError(f"TLS 1.1 is not spoken on this machine: {error}", ssl.OPENSSL_VERSION) from error
        self._shown[_without_port(address)] = msgspec.structs.replace(context, speaks_old_tls=True)

    def show_own_to(self, address: str) -> None:
        self._shown.pop(_without_port(address), None)

    def reload(self) -> bool:
        """Read the files again; whether that worked. What cannot be used changes nothing and is logged."""
        self._seen = self._state_of_files()
        try:
            self.context = make_context(self._settings)
        except SettingsError as error:
            log.error("the certificates stay as they were: %s", error)
            return False
        log.info("certificates were read again")
        self._warn()
        for listener in tuple(self._listeners):
            listener(self.context)
        return True

    def when_reloaded(self, listener: Callable[[TlsContext], None]) -> None:
        self._listeners.append(listener)

    def reload_if_changed(self) -> bool:
        """Whether the files had changed and could be used."""
        return self._state_of_files() != self._seen and self.reload()

    def watch(self, interval_s: float) -> None:
        """Look for changed files every so often, until `stop`."""
        self._watching = asyncio.create_task(self._watch(interval_s), name="certificates")

    async def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])

    async def _watch(self, interval_s: float) -> None:
        while True:
            await self.clock.sleep(interval_s)
            self.reload_if_changed()

    def _state_of_files(self) -> list[tuple[str, int, int]]:
        state = []
        for file in self._settings.files():
            try:
                found = file.stat()
            except OSError:
                state.append((str(file), 0, 0))
            else:
                state.append((str(file), found.st_mtime_ns, found.st_ino))
        return state

    def _warn(self) -> None:
        now = self.clock.now()
        for certificate in self.context.certificates:
            if certificate.expires_at < now + SOON:
                log.warning("%s: expires on %s", certificate.path, certificate.expires_at.date())
        for crl in self.context.trust.unsigned:
            log.warning("a revocation list of %s is not signed by a root known here: not used", crl.issuer)


def _without_port(address: str) -> str:
    return address.rpartition(":")[0]


def make_context(settings: TlsSettings) -> TlsContext:
    """Raises SettingsError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    ciphers = CIPHERS + (OLD_CIPHERS if settings.allow_rsa_key_exchange else ())
    context.set_ciphers(":".join(ciphers))
    # A ticket spares a station that comes back the costly half of its handshake. They end with this context.
    context.num_tickets = 1
    certificates = tuple(_use(context, identity) for identity in settings.identities)
    trust = StationTrust(settings.station_roots, settings.revocation_lists)
    if trust.roots:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.verify_flags |= NO_CHECK_TIME | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=trust.roots_pem())
    return TlsContext(context, trust, certificates, settings.allow_rsa_key_exchange)


def _use(context: ssl.SSLContext, identity: ServerIdentity) -> ServerCertificate:
    where = f"{identity.certificate}, {identity.key}"
    try:
        context.load_cert_chain(identity.certificate, identity.key)
        leaf = x509.load_pem_x509_certificates(identity.certificate.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"the certificate or its key cannot be used: {error}",
            where,
            "Name two PEM files that belong together",
        ) from error
    key = leaf.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise SettingsError("the key is neither RSA nor ECDSA", where, "Stations know these two kinds only")
    return ServerCertificate(
        kind="RSA" if isinstance(key, rsa.RSAPublicKey) else "ECDSA",
        subject=leaf.subject.rfc4514_string(),
        names=_names_of(leaf),
        expires_at=leaf.not_valid_after_utc,
        path=str(identity.certificate),
    )


def _names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return (
        *found.get_values_for_type(x509.DNSName),
        *map(str, found.get_values_for_type(x509.IPAddress)),
    )


def certificate_kind(kinds: frozenset[str], cipher: str, hello: ClientHello | None) -> str:
    """Which of our certificates a station was shown: RSA or ECDSA, "" where that cannot be told.

    Up to TLS 1.2 the cipher suite names it. In TLS 1.3 the server takes the first kind of its own list
    that the station can verify, and ECDSA comes first there.
    """
    if len(kinds) == 1:
        return next(iter(kinds))
    if not cipher.startswith("TLS_"):
        return "ECDSA" if "ECDSA" in cipher else "RSA"
    if hello is None:
        return ""
    return "ECDSA" if ECDSA_P256 in hello.signatures else "RSA"


def explain_failure(
    error: Exception | None, hello: ClientHello | None, *, old_ciphers: bool
) -> tuple[str, str]:
    """Why no TLS connection came about, and what to change. `error` None: the station left."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _explain_verification(error)
    said = (getattr(error, "reason", None) or str(error or "")).upper()
    if "UNSUPPORTED_PROTOCOL" in said or "VERSION_TOO_LOW" in said or "WRONG_VERSION" in said:
        offered = (
            f"the station offers {hello.newest_version} at most" if hello else "the station's TLS is too old"
        )
        return offered, "TLS 1.2 or newer is needed (OCPP 1.6 security whitepaper): update its firmware"
    if "NO_SHARED_CIPHER" in said or "NO_SUITABLE_SIGNATURE" in said:
        return _explain_ciphers(hello, old_ciphers)
    for alert, sentence in _ALERTS.items():
        if alert in said:
            return sentence
    if error is None:
        return (
            "the station left during the TLS handshake",
            "Stations often do so that do not trust the server's certificate: install its root in the station "
            "(chargeproof certificates export-root)",
        )
    plain = said.replace("_", " ").lower()
    return (
        f"the TLS handshake failed: {plain}",
        "Compare versions, cipher suites and certificates of both ends",
    )


_TRUST_US = (
    "Install the root of the server's certificate in the station (chargeproof certificates export-root), and "
    "let it connect to a name or address that stands in the certificate"
)
_ALERTS = {
    "ALERT_UNKNOWN_CA": ("the station does not know the issuer of the server's certificate", _TRUST_US),
    "ALERT_BAD_CERTIFICATE": ("the station refuses the server's certificate", _TRUST_US),
    "ALERT_CERTIFICATE_UNKNOWN": ("the station refuses the server's certificate", _TRUST_US),
    "ALERT_UNSUPPORTED_CERTIFICATE": ("the station cannot use the server's kind of certificate", _TRUST_US),
    "ALERT_CERTIFICATE_EXPIRED": (
        "the station finds the server's certificate expired",
        "Renew it, or set the clock of the station",
    ),
    "ALERT_CERTIFICATE_REVOKED": ("the station finds the server's certificate revoked", _TRUST_US),
    "ALERT_HANDSHAKE_FAILURE": (
        "the station broke off the TLS handshake",
        "Compare versions, cipher suites and certificates of both ends",
    ),
}


def _explain_verification(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    if error.verify_code in UNKNOWN_ISSUER:
        return (
            "the station's certificate is signed by nobody known here",
            "Add the root that signed it to station_roots, or give the station a certificate of the authority "
            "used here (SignCertificate, CertificateSigned)",
        )
    if error.verify_code == WRONG_PURPOSE:
        return (
            "the station's certificate is not meant for TLS clients",
            "It needs the extended key usage clientAuth",
        )
    said = error.verify_message or "its chain is broken"
    return f"the station's certificate is not believed: {said}", "Give the station a new one"


def _explain_ciphers(hello: ClientHello | None, old_ciphers: bool) -> tuple[str, str]:
    offered = set(hello.cipher_suites) if hello else set()
    names = ", ".join(RSA_KEY_EXCHANGE[suite] for suite in sorted(offered & set(RSA_KEY_EXCHANGE)))
    reason = "the station offers no cipher suite that is allowed here" + (
        f", only such as {names}" if names else ""
    )
    if offered & RSA_GCM and not old_ciphers:
        return reason, "Update its firmware, or set tls_allow_rsa_key_exchange for such old stations"
    return (
        reason,
        f"It needs one of {', '.join(CIPHERS)}, and a certificate here of the kind that it can verify",
    )
