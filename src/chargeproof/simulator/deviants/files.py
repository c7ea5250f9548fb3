"""Deviants of firmware updates and diagnostics."""

from chargeproof.ocpp import DiagnosticsStatus, FirmwareStatus
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.station import SimulatedStation


@deviant("L-29")
class SkipsDownloading(SimulatedStation):
    """Reports Downloaded without Downloading before it."""

    def report_firmware_status(self, status: FirmwareStatus) -> None:
        if status is not FirmwareStatus.DOWNLOADING:
            super().report_firmware_status(status)


class _RepeatsUploading(SimulatedStation):
    """Reports Uploading several times."""

    times = 1

    def report_diagnostics_status(self, status: DiagnosticsStatus) -> None:
        repeated = self.times if status is DiagnosticsStatus.UPLOADING else 1
        for _ in range(repeated):
            super().report_diagnostics_status(status)


@deviant("L-29")
class FloodsWithUploading(_RepeatsUploading):
    """Reports Uploading fifty times."""

    times = 50


@near_miss("L-29")
class TellsOfUploadingThrice(_RepeatsUploading):
    """Reports Uploading three times."""

    times = 3


@deviant("L-29")
class FallsSilentWhileInstalling(SimulatedStation):
    """Says nothing more after Installing."""

    def report_firmware_status(self, status: FirmwareStatus) -> None:
        if status is not FirmwareStatus.INSTALLED:
            super().report_firmware_status(status)


@near_miss("L-29")
class FailsToDownload(SimulatedStation):
    """Downloads, and reports that the download has failed."""

    def report_firmware_status(self, status: FirmwareStatus) -> None:
        failed = status is FirmwareStatus.DOWNLOADED
        super().report_firmware_status(FirmwareStatus.DOWNLOAD_FAILED if failed else status)
        if failed and self.firmware._task is not None:
            self.firmware._task.cancel()
