"""Stations that get the deletion of root certificates wrong (TC_076)."""

from chargeproof.ocpp import ErrorCode
from chargeproof.ocpp.security import DeleteCertificate, DeleteCertificateConf
from chargeproof.ocpp.security_enums import CertificateUse, DeleteCertificateStatus
from chargeproof.simulator.link import Refused
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

ACCEPTED = DeleteCertificateStatus.ACCEPTED
NOT_FOUND = DeleteCertificateStatus.NOT_FOUND

# ── TC_076a: it is gone ──────────────────────────────────────────────────────────────────────────────


@mutant(
    fails="TC_076a",
    because="DeleteCertificate was accepted, and the certificate is still listed",
    model="secure",
)
class DeletedStillListed(SimulatedStation):
    """Accepts the deletion and does nothing."""

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        return DeleteCertificateConf(status=ACCEPTED)


@mutant(
    fails="TC_076a",
    because="DeleteCertificate of an installed certificate was answered with NotFound",
    model="secure",
)
class InstalledNotFound(SimulatedStation):
    """Finds nothing by hashes."""

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        return DeleteCertificateConf(status=NOT_FOUND)


@mutant(
    fails="TC_076a",
    because="DeleteCertificate of an installed certificate was answered with Failed",
    model="secure",
)
class DeletionFails(SimulatedStation):
    """Deletes no root of its manufacturer."""

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        found = self.secured().certificates.find(request.certificate_hash_data)
        if found is not None and found[0] is CertificateUse.MANUFACTURER_ROOT:
            return DeleteCertificateConf(status=DeleteCertificateStatus.FAILED)
        return super().answer_delete_certificate(request)


@mutant(
    fails="TC_076a",
    because="DeleteCertificate of an installed certificate was answered with CALLERROR NotSupported",
    model="secure",
)
class DeletionNotSupported(SimulatedStation):
    """Installs certificates, and knows no way to be rid of them."""

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        raise Refused(ErrorCode.NOT_SUPPORTED, "certificates stay")


@mutant(
    fails="TC_076a",
    because="DeleteCertificate deleted more than the certificate that it named",
    model="secure",
)
class DeletionTakesAll(SimulatedStation):
    """Deletes all roots of its manufacturer at once."""

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        store = self.secured().certificates
        use = CertificateUse.MANUFACTURER_ROOT
        found = store.find(request.certificate_hash_data)
        answer = super().answer_delete_certificate(request)
        if found is not None and found[0] is use:
            for root in store.roots(use):
                store.remove(use, root)
        return answer


# ── TC_076b: what is not there ───────────────────────────────────────────────────────────────────────


@mutant(
    fails="TC_076b",
    because="DeleteCertificate of a certificate that is gone was answered with Accepted",
    model="secure",
)
class DeletedTwice(SimulatedStation):
    """Accepts every deletion, be there something to delete or not."""

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        super().answer_delete_certificate(request)
        return DeleteCertificateConf(status=ACCEPTED)


@mutant(
    fails="TC_076b",
    because="DeleteCertificate of a certificate that is gone was answered with Failed",
    model="secure",
)
class MissingIsAFailure(SimulatedStation):
    """Says Failed where it finds nothing."""

    def answer_delete_certificate(self, request: DeleteCertificate) -> DeleteCertificateConf | None:
        answer = super().answer_delete_certificate(request)
        if answer is not None and answer.status is NOT_FOUND:
            return DeleteCertificateConf(status=DeleteCertificateStatus.FAILED)
        return answer
