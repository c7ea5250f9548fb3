"""InstallCertificate, DeleteCertificate, GetInstalledCertificateIds: whom the station trusts (W§ M03 to M05)."""

from typing import TYPE_CHECKING

from cryptography import x509

from chargeproof.ocpp.security import (
    DeleteCertificate,
    GetInstalledCertificateIds,
    GetInstalledCertificateIdsConf,
    InstallCertificate,
)
from chargeproof.ocpp.security_enums import (
    CertificateUse,
    DeleteCertificateStatus,
    GetInstalledCertificateStatus,
    InstallCertificateStatus,
    SecurityEvent,
)
from chargeproof.simulator.certificates import (
    CertificateError,
    check_period,
    is_authority,
    is_issued_by,
    read_certificate,
)

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

CENTRAL_SYSTEM = CertificateUse.CENTRAL_SYSTEM_ROOT
TLS_FROM_PROFILE = 2


class RootCertificates:
    """The rules; what is kept is in the certificate store."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station

    def install(self, request: InstallCertificate) -> InstallCertificateStatus:
        use = request.certificate_type
        try:
            certificate = self.check(use, request.certificate)
        except CertificateError as error:
            if use is CENTRAL_SYSTEM:
                log = self.station.secured().log
                log.note(SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE, str(error))
            return InstallCertificateStatus.REJECTED
        self.keep(use, certificate)
        return InstallCertificateStatus.ACCEPTED

    def check(self, use: CertificateUse, pem: str) -> x509.Certificate:
        """Raises CertificateError unless it may be installed now."""
        certificate = read_certificate(pem)
        check_period(certificate, self.station.now())
        if not is_authority(certificate):
            raise CertificateError("the certificate is of no authority")
        store = self.station.secured().certificates
        if self.replaces(use):
            if not is_issued_by(certificate, store.roots(use)[0]):
                raise CertificateError("the root that it replaces did not sign it")
            return certificate
        most = self.station.configuration.integer("CertificateStoreMaxLength", len(store) + 1)
        if len(store) >= most and certificate not in store.roots(use):
            raise CertificateError(f"{most} certificates are installed, as many as there is room for")
        return certificate

    def keep(self, use: CertificateUse, certificate: x509.Certificate) -> None:
        store = self.station.secured().certificates
        if self.replaces(use):
            store.replace_central_system_root(certificate)
        else:
            store.install(use, certificate)

    def replaces(self, use: CertificateUse) -> bool:
        """AdditionalRootCertificateCheck: there is one root for the central system, and a new one follows it."""
        checked = self.station.configuration.boolean("AdditionalRootCertificateCheck")
        return checked and use is CENTRAL_SYSTEM and bool(self.station.secured().certificates.roots(use))

    def delete(self, request: DeleteCertificate) -> DeleteCertificateStatus:
        security = self.station.secured()
        found = security.certificates.find(request.certificate_hash_data)
        if found is None:
            return DeleteCertificateStatus.NOT_FOUND
        use, certificate = found
        last = use is CENTRAL_SYSTEM and len(security.certificates.roots(use)) == 1
        if last and security.profile >= TLS_FROM_PROFILE:
            return DeleteCertificateStatus.FAILED  # without it the station would never connect again
        security.certificates.remove(use, certificate)
        return DeleteCertificateStatus.ACCEPTED

    def installed(self, request: GetInstalledCertificateIds) -> GetInstalledCertificateIdsConf:
        store = self.station.secured().certificates
        named = [self.station.name_root(root) for root in store.roots(request.certificate_type)]
        if not named:
            return GetInstalledCertificateIdsConf(status=GetInstalledCertificateStatus.NOT_FOUND)
        return GetInstalledCertificateIdsConf(
            status=GetInstalledCertificateStatus.ACCEPTED, certificate_hash_data=named
        )
