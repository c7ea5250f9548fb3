"""Whether a handshake may become a connection, and if not, what its sender should change."""

import msgspec

from chargeproof.central_system.credentials import Credentials
from chargeproof.central_system.ports import Admission, Handshake
from chargeproof.central_system.security_profiles import (
    MUTUAL_TLS,
    Proof,
    proof_of,
    refusal,
    refused_certificate,
    refused_profile,
    refused_transport,
    security_of,
)
from chargeproof.central_system.settings import CentralSystemSettings
from chargeproof.central_system.upgrade import lacks_connection_upgrade

SUBPROTOCOL = "ocpp1.6"
MAX_ID_LENGTH = 255
PROTOCOL_ERROR = 1002
LACKS_CONNECTION_UPGRADE = (
    "The request lacks Connection: Upgrade (RFC 6455 section 4.1); taken all the same, most servers refuse it"
)
ADDRESS = "ws://HOST:PORT/any/path/CHARGE_POINT_ID"


def judge(
    handshake: Handshake,
    settings: CentralSystemSettings,
    credentials: Credentials,
    required_profile: int = 0,
) -> Admission:
    """The admission, without side effects. The order of the questions is that of their usefulness as hints.

    required_profile: the lowest security profile that this station may use.
    A station that offers only other versions is admitted without a sub-protocol and must be closed at once:
    J§3.2 asks for a completed handshake followed by a close. `must_close` tells.
    """
    proof = proof_of(handshake, credentials)
    admission = (
        _refused_id(handshake)
        or refused_certificate(handshake)
        or refused_transport(handshake, required_profile)
        or _refused_credentials(handshake, settings, credentials, proof, required_profile)
        or refused_profile(proof, required_profile)
        or _with_tolerated(handshake, _by_subprotocol(handshake, settings))
    )
    return msgspec.structs.replace(admission, security=security_of(handshake, proof))


def must_close(handshake: Handshake, admission: Admission) -> bool:
    """Whether J§3.2 has this admitted connection closed at once."""
    return admission.accepted and admission.subprotocol is None and bool(handshake.offered)


def _refused_id(handshake: Handshake) -> Admission | None:
    charge_point_id = handshake.charge_point_id
    if not charge_point_id:
        return refusal(404, "the address names no charge point", f"Let the station connect to {ADDRESS}")
    if not charge_point_id.isprintable():
        return refusal(
            400, "the charge point id holds control or invisible characters", "Set the id anew, without them"
        )
    if len(charge_point_id) > MAX_ID_LENGTH:
        return refusal(
            400,
            f"the charge point id has {len(charge_point_id)} characters",
            f"Choose an id of at most {MAX_ID_LENGTH} characters",
        )
    return None


def _refused_credentials(
    handshake: Handshake,
    settings: CentralSystemSettings,
    credentials: Credentials,
    proof: Proof,
    required_profile: int,
) -> Admission | None:
    """A certificate that names the station goes for a password."""
    charge_point_id = handshake.charge_point_id
    if proof.profile == MUTUAL_TLS or proof.password:
        return None
    if not credentials.has(charge_point_id):
        if not settings.require_credentials and not required_profile:
            return None
        if required_profile == MUTUAL_TLS:
            return None  # that it has no certificate says more
        return refusal(
            401, "no password is kept for this charge point", "Set one here, and the same in the station"
        )
    if handshake.password is None:
        return refusal(
            401,
            "the station sent no password",
            "Set its AuthorizationKey; it is sent as HTTP Basic authentication",
        )
    if handshake.user != charge_point_id:
        return refusal(
            401,
            f"the user name is {handshake.user!r}",
            f"The user name must be the charge point id, {charge_point_id!r}",
        )
    return refusal(
        401,
        "the password is wrong",
        "Set the AuthorizationKey of the station and the password kept here to the same value",
    )


def _by_subprotocol(handshake: Handshake, settings: CentralSystemSettings) -> Admission:
    for name in handshake.offered:
        if name.lower() == SUBPROTOCOL:
            return Admission(accepted=True, subprotocol=name)
    if handshake.offered:
        offered = ", ".join(handshake.offered)
        return Admission(
            accepted=True,
            reason=f"the station offers only {offered}",
            hint=f"Switch the station to OCPP 1.6 over JSON (sub-protocol {SUBPROTOCOL})",
        )
    if settings.allow_missing_subprotocol:
        return Admission(
            accepted=True,
            reason="the station offers no sub-protocol",
            hint=f"J§3.2 asks for {SUBPROTOCOL}; taken as that under allow_missing_subprotocol",
        )
    return refusal(
        400,
        "the station offers no sub-protocol",
        f"It must offer {SUBPROTOCOL} (J§3.2), or allow_missing_subprotocol must be set",
    )


def _with_tolerated(handshake: Handshake, admission: Admission) -> Admission:
    """Add what the server has overlooked in the request. A handshake without any headers shows nothing."""
    if not handshake.headers or not lacks_connection_upgrade(handshake):
        return admission
    hints = [admission.hint] if admission.hint else []
    return msgspec.structs.replace(admission, hint=". ".join([*hints, LACKS_CONNECTION_UPGRADE]))
