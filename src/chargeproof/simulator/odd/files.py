"""Odd but lawful: firmware and diagnostics."""

import asyncio

import msgspec

from chargeproof.ocpp import (
    DiagnosticsStatus,
    FirmwareStatus,
    GetDiagnostics,
    GetDiagnosticsConf,
    UpdateFirmware,
)
from chargeproof.simulator.firmware import TO_TELL
from chargeproof.simulator.model import FirmwareModel, SecurityModel, load_model
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful

SECURE = load_model("secure")
DOWNLOADING = FirmwareStatus.DOWNLOADING
DOWNLOADED = FirmwareStatus.DOWNLOADED
INSTALLING = FirmwareStatus.INSTALLING
INSTALLED = FirmwareStatus.INSTALLED
UPLOADING = DiagnosticsStatus.UPLOADING


@odd(
    note="has the security extension, and so refuses UpdateFirmware with NotSupported (whitepaper L01.FR.20)",
    model=SECURE,
)
class TakesSignedFirmwareOnly(SimulatedStation):
    """Wants SignedUpdateFirmware."""


@odd(
    note="has the security extension, and takes an update without a signature as well",
    model=msgspec.structs.replace(SECURE, security=SecurityModel(takes_unsigned_firmware=True)),
)
class TakesUnsignedFirmwareToo(SimulatedStation):
    """Not what the whitepaper wants, but what the document asks for."""


@odd(
    note="reports Installed before it reboots (S§4.5 has both orders)",
    model=lawful(firmware=FirmwareModel(reboot="after_installed")),
)
class InstalledBeforeReboot(SimulatedStation):
    """Reboots at last."""


@odd(
    note="reports Installed after it has rebooted",
    model=lawful(firmware=FirmwareModel(reboot="before_installed")),
)
class InstalledAfterReboot(SimulatedStation):
    """Reboots to install."""


@odd(
    note="reboots five minutes after Installed; S§5.19 gives no time",
    model=lawful(firmware=FirmwareModel(reboot="after_installed")),
)
class RebootsLateAfterInstalled(SimulatedStation):
    """Takes its time."""

    def reboot_for_firmware(self) -> None:
        asyncio.get_running_loop().call_later(300.0, self._reboot_now)

    def _reboot_now(self) -> None:
        if self.running:
            super().reboot_for_firmware()


class _TellsFirmware(SimulatedStation):
    """Tells other statuses than usual."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        raise NotImplementedError

    def report_firmware_status(self, status: FirmwareStatus) -> None:
        for each in self.told(status):
            super().report_firmware_status(each)


@odd(note="Downloading and Installed alone, as the document asks for no more")
class TwoStatusesAreEnough(_TellsFirmware):
    """Says little."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return (status,) if status in (DOWNLOADING, INSTALLED) else ()


