"""Stations that take certificates which they must not take, or do not tell of them (TC_077)."""

from chargeproof.ocpp.security import (
    CertificateSigned,
    CertificateSignedConf,
    SecurityEventNotification,
)
from chargeproof.ocpp.security_enums import CertificateSignedStatus, SecurityEvent
from chargeproof.simulator.certificates import CertificateError
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.mutants.s074_certificate_renewed import WITH_CERTIFICATE
from chargeproof.simulator.station import SimulatedStation

# ── TC_077a: taken ───────────────────────────────────────────────────────────────────────────────────


class _Overlooks(SimulatedStation):
    """Checks its certificate, and overlooks one thing."""

    overlooked = ""

    def check_own_certificate(self, chain_pem: str) -> None:
        try:
            super().check_own_certificate(chain_pem)
        except CertificateError as error:
            if self.overlooked not in str(error):
                raise


@mutant(
    fails="TC_077a",
    because="CertificateSigned with a certificate for another name was answered with Accepted",
    model="secure",
)
class TakesCertificateForAnotherName(_Overlooks):
    """Takes a certificate whoever it is for."""

    overlooked = "the certificate is for not-this-one"


@mutant(
    fails="TC_077a",
    because="CertificateSigned with a certificate for another key was answered with Accepted",
    model="secure",
)
class TakesCertificateForAnotherKey(_Overlooks):
    """Takes a certificate to which it has no key."""

    overlooked = "the certificate is for another key"


@mutant(
    fails="TC_077a",
    because="CertificateSigned with a certificate of an unknown authority was answered with Accepted",
    model="secure",
)
class TakesCertificateOfAStranger(_Overlooks):
    """Takes a certificate whoever signed it."""

    overlooked = "no trusted root stands behind it"


@mutant(
    fails="TC_077a",
    because="CertificateSigned with an expired certificate was answered with Accepted",
    model="secure",
)
class TakesExpiredCertificate(_Overlooks):
    """Takes a certificate that is over."""

    overlooked = "it expired"


# ── TC_077b: told ────────────────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_077b", because="no security event followed a certificate for another name", model="secure")
class BadCertificateNotTold(SimulatedStation):
    """Rejects what it must not take, and writes that into its log alone."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type != SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE:
            super().report_security_event(notification)


@mutant(fails="TC_077b", because="no security event followed an expired certificate", model="secure")
class BadCertificateToldOnce(SimulatedStation):
    """Tells of the first two certificates that it must not take, and is silent about further ones."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type == SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE:
            told: int = self.memory.get("told_of_certificates", 0)
            self.memory["told_of_certificates"] = told + 1
            if told >= 2:
                return
        super().report_security_event(notification)


@mutant(fails="TC_077b", because="no security event followed", model="secure")
class BadCertificateToldAsAnother(SimulatedStation):
    """Calls a wrong certificate of its own one of the central system."""

    def report_security_event(self, notification: SecurityEventNotification) -> None:
        if notification.type == SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE:
            wrong = str(SecurityEvent.INVALID_CENTRAL_SYSTEM_CERTIFICATE)
            notification = SecurityEventNotification(type=wrong, timestamp=notification.timestamp)
        super().report_security_event(notification)


# ── TC_077c: used ────────────────────────────────────────────────────────────────────────────────────


@mutant(
    fails="TC_077c",
    because="a certificate that was rejected is in use all the same",
    model=WITH_CERTIFICATE,
)
class RejectedCertificateUsed(SimulatedStation):
    """Puts a certificate to use before it checks it: the one of another key stays."""

    def answer_certificate_signed(self, request: CertificateSigned) -> CertificateSignedConf | None:
        certificates = self.secured().certificates
        key_pem = certificates.pending_key
        answer = super().answer_certificate_signed(request)
        events = self.memory["security_log"]
        rejected = answer is not None and answer.status is CertificateSignedStatus.REJECTED
        if rejected and key_pem is not None and "another key" in str(events[-1]["info"]):
            certificates.keep_identity(request.certificate_chain, key_pem)
        return answer
