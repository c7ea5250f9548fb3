"""The security profiles of OCPP 1.6 (security whitepaper, section 2.3): what a handshake amounts to.

0: nothing. 1: a password over ws. 2: a password over TLS. 3: TLS with a certificate that names the station.
"""

import msgspec

from chargeproof.central_system.credentials import STRANGE, Credentials, Recognized
from chargeproof.central_system.ports import Admission, Handshake
from chargeproof.trace import SecuritySeen

UNSECURED, PASSWORD, PASSWORD_OVER_TLS, MUTUAL_TLS = range(4)
NEEDS_TLS = PASSWORD_OVER_TLS


class Proof(msgspec.Struct, frozen=True):
    """What a handshake proves of the station that it names."""

    profile: int
    password: Recognized = STRANGE


def proof_of(handshake: Handshake, credentials: Credentials) -> Proof:
    charge_point_id = handshake.charge_point_id
    password = STRANGE
    if handshake.password is not None:
        # Looked up in any case: how long the answer takes must not tell why it is no.
        recognized = credentials.recognize(charge_point_id, handshake.password)
        if handshake.user == charge_point_id:
            password = recognized
    if is_certified(handshake):
        return Proof(MUTUAL_TLS, password)
    if password:
        return Proof(PASSWORD if handshake.tls is None else PASSWORD_OVER_TLS, password)
    return Proof(UNSECURED)


def is_certified(handshake: Handshake) -> bool:
    """Whether TLS has proved that it is the station that it names."""
    certificate = handshake.secured.client if handshake.secured is not None else None
    return (
        certificate is not None and not certificate.problem and certificate.is_of(handshake.charge_point_id)
    )


def security_of(handshake: Handshake, proof: Proof) -> SecuritySeen:
    """The facts for the record."""
    secured = handshake.secured
    if secured is None:
        return SecuritySeen(profile=proof.profile, password_form=proof.password.form)
    certificate = secured.client
    return SecuritySeen(
        profile=proof.profile,
        protocol=secured.protocol,
        cipher=secured.cipher,
        server_certificate=secured.server_certificate,
        client_subject=certificate.subject if certificate else "",
        client_issuer=certificate.issuer if certificate else "",
        client_serial=certificate.serial if certificate else "",
        client_expires_at=certificate.expires_at if certificate else None,
        password_form=proof.password.form,
        versions_offered=secured.hello.version_names if secured.hello else (),
        suites_offered=secured.hello.whitepaper_suites if secured.hello else (),
    )


def refused_certificate(handshake: Handshake) -> Admission | None:
    """A certificate that is shown must be good, whatever else would do."""
    certificate = handshake.secured.client if handshake.secured is not None else None
    if certificate is None:
        return None
    if certificate.problem:
        return refusal(403, f"{certificate.problem} (serial number {certificate.serial})", certificate.remedy)
    if not certificate.is_of(handshake.charge_point_id):
        return refusal(
            403,
            f"the common name {certificate.name} of the certificate is not the id {handshake.charge_point_id}",
            "Give the station a certificate with its id as common name, or set its id to that name",
        )
    return None


def refused_transport(handshake: Handshake, required_profile: int) -> Admission | None:
    """Passwords are not even looked at where they should not have been sent."""
    if handshake.tls is None and required_profile >= NEEDS_TLS:
        return refusal(
            403,
            f"security profile {required_profile} is asked of this station, and it comes without TLS",
            "Let it connect to the wss:// address; if it may do without, lower its profile here",
        )
    return None


def refused_profile(proof: Proof, required_profile: int) -> Admission | None:
    """What remains when the password is right, or none is needed."""
    if proof.profile >= required_profile:
        return None
    if required_profile == MUTUAL_TLS:
        return refusal(
            403,
            "security profile 3 is asked of this station, and it sent no certificate",
            "Give it one (SignCertificate, CertificateSigned) and let it use profile 3; if it may do without, "
            "lower its profile here",
        )
    return refusal(
        403,
        f"security profile {required_profile} is asked of this station, and it comes with {proof.profile}",
        "Set its SecurityProfile; if it may do without, lower its profile here",
    )


def refusal(http_status: int, reason: str, hint: str) -> Admission:
    return Admission(accepted=False, http_status=http_status, reason=reason, hint=hint)
