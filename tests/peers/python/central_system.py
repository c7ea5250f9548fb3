"""A central system made with ``ocpp`` and ``websockets``, as a process of its own.

``python -m tests.peers.python.central_system`` prints one line of JSON with the address for stations and the
address of its control port, and runs until it is ended. Every payload is held against the JSON
schema of the library; what does not fit is a violation.
"""

import argparse
import asyncio
import itertools
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.peers.python.http_port import Answer, serve_http
from tests.peers.python.journal import Journal
from tests.peers.python.library import (
    ChargePoint,
    OCPPError,
    call,
    call_result,
    from_wire,
    on,
    to_wire,
)

log = logging.getLogger("central_system")


class CentralSystem:
    def __init__(self, speed: float, heartbeat_interval_s: int) -> None:
        self.heartbeat_interval_s = heartbeat_interval_s
        self.journal = Journal()
        self.cards: dict[str, str] = {}
        self.links: dict[str, Link] = {}
        self.transaction_ids = itertools.count(7001)
        self._speed = speed
        self._started = datetime.now(UTC)

    def now(self) -> str:
        passed_s = (datetime.now(UTC) - self._started).total_seconds() * self._speed
        return (self._started + timedelta(seconds=passed_s)).isoformat().replace("+00:00", "Z")

    def id_tag_info(self, id_tag: str) -> dict[str, str]:
        return {"status": self.cards.get(id_tag, "Accepted")}

    async def connected(self, socket: ServerConnection) -> None:
        path = socket.request.path if socket.request is not None else ""
        charge_point_id = unquote(urlsplit(path).path.rpartition("/")[2])
        link = Link(self, charge_point_id, socket)
        self.links[charge_point_id] = link
        try:
            await link.start()
        except ConnectionClosed as error:
            log.info("%s left: %r", charge_point_id, error)
        finally:
            if self.links.get(charge_point_id) is link:
                del self.links[charge_point_id]

    async def control(self, method: str, path: str, query: dict[str, str], told: Any) -> Answer:
        match method, path:
            case "POST", "/call":
                return await self._call(told["charge_point_id"], told["action"], told["payload"])
            case "POST", "/cards":
                self.cards.update(told)
                return 200, self.cards
            case "POST", "/hang-up":
                await self.links[query["charge_point_id"]].socket.close(1001)
                return 200, {}
            case "GET", "/frames":
                return 200, [entry.as_json() for entry in self.journal.of(query["charge_point_id"])]
            case "GET", "/violations":
                return 200, self.journal.violations
            case "GET", "/next":
                entry = await self.journal.next_call(
                    query["charge_point_id"], query["action"], int(query["after"]), float(query["within"])
                )
                return (404, {"detail": "none came"}) if entry is None else (200, entry.as_json())
        return 404, {"detail": f"there is no {method} {path}"}

    async def _call(self, charge_point_id: str, action: str, payload: dict[str, Any]) -> Answer:
        link = self.links.get(charge_point_id)
        if link is None:
            return 409, {"detail": f"{charge_point_id} is not connected"}
        try:
            confirmation = await link.call(getattr(call, action)(**from_wire(payload)), suppress=False)
        except OCPPError as error:
            self.journal.violations.append(f"{action}: {error!r}")
            return 200, {"error": repr(error)}
        except TimeoutError:
            return 200, {"error": "no answer"}
        return 200, {"confirmation": to_wire(confirmation)}


class Link(ChargePoint):
    """One station's socket."""

    def __init__(self, central_system: CentralSystem, charge_point_id: str, socket: ServerConnection) -> None:
        super().__init__(charge_point_id, socket, response_timeout=60)
        self.socket = socket
        self._central_system = central_system

    async def route_message(self, raw_msg: str | bytes) -> None:
        self._central_system.journal.note(self.id, "charge_point", raw_msg)
        await super().route_message(raw_msg)

    async def _send(self, message: str) -> None:
        self._central_system.journal.note(self.id, "central_system", message)
        await super()._send(message)

    @on("BootNotification")
    def on_boot_notification(self, **_: Any) -> Any:
        return call_result.BootNotification(
            current_time=self._central_system.now(),
            interval=self._central_system.heartbeat_interval_s,
            status="Accepted",
        )

    @on("SecurityEventNotification")
    def on_security_event_notification(self, **_: Any) -> Any:
        return call_result.SecurityEventNotification()

    @on("SignCertificate")
    def on_sign_certificate(self, **_: Any) -> Any:
        return call_result.SignCertificate(status="Accepted")

    @on("LogStatusNotification")
    def on_log_status_notification(self, **_: Any) -> Any:
        return call_result.LogStatusNotification()

    @on("SignedFirmwareStatusNotification")
    def on_signed_firmware_status_notification(self, **_: Any) -> Any:
        return call_result.SignedFirmwareStatusNotification()

    @on("Heartbeat")
    def on_heartbeat(self) -> Any:
        return call_result.Heartbeat(current_time=self._central_system.now())

    @on("Authorize")
    def on_authorize(self, id_tag: str) -> Any:
        return call_result.Authorize(id_tag_info=self._central_system.id_tag_info(id_tag))

    @on("StartTransaction")
    def on_start_transaction(self, id_tag: str, **_: Any) -> Any:
        return call_result.StartTransaction(
            transaction_id=next(self._central_system.transaction_ids),
            id_tag_info=self._central_system.id_tag_info(id_tag),
        )

    @on("StopTransaction")
    def on_stop_transaction(self, **_: Any) -> Any:
        return call_result.StopTransaction()

    @on("MeterValues")
    def on_meter_values(self, **_: Any) -> Any:
        return call_result.MeterValues()

    @on("StatusNotification")
    def on_status_notification(self, **_: Any) -> Any:
        return call_result.StatusNotification()

    @on("DataTransfer")
    def on_data_transfer(self, **_: Any) -> Any:
        return call_result.DataTransfer(status="UnknownVendorId")

    @on("FirmwareStatusNotification")
    def on_firmware_status_notification(self, **_: Any) -> Any:
        return call_result.FirmwareStatusNotification()

    @on("DiagnosticsStatusNotification")
    def on_diagnostics_status_notification(self, **_: Any) -> Any:
        return call_result.DiagnosticsStatusNotification()


async def main(arguments: argparse.Namespace) -> None:
    central_system = CentralSystem(arguments.speed, arguments.heartbeat_interval)
    _, control_port = await serve_http(central_system.control)
    subprotocols = [Subprotocol("ocpp1.6")]
    async with serve(
        central_system.connected, "127.0.0.1", 0, subprotocols=subprotocols, ping_interval=None
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        addresses = {"url": f"ws://127.0.0.1:{port}/ocpp", "control": f"http://127.0.0.1:{control_port}"}
        print(json.dumps(addresses), flush=True)
        await server.serve_forever()


def parsed_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", type=float, default=1.0, help="seconds of its clock in one real second")
    parser.add_argument("--heartbeat-interval", type=int, default=60)
    return parser.parse_args()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)8d %(levelname)s %(name)s %(message)s")
    asyncio.run(main(parsed_arguments()))
