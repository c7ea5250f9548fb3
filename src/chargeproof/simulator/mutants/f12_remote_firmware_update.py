"""Mutants of function 12: Remote firmware update."""

import asyncio
import contextlib

from chargeproof.ocpp import ErrorCode, FirmwareStatus, Reason, UpdateFirmware, UpdateFirmwareConf
from chargeproof.simulator.firmware import TO_TELL
from chargeproof.simulator.link import Refused
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import TransferError
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

DOWNLOADING = FirmwareStatus.DOWNLOADING
DOWNLOADED = FirmwareStatus.DOWNLOADED
INSTALLING = FirmwareStatus.INSTALLING
INSTALLED = FirmwareStatus.INSTALLED

# ── 12.1a: the file is fetched ───────────────────────────────────────────────────────────────────────


@mutant(fails="12.1a", because="the firmware file was not fetched from our server")
class UpdateNeverFetches(SimulatedStation):
    """Answers UpdateFirmware and does nothing."""

    async def update_firmware(self, request: UpdateFirmware) -> None:
        return


@mutant(fails="12.1a", because="the firmware file was not fetched from our server")
class UpdateReportedNotFetched(SimulatedStation):
    """Reports the whole update, reboots, and has fetched nothing."""

    async def update_firmware(self, request: UpdateFirmware) -> None:
        await asyncio.sleep(max(0.0, (request.retrieve_date - self.now()).total_seconds()))
        self.report_firmware_status(DOWNLOADING)
        self.report_firmware_status(DOWNLOADED)
        await self.transactions.all_ended()
        await self.install_firmware(request, b"what was there before")


# ── 12.2a: Downloading ───────────────────────────────────────────────────────────────────────────────


@mutant(fails="12.2a", because="UpdateFirmware was not answered")
class UpdateUnanswered(SimulatedStation):
    """Does not answer UpdateFirmware."""

    def answer_update_firmware(self, request: UpdateFirmware) -> None:
        return None


@mutant(fails="12.2a", because="UpdateFirmware was answered with CALLERROR NotSupported")
class UpdateNotSupported(SimulatedStation):
    """Answers UpdateFirmware with a CALLERROR, although its profiles name FirmwareManagement."""

    def answer_update_firmware(self, request: UpdateFirmware) -> UpdateFirmwareConf:
        raise Refused(ErrorCode.NOT_SUPPORTED, "no remote update here")


@mutant(fails="12.2a", because="UpdateFirmware was answered with CALLERROR NotImplemented", model="secure")
class UpdateNotImplementedThoughSecure(SimulatedStation):
    """Has the security extension, and says that it does not know UpdateFirmware instead of refusing it."""

    def answer_update_firmware(self, request: UpdateFirmware) -> UpdateFirmwareConf:
        raise Refused(ErrorCode.NOT_IMPLEMENTED, "no unsigned update here")


class _TellsOtherwise(SimulatedStation):
    """Tells other statuses than the ones that it goes through."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        raise NotImplementedError

    def report_firmware_status(self, status: FirmwareStatus) -> None:
        for each in self.told(status):
            super().report_firmware_status(each)


@mutant(fails="12.2a", because="Downloading was not reported")
class FirmwareSkipsDownloading(_TellsOtherwise):
    """Reports everything but Downloading."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return () if status is DOWNLOADING else (status,)


@mutant(fails="12.2a", because="Downloading was not reported")
class FirmwareTellsInstalledOnly(_TellsOtherwise):
    """Reports nothing but Installed."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return (status,) if status is INSTALLED else ()


@mutant(fails="12.2a", because="Downloading was reported before the retrieveDate")
class FirmwareTooEarly(SimulatedStation):
    """Fetches the file at once and does not wait for the retrieveDate."""

    async def update_firmware(self, request: UpdateFirmware) -> None:
        content = await self.firmware.fetch(request)
        if content is not None:
            self.report_firmware_status(DOWNLOADED)
            await self.transactions.all_ended()
            await self.install_firmware(request, content)


# ── 12.2b: Installed ─────────────────────────────────────────────────────────────────────────────────


@mutant(fails="12.2b", because="Downloading was reported after Installed")
class FirmwareInstalledFirst(_TellsOtherwise):
    """Reports Installed before the rest, and not at the end."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        if status is DOWNLOADING:
            return INSTALLED, DOWNLOADING
        return () if status is INSTALLED else (status,)


@mutant(fails="12.2b", because="Downloaded was reported after Installing")
class FirmwareDownloadedAfterInstalling(_TellsOtherwise):
    """Reports Installing before Downloaded."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return {DOWNLOADED: (INSTALLING,), INSTALLING: (DOWNLOADED,)}.get(status, (status,))


@mutant(fails="12.2b", because="Downloading was reported after Installed")
class FirmwareBeginsAgain(_TellsOtherwise):
    """Reports Downloading once more after Installed."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return (INSTALLED, DOWNLOADING) if status is INSTALLED else (status,)


