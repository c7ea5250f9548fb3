"""Odd but lawful: the security log, and signed firmware."""

import asyncio
from typing import Any

import msgspec

from chargeproof.ocpp import ErrorCode, UpdateFirmware, UpdateFirmwareConf
from chargeproof.ocpp.security import GetLog, GetLogConf, LogStatusNotification
from chargeproof.ocpp.security_enums import SecurityEvent, SignedFirmwareStatus, UploadLogStatus
from chargeproof.simulator.link import Refused
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.odd.files import BootsTwiceForFirmware
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.ports import FileTransfer, TransferError
from chargeproof.simulator.signed_firmware import TO_TELL
from chargeproof.simulator.station import SimulatedStation

S = SignedFirmwareStatus

# ── the security log ─────────────────────────────────────────────────────────────────────────────────


@odd(note="the log in a form that only its maker reads (remark)", model="secure", group="security")
class WritesLogsInItsOwnForm(SimulatedStation):
    """Seals its log."""

    def log_content(self, request: GetLog) -> str:
        return "".join(chr(0x21 + ord(letter) % 0x50) for letter in super().log_content(request))


@odd(note="a file name with a path in it", model="secure", group="security")
class NamesLogsWithPath(SimulatedStation):
    """Names its log as it lies in its flash."""

    def answer_get_log(self, request: GetLog) -> GetLogConf | None:
        answer = super().answer_get_log(request)
        if answer is None or not answer.filename:
            return answer
        return GetLogConf(status=answer.status, filename=f"/var/log/{answer.filename}")


@odd(note="Uploading thrice, and Idle after Uploaded", model="secure", group="security")
class TellsUploadsAtLength(SimulatedStation):
    """Tells its state again and again."""

    def report_log_status(self, status: UploadLogStatus, request_id: int) -> None:
        for _ in range(3 if status is UploadLogStatus.UPLOADING else 1):
            super().report_log_status(status, request_id)
        if status is UploadLogStatus.UPLOADED:
            self.outbox.post(LogStatusNotification(status=UploadLogStatus.IDLE))


@odd(note="collects its log for three minutes before it uploads it", model="secure", group="security")
class CollectsLogsForMinutes(SimulatedStation):
    """Has a large log."""

    def report_log_status(self, status: UploadLogStatus, request_id: int) -> None:
        if status is UploadLogStatus.UPLOADING:
            super().report_log_status(status, request_id)
        else:
            self.spawn(self._later(status, request_id), "tell of the log")

    async def _later(self, status: UploadLogStatus, request_id: int) -> None:
        await asyncio.sleep(180.0)
        super().report_log_status(status, request_id)


class _FtpOnly:
    """A transfer that knows no HTTP."""

    def __init__(self, transfer: FileTransfer) -> None:
        self._transfer = transfer

    async def download(self, url: str) -> bytes:
        return await self._transfer.download(self._checked(url))

    async def upload(self, url: str, name: str, content: bytes) -> None:
        await self._transfer.upload(self._checked(url), name, content)

    def _checked(self, url: str) -> str:
        if not url.startswith("ftp:"):
            raise TransferError(f"{url} is no place for FTP")
        return url


@odd(
    note="FTP alone (SupportedFileTransferProtocols, E3.88), for its log and its firmware",
    model=load_model("secure").with_key("SupportedFileTransferProtocols", value="FTP"),
    group="security",
)
class SecureWithFtpAlone(SimulatedStation):
    """Knows no HTTP."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.transfer = _FtpOnly(self.transfer)


# ── signed firmware ──────────────────────────────────────────────────────────────────────────────────


class _TellsFirmware(SimulatedStation):
    """Tells other statuses than usual."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        raise NotImplementedError

    def report_signed_firmware_status(self, status: SignedFirmwareStatus) -> None:
        for each in self.told(status):
            super().report_signed_firmware_status(each)


@odd(
    note="its boot loader cannot speak: no Installing and no InstallRebooting (L01.FR.22)",
    model="secure",
    group="security",
)
class InstallsInSilence(_TellsFirmware):
    """Installs in its boot loader."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        return () if status in (S.INSTALLING, S.INSTALL_REBOOTING) else (status,)


@odd(
    note="every status twice, DownloadScheduled, DownloadPaused and InstallScheduled between them",
    model="secure",
    group="security",
)
class TellsUpdatesAtLength(_TellsFirmware):
    """Says everything twice, and more than others."""

    def told(self, status: SignedFirmwareStatus) -> tuple[SignedFirmwareStatus, ...]:
        between = {
            S.DOWNLOADING: (S.DOWNLOAD_SCHEDULED, S.DOWNLOADING, S.DOWNLOAD_PAUSED, S.DOWNLOADING),
            S.SIGNATURE_VERIFIED: (S.SIGNATURE_VERIFIED, S.INSTALL_SCHEDULED),
        }
        return between.get(status, (status, status))


@odd(note="Installed and FirmwareUpdated before the reboot", model="secure", group="security")
class TellsInstalledBeforeReboot(SimulatedStation):
    """Installs into a second partition."""

    def reboot_for_firmware(self) -> None:
        if self.memory.pop(TO_TELL, None) is not None:
            self.report_signed_firmware_status(S.INSTALLED)
            self.secured().log.note(SecurityEvent.FIRMWARE_UPDATED)
        asyncio.get_running_loop().call_later(30.0, self._reboot_now)

    def _reboot_now(self) -> None:
        if self.running:
            super().reboot_for_firmware()


@odd(note="boots twice after an update", model="secure", group="security")
class BootsTwiceForSignedFirmware(BootsTwiceForFirmware):
    """Is quicker about it."""

    second_boot_after_s = 2.0


def _of_that_version() -> StationModel:
    return msgspec.structs.replace(load_model("secure"), firmware_version="9.9.1")


@odd(
    note="UpdateFirmware is unknown to it (remark: L01.FR.20 says NotSupported)",
    model="secure",
    group="security",
)
class KnowsSignedFirmwareAlone(SimulatedStation):
    """Has left UpdateFirmware out."""

    def answer_update_firmware(self, request: UpdateFirmware) -> UpdateFirmwareConf | None:
        raise Refused(ErrorCode.NOT_IMPLEMENTED, "no such message")


@odd(note="the file is of the version that it has (remark)", model=_of_that_version(), group="security")
class HasThatVersion(SimulatedStation):
    """Installs what it had."""
