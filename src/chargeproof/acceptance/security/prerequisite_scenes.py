"""Scenes in which a station is asked for a security profile that it lacks something for.

A station that takes it all the same may not find back. Hence the operator's word; a root that is deleted must be
ours, with no connection that rests on it, and is installed again at once.
"""

from collections.abc import Awaitable, Callable

from chargeproof.acceptance.security.certificate_scenes import installed
from chargeproof.acceptance.security.certificates_in_record import is_about, read_chain
from chargeproof.acceptance.security.connections import CERTIFICATE_PROFILE, TLS_FROM_PROFILE, Prerequisite
from chargeproof.acceptance.security.extension import ask_for_extension
from chargeproof.acceptance.security.profile_scenes import (
    KEY,
    has_our_certificate,
    must_be_allowed,
    must_serve_tls,
    read_profile,
)
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.ocpp.security import DeleteCertificate, InstallCertificate
from chargeproof.ocpp.security_enums import CertificateUse

LACK_ROOT = "try a station that lacks a root certificate"
LACK_CERTIFICATE = "try a station that lacks a certificate of its own"
WITHOUT_ROOT = "ask for security profile 2 without a root certificate"
WITHOUT_CERTIFICATE = "ask for security profile 3 without a certificate of its own"
USE = CertificateUse.CENTRAL_SYSTEM_ROOT
RESTS_ON_NO_ROOT = Prerequisite((0, 1), "its connection rests on a root certificate, which is left in place")
BELOW_CERTIFICATES = Prerequisite((0, 1, 2), "the station has a certificate of its own")
NOT_STATED = (
    "nothing in OCPP 1.6 tells whether a station has a certificate of its own; without_certificate in the profile "
    "of the model states that it has none"
)


@scene(LACK_ROOT)
async def ask_without_root(stage: Stage) -> None:
    """A05.FR.03. Raises CannotError where the station's roots could not be put back."""
    await ask_for_extension(stage)
    await _begin(stage, RESTS_ON_NO_ROOT)
    pem = stage.station.security.root_of_authority()
    ours = read_chain(pem)[0]
    listed = await installed(stage, USE)
    others = [data for data in listed if not is_about(data, ours)]
    if others:
        raise CannotError(f"{len(others)} of its root certificates are not ours, and could not be put back")

    async def put_back() -> None:
        if not any(is_about(data, ours) for data in await installed(stage, USE)):
            await stage.station.call(InstallCertificate(certificate_type=USE, certificate=pem))

    if listed:
        stage.at_the_end(put_back)
        for data in listed:
            await stage.station.call(DeleteCertificate(certificate_hash_data=data))
        if await installed(stage, USE):
            raise CannotError("the station keeps the root certificate that it has")
    await _asked(stage, WITHOUT_ROOT, TLS_FROM_PROFILE, rescue=put_back)
    if listed:
        await put_back()


@scene(LACK_CERTIFICATE)
async def ask_without_certificate(stage: Stage) -> None:
    """A05.FR.04. Raises CannotError at a station that has one, or may have one."""
    await _begin(stage, BELOW_CERTIFICATES)
    if has_our_certificate(stage):
        raise CannotError("the station took a certificate of its own in this run")
    if not stage.profile.without_certificate:
        raise CannotError(NOT_STATED)
    await _asked(stage, WITHOUT_CERTIFICATE, CERTIFICATE_PROFILE)


async def _begin(stage: Stage, prerequisite: Prerequisite) -> None:
    await read_profile(stage)
    must_be_allowed(stage)
    prerequisite.require(stage)
    must_serve_tls(stage)


async def _asked(
    stage: Stage, step: str, profile: int, rescue: Callable[[], Awaitable[None]] | None = None
) -> None:
    """``rescue``: done at once where the station takes it, before it is gone."""
    async with stage.step(step):
        answer = await stage.station.call(ChangeConfiguration(key=KEY, value=str(profile)))
        if answer.accepted and rescue is not None:
            await rescue()
        await stage.station.silence(stage.windows["absence"])
        await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])
        await stage.station.call(GetConfiguration(key=[KEY]))
