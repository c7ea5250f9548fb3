"""GetDiagnostics: the station's own message log of a time frame, uploaded (S§4.4, S§5.9)."""

import asyncio
import re
from datetime import datetime
from typing import TYPE_CHECKING

from chargeproof.ocpp import (
    DiagnosticsStatus,
    DiagnosticsStatusNotification,
    GetDiagnostics,
    GetDiagnosticsConf,
)
from chargeproof.simulator.ports import TransferError

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

LINES_KEPT = 2000
SECRET = re.compile(r'("key":\s*"AuthorizationKey",\s*"value":\s*")[^"]*', re.IGNORECASE)


class Diagnostics:
    """Keeps the log in flash, so that it tells of the time before a reboot too."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self.status = DiagnosticsStatus.IDLE
        self._running: asyncio.Task[None] | None = None

    def note(self, sign: str, text: str | bytes) -> None:
        """One line: `>` sent, `<` received. A key that is set is not written down."""
        line = text if isinstance(text, str) else text.decode("utf-8", "backslashreplace")
        log = self.station.hardware.message_log
        line = SECRET.sub(r"\1***", line)
        log.append((self.station.now(), f"{sign} {line}"))
        if len(log) > LINES_KEPT:
            del log[: LINES_KEPT // 10]

    def content(self, start: datetime | None, stop: datetime | None) -> str:
        """The lines of a time frame; empty if there are none."""
        return "".join(
            f"{moment:%Y-%m-%dT%H:%M:%S.%fZ} {line}\n"
            for moment, line in self.station.hardware.message_log
            if (start is None or moment >= start) and (stop is None or moment <= stop)
        )

    def answer(self, request: GetDiagnostics) -> GetDiagnosticsConf:
        """The name of the file that will be uploaded; none if there is nothing to send."""
        content = self.station.diagnostics_content(request)
        if not content:
            return GetDiagnosticsConf()
        name = self.station.diagnostics_file_name()
        if self._running is not None:
            self._running.cancel()
        upload = self.station.upload_diagnostics(request, name, content.encode())
        self._running = self.station.spawn(upload, "upload diagnostics")
        return GetDiagnosticsConf(file_name=name)

    async def upload(self, request: GetDiagnostics, name: str, content: bytes) -> None:
        station = self.station
        station.report_diagnostics_status(DiagnosticsStatus.UPLOADING)
        for attempt in range(1 + (request.retries or 0)):
            if attempt:
                await asyncio.sleep(request.retry_interval or 0)
            try:
                await station.transfer.upload(request.location, name, content)
            except TransferError:
                continue
            station.report_diagnostics_status(DiagnosticsStatus.UPLOADED)
            return
        station.report_diagnostics_status(DiagnosticsStatus.UPLOAD_FAILED)

    def report(self, status: DiagnosticsStatus) -> None:
        self.status = status
        self.station.outbox.post(DiagnosticsStatusNotification(status=status))

    def current(self) -> DiagnosticsStatus:
        """For a trigger: Idle unless an upload is under way (S§7.24)."""
        under_way = self._running is not None and not self._running.done()
        return self.status if under_way else DiagnosticsStatus.IDLE
