"""Stations that get the installation of root certificates wrong (TC_075)."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chargeproof.ocpp import ErrorCode
from chargeproof.ocpp.security import (
    CertificateHashData,
    InstallCertificate,
    InstallCertificateConf,
)
from chargeproof.ocpp.security_enums import CertificateUse, HashAlgorithm, InstallCertificateStatus
from chargeproof.simulator.certificate_store import ROOTS
from chargeproof.simulator.certificates import read_certificate
from chargeproof.simulator.link import Refused
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

ACCEPTED = InstallCertificateStatus.ACCEPTED

# ── TC_075a: the answer ──────────────────────────────────────────────────────────────────────────────


@mutant(
    fails="TC_075a",
    because="InstallCertificate CentralSystemRootCertificate was answered with Rejected",
    model="secure",
)
class CentralSystemRootRejected(SimulatedStation):
    """Takes no other root for the central system than that of the factory."""

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        if request.certificate_type is CertificateUse.CENTRAL_SYSTEM_ROOT:
            return InstallCertificateConf(status=InstallCertificateStatus.REJECTED)
        return super().answer_install_certificate(request)


@mutant(
    fails="TC_075a",
    because="InstallCertificate CentralSystemRootCertificate was answered with CALLERROR NotSupported",
    model="secure",
)
class CentralSystemRootNotSupported(SimulatedStation):
    """Lists its roots, takes one of the manufacturer, and none for the central system."""

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        if request.certificate_type is CertificateUse.CENTRAL_SYSTEM_ROOT:
            raise Refused(ErrorCode.NOT_SUPPORTED, "roots come with the firmware")
        return super().answer_install_certificate(request)


@mutant(
    fails="TC_075a",
    because="InstallCertificate ManufacturerRootCertificate was answered with Failed",
    model="secure",
)
class SecondManufacturerRootFails(SimulatedStation):
    """Has room for one root of its manufacturer until a reset makes more; later installations work."""

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        if request.certificate_type is CertificateUse.MANUFACTURER_ROOT and "tried" not in self.memory:
            self.memory["tried"] = True
            return InstallCertificateConf(status=InstallCertificateStatus.FAILED)
        return super().answer_install_certificate(request)


# ── TC_075b: the list ────────────────────────────────────────────────────────────────────────────────


def _changed(data: CertificateHashData, **members: str) -> CertificateHashData:
    kept = {name: getattr(data, name) for name in data.__struct_fields__}
    return CertificateHashData(**{**kept, **members})


def _sha256(content: bytes) -> str:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    return digest.finalize().hex()


@mutant(fails="TC_075b", because="is listed with a wrong issuerKeyHash", model="secure")
class RootKeyHashedWhole(SimulatedStation):
    """Hashes the whole SubjectPublicKeyInfo, and not the bits of the key alone."""

    def name_root(self, root: x509.Certificate) -> CertificateHashData:
        data = super().name_root(root)
        whole = root.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return _changed(data, issuer_key_hash=_sha256(whole))


@mutant(fails="TC_075b", because="is listed with a wrong issuerNameHash", model="secure")
class RootNameHashedAsText(SimulatedStation):
    """Hashes the name of the issuer as people read it."""

    def name_root(self, root: x509.Certificate) -> CertificateHashData:
        data = super().name_root(root)
        return _changed(data, issuer_name_hash=_sha256(root.issuer.rfc4514_string().encode()))


@mutant(fails="TC_075b", because="is listed with a wrong serialNumber", model="secure")
class RootSerialCut(SimulatedStation):
    """Has room for eight bytes of a serial number."""

    def name_root(self, root: x509.Certificate) -> CertificateHashData:
        data = super().name_root(root)
        return _changed(data, serial_number=data.serial_number[-16:])


@mutant(fails="TC_075b", because="is listed with a wrong issuerNameHash, issuerKeyHash", model="secure")
class RootHashedOtherwiseThanSaid(SimulatedStation):
    """Makes SHA-256 hashes and says that they are SHA-512."""

    def name_root(self, root: x509.Certificate) -> CertificateHashData:
        data = super().name_root(root)
        return _changed(data, hash_algorithm=HashAlgorithm.SHA512)


@mutant(fails="TC_075b", because="is not listed after it was accepted", model="secure")
class RootAcceptedNotKept(SimulatedStation):
    """Accepts a root for the central system and forgets it."""

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        if request.certificate_type is CertificateUse.CENTRAL_SYSTEM_ROOT:
            return InstallCertificateConf(status=ACCEPTED)
        return super().answer_install_certificate(request)


@mutant(
    fails="TC_075b",
    because="the CentralSystemRootCertificate is not listed after it was accepted",
    model="secure",
)
class RootKeptForTheOtherUse(SimulatedStation):
    """Keeps every root as one of its manufacturer."""

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        use = CertificateUse.MANUFACTURER_ROOT
        changed = InstallCertificate(certificate_type=use, certificate=request.certificate)
        return super().answer_install_certificate(changed)


@mutant(fails="TC_075b", because="took the place of what was installed before", model="secure")
class RootReplacesTheOthers(SimulatedStation):
    """Has one place for a root of its manufacturer: a new one takes it."""

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        answer = super().answer_install_certificate(request)
        use = CertificateUse.MANUFACTURER_ROOT
        if request.certificate_type is use and answer is not None and answer.status is ACCEPTED:
            store = self.secured().certificates
            own = read_certificate(request.certificate)
            for root in store.roots(use):
                if root != own:
                    store.remove(use, root)
        return answer


# ── TC_075c: the reset ───────────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_075c", because="is not listed after a reset", model="secure")
class RootsForgottenByReset(SimulatedStation):
    """Keeps what is installed in volatile memory: after a boot the roots of the factory are back."""

    def start_software(self) -> None:
        if "factory_roots" in self.memory:
            self.memory[ROOTS] = self.memory["factory_roots"]
        super().start_software()
        self.memory["factory_roots"] = self.memory[ROOTS]
