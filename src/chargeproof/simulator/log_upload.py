"""GetLog: the security log or the diagnostics, uploaded (W§ N01)."""

import asyncio
from typing import TYPE_CHECKING

from chargeproof.ocpp.security import GetLog, GetLogConf, LogStatusNotification
from chargeproof.ocpp.security_enums import LogStatus, LogType, UploadLogStatus
from chargeproof.simulator.ports import TransferError

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation


class LogUpload:
    """One upload at a time; a new request takes the place of the one before."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self.status = UploadLogStatus.IDLE
        self.request_id: int | None = None
        self._running: asyncio.Task[None] | None = None

    def answer(self, request: GetLog) -> GetLogConf:
        """No file name: there is nothing to upload."""
        status = LogStatus.ACCEPTED
        if self._running is not None and not self._running.done():
            self._running.cancel()
            status = LogStatus.ACCEPTED_CANCELED
        content = self.station.log_content(request)
        if not content:
            return GetLogConf(status=status)
        name = self.station.log_file_name(request)
        self._running = self.station.spawn(self.upload(request, name, content.encode()), "upload log")
        return GetLogConf(status=status, filename=name)

    async def upload(self, request: GetLog, name: str, content: bytes) -> None:
        station = self.station
        self.request_id = request.request_id
        station.report_log_status(UploadLogStatus.UPLOADING, request.request_id)
        for attempt in range(1 + (request.retries or 0)):
            if attempt:
                await asyncio.sleep(request.retry_interval or 0)
            try:
                await station.transfer.upload(request.log.remote_location, name, content)
            except TransferError:
                continue
            station.report_log_status(UploadLogStatus.UPLOADED, request.request_id)
            return
        station.report_log_status(UploadLogStatus.UPLOAD_FAILURE, request.request_id)

    def content(self, request: GetLog) -> str:
        oldest, latest = request.log.oldest_timestamp, request.log.latest_timestamp
        if request.log_type is LogType.SECURITY_LOG:
            return self.station.secured().log.content(oldest, latest)
        return self.station.diagnostics.content(oldest, latest)

    def report(self, status: UploadLogStatus, request_id: int) -> None:
        self.status = status
        self.station.outbox.post(LogStatusNotification(status=status, request_id=request_id))

    def current(self) -> LogStatusNotification:
        """For a trigger: Idle unless an upload is under way."""
        if self._running is None or self._running.done():
            return LogStatusNotification(status=UploadLogStatus.IDLE)
        return LogStatusNotification(status=self.status, request_id=self.request_id)
