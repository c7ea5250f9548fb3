"""Scenes of the signed firmware cases: an update that is to be installed, and three that are not."""

from chargeproof.acceptance.security.certificate_scenes import lend_root
from chargeproof.acceptance.security.extension import ask_for_extension
from chargeproof.acceptance.security.ports import FirmwareOffered
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.acceptance.unattended import await_installation, back_after_restart
from chargeproof.ocpp import UpdateFirmware
from chargeproof.ocpp.security import (
    SecurityEventNotification,
    SignedFirmwareStatusNotification,
    SignedUpdateFirmware,
)
from chargeproof.ocpp.security_enums import CertificateUse, SecurityEvent, SignedFirmwareStatus

UPDATE_SIGNED_FIRMWARE = "update signed firmware"
OFFER_GOOD_FIRMWARE = "offer firmware that is to be installed"
OFFER_BAD_FIRMWARE = "offer firmware that is not to be installed"
OFFER_UNSIGNED_FIRMWARE = "offer unsigned firmware"
OFFER_ALL_BAD_FIRMWARE = "offer each firmware that is not to be installed"

FAILURES = (
    SignedFirmwareStatus.DOWNLOAD_FAILED,
    SignedFirmwareStatus.INSTALLATION_FAILED,
    SignedFirmwareStatus.INSTALL_VERIFICATION_FAILED,
    SignedFirmwareStatus.INVALID_SIGNATURE,
)
ENDS = (*FAILURES, SignedFirmwareStatus.INSTALLED)
BAD: dict[FirmwareOffered, SecurityEvent] = {
    "bad signature": SecurityEvent.INVALID_FIRMWARE_SIGNATURE,
    "wrong root": SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE,
    "expired": SecurityEvent.INVALID_FIRMWARE_SIGNING_CERTIFICATE,
}


@scene(UPDATE_SIGNED_FIRMWARE)
async def update_signed_firmware(stage: Stage) -> None:
    """A good one, to the reboot and the event after it."""
    file = await _prepared(stage)
    since = stage.station.mark()
    async with stage.step(OFFER_GOOD_FIRMWARE, offered="good"):
        if await _offered(stage, "good", file):
            await _end_of_update(stage, since)
            await _event(stage, SecurityEvent.FIRMWARE_UPDATED, since)


@scene(OFFER_ALL_BAD_FIRMWARE)
async def offer_bad_firmware(stage: Stage) -> None:
    """One that was changed after it was signed, two with a signing certificate of no worth, one without any."""
    file = await _prepared(stage)
    for offered, event in BAD.items():
        async with stage.step(OFFER_BAD_FIRMWARE, offered=offered):
            since = stage.station.mark()
            taken = await _offered(stage, offered, file)
            if taken:
                await _end_of_update(stage, since)
            await _event(stage, event, since)
            # Whether it is installed all the same, or fetched.
            await stage.station.silence(stage.windows["after_boot" if taken else "settle"])
            await stage.station.wait_until_ready(within_s=stage.windows["reset"])
    async with stage.step(OFFER_UNSIGNED_FIRMWARE):
        await _offer_unsigned(stage, file)


async def _offer_unsigned(stage: Stage, file: str) -> None:
    """By the UpdateFirmware of OCPP 1.6 itself; a station that takes it is given the time to install it."""
    location = await stage.station.offer_firmware(file)
    since = stage.station.mark()
    answer = await stage.station.call(UpdateFirmware(location=location, retrieve_date=stage.station.now()))
    if answer.confirmation is not None:
        await await_installation(stage, since)
    else:
        await stage.settle()


async def _prepared(stage: Stage) -> str:
    """The file, and a station that knows who signs it. Raises CannotError without either."""
    if not stage.profile.firmware_file:
        raise CannotError("no firmware file was received from the manufacturer")
    await ask_for_extension(stage)
    use = CertificateUse.MANUFACTURER_ROOT
    tools, file = stage.station.security, stage.profile.firmware_file
    if not await lend_root(stage, use, tools.test_root(use)) and not tools.maker_signs(file):
        raise CannotError(
            "the station did not install the root certificate that its firmware is signed under"
        )
    return file


async def _offered(stage: Stage, offered: FirmwareOffered, file: str) -> bool:
    """Ask for the update; whether the station takes it on."""
    since = stage.station.mark()
    await stage.station.security.update_firmware(offered, file)
    asked = stage.station.record().after(since).exchanges(SignedUpdateFirmware)
    return bool(asked) and asked[0].status == "Accepted"


async def _end_of_update(stage: Stage, since: int) -> None:
    """Wait for the last status, and for the reboot where it was Installed."""
    end = await stage.station.wait_for(
        SignedFirmwareStatusNotification,
        lambda message: message.status in ENDS,
        within_s=stage.windows["firmware"],
        since=since,
    )
    if end is not None and end.request.status == SignedFirmwareStatus.INSTALLED:
        await back_after_restart(stage, since)
    await stage.settle()


async def _event(stage: Stage, wanted: SecurityEvent, since: int) -> None:
    await stage.station.wait_for(
        SecurityEventNotification,
        lambda event: event.type == wanted,
        within_s=stage.windows["message"],
        since=since,
    )
