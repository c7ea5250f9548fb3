"""Stations that get the upload of their security log wrong (TC_079)."""

import asyncio
from datetime import datetime

import msgspec

from chargeproof.ocpp import ErrorCode
from chargeproof.ocpp.security import GetLog, GetLogConf, LogStatusNotification
from chargeproof.ocpp.security_enums import LogStatus, UploadLogStatus
from chargeproof.simulator.link import Refused
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.ports import FileTransfer
from chargeproof.simulator.station import SimulatedStation

UPLOADING, UPLOADED = UploadLogStatus.UPLOADING, UploadLogStatus.UPLOADED

# ── TC_079a: the answer ──────────────────────────────────────────────────────────────────────────────


@mutant(fails="TC_079a", because="GetLog SecurityLog was answered with Rejected", model="secure")
class LogRejected(SimulatedStation):
    """Gives its log to nobody."""

    def answer_get_log(self, request: GetLog) -> GetLogConf | None:
        return GetLogConf(status=LogStatus.REJECTED)


@mutant(
    fails="TC_079a", because="GetLog SecurityLog was answered with CALLERROR InternalError", model="secure"
)
class LogCallerror(SimulatedStation):
    """Breaks over GetLog."""

    def answer_get_log(self, request: GetLog) -> GetLogConf | None:
        raise Refused(ErrorCode.INTERNAL_ERROR, "no room for a log")


@mutant(fails="TC_079a", because="the answer to GetLog names no file, although", model="secure")
class LogWithoutFilename(SimulatedStation):
    """Tells of security events, and says that its log is empty."""

    def answer_get_log(self, request: GetLog) -> GetLogConf | None:
        return GetLogConf(status=LogStatus.ACCEPTED)


# ── TC_079b: the statuses ────────────────────────────────────────────────────────────────────────────


class _TellsOtherwise(SimulatedStation):
    """Tells an upload in its own way."""

    def told(self, status: UploadLogStatus, request_id: int) -> list[LogStatusNotification]:
        raise NotImplementedError

    def report_log_status(self, status: UploadLogStatus, request_id: int) -> None:
        for notification in self.told(status, request_id):
            self.outbox.post(notification)


@mutant(fails="TC_079b", because="Uploading was reported without a requestId", model="secure")
class LogWithoutRequestId(_TellsOtherwise):
    """Does not say which upload it tells of."""

    def told(self, status: UploadLogStatus, request_id: int) -> list[LogStatusNotification]:
        return [LogStatusNotification(status=status)]


@mutant(fails="TC_079b", because="Uploading was reported with another requestId", model="secure")
class LogWithAnotherRequestId(_TellsOtherwise):
    """Counts its uploads itself."""

    def told(self, status: UploadLogStatus, request_id: int) -> list[LogStatusNotification]:
        return [LogStatusNotification(status=status, request_id=request_id + 1000)]


@mutant(fails="TC_079b", because="Uploaded was reported with another requestId", model="secure")
class LogEndsWithZero(_TellsOtherwise):
    """Has forgotten the request's id by the end of the upload."""

    def told(self, status: UploadLogStatus, request_id: int) -> list[LogStatusNotification]:
        return [LogStatusNotification(status=status, request_id=0 if status is UPLOADED else request_id)]


@mutant(fails="TC_079b", because="Uploading was not reported first", model="secure")
class LogUploadingUntold(_TellsOtherwise):
    """Tells the end of the upload alone."""

    def told(self, status: UploadLogStatus, request_id: int) -> list[LogStatusNotification]:
        return [] if status is UPLOADING else [LogStatusNotification(status=status, request_id=request_id)]


@mutant(fails="TC_079b", because="Uploaded was not reported", model="secure")
class LogUploadedUntold(_TellsOtherwise):
    """Uploads the log, and does not tell the end of it."""

    def told(self, status: UploadLogStatus, request_id: int) -> list[LogStatusNotification]:
        return [] if status is UPLOADED else [LogStatusNotification(status=status, request_id=request_id)]


@mutant(fails="TC_079b", because="the upload ended with UploadFailure", model="secure")
class LogFailsDespiteFile(_TellsOtherwise):
    """Uploads the log and calls that a failure."""

    def told(self, status: UploadLogStatus, request_id: int) -> list[LogStatusNotification]:
        said = UploadLogStatus.UPLOAD_FAILURE if status is UPLOADED else status
        return [LogStatusNotification(status=said, request_id=request_id)]


# ── TC_079c: the file ────────────────────────────────────────────────────────────────────────────────


