"""Certificates for tests: of our server, of stations good and bad, and of strangers."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from chargeproof.central_system.certificate_making import (
    Key,
    Request,
    key_pem,
    make_certificate,
    make_revocation_list,
    name_of,
    new_key,
)
from chargeproof.central_system.tls import ServerIdentity, ServerTls, TlsSettings
from chargeproof.clock import Clock, LoopClock

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


class TestAuthority:
    """A root of the tests' own, with all that it signs in one folder."""

    __test__ = False

    def __init__(self, folder: Path, name: str = "root of the tests") -> None:
        self.folder = folder
        self.key: Key = ec.generate_private_key(ec.SECP256R1())
        request = Request(name_of(name), self.key.public_key(), "authority", 3650)
        self.root = make_certificate(request, None, self.key, YESTERDAY)
        self.root_file = folder / f"{name.replace(' ', '-')}.pem"
        self.root_file.write_bytes(self.root.public_bytes(Encoding.PEM))

    def server(self, kind: str = "RSA", name: str = "localhost", days: int = 90) -> ServerIdentity:
        key = new_key(kind)
        names = (name, "127.0.0.1")
        return self._keep(
            f"server-{kind}", Request(name_of(name), key.public_key(), "server", days, names), key
        )

    def station(
        self, common_name: str, *, days: int = 90, kind: str = "ECDSA", names: tuple[str, ...] = ()
    ) -> ServerIdentity:
        """With `days` 0 it expired before it was made."""
        key = new_key(kind)
        request = Request(name_of(common_name, "Maker"), key.public_key(), "station", days, names)
        return self._keep(f"station-{common_name}-{days}", request, key)

    def revoke(self, *identities: ServerIdentity) -> Path:
        revoked = [
            (x509.load_pem_x509_certificates(each.certificate.read_bytes())[0].serial_number, YESTERDAY)
            for each in identities
        ]
        file = self.folder / "revoked.pem"
        file.write_bytes(make_revocation_list(self.root, self.key, revoked, datetime.now(UTC), 1))
        return file

    def client_context(self, identity: ServerIdentity | None = None) -> ssl.SSLContext:
        """What a station that trusts this root uses."""
        context = ssl.create_default_context(cafile=str(self.root_file))
        if identity is not None:
            context.load_cert_chain(identity.certificate, identity.key)
        return context

    def _keep(self, stem: str, request: Request, key: Key) -> ServerIdentity:
        identity = ServerIdentity(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")
        certificate = make_certificate(request, self.root, self.key, YESTERDAY)
        identity.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        identity.key.write_bytes(key_pem(key))
        return identity


def server_tls(
    authority: TestAuthority,
    *identities: ServerIdentity,
    roots: tuple[Path, ...] = (),
    lists: tuple[Path, ...] = (),
    old_ciphers: bool = False,
    clock: Callable[[], Clock] = LoopClock,
) -> ServerTls:
    """To be made in a running loop. Without identities: one of each kind."""
    return ServerTls(
        TlsSettings(
            identities=identities or (authority.server("RSA"), authority.server("ECDSA")),
            station_roots=roots,
            revocation_lists=lists,
            allow_rsa_key_exchange=old_ciphers,
        ),
        clock(),
    )