@odd(note="every status three times; nothing forbids repetition")
class StatusesRepeated(_TellsFirmware):
    """Says everything thrice."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return (status, status, status)


@odd(note="Installed before and after the reboot")
class InstalledTwice(SimulatedStation):
    """Makes sure."""

    def reboot_for_firmware(self) -> None:
        self.memory[TO_TELL] = INSTALLED.value
        super().reboot_for_firmware()


@odd(note="a download of three minutes that it reports again and again")
class DownloadsSlowly(SimulatedStation):
    """Has a slow modem."""

    async def update_firmware(self, request: UpdateFirmware) -> None:
        await asyncio.sleep(max(0.0, (request.retrieve_date - self.now()).total_seconds()))
        for _ in range(6):
            self.report_firmware_status(DOWNLOADING)
            await asyncio.sleep(30.0)
        await super().update_firmware(request)


@odd(note="fetches the file two minutes after the retrieveDate, which is the earliest time (S§5.19)")
class FetchesLater(SimulatedStation):
    """Does not hurry."""

    async def update_firmware(self, request: UpdateFirmware) -> None:
        await asyncio.sleep(max(0.0, (request.retrieve_date - self.now()).total_seconds()) + 120.0)
        await super().update_firmware(request)


@odd(note="boots twice after an update: once to install, once with the new version")
class BootsTwiceForFirmware(SimulatedStation):
    """Has two partitions."""

    second_boot_after_s = 20.0
    _again = False

    def reboot_for_firmware(self) -> None:
        self._again = True
        super().reboot_for_firmware()

    def start_software(self) -> None:
        super().start_software()
        if self._again:
            self._again = False
            asyncio.get_running_loop().call_later(self.second_boot_after_s, self._second_boot)

    def _second_boot(self) -> None:
        if self.running:
            super().reboot_for_firmware()


@odd(note="keeps its version: a file of the same version was given (remark)")
class SameVersionAgain(SimulatedStation):
    """Installs what it had."""

    async def install_firmware(self, request: UpdateFirmware, content: bytes) -> None:
        unchanged = request.__class__(location="same", retrieve_date=request.retrieve_date)
        await super().install_firmware(unchanged, b"no version within")


@odd(
    note="HTTP alone (SupportedFileTransferProtocols, E3.88)",
    model=lawful().with_key("SupportedFileTransferProtocols", value="HTTP,HTTPS"),
)
class HttpAlone(SimulatedStation):
    """Knows no FTP."""


@odd(
    note="FTP alone",
    model=lawful().with_key("SupportedFileTransferProtocols", value="FTP"),
)
class FtpAlone(SimulatedStation):
    """Knows no HTTP."""


class _TellsUpload(SimulatedStation):
    """Tells an upload in its own way."""

    def told(self, status: DiagnosticsStatus) -> tuple[DiagnosticsStatus, ...]:
        raise NotImplementedError

    def report_diagnostics_status(self, status: DiagnosticsStatus) -> None:
        for each in self.told(status):
            super().report_diagnostics_status(each)


@odd(note="Uploading again and again")
class UploadingRepeated(_TellsUpload):
    """Tells that it is still at it."""

    def told(self, status: DiagnosticsStatus) -> tuple[DiagnosticsStatus, ...]:
        return (status, status, status) if status is UPLOADING else (status,)


@odd(note="Idle after Uploaded, as its state is then")
class IdleAfterUpload(_TellsUpload):
    """Tells its state once more."""

    def told(self, status: DiagnosticsStatus) -> tuple[DiagnosticsStatus, ...]:
        return (status, DiagnosticsStatus.IDLE) if status is DiagnosticsStatus.UPLOADED else (status,)


@odd(note="Uploaded without Uploading before it (remark)")
class UploadedAlone(_TellsUpload):
    """Tells the result."""

    def told(self, status: DiagnosticsStatus) -> tuple[DiagnosticsStatus, ...]:
        return () if status is UPLOADING else (status,)


@odd(note="collects its diagnostics for three minutes before it uploads them")
class CollectsForMinutes(SimulatedStation):
    """Has a large log."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        await asyncio.sleep(180.0)
        await super().upload_diagnostics(request, name, content)


@odd(note="the file is there before Uploading is told")
class UploadsBeforeItTells(SimulatedStation):
    """Is quicker than its messages."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        await self.transfer.upload(request.location, name, content)
        self.report_diagnostics_status(UPLOADING)
        self.report_diagnostics_status(DiagnosticsStatus.UPLOADED)


@odd(note="a file name with a path in it (S§6.26: at most 255 characters, no more is said)")
class FileNameWithPath(SimulatedStation):
    """Names its file as it lies in its flash."""

    def answer_get_diagnostics(self, request: GetDiagnostics) -> GetDiagnosticsConf | None:
        answer = super().answer_get_diagnostics(request)
        if answer is None or not answer.file_name:
            return answer
        return GetDiagnosticsConf(file_name=f"/var/log/{answer.file_name}")
