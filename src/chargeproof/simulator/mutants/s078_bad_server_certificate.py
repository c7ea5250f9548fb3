"""Stations that believe servers which they must not believe, or tell nobody of them (TC_078)."""

import msgspec
from cryptography import x509

from chargeproof.ocpp.security import (
    InstallCertificate,
    InstallCertificateConf,
    SecurityEventNotification,
)
from chargeproof.ocpp.security_enums import CertificateUse, InstallCertificateStatus, SecurityEvent
from chargeproof.simulator.certificate_store import CertificateStore
from chargeproof.simulator.certificates import is_issued_by, read_certificate
from chargeproof.simulator.model import load_model
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import DialCredentials, TlsHabits, Wire
from chargeproof.simulator.station import SimulatedStation


class _Careless(SimulatedStation):
    """``overlooked``: what of a server's certificate is not checked."""

    overlooked = ""

    def credentials(self) -> DialCredentials:
        habits = TlsHabits(checks=TlsHabits().checks - {self.overlooked})
        return msgspec.structs.replace(super().credentials(), tls=habits)


@mutant(fails="TC_078a", because="of an unknown authority", model="secure")
class ServersChainNotChecked(_Careless):
    """It connects to whoever has a certificate for the right name, whoever signed it."""

    overlooked = "chain"


@mutant(fails="TC_078a", because="for another host", model="secure")
class ServersNameNotChecked(_Careless):
    """It connects to any server that the authority knows, whatever its name."""

    overlooked = "name"


@mutant(fails="TC_078a", because="an expired certificate", model="secure")
class ServersExpiryNotChecked(_Careless):
    """It connects to a server whose certificate is over."""

    overlooked = "time"


@mutant(
    fails="TC_078b",
    because="did not tell of a server with a certificate of an unknown",
    model="secure",
)
class WrongServerNotTold(SimulatedStation):
    """It refuses a wrong server and keeps that to itself."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type != SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE:
            super().report_security_event(notification)


# ── AdditionalRootCertificateCheck ───────────────────────────────────────────────────────────────────

CHECKS = load_model("secure").with_key("AdditionalRootCertificateCheck", value="true")
CENTRAL = CertificateUse.CENTRAL_SYSTEM_ROOT


class _Installs(SimulatedStation):
    """``another``: what it does with a root that is to follow the one for the central system; None: the right."""

    def answer_install_certificate(self, request: InstallCertificate) -> InstallCertificateConf | None:
        if request.certificate_type is CENTRAL and self.store().roots(CENTRAL):
            status = self.another(read_certificate(request.certificate))
            if status is not None:
                return InstallCertificateConf(status=status)
        return super().answer_install_certificate(request)

    def store(self) -> CertificateStore:
        return self.secured().certificates

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        raise NotImplementedError

    def is_signed(self, root: x509.Certificate) -> bool:
        return is_issued_by(root, self.store().roots(CENTRAL)[0])


@mutant(fails="TC_078c", because="a root that signed itself was answered with Accepted", model=CHECKS)
class AnyRootReplaces(_Installs):
    """It keeps one root, and does not look who signed the next."""

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        self.store().replace_central_system_root(root)
        return InstallCertificateStatus.ACCEPTED


@mutant(
    fails="TC_078c",
    because="a root with the name of the present one and another key was answered with Accepted",
    model=CHECKS,
)
class RootKnownByItsName(_Installs):
    """It compares the names of certificates, and no signature."""

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        if root.issuer != self.store().roots(CENTRAL)[0].subject:
            return InstallCertificateStatus.REJECTED
        self.store().replace_central_system_root(root)
        return InstallCertificateStatus.ACCEPTED


@mutant(fails="TC_078c", because="was rejected, and is listed", model=CHECKS)
class RejectedRootKept(_Installs):
    """It says Rejected after it has written the root down."""

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        if self.is_signed(root):
            return None
        self.store().install(CENTRAL, root)
        return InstallCertificateStatus.REJECTED


@mutant(fails="TC_078c", because="was rejected, and the present one is gone", model=CHECKS)
class RejectedRootEmptiesTheStore(_Installs):
    """It makes room before it looks at the new root."""

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        if self.is_signed(root):
            return None
        self.store().remove(CENTRAL, self.store().roots(CENTRAL)[0])
        return InstallCertificateStatus.REJECTED


@mutant(
    fails="TC_078d", because="a root that the present one signed was answered with Rejected", model=CHECKS
)
class NoRootReplaces(_Installs):
    """It keeps the root that it has, whatever follows."""

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        return InstallCertificateStatus.REJECTED


@mutant(fails="TC_078d", because="was accepted, and is not listed", model=CHECKS)
class SignedRootForgotten(_Installs):
    """It accepts a root that is signed rightly, and goes on with the one that it has."""

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        return InstallCertificateStatus.ACCEPTED if self.is_signed(root) else None


@mutant(fails="TC_078d", because="3 roots are listed", model=CHECKS)
class FormerRootsPileUp(_Installs):
    """It keeps all the roots that it ever had, until it has connected."""

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        if not any(is_issued_by(root, one) for one in self.store().roots(CENTRAL)):
            return None
        self.store().install(CENTRAL, root)
        return InstallCertificateStatus.ACCEPTED

    async def open_socket(self) -> Wire:
        wire = await super().open_socket()
        for former in self.store().roots(CENTRAL)[:-1]:
            self.store().remove(CENTRAL, former)
        return wire


@mutant(fails="TC_078e", because="still listed after a connection under the new one", model=CHECKS)
class FormerRootStays(_Installs):
    """It keeps the root before for as long as there is none after it."""

    def another(self, root: x509.Certificate) -> InstallCertificateStatus | None:
        if not any(is_issued_by(root, one) for one in self.store().roots(CENTRAL)):
            return None
        for former in self.store().roots(CENTRAL)[:-1]:
            self.store().remove(CENTRAL, former)
        self.store().install(CENTRAL, root)
        return InstallCertificateStatus.ACCEPTED
