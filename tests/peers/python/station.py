"""A charge station made with ``ocpp`` and ``websockets``, as a process of its own.

``python -m tests.peers.python.station ws://127.0.0.1:9000/ocpp STATION-1 --speed 20`` prints one line of JSON
with the address of its rig, and runs until it is ended.
"""

import argparse
import asyncio
import json
import logging
from collections.abc import Collection, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from tests.peers.python import file_transfer
from tests.peers.python.charging import Charging
from tests.peers.python.commands import Commands
from tests.peers.python.configuration import Configuration
from tests.peers.python.http_port import serve_http
from tests.peers.python.library import OCPPError, call
from tests.peers.python.outbox import Outbox
from tests.peers.python.outlet import Outlet
from tests.peers.python.rig import rig_of
from tests.peers.python.station_clock import StationClock

log = logging.getLogger("station")

CONNECTORS = 2
DEFECTS = ("no-meter-values", "no-boot-after-soft-reset", "status-occupied")
RECONNECT_S = 5.0
DOWN_S = {"Soft": 3.0, "Hard": 12.0}
LAST_WORDS_S = 10.0  # how long a reset waits for the outbox


class Station:
    def __init__(
        self, url: str, charge_point_id: str, *, speed: float, defects: Collection[str] = ()
    ) -> None:
        self.id = charge_point_id
        self.defects = frozenset(defects)
        self.clock = StationClock(speed)
        self.configuration = Configuration(CONNECTORS)
        self.online = asyncio.Event()
        self.outbox = Outbox(self.clock, self.configuration, self.online, self.send)
        self.charging = Charging(self, CONNECTORS)
        self.station_error = "NoError"
        self.operative = True
        self.list_version = 0
        self.firmware_version = "1.4.0"
        self.changed = asyncio.Event()
        self._url = f"{url.rstrip('/')}/{charge_point_id}"
        self._diagnostics_name = ""
        self._reported = ("", "")
        self._socket: ClientConnection | None = None
        self._link: Commands | None = None
        self._gone: asyncio.Future[None] | None = None
        self._sending = asyncio.Lock()
        self._needs_boot = True
        self._down_s = RECONNECT_S
        self._sent_s = 0.0
        self._works: set[asyncio.Task[Any]] = set()

    # ── the connection ───────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        self.spawn(self.outbox.deliver())
        self.spawn(self._beat())
        while True:
            try:
                subprotocols = [Subprotocol("ocpp1.6")]
                async with connect(
                    self._url, subprotocols=subprotocols, ping_interval=None, proxy=None
                ) as socket:
                    await self._live(socket)
            except (OSError, TimeoutError, WebSocketException) as error:
                log.info("no connection: %r", error)
            down_s, self._down_s = self._down_s, RECONNECT_S
            await self.clock.pause(down_s)

    async def _live(self, socket: ClientConnection) -> None:
        link = Commands(self, socket)
        self._socket, self._link = socket, link
        self._gone = asyncio.get_running_loop().create_future()
        arriving = asyncio.create_task(self._come_online())
        try:
            await link.start()
        except ConnectionClosed as error:
            log.info("connection ended: %r", error)
        finally:
            self.online.clear()
            self._link = None
            self._gone.set_result(None)
            arriving.cancel()

    async def _come_online(self) -> None:
        booted = self._needs_boot
        with suppress(OSError, TimeoutError):
            while self._needs_boot:
                await self._boot()
            self.online.set()
            if booted:
                self._reported = ("", "")
            self.report_station()
            for outlet in self.charging.outlets.values():
                if booted:
                    outlet.reported = ("", "")
                self.report(outlet)

    async def _boot(self) -> None:
        confirmation = await self.send(
            call.BootNotification(
                charge_point_vendor="Peer Works",
                charge_point_model="Twin 22",
                charge_point_serial_number="PW-22-000017",
                firmware_version=self.firmware_version,
                iccid="89310410106543789301",
                imsi="204081234567890",
                meter_type="PW-M3",
                meter_serial_number="M3-4711",
            )
        )
        self.clock.set(confirmation.current_time)
        if confirmation.status == "Accepted":
            self._needs_boot = False
            self.configuration.keys["HeartbeatInterval"].value = str(confirmation.interval)
            self.settings_changed()
        else:
            await self.clock.pause(confirmation.interval or 30)

    async def send(self, message: Any) -> Any:
        """Send a Call and wait for its confirmation. Raises OCPPError, OSError and TimeoutError.

        The lock keeps the order: the library validates in threads before it queues.
        """
        async with self._sending:
            return await self._send_next(message)

    async def _send_next(self, message: Any) -> Any:
        link, gone = self._link, self._gone
        if link is None or gone is None:
            raise ConnectionError("there is no connection")
        odd = "status-occupied" in self.defects
        calling = asyncio.create_task(link.call(message, suppress=False, skip_schema_validation=odd))
        await asyncio.wait({calling, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not calling.done():
            calling.cancel()
            raise ConnectionError("the connection ended before the answer came")
        try:
            confirmation = calling.result()
        except ConnectionClosed as error:
            raise ConnectionError("the connection ended") from error
        except OCPPError as error:
            log.error("%s was answered wrongly: %r", type(message).__name__, error)
            raise
        self._sent_s = self.clock.monotonic()
        return confirmation

    async def tell(self, message: Any) -> None:
        """Send a message that nobody misses when it is lost."""
        try:
            await self.send(message)
        except (OCPPError, OSError, TimeoutError) as error:
            log.warning("%s is lost: %r", type(message).__name__, error)

    async def _beat(self) -> None:
        while True:
            await self.online.wait()
            interval_s = self.configuration.seconds("HeartbeatInterval") or float("inf")
            rest_s = min(self._sent_s + interval_s - self.clock.monotonic(), 86_400)
            if rest_s > 0:
                await self.clock.pause_until(self.changed, rest_s)
                continue
            try:
                self.clock.set((await self.send(call.Heartbeat())).current_time)
            except (OCPPError, OSError, TimeoutError):
                await self.clock.pause(1)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    def settings_changed(self) -> None:
        """Wake whoever waits for an interval that may be another now."""
        self.changed.set()
        self.changed = asyncio.Event()

    # ── status ───────────────────────────────────────────────────────────────────────────────────────

    def report(self, outlet: Outlet, *, again: bool = False) -> None:
        """Send the outlet's status if it is another than the one reported, and somebody can hear it."""
        seen = (outlet.status(), outlet.error_code)
        if self.online.is_set() and (again or seen != outlet.reported):
            outlet.reported = seen
            self.spawn(self.tell(self._status(outlet.connector_id, *seen)))

    def report_station(self, *, again: bool = False) -> None:
        status = "Available" if self.operative else "Unavailable"
        seen = ("Faulted" if self.station_error != "NoError" else status, self.station_error)
        if self.online.is_set() and (again or seen != self._reported):
            self._reported = seen
            self.spawn(self.tell(self._status(0, *seen)))

    def _status(self, connector_id: int, status: str, error_code: str) -> Any:
        if "status-occupied" in self.defects and status == "Preparing":
            status = "Occupied"
        return call.StatusNotification(
            connector_id=connector_id, error_code=error_code, status=status, timestamp=self.clock.stamp()
        )

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────

    def answer_availability(self, connector_id: int, kind: str) -> str:
        if connector_id != 0 and connector_id not in self.charging.outlets:
            return "Rejected"
        busy = any(outlet.transaction is not None for outlet in self._concerned(connector_id))
        return "Scheduled" if busy and kind == "Inoperative" else "Accepted"

    def change_availability(self, connector_id: int, kind: str) -> None:
        operative = kind == "Operative"
        if connector_id == 0:
            self.operative = operative
            self.report_station()
        for outlet in self._concerned(connector_id):
            outlet.becomes_inoperative = not operative and outlet.transaction is not None
            if outlet.transaction is None:
                outlet.finishing = outlet.finishing and outlet.operative  # S§4.9 H2: Preparing
                outlet.operative = operative
            self.report(outlet)

    def _concerned(self, connector_id: int) -> list[Outlet]:
        return [o for o in self.charging.outlets.values() if connector_id in (0, o.connector_id)]

    def answer_trigger(self, requested: str, connector_id: int | None) -> str:
        if connector_id is not None and connector_id not in (0, *self.charging.outlets):
            return "Rejected"
        refused = {"BootNotification"}
        if "no-meter-values" in self.defects:
            refused.add("MeterValues")
        return "Rejected" if requested in refused else "Accepted"

    async def send_triggered(self, requested: str, connector_id: int | None) -> None:
        match requested:
            case "Heartbeat":
                await self.tell(call.Heartbeat())
            case "FirmwareStatusNotification":
                await self.tell(call.FirmwareStatusNotification(status="Idle"))
            case "DiagnosticsStatusNotification":
                await self.tell(call.DiagnosticsStatusNotification(status="Idle"))
            case "StatusNotification":
                if connector_id in (None, 0):
                    self.report_station(again=True)
                for outlet in self.charging.outlets.values():
                    if connector_id in (None, outlet.connector_id):
                        self.report(outlet, again=True)
            case "MeterValues":
                self._send_meter_values(connector_id)

    def _send_meter_values(self, connector_id: int | None) -> None:
        for outlet in self._concerned(connector_id or 0):
            message = self.charging.sample(outlet, "Trigger")
            if outlet.transaction is not None:
                self.outbox.put(outlet.transaction, message)
            else:
                self.spawn(self.tell(message))

    async def reset(self, kind: str) -> None:
        self.charging.end_all(f"{kind}Reset")
        await self.clock.pause_until(self.outbox.empty, LAST_WORDS_S)
        boots = kind == "Hard" or "no-boot-after-soft-reset" not in self.defects
        await self._go_down(DOWN_S[kind], boots=boots)

    async def lose_mains(self) -> None:
        """No last words: the socket breaks, the stops are written down for later."""
        self.online.clear()
        if self._socket is not None:
            self._socket.transport.abort()
        self.charging.end_all("PowerLoss")
        self._needs_boot = True
        self._down_s = DOWN_S["Hard"]

    async def _go_down(self, seconds: float, *, boots: bool = True) -> None:
        self._needs_boot = boots
        self._down_s = seconds
        self.online.clear()
        if self._socket is not None:
            await self._socket.close(1001)

    # ── files ────────────────────────────────────────────────────────────────────────────────────────

    def name_diagnostics(self) -> str:
        self._diagnostics_name = f"{self.id}-{self.clock.now():%Y%m%dT%H%M%S}.log"
        return self._diagnostics_name

    async def upload_diagnostics(self, location: str) -> None:
        content = "".join(f"{key}={held.value}\n" for key, held in self.configuration.keys.items())
        await self.tell(call.DiagnosticsStatusNotification(status="Uploading"))
        try:
            await asyncio.to_thread(file_transfer.store, location, self._diagnostics_name, content.encode())
        except file_transfer.ERRORS as error:
            log.warning("upload failed: %r", error)
            await self.tell(call.DiagnosticsStatusNotification(status="UploadFailed"))
            return
        await self.tell(call.DiagnosticsStatusNotification(status="Uploaded"))

    async def update_firmware(
        self, location: str, retrieve_date: str, retries: int, retry_interval_s: int
    ) -> None:
        """The first line of a firmware file names its version; the reboot comes before Installed."""
        rest = datetime.fromisoformat(retrieve_date) - self.clock.now()
        await self.clock.pause(rest.total_seconds())
        content = await self._download(location, retries, retry_interval_s)
        if content is None:
            await self.tell(call.FirmwareStatusNotification(status="DownloadFailed"))
            return
        await self.tell(call.FirmwareStatusNotification(status="Downloaded"))
        while any(outlet.transaction is not None for outlet in self.charging.outlets.values()):
            await self.clock.pause(5)
        await self.tell(call.FirmwareStatusNotification(status="Installing"))
        self.firmware_version = content.decode("latin-1").partition("\n")[0].strip()[:50]
        await self._go_down(DOWN_S["Hard"])
        await self.online.wait()
        await self.tell(call.FirmwareStatusNotification(status="Installed"))

    async def _download(self, location: str, retries: int, retry_interval_s: int) -> bytes | None:
        for attempt in range(retries + 1):
            if attempt:
                await self.clock.pause(retry_interval_s)
            await self.tell(call.FirmwareStatusNotification(status="Downloading"))
            try:
                return await asyncio.to_thread(file_transfer.fetch, location)
            except file_transfer.ERRORS as error:
                log.warning("download failed: %r", error)
        return None


async def main(arguments: argparse.Namespace) -> None:
    station = Station(arguments.url, arguments.id, speed=arguments.speed, defects=arguments.defect)
    server, port = await serve_http(rig_of(station))
    print(json.dumps({"rig": f"http://127.0.0.1:{port}"}), flush=True)
    async with server:
        await station.run()


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="the central system, without the station's id")
    parser.add_argument("id", help="the charge point id")
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of the station in one real second")
    parser.add_argument("--defect", choices=DEFECTS, action="append", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)8d %(levelname)s %(name)s %(message)s")
    asyncio.run(main(parsed_arguments()))