class _UploadsOtherwise(SimulatedStation):
    """Its log leaves in another way than it should."""

    async def send_log(self, request: GetLog, name: str, content: bytes) -> None:
        raise NotImplementedError

    def answer_get_log(self, request: GetLog) -> GetLogConf | None:
        content = self.log_content(request).encode()
        if not content:
            return GetLogConf(status=LogStatus.ACCEPTED)
        name = self.log_file_name(request)
        self.spawn(self._told_and_sent(request, name, content), "upload log")
        return GetLogConf(status=LogStatus.ACCEPTED, filename=name)

    async def _told_and_sent(self, request: GetLog, name: str, content: bytes) -> None:
        self.report_log_status(UPLOADING, request.request_id)
        await self.send_log(request, name, content)
        self.report_log_status(UPLOADED, request.request_id)

    @property
    def files(self) -> FileTransfer:
        return self.transfer


@mutant(fails="TC_079c", because="Uploaded was reported, but no log with content arrived", model="secure")
class LogNeverSent(_UploadsOtherwise):
    """Tells of an upload, and uploads nothing."""

    async def send_log(self, request: GetLog, name: str, content: bytes) -> None:
        return


@mutant(fails="TC_079c", because="Uploaded was reported, but no log with content arrived", model="secure")
class LogIsEmpty(_UploadsOtherwise):
    """Uploads a file without content."""

    async def send_log(self, request: GetLog, name: str, content: bytes) -> None:
        await self.files.upload(request.log.remote_location, name, b"")


@mutant(fails="TC_079c", because="the log arrived under another name than was promised", model="secure")
class LogNamedOtherwise(_UploadsOtherwise):
    """Promises one name and uploads under another."""

    async def send_log(self, request: GetLog, name: str, content: bytes) -> None:
        await self.files.upload(request.log.remote_location, "security.log", content)


@mutant(fails="TC_079c", because="more than one file arrived", model="secure")
class LogInTwoFiles(_UploadsOtherwise):
    """Uploads its log in two files."""

    async def send_log(self, request: GetLog, name: str, content: bytes) -> None:
        place = request.log.remote_location
        await self.files.upload(place, name, content)
        await self.files.upload(place, f"more-{name}", content)


@mutant(fails="TC_079c", because="s after Uploaded was reported", model="secure")
class LogArrivesLate(_UploadsOtherwise):
    """Tells the end of the upload at once; the file takes 20 seconds."""

    async def send_log(self, request: GetLog, name: str, content: bytes) -> None:
        self.spawn(self._later(request, name, content), "late log")

    async def _later(self, request: GetLog, name: str, content: bytes) -> None:
        await asyncio.sleep(20)
        await self.files.upload(request.log.remote_location, name, content)


# ── TC_079d: the time frame ──────────────────────────────────────────────────────────────────────────


class _ReadsOtherwise(SimulatedStation):
    """Takes another time frame than the one that is asked for."""

    def frame(self, oldest: datetime | None, latest: datetime | None) -> dict[str, datetime | None]:
        raise NotImplementedError

    def log_content(self, request: GetLog) -> str:
        frame = self.frame(request.log.oldest_timestamp, request.log.latest_timestamp)
        return super().log_content(
            msgspec.structs.replace(request, log=msgspec.structs.replace(request.log, **frame))
        )


@mutant(fails="TC_079d", because="the log holds what is before the oldestTimestamp", model="secure")
class LogIgnoresOldest(_ReadsOtherwise):
    """Sends what is older too."""

    def frame(self, oldest: datetime | None, latest: datetime | None) -> dict[str, datetime | None]:
        return {"oldest_timestamp": None}


@mutant(fails="TC_079d", because="the log holds what is after the latestTimestamp", model="secure")
class LogIgnoresLatest(_ReadsOtherwise):
    """Sends what is newer too."""

    def frame(self, oldest: datetime | None, latest: datetime | None) -> dict[str, datetime | None]:
        return {"latest_timestamp": None}


@mutant(fails="TC_079d", because="nothing of the time frame is in the log", model="secure")
class LogOfAFrameIsEmpty(_ReadsOtherwise):
    """Looks for the frame in the wrong year."""

    def frame(self, oldest: datetime | None, latest: datetime | None) -> dict[str, datetime | None]:
        return {"oldest_timestamp": oldest and oldest.replace(year=oldest.year + 1)}


@mutant(
    fails="TC_079d", because="GetLog SecurityLog with a time frame was answered with Rejected", model="secure"
)
class LogOfAFrameRejected(SimulatedStation):
    """Gives the whole log or none."""

    def answer_get_log(self, request: GetLog) -> GetLogConf | None:
        if request.log.oldest_timestamp is not None:
            return GetLogConf(status=LogStatus.REJECTED)
        return super().answer_get_log(request)
