"""Scenes of the security profile: what must be refused, then one step up. Nothing lowers it again over OCPP."""

from chargeproof.acceptance.security.connections import CERTIFICATE_PROFILE, TLS_FROM_PROFILE, profile_now
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.ocpp.security import CertificateSigned

KEY = "SecurityProfile"
REFUSED_PROFILES = "ask for a security profile that is not higher"
LOWER_PROFILE = "ask for a lower security profile"
SAME_PROFILE = "ask for the same security profile"
RAISE_PROFILE = "raise the security profile"
READ_PROFILE = "read the security profile"
NOT_ALLOWED = (
    "the profile of the model does not allow it: may_raise_security_profile lets the run raise the profile of "
    "the station, which nothing lowers again over OCPP"
)


@scene(READ_PROFILE)
async def read_profile(stage: Stage) -> None:
    """Raises CannotError at a station without the key."""
    await stage.read_keys([KEY])
    if stage.item_of(KEY) is None:
        raise CannotError("the station has no configuration key SecurityProfile")


@scene(REFUSED_PROFILES)
async def ask_for_refused_profiles(stage: Stage) -> None:
    """The present value again, and a lower one; what was taken all the same is put back, which is a raise."""
    await read_profile(stage)
    must_be_allowed(stage)
    present = profile_now(stage)
    await _asked(stage, SAME_PROFILE, present)
    if present > 0:
        await _asked(stage, LOWER_PROFILE, present - 1)


async def _asked(stage: Stage, step: str, profile: int) -> None:
    present = profile_now(stage)
    async with stage.step(step):
        answer = await stage.station.call(ChangeConfiguration(key=KEY, value=str(profile)))
        await stage.station.silence(stage.windows["absence"])
        await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])
        await stage.station.call(GetConfiguration(key=[KEY]))
    if answer.accepted and profile < present:
        await stage.station.call(ChangeConfiguration(key=KEY, value=str(present)))
        await stage.settle()
        await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])


@scene(RAISE_PROFILE)
async def raise_profile(stage: Stage) -> None:
    """One step, if the operator allows it and the station has what it needs; then a connection more."""
    await read_profile(stage)
    must_be_allowed(stage)
    wanted = profile_now(stage) + 1
    await _prepare_for(stage, wanted)
    since = stage.station.mark()
    answer = await stage.station.call(ChangeConfiguration(key=KEY, value=str(wanted)))
    if not answer.accepted:
        return
    if not await stage.station.wait_until_gone(within_s=stage.windows["security_reconnect"]):
        stage.station.security.reconnect()
    await _back(stage)
    if profile_now(stage) == wanted and stage.station.mark() > since:
        stage.station.security.reconnect()
        await _back(stage)
    await stage.station.call(GetConfiguration(key=[KEY]))


async def _back(stage: Stage) -> None:
    await stage.settle()
    await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])
    await stage.settle()


async def _prepare_for(stage: Stage, wanted: int) -> None:
    """Raises CannotError where the station could not connect with it. A password is given where it has none."""
    if wanted > CERTIFICATE_PROFILE:
        raise CannotError("security profile 3 is in use, and there is none above it")
    if wanted >= TLS_FROM_PROFILE:
        must_serve_tls(stage)
    if wanted == CERTIFICATE_PROFILE and not has_our_certificate(stage):
        raise CannotError("the station took no certificate of ours in this run: let TC_074 be a part of it")
    if wanted == 1:
        settle = stage.windows["settle"]
        await stage.station.security.change_password(by_itself_s=settle, within_s=2 * settle)
        await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])


def must_serve_tls(stage: Stage) -> None:
    """Raises CannotError where a station that takes a higher profile would find nobody."""
    if not stage.station.security.serves_tls():
        raise CannotError(
            "nothing is served over TLS here, so that a higher profile would lock the station out"
        )


def has_our_certificate(stage: Stage) -> bool:
    """Whether it took one in this run."""
    return any(each.status == "Accepted" for each in stage.station.record().exchanges(CertificateSigned))


def must_be_allowed(stage: Stage) -> None:
    """Raises CannotError without the operator's word."""
    if not stage.profile.may_raise_security_profile:
        raise CannotError(NOT_ALLOWED)
