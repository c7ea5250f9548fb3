"""UpdateFirmware: fetch the file, wait for the sessions, install, reboot, and tell each step (S§4.5, S§5.19)."""

import asyncio
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chargeproof.ocpp import FirmwareStatus, FirmwareStatusNotification, UpdateFirmware
from chargeproof.simulator.ports import TransferError

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

VERSION = "firmware_version"
TO_TELL = "firmware_status_to_tell"
NAMED_VERSION = re.compile(rb"\s*version:[ \t]*(\S+)")
VERSION_IN_NAME = re.compile(r"\d+(?:\.\d+)+(?:-[\w.-]*\w)?")
LONGEST_VERSION = 50


class Firmware:
    """One update at a time; a new request takes the place of the one before."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self.status = FirmwareStatus.IDLE
        self._task: asyncio.Task[None] | None = None

    @property
    def version(self) -> str | None:
        found: str | None = self.station.memory.get(VERSION, self.station.model.firmware_version)
        return found

    def begin(self) -> None:
        """After a boot: what the reboot left to be told."""
        status = self.station.memory.pop(TO_TELL, None)
        if status is not None:
            self.station.report_firmware_status(FirmwareStatus(status))

    def start(self, request: UpdateFirmware) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self.station.spawn(self.station.update_firmware(request), "update firmware")

    async def update(self, request: UpdateFirmware) -> None:
        station = self.station
        delay_s = (request.retrieve_date - station.now()).total_seconds()
        await asyncio.sleep(max(0.0, delay_s))
        content = await self.fetch(request)
        if content is None:
            station.report_firmware_status(FirmwareStatus.DOWNLOAD_FAILED)
            return
        station.report_firmware_status(FirmwareStatus.DOWNLOADED)
        if station.model.firmware.waits_for_sessions:
            await station.transactions.all_ended()
        await station.install_firmware(request, content)

    async def fetch(self, request: UpdateFirmware) -> bytes | None:
        """The file, or None when every attempt failed; `retries` come on top of the first one."""
        station = self.station
        for attempt in range(1 + (request.retries or 0)):
            if attempt:
                await asyncio.sleep(request.retry_interval or 0)
            station.report_firmware_status(FirmwareStatus.DOWNLOADING)
            try:
                return await station.transfer.download(request.location)
            except TransferError:
                continue
        return None

    async def install(self, request: UpdateFirmware, content: bytes) -> None:
        station = self.station
        station.report_firmware_status(FirmwareStatus.INSTALLING)
        await asyncio.sleep(station.model.timing.install_s)
        if not content.strip():
            station.report_firmware_status(FirmwareStatus.INSTALLATION_FAILED)
            return
        version = announced_version(content, request.location)
        if version is not None:
            station.memory[VERSION] = version
        if station.model.firmware.reboot == "before_installed":
            station.memory[TO_TELL] = FirmwareStatus.INSTALLED.value
        else:
            station.report_firmware_status(FirmwareStatus.INSTALLED)
        await station.messages_sent(within_s=station.model.timing.stop_grace_s)
        station.reboot_for_firmware()

    def report(self, status: FirmwareStatus) -> None:
        self.status = status
        self.station.outbox.post(FirmwareStatusNotification(status=status))

    def current(self) -> FirmwareStatus:
        """For a trigger: Idle unless an update is under way (S§7.25)."""
        under_way = self._task is not None and not self._task.done()
        return self.status if under_way else FirmwareStatus.IDLE


def announced_version(content: bytes, location: str) -> str | None:
    """The version in the file's first line, `version: 2.1`, else the one in its name; None if neither."""
    match = NAMED_VERSION.match(content)
    if match:
        return match[1].decode("ascii", "replace")[:LONGEST_VERSION]
    name = PurePosixPath(urlsplit(location).path).stem
    found = VERSION_IN_NAME.search(name)
    return found[0][:LONGEST_VERSION] if found else None
