"""Scenes of the certificate cases: renew the station's own, offer it bad ones, install and delete roots."""

from functools import partial

from chargeproof.acceptance.ports import Answer
from chargeproof.acceptance.security.certificates_in_record import (
    comparable,
    is_about,
    read_chain,
    right_hashes,
)
from chargeproof.acceptance.security.connections import (
    CERTIFICATE_PROFILE,
    TLS_FROM_PROFILE,
    profile_now,
)
from chargeproof.acceptance.security.ports import CertificateOffered
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.acceptance.unattended import back_after_restart
from chargeproof.ocpp import Reset, ResetType
from chargeproof.ocpp.security import (
    CertificateHashData,
    CertificateSigned,
    DeleteCertificate,
    ExtendedTriggerMessage,
    GetInstalledCertificateIds,
    InstallCertificate,
    SecurityEventNotification,
    SignCertificate,
)
from chargeproof.ocpp.security_enums import (
    CertificateUse,
    ExtendedMessageTrigger,
    HashAlgorithm,
    SecurityEvent,
)
from chargeproof.trace import HandshakeSeen

NAME_OPERATOR = "name the operator"
RENEW_CERTIFICATE = "renew the certificate of the station"
OFFER_BAD_CERTIFICATE = "offer a certificate that is not to be taken"
OFFER_BAD_CERTIFICATES = "offer certificates that are not to be taken"
TRUST_AUTHORITY = "have the authority of the certificates trusted"
INSTALL_ROOTS = "install root certificates"
INSTALL_ROOT = "install a root certificate"
DELETE_ROOTS = "delete the installed root certificates"
DELETE_ROOT = "delete a root certificate"

ROOT_CHECK = "AdditionalRootCertificateCheck"
CENTRAL = CertificateUse.CENTRAL_SYSTEM_ROOT

BAD: tuple[CertificateOffered, ...] = ("wrong name", "wrong root", "expired", "wrong key")
USE = "use"
CPO_NAME, OPERATOR = "CpoName", "chargeproof"
_POLL_S = 0.2


# ── the station's own certificate ────────────────────────────────────────────────────────────────────


@scene(RENEW_CERTIFICATE)
async def renew_certificate(stage: Stage) -> None:
    """Twice: the second key must be another one. Each time the station has to come with what it took."""
    await name_operator(stage)
    for _ in range(2):
        since = stage.station.mark()
        if await _answered(stage, "good") is None:
            return
        await _come_again(stage, since)


@scene(NAME_OPERATOR)
async def name_operator(stage: Stage) -> None:
    """CpoName belongs into the request (A02.FR.13): where it is empty, it gets a value until the end."""
    await stage.read_named([CPO_NAME])
    item = stage.item_of(CPO_NAME)
    if item is None or item.readonly or item.value:
        return
    if (await stage.set_key(CPO_NAME, OPERATOR)).accepted:
        await stage.read_named([CPO_NAME])
        stage.at_the_end(partial(stage.set_key, CPO_NAME, ""))


async def _answered(stage: Stage, offered: CertificateOffered) -> str | None:
    """Have the station ask for a certificate, and offer it one: its answer; None if it never came so far."""
    stage.station.security.offer_certificate(offered)
    since = stage.station.mark()
    wanted = ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE
    answer = await stage.station.call(ExtendedTriggerMessage(requested_message=wanted))
    if not answer.accepted:
        return None
    window_s = stage.windows["certificate"]
    request = await stage.station.wait_for(SignCertificate, within_s=window_s, since=since)
    if request is None:
        return None
    waited_s = 0.0  # CertificateSigned goes out by itself
    while waited_s < window_s and request.status == "Accepted":
        signed = stage.station.record().after(request.n).exchanges(CertificateSigned)
        if signed and signed[0].answer is not None:
            return signed[0].status or ""
        await stage.station.silence(_POLL_S)
        waited_s += _POLL_S
    return None


async def _come_again(stage: Stage, since: int) -> None:
    """With security profile 3: the next connection shows the certificate; the station may need a push for it."""
    if profile_now(stage) != CERTIFICATE_PROFILE:
        return
    await stage.settle()
    if not stage.station.record().after(since).of(HandshakeSeen):
        stage.station.security.reconnect()
        await stage.settle()
    await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])


@scene(OFFER_BAD_CERTIFICATES)
async def offer_bad_certificates(stage: Stage) -> None:
    """One after the other, each with one thing wrong, and at last a new connection.

    A bad one that is taken may lock the station out: a good one is offered at once, before it connects anew.
    """
    await name_operator(stage)
    await trust_authority(stage)
    for offered in BAD:
        async with stage.step(OFFER_BAD_CERTIFICATE, offered=offered):
            since = stage.station.mark()
            status = await _answered(stage, offered)
            if status is not None and status != "Accepted":
                await stage.station.wait_for(
                    SecurityEventNotification,
                    lambda event: event.type == SecurityEvent.INVALID_CHARGE_POINT_CERTIFICATE,
                    within_s=stage.windows["message"],
                    since=since,
                )
        if status is None:
            return
        if status == "Accepted":
            if await _answered(stage, "good") != "Accepted":
                raise CannotError(
                    f"the station took a certificate that it must not take ({offered}), and no good one"
                )
            await _come_again(stage, since)
    since = stage.station.mark()
    if profile_now(stage) == CERTIFICATE_PROFILE:
        stage.station.security.reconnect()
        await _come_again(stage, since)


