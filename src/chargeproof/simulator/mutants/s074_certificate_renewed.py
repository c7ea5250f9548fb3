"""Stations that get the renewal of their certificate wrong (TC_074)."""

import base64

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import NameOID

from chargeproof.ocpp import ErrorCode, TriggerMessageStatus
from chargeproof.ocpp.security import (
    CertificateSigned,
    CertificateSignedConf,
    ExtendedTriggerMessage,
    ExtendedTriggerMessageConf,
)
from chargeproof.ocpp.security_enums import CertificateSignedStatus, ExtendedMessageTrigger
from chargeproof.simulator.certificates import signing_request
from chargeproof.simulator.link import Refused
from chargeproof.simulator.model import load_model
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

SIGNING = ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE
WITH_CERTIFICATE = load_model("secure").with_key("SecurityProfile", value="3")

# ── TC_074a: the trigger ─────────────────────────────────────────────────────────────────────────────


class _AnswersTheTrigger(SimulatedStation):
    """Answers ExtendedTriggerMessage SignChargePointCertificate, and does nothing."""

    def told(self) -> TriggerMessageStatus:
        return TriggerMessageStatus.ACCEPTED

    def answer_extended_trigger_message(
        self, request: ExtendedTriggerMessage
    ) -> ExtendedTriggerMessageConf | None:
        if request.requested_message is not SIGNING:
            return super().answer_extended_trigger_message(request)
        return ExtendedTriggerMessageConf(status=self.told())


@mutant(fails="TC_074a", because="SignCertificate did not follow the accepted trigger", model="secure")
class SigningTriggerAcceptedThenSilent(_AnswersTheTrigger):
    """Accepts the trigger and sends no SignCertificate."""


@mutant(
    fails="TC_074a",
    because="ExtendedTriggerMessage SignChargePointCertificate was answered with Rejected",
    model="secure",
)
class SigningTriggerRejected(_AnswersTheTrigger):
    """Rejects the trigger."""

    def told(self) -> TriggerMessageStatus:
        return TriggerMessageStatus.REJECTED


@mutant(
    fails="TC_074a",
    because="ExtendedTriggerMessage SignChargePointCertificate was answered with NotImplemented",
    model=WITH_CERTIFICATE,
)
class SigningTriggerUnknownThoughCertified(_AnswersTheTrigger):
    """Shows a certificate of its own when it connects, and does not know how to renew it."""

    def told(self) -> TriggerMessageStatus:
        return TriggerMessageStatus.NOT_IMPLEMENTED


@mutant(fails="TC_074a", because="SignChargePointCertificate was not answered", model="secure")
class SigningTriggerUnanswered(SimulatedStation):
    """Does not answer the trigger."""

    def answer_extended_trigger_message(
        self, request: ExtendedTriggerMessage
    ) -> ExtendedTriggerMessageConf | None:
        return (
            None if request.requested_message is SIGNING else super().answer_extended_trigger_message(request)
        )


# ── TC_074b: the request ─────────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_074b", because="the csr is no signing request in PEM", model="secure")
class CsrIsNoRequest(SimulatedStation):
    """Sends its public key in place of a signing request."""

    def build_signing_request(self, key_pem: str) -> str:
        key = serialization.load_pem_private_key(key_pem.encode(), None).public_key()
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_bytes(serialization.Encoding.PEM, form).decode()


@mutant(fails="TC_074b", because="the csr is not signed with its own key", model="secure")
class CsrSignatureBroken(SimulatedStation):
    """Signs its request and changes it afterwards."""

    def build_signing_request(self, key_pem: str) -> str:
        request = x509.load_pem_x509_csr(super().build_signing_request(key_pem).encode())
        der = bytearray(request.public_bytes(serialization.Encoding.DER))
        der[der.index(self.charge_point_id.encode()[:4])] ^= 0x20  # one letter of its name in lower case
        text = base64.encodebytes(bytes(der)).decode()
        return f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n"


@mutant(fails="TC_074b", because="the csr is for the common name CHARGER", model="secure")
class CsrForAnotherName(SimulatedStation):
    """Asks for a certificate in the name that its maker gave to all of them."""

    def build_signing_request(self, key_pem: str) -> str:
        return signing_request(key_pem, "CHARGER", self.configuration.text("CpoName"))


@mutant(fails="TC_074b", because="the csr has no common name", model="secure")
class CsrWithoutName(SimulatedStation):
    """Names the operator alone."""

    def build_signing_request(self, key_pem: str) -> str:
        key = serialization.load_pem_private_key(key_pem.encode(), None)
        subject = x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.configuration.text("CpoName"))]
        )
        request = x509.CertificateSigningRequestBuilder().subject_name(subject)
        signed = request.sign(key, hashes.SHA256())  # type: ignore[arg-type]
        return signed.public_bytes(serialization.Encoding.PEM).decode()


