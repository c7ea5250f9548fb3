"""Where a station keeps certificates and keys: they survive a reboot."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from chargeproof.ocpp.security import CertificateHashData
from chargeproof.ocpp.security_enums import CertificateUse, HashAlgorithm
from chargeproof.simulator.certificates import (
    hash_data,
    is_issued_by,
    names_the_same,
    read_certificate,
    read_chain,
)
from chargeproof.simulator.memory import Memory
from chargeproof.simulator.model import SecurityModel
from chargeproof.simulator.ports import ClientIdentity

ROOTS = "root_certificates"
REPLACED_ROOT = "replaced_root_certificate"
IDENTITY = "charge_point_certificate"
PENDING_KEY = "key_without_certificate"


class CertificateStore:
    """Roots by use, the station's own certificate with its key, and the key of a request that is open.

    The root that another one replaced is trusted on until a connection was made under the new one.
    """

    def __init__(self, memory: Memory, model: SecurityModel) -> None:
        self._memory = memory
        if ROOTS not in memory:
            memory[ROOTS] = {
                CertificateUse.CENTRAL_SYSTEM_ROOT.value: [_whole(pem) for pem in model.central_system_roots],
                CertificateUse.MANUFACTURER_ROOT.value: [_whole(pem) for pem in model.manufacturer_roots],
            }

    def roots(self, use: CertificateUse) -> list[x509.Certificate]:
        return [read_certificate(pem) for pem in self._memory[ROOTS].get(use.value, [])]

    def trusted(self, use: CertificateUse) -> list[x509.Certificate]:
        """The roots of that use, and the one that was replaced and is still needed."""
        replaced = self.replaced_root_pem if use is CertificateUse.CENTRAL_SYSTEM_ROOT else None
        return [*self.roots(use), *([read_certificate(replaced)] if replaced else [])]

    def __len__(self) -> int:
        return sum(len(pems) for pems in self._memory[ROOTS].values())

    def install(self, use: CertificateUse, certificate: x509.Certificate) -> None:
        installed = self._memory[ROOTS]
        pem = pem_of(certificate)
        if pem not in installed.setdefault(use.value, []):
            installed[use.value].append(pem)
        self._memory[ROOTS] = installed

    def replace_central_system_root(self, certificate: x509.Certificate) -> None:
        """The only root for the central system is a new one; the old one is a way back."""
        installed = self._memory[ROOTS]
        use = CertificateUse.CENTRAL_SYSTEM_ROOT.value
        self._memory[REPLACED_ROOT] = installed[use][0]
        installed[use] = [pem_of(certificate)]
        self._memory[ROOTS] = installed

    @property
    def replaced_root_pem(self) -> str | None:
        kept: str | None = self._memory.get(REPLACED_ROOT)
        return kept

    def forget_replaced_root(self) -> None:
        self._memory.pop(REPLACED_ROOT, None)

    def find(self, named: CertificateHashData) -> tuple[CertificateUse, x509.Certificate] | None:
        """The installed root of these hashes."""
        for use in CertificateUse:
            for certificate in self.roots(use):
                data = self.hash_data(certificate, HashAlgorithm(named.hash_algorithm))
                if names_the_same(data, named):
                    return use, certificate
        return None

    def remove(self, use: CertificateUse, certificate: x509.Certificate) -> None:
        installed = self._memory[ROOTS]
        installed[use.value].remove(pem_of(certificate))
        self._memory[ROOTS] = installed

    def hash_data(self, certificate: x509.Certificate, algorithm: HashAlgorithm) -> CertificateHashData:
        """Its name in hashes; an issuer that is not installed is taken to be itself."""
        everything = [one for use in CertificateUse for one in self.roots(use)]
        issuers = (one for one in [certificate, *everything] if is_issued_by(certificate, one))
        return hash_data(certificate, next(issuers, certificate), algorithm)

    # The station's own certificate.

    @property
    def identity(self) -> ClientIdentity | None:
        kept = self._memory.get(IDENTITY)
        return None if kept is None else ClientIdentity(kept["chain"], kept["key"])

    def own_certificate(self) -> x509.Certificate | None:
        identity = self.identity
        return None if identity is None else read_chain(identity.chain_pem)[0]

    def keep_identity(self, chain_pem: str, key_pem: str) -> None:
        self._memory[IDENTITY] = {"chain": chain_pem, "key": key_pem}
        self._memory.pop(PENDING_KEY, None)

    @property
    def pending_key(self) -> str | None:
        """The private key of the last signing request, until its certificate came."""
        kept: str | None = self._memory.get(PENDING_KEY)
        return kept

    def keep_pending_key(self, key_pem: str | None) -> None:
        if key_pem is None:
            self._memory.pop(PENDING_KEY, None)
        else:
            self._memory[PENDING_KEY] = key_pem


def pem_of(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _whole(pem: str) -> str:
    """The certificate as it is written again. Raises CertificateError for what is none."""
    return pem_of(read_certificate(pem))