# ── roots ────────────────────────────────────────────────────────────────────────────────────────────


@scene(TRUST_AUTHORITY)
async def trust_authority(stage: Stage) -> None:
    """A station that trusts nobody cannot tell a stranger's certificate: our root is lent to it.

    Not where TLS rests on our root already: what was there before must never be taken back.
    """
    if profile_now(stage) >= TLS_FROM_PROFILE:
        return
    await lend_root(stage, CertificateUse.CENTRAL_SYSTEM_ROOT, stage.station.security.root_of_authority())


async def lend_root(stage: Stage, use: CertificateUse, pem: str) -> bool:
    """Install a root unless it is there; it goes at the end. Whether the station has it then."""
    root = read_chain(pem)[0]
    if any(is_about(data, root) for data in await installed(stage, use)):
        return True
    answer = await stage.station.call(InstallCertificate(certificate_type=use, certificate=pem))
    if not answer.accepted:
        return False

    async def take_back() -> None:
        listed = [data for data in await installed(stage, use) if is_about(data, root)]
        data = listed[0] if listed else right_hashes(root, HashAlgorithm.SHA256)
        await stage.station.call(DeleteCertificate(certificate_hash_data=data))

    stage.at_the_end(take_back)
    return True


async def installed(stage: Stage, use: CertificateUse) -> list[CertificateHashData]:
    """What the station lists for a use."""
    answer = await stage.station.call(GetInstalledCertificateIds(certificate_type=use))
    return list(getattr(answer.confirmation, "certificate_hash_data", None) or ())


@scene(INSTALL_ROOTS)
async def install_roots(stage: Stage) -> None:
    """Our test root for both uses, listed before, after, and after a reset.

    Not for the central system where it would take the place of another root (AdditionalRootCertificateCheck).
    """
    taken = []
    listed = {use: await installed(stage, use) for use in CertificateUse}
    await stage.read_named([ROOT_CHECK])
    one_only = (stage.value_of(ROOT_CHECK) or "").lower() == "true" and bool(listed[CENTRAL])
    for use in CertificateUse:
        if use is CENTRAL and one_only:
            continue
        async with stage.step(INSTALL_ROOT, use=use.value):
            pem = stage.station.security.test_root(use)
            answer = await stage.station.call(InstallCertificate(certificate_type=use, certificate=pem))
            await installed(stage, use)
            if answer.accepted:
                taken.append(use)
                stage.at_the_end(lambda use=use: _away_with(stage, use))  # type: ignore[misc]
    if not taken:
        raise CannotError("the station installed no root certificate")
    since = stage.station.mark()
    if (await stage.station.call(Reset(type=ResetType.SOFT))).accepted:
        await back_after_restart(stage, since)
        for use in taken:
            await installed(stage, use)


async def _away_with(stage: Stage, use: CertificateUse) -> None:
    """Delete the test root where it is still listed."""
    root = read_chain(stage.station.security.test_root(use))[0]
    for data in await installed(stage, use):
        if is_about(data, root):
            await stage.station.call(DeleteCertificate(certificate_hash_data=data))


@scene(DELETE_ROOTS)
async def delete_roots(stage: Stage) -> None:
    """Delete what was installed, look whether it is gone, and delete it again."""
    await install_roots(stage)
    for use in CertificateUse:
        root = read_chain(stage.station.security.test_root(use))[0]
        listed = [data for data in await installed(stage, use) if is_about(data, root)]
        if listed:
            async with stage.step(DELETE_ROOT, use=use.value):
                await _delete(stage, use, listed[0])


async def _delete(stage: Stage, use: CertificateUse, listed: CertificateHashData) -> None:
    """By the hashes that are right, in the station's own algorithm; by those that it lists only to clean up."""
    root = read_chain(stage.station.security.test_root(use))[0]
    right = right_hashes(root, _algorithm_of(listed))
    answer: Answer = await stage.station.call(DeleteCertificate(certificate_hash_data=right))
    await installed(stage, use)
    if answer.accepted:
        await stage.station.call(DeleteCertificate(certificate_hash_data=right))
    elif comparable(listed) != comparable(right):
        await stage.station.call(DeleteCertificate(certificate_hash_data=listed))


def _algorithm_of(data: CertificateHashData) -> HashAlgorithm:
    try:
        return HashAlgorithm(data.hash_algorithm)
    except ValueError:
        return HashAlgorithm.SHA256