@mutant(fails="TC_074b", because="the csr names the organization Maker", model="secure")
class CsrForAnotherOperator(SimulatedStation):
    """Names its maker where CpoName belongs, and expects it in the certificate."""

    def build_signing_request(self, key_pem: str) -> str:
        return signing_request(key_pem, self.charge_point_id, "Maker")

    def check_own_certificate(self, chain_pem: str) -> None:
        operator = self.configuration.text("CpoName")
        self.configuration.store("CpoName", "Maker")
        try:
            super().check_own_certificate(chain_pem)
        finally:
            self.configuration.store("CpoName", operator)


class _MakesAnotherKey(SimulatedStation):
    """Has keys of its own kind."""

    def make_key(self) -> CertificateIssuerPrivateKeyTypes:
        raise NotImplementedError

    def build_signing_request(self, key_pem: str) -> str:
        names = [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.configuration.text("CpoName")),
            x509.NameAttribute(NameOID.COMMON_NAME, self.charge_point_id),
        ]
        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
        key = self.make_key()
        digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        return request.sign(key, digest).public_bytes(serialization.Encoding.PEM).decode()


@mutant(fails="TC_074b", because="the csr is for an RSA key of 1024 bits", model="secure")
class CsrWithWeakKey(_MakesAnotherKey):
    """Makes RSA keys of 1024 bits."""

    def make_key(self) -> CertificateIssuerPrivateKeyTypes:
        return rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the defect


@mutant(fails="TC_074b", because="the csr is for an ECDSA key of 192 bits", model="secure")
class CsrWithWeakCurve(_MakesAnotherKey):
    """Makes keys on the curve P-192."""

    def make_key(self) -> CertificateIssuerPrivateKeyTypes:
        return ec.generate_private_key(ec.SECP192R1())


@mutant(fails="TC_074b", because="the csr is for a key that is neither RSA nor ECDSA", model="secure")
class CsrWithAnotherKindOfKey(_MakesAnotherKey):
    """Makes Ed25519 keys, which few others know."""

    def make_key(self) -> CertificateIssuerPrivateKeyTypes:
        return ed25519.Ed25519PrivateKey.generate()


@mutant(fails="TC_074b", because="the csr is for a key that has a certificate already", model="secure")
class CsrWithTheSameKey(SimulatedStation):
    """Makes one key pair in its life, and has it signed again and again."""

    def build_signing_request(self, key_pem: str) -> str:
        kept: str = self.memory.get("first_key", key_pem)
        self.memory["first_key"] = kept
        self.secured().certificates.keep_pending_key(kept)
        return super().build_signing_request(kept)


# ── TC_074c: the certificate ─────────────────────────────────────────────────────────────────────────


@mutant(
    fails="TC_074c",
    because="CertificateSigned with a good certificate was answered with Rejected",
    model="secure",
)
class GoodCertificateRejected(SimulatedStation):
    """Rejects whatever certificate comes, and tells of it."""

    def check_own_certificate(self, chain_pem: str) -> None:
        super().check_own_certificate("no certificate")


@mutant(
    fails="TC_074c",
    because="CertificateSigned with a good certificate was answered with CALLERROR InternalError",
    model="secure",
)
class GoodCertificateCallerror(SimulatedStation):
    """Has no room for a certificate."""

    def answer_certificate_signed(self, request: CertificateSigned) -> CertificateSignedConf | None:
        answer = super().answer_certificate_signed(request)
        if answer is not None and answer.status is CertificateSignedStatus.ACCEPTED:
            raise Refused(ErrorCode.INTERNAL_ERROR, "no room for a certificate")
        return answer


# ── TC_074d: its use ─────────────────────────────────────────────────────────────────────────────────


@mutant(
    fails="TC_074d",
    because="the station goes on with another certificate than the new one",
    model=WITH_CERTIFICATE,
)
class NewCertificateUnused(SimulatedStation):
    """Accepts the new certificate, and connects with the old one for ever."""

    def answer_certificate_signed(self, request: CertificateSigned) -> CertificateSignedConf | None:
        certificates = self.secured().certificates
        before = certificates.identity
        answer = super().answer_certificate_signed(request)
        if answer is not None and answer.status is CertificateSignedStatus.ACCEPTED and before is not None:
            certificates.keep_identity(before.chain_pem, before.key_pem)
        return answer
