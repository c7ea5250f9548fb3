"""What secures the connections, put together from the settings: certificates, their authority, and keys."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chargeproof.central_system.certificates import CommandAuthority, NoAuthority
from chargeproof.central_system.embedded_authority import EmbeddedAuthority
from chargeproof.central_system.key_files import lasting_secret
from chargeproof.central_system.ports import CertificateAuthority
from chargeproof.central_system.tls import ServerIdentity, ServerTls, TlsContext, TlsSettings
from chargeproof.clock import Clock
from chargeproof.files.service import EmbeddedFileService
from chargeproof.settings import Settings

CERTIFICATES = "certificates"
KEY_FILE = "credential.key"
LOOK_AGAIN_S = 10.0
"""How often files with certificates are looked at."""


@dataclass(frozen=True)
class Security:
    """`tls`: None where nothing is served over TLS. embedded: signs firmware in any case."""

    tls: ServerTls | None
    authority: CertificateAuthority
    embedded: EmbeddedAuthority
    credential_key: bytes

    @property
    def signs(self) -> Literal["embedded", "command", "nobody"]:
        """Who signs certificates of stations."""
        if isinstance(self.authority, NoAuthority):
            return "nobody"
        return "embedded" if self.authority is self.embedded else "command"


def security_of(settings: Settings, data: Path, clock: Clock, advertised: str) -> Security:
    """Raises SettingsError and ToolError for files that cannot be used."""
    embedded = EmbeddedAuthority(data / CERTIFICATES, clock.now)
    authority: CertificateAuthority = embedded
    if settings.certificate_command:
        authority = CommandAuthority(settings.certificate_command)
    elif settings.station_roots:
        authority = NoAuthority()
    key = settings.credential_key.encode() or lasting_secret(data / KEY_FILE)
    return Security(_tls(settings, embedded, clock, advertised), authority, embedded, key)


def secure_files(files: EmbeddedFileService, tls: ServerTls | None) -> None:
    """FTPS shows the certificates that the stations' port shows, also after they were exchanged."""
    if tls is None:
        return

    def use(_: TlsContext | None = None) -> None:
        files.use_certificates([(each.certificate, each.key) for each in tls.identities])

    use()
    tls.when_reloaded(use)


def is_only_tls(settings: Settings) -> bool:
    """Whether the port of the stations itself speaks TLS."""
    return bool(settings.tls_certificate) and settings.ocpp_tls_port < 0


def _tls(settings: Settings, embedded: EmbeddedAuthority, clock: Clock, advertised: str) -> ServerTls | None:
    if not settings.tls_certificate and settings.ocpp_tls_port < 0 and settings.ftps_port < 0:
        return None
    own = [
        ServerIdentity(Path(certificate), Path(key))
        for certificate, key in (
            (settings.tls_certificate, settings.tls_key),
            (settings.second_tls_certificate, settings.second_tls_key),
        )
        if certificate
    ]
    roots, lists = paths(settings.station_roots), paths(settings.revocation_lists)
    if not roots:
        made = embedded.made()
        roots, lists = (made.station_roots_file,), (*lists, made.revocation_list_file)
    return ServerTls(
        TlsSettings(
            identities=tuple(own) or embedded.made().server_identities([advertised]),
            station_roots=roots,
            revocation_lists=lists,
            allow_rsa_key_exchange=settings.tls_allow_rsa_key_exchange,
        ),
        clock,
    )


def paths(text: str) -> tuple[Path, ...]:
    """Files named in a setting, separated by commas."""
    return tuple(Path(part.strip()) for part in text.split(",") if part.strip())
