"""Scenes of AdditionalRootCertificateCheck: what may take the place of the root for the central system.

Only where that root is ours, and only with ones that leave a way back: each follower has the name and the key of
the one before, so that whoever trusts it trusts this server too, and the one before may follow it in turn. What a
station must not take is put right before it connects anew.
"""

from functools import partial
from typing import get_args

from cryptography import x509

from chargeproof.acceptance.security.certificate_scenes import CENTRAL, ROOT_CHECK, installed, lend_root
from chargeproof.acceptance.security.certificates_in_record import comparable, read_chain, right_hashes
from chargeproof.acceptance.security.connections import TLS_FROM_PROFILE, profile_now
from chargeproof.acceptance.security.extension import ask_for_extension
from chargeproof.acceptance.security.ports import RootOffered
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.ocpp.security import CertificateHashData, DeleteCertificate, InstallCertificate
from chargeproof.ocpp.security_enums import HashAlgorithm

REPLACE_ROOT = "replace the root of the central system"
OFFER_ROOT = "offer a root in the place of the present one"
CONNECT_UNDER_IT = "connect under the new root"
OFFERED = "offered"
SIGNED: RootOffered = "signed"
FOLLOWERS = 2
"""One more than a station may keep beside the present root."""


@scene(REPLACE_ROOT)
async def replace_root(stage: Stage) -> None:
    """Raises CannotError at a station that does not check, or whose root could not be put back."""
    await ask_for_extension(stage)
    await stage.read_named([ROOT_CHECK])
    if (stage.value_of(ROOT_CHECK) or "").lower() != "true":
        raise CannotError(f"{ROOT_CHECK} is not true at this station")
    await _have_ours_alone(stage)
    for offered in get_args(RootOffered):
        if offered != SIGNED:
            await _offer_wrong(stage, offered)
    stage.at_the_end(partial(_put_back, stage))
    if not all([await _offer(stage, SIGNED) for _ in range(FOLLOWERS)]):
        return
    if profile_now(stage) >= TLS_FROM_PROFILE:
        async with stage.step(CONNECT_UNDER_IT):
            stage.station.security.reconnect()
            await stage.settle()
            await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])
            await installed(stage, CENTRAL)
    await _put_back(stage)


def names(data: CertificateHashData, root: x509.Certificate) -> bool:
    """Whether this item of a list is that root: one that was made anew differs in the serial number alone."""
    return comparable(data.serial_number) == comparable(f"{root.serial_number:x}")


async def _have_ours_alone(stage: Stage) -> None:
    pem = stage.station.security.root_of_authority()
    ours, listed = read_chain(pem)[0], await installed(stage, CENTRAL)
    if any(not names(data, ours) for data in listed):
        raise CannotError(
            "its root is not that of the authority here: none to follow it can be signed, nor could it be put back"
        )
    if not listed and not await lend_root(stage, CENTRAL, pem):
        raise CannotError("the station has no root for the central system, and does not take ours")


async def _offer_wrong(stage: Stage, offered: RootOffered) -> None:
    await _offer(stage, offered)
    await _put_back(stage)


async def _offer(stage: Stage, offered: RootOffered) -> bool:
    """Whether it took it."""
    async with stage.step(OFFER_ROOT, offered=offered):
        pem = stage.station.security.following_root(offered)
        answer = await stage.station.call(InstallCertificate(certificate_type=CENTRAL, certificate=pem))
        await installed(stage, CENTRAL)
    return answer.accepted


async def _put_back(stage: Stage) -> None:
    """Our root where it is not listed, and nothing beside it that names a stranger.

    Raises CannotError where it cannot be had back, before anything makes the station connect anew.
    """
    pem = stage.station.security.root_of_authority()
    ours, listed = read_chain(pem)[0], await installed(stage, CENTRAL)
    if not any(names(data, ours) for data in listed):
        await stage.station.call(InstallCertificate(certificate_type=CENTRAL, certificate=pem))
        listed = await installed(stage, CENTRAL)
    if not any(names(data, ours) for data in listed):
        raise CannotError("the station does not take its former root back")
    key = right_hashes(ours, HashAlgorithm.SHA256)
    for data in listed:
        kin = comparable(data.issuer_key_hash) == comparable(key.issuer_key_hash)
        if not names(data, ours) and not kin:
            await stage.station.call(DeleteCertificate(certificate_hash_data=data))