@mutant(fails="12.2b", because="Installed was not reported")
class FirmwareNeverInstalled(_TellsOtherwise):
    """Installs, reboots and never reports Installed."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return () if status is INSTALLED else (status,)


@mutant(fails="12.2b", because="Installed was not reported")
class FirmwareEndsWithDownloaded(_TellsOtherwise):
    """Fetches the file, and reboots without a word on its installation."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return (status,) if status in (DOWNLOADING, DOWNLOADED) else ()


@mutant(fails="12.2b", because="Installed was not reported")
class FirmwareForgetsOverReboot(SimulatedStation):
    """Means to report Installed after the reboot, and has forgotten it by then."""

    def reboot_for_firmware(self) -> None:
        self.memory.pop(TO_TELL, None)
        super().reboot_for_firmware()


@mutant(fails="12.2b", because="the update ended with InstallationFailed")
class FirmwareInstallationFails(SimulatedStation):
    """Reports InstallationFailed for a file that it should install."""

    async def install_firmware(self, request: UpdateFirmware, content: bytes) -> None:
        await super().install_firmware(request, b"")


@mutant(fails="12.2b", because="the update ended with DownloadFailed")
class FirmwareDownloadFails(SimulatedStation):
    """Fetches the whole file and reports DownloadFailed."""

    async def update_firmware(self, request: UpdateFirmware) -> None:
        await asyncio.sleep(max(0.0, (request.retrieve_date - self.now()).total_seconds()))
        self.report_firmware_status(DOWNLOADING)
        with contextlib.suppress(TransferError):
            await self.transfer.download(request.location)
        self.report_firmware_status(FirmwareStatus.DOWNLOAD_FAILED)


@mutant(fails="12.2b", because="the update ended with InstallationFailed")
class FirmwareFailsThenInstalls(_TellsOtherwise):
    """Reports InstallationFailed, and Installed after it."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return (FirmwareStatus.INSTALLATION_FAILED, INSTALLED) if status is INSTALLED else (status,)


@mutant(fails="12.2b", because="Idle was reported without a trigger")
class FirmwareIdleBetween(_TellsOtherwise):
    """Reports Idle between Downloaded and Installing."""

    def told(self, status: FirmwareStatus) -> tuple[FirmwareStatus, ...]:
        return (FirmwareStatus.IDLE, INSTALLING) if status is INSTALLING else (status,)


# ── 12.3a: the reboot ────────────────────────────────────────────────────────────────────────────────


@mutant(fails="12.3a", because="no BootNotification came after the installation")
class FirmwareNoReboot(SimulatedStation):
    """Reports Installed and waits for somebody to reboot it."""

    def reboot_for_firmware(self) -> None:
        status = self.memory.pop(TO_TELL, None)
        if status is not None:
            self.report_firmware_status(FirmwareStatus(status))


@mutant(fails="12.3a", because="no BootNotification came after the installation")
class FirmwareRebootsTooLate(SimulatedStation):
    """Reports Installed and reboots a quarter of an hour later."""

    def reboot_for_firmware(self) -> None:
        status = self.memory.pop(TO_TELL, None)
        if status is not None:
            self.report_firmware_status(FirmwareStatus(status))
        asyncio.get_running_loop().call_later(900, self._reboot_if_running)

    def _reboot_if_running(self) -> None:
        if self.running:
            super().reboot_for_firmware()


class _DoesNotWait(SimulatedStation):
    """Installs and reboots whether a session runs or not."""

    async def update_firmware(self, request: UpdateFirmware) -> None:
        await asyncio.sleep(max(0.0, (request.retrieve_date - self.now()).total_seconds()))
        content = await self.firmware.fetch(request)
        if content is not None:
            self.report_firmware_status(DOWNLOADED)
            self.before_install()
            await self.install_firmware(request, content)

    def before_install(self) -> None:
        """What it does with the sessions."""


@mutant(fails="12.3a", because="the session at connector 1 was cut by the update")
class FirmwareRebootsInSession(_DoesNotWait):
    """Reboots while a session runs, and tells of its end as of a loss of power."""


@mutant(fails="12.3a", because="the session at connector 1 was cut by the update")
class FirmwareStopsTheSession(_DoesNotWait):
    """Stops the session that runs, with the reason Reboot, to install at once."""

    def before_install(self) -> None:
        for connector in self.connectors.values():
            self.end_transaction(connector, Reason.REBOOT)


@mutant(fails="12.3a", because="the session at connector 1 was cut by the update")
class FirmwareStopsTheSessionWithoutReason(_DoesNotWait):
    """Stops the session that runs to install at once, and gives Local as the reason."""

    def before_install(self) -> None:
        for connector in self.connectors.values():
            self.end_transaction(connector, Reason.LOCAL)


@mutant(fails="12.3a", because="the session at connector 1 was cut by the update")
class FirmwareForgetsTheSession(_DoesNotWait):
    """Reboots while a session runs, and never tells of its end."""

    def send_stop_after_power_loss(self, transaction: Transaction) -> None:
        return
