"""Mutants of function 13: Remotely initiate and get diagnostics reports."""

import asyncio
import contextlib

from chargeproof.ocpp import DiagnosticsStatus, ErrorCode, GetDiagnostics, GetDiagnosticsConf
from chargeproof.simulator.link import Refused
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import TransferError
from chargeproof.simulator.station import SimulatedStation

UPLOADING = DiagnosticsStatus.UPLOADING
UPLOADED = DiagnosticsStatus.UPLOADED

# ── 13.1a: the answer ────────────────────────────────────────────────────────────────────────────────


@mutant(fails="13.1a", because="the answer to GetDiagnostics names no file")
class DiagNoFilename(SimulatedStation):
    """Says that there is nothing to send, although its log is full."""

    def answer_get_diagnostics(self, request: GetDiagnostics) -> GetDiagnosticsConf | None:
        return GetDiagnosticsConf()


@mutant(fails="13.1a", because="the answer to GetDiagnostics names no file")
class DiagFilenameBlank(SimulatedStation):
    """Names its file with an empty string, and uploads it."""

    def answer_get_diagnostics(self, request: GetDiagnostics) -> GetDiagnosticsConf | None:
        super().answer_get_diagnostics(request)
        return GetDiagnosticsConf(file_name="")


@mutant(fails="13.1a", because="GetDiagnostics was not answered")
class DiagUnanswered(SimulatedStation):
    """Does not answer GetDiagnostics."""

    def answer_get_diagnostics(self, request: GetDiagnostics) -> None:
        return None


@mutant(fails="13.1a", because="GetDiagnostics was answered with CALLERROR InternalError")
class DiagCallerror(SimulatedStation):
    """Answers GetDiagnostics with a CALLERROR."""

    def answer_get_diagnostics(self, request: GetDiagnostics) -> GetDiagnosticsConf:
        raise Refused(ErrorCode.INTERNAL_ERROR, "no room for diagnostics")


# ── 13.1b: the file ──────────────────────────────────────────────────────────────────────────────────


@mutant(fails="13.1b", because="Uploaded was reported, but no file with content arrived")
class UploadedWithoutFile(SimulatedStation):
    """Reports Uploaded and has uploaded nothing."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        self.report_diagnostics_status(UPLOADING)
        self.report_diagnostics_status(UPLOADED)


@mutant(fails="13.1b", because="Uploaded was reported, but no file with content arrived")
class UploadedEmptyFile(SimulatedStation):
    """Uploads a file without content."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        await super().upload_diagnostics(request, name, b"")


@mutant(fails="13.1b", because="Uploaded was reported, but no file with content arrived")
class UploadedElsewhere(SimulatedStation):
    """Uploads to a place of its maker's and not to the one that was given."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        self.report_diagnostics_status(UPLOADING)
        with contextlib.suppress(TransferError):
            await self.transfer.upload(f"ftp://127.0.0.1:1/maker/{name}", name, content)
        self.report_diagnostics_status(UPLOADED)


@mutant(fails="13.1b", because="the upload ended with UploadFailed")
class UploadFails(SimulatedStation):
    """Tries nothing and reports UploadFailed."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        self.report_diagnostics_status(UPLOADING)
        self.report_diagnostics_status(DiagnosticsStatus.UPLOAD_FAILED)


@mutant(fails="13.1b", because="the upload ended with UploadFailed")
class UploadFailedDespiteFile(SimulatedStation):
    """Uploads the file and reports UploadFailed."""

    def report_diagnostics_status(self, status: DiagnosticsStatus) -> None:
        super().report_diagnostics_status(DiagnosticsStatus.UPLOAD_FAILED if status is UPLOADED else status)


@mutant(fails="13.1b", because="Uploaded was not reported, and there is a file of")
class UploadedNeverReported(SimulatedStation):
    """Uploads the file and does not report that it is through."""

    def report_diagnostics_status(self, status: DiagnosticsStatus) -> None:
        if status is not UPLOADED:
            super().report_diagnostics_status(status)


@mutant(fails="13.1b", because="Uploaded was not reported, and there is a file of")
class UploadWithoutAnyStatus(SimulatedStation):
    """Uploads the file without a single DiagnosticsStatusNotification."""

    def report_diagnostics_status(self, status: DiagnosticsStatus) -> None:
        return


@mutant(fails="13.1b", because="Uploaded was not reported, and there is no file")
class FileNamedNeverUploaded(SimulatedStation):
    """Names a file in its answer, and no more is heard of it."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        return


@mutant(fails="13.1b", because="more than one file arrived")
class UploadsTwoFiles(SimulatedStation):
    """Uploads its log in two files."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        half = len(content) // 2
        await self.transfer.upload(request.location, f"1-{name}", content[:half])
        await super().upload_diagnostics(request, name, content[half:])


@mutant(fails="13.1b", because="s after Uploaded was reported")
class UploadedTooEarly(SimulatedStation):
    """Reports Uploaded when it begins; the file arrives 20 seconds later."""

    async def upload_diagnostics(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        self.report_diagnostics_status(UPLOADING)
        self.report_diagnostics_status(UPLOADED)
        await asyncio.sleep(20)
        await self.transfer.upload(request.location, name, content)
