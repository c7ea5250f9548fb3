"""A central system at a real socket, and a station that says exactly what it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings, CommandResult
from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.server import OcppServer
from chargeproof.clock import LoopClock
from chargeproof.ocpp import Request
from chargeproof.simulator.client import SocketWire, WebSocketDial
from chargeproof.store import SqliteStore
from chargeproof.store.records import ExchangeRecord
from tests.quiet_time import run as run

T = TypeVar("T")

MODEL = {"chargePointVendor": "Maker", "chargePointModel": "Model"}
NOON = "2026-01-01T12:00:00Z"


class Node:
    """A central system at its server."""

    def __init__(self, central_system: CentralSystem, server: OcppServer, store: SqliteStore) -> None:
        self.central_system = central_system
        self.server = server
        self.store = store

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.server.port}/ocpp"

    async def station(self, charge_point_id: str = "CP-1", *subprotocols: str) -> "RoughStation":
        """A station whose socket is open and that has not booted."""
        wire = await WebSocketDial(self.address)(charge_point_id, subprotocols or ["ocpp1.6"])
        return RoughStation(self, charge_point_id, wire)

    async def booted(self, charge_point_id: str = "CP-1") -> "RoughStation":
        station = await self.station(charge_point_id)
        assert (await station.confirmed("BootNotification", MODEL))["status"] == "Accepted"
        return station


class RoughStation:
    """The station's end of one socket. It answers commands as `reply` says; None lets them wait."""

    def __init__(self, node: Node, charge_point_id: str, wire: SocketWire) -> None:
        self.node = node
        self.charge_point_id = charge_point_id
        self.wire = wire
        self.reply: Callable[[list[Any]], list[str]] = lambda command: []
        self.commands: list[list[Any]] = []
        self._ids = 0

    def say(self, content: str | bytes) -> None:
        """One text message, whatever it holds."""
        self.wire.send_as_is(content)

    async def heard(self) -> list[Any]:
        """The next frame of the central system that is no command; commands get their reply."""
        while True:
            text = await self.wire.receive()
            assert text is not None, "the central system closed the socket"
            frame: list[Any] = json.loads(text)
            if frame[0] != 2:
                return frame
            self.commands.append(frame)
            for answer in self.reply(frame):
                self.say(answer)

    async def answer_to(self, unique_id: str) -> list[Any]:
        """The next answer under this id; other answers are passed over."""
        while (frame := await self.heard())[1] != unique_id:
            pass
        return frame

    async def call(self, action: str, payload: Any) -> list[Any]:
        """Send a CALL; the frame that answers it."""
        self._ids += 1
        unique_id = f"rough-{self._ids}"
        self.say(json.dumps([2, unique_id, action, payload]))
        return await self.answer_to(unique_id)

    async def confirmed(self, action: str, payload: Any) -> dict[str, Any]:
        """Send a CALL that must be answered with a CALLRESULT; its payload."""
        frame = await self.call(action, payload)
        assert frame[0] == 3, frame
        payload = frame[2]
        assert isinstance(payload, dict)
        return payload

    async def start(self, **fields: Any) -> dict[str, Any]:
        begun = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": NOON}
        return await self.confirmed("StartTransaction", _with(begun, fields))

    async def stop(self, transaction_id: Any, **fields: Any) -> dict[str, Any]:
        ended = {"transactionId": transaction_id, "meterStop": 10, "timestamp": NOON}
        return await self.confirmed("StopTransaction", _with(ended, fields))

    async def status(self, **fields: Any) -> list[Any]:
        shown = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
        return await self.call("StatusNotification", _with(shown, fields))

    async def commanded(self, request: Request[Any], timeout_s: float = 20.0) -> CommandResult:
        """What becomes of a command of ours, while the station listens."""
        command = asyncio.ensure_future(
            self.node.central_system.call(self.charge_point_id, request, timeout_s=timeout_s)
        )
        listening = asyncio.ensure_future(self._listen())
        try:
            return await command
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            await self.heard()

    async def goes_on(self) -> None:
        """The rest of the script on this very socket: status, session, and a command that is answered."""
        assert (await self.status())[0] == 3
        transaction_id = (await self.start(idTag="AFTERWARDS", timestamp="2026-01-02T00:00:00Z"))[
            "transactionId"
        ]
        values = [{"timestamp": NOON, "sampledValue": [{"value": "5"}]}]
        sent = {"connectorId": 1, "transactionId": transaction_id, "meterValue": values}
        assert await self.confirmed("MeterValues", sent) == {}
        await self.stop(transaction_id)
        kept = await self.node.store.transaction(transaction_id)
        assert kept is not None
        assert kept.meter_stop_wh == 10
        assert self.node.central_system.is_connected(self.charge_point_id)

    async def exchanges(self) -> list[ExchangeRecord]:
        """What the store has of this station, newest first."""
        await self.node.store.flush()
        return await self.node.store.exchanges(self.charge_point_id)

    async def leave(self) -> None:
        await self.wire.close()


def _with(payload: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The payload with these fields; None leaves one out."""
    return {name: value for name, value in {**payload, **changes}.items() if value is not None}


@asynccontextmanager
async def serving(limits: ServerLimits | None = None, **settings: Any) -> AsyncIterator[Node]:
    """A central system with a real server on a free port, and a store in memory."""
    store = SqliteStore()
    central_system = CentralSystem(
        store=store, bus=LocalBus(), clock=LoopClock(), settings=CentralSystemSettings(**settings)
    )
    await central_system.start()
    server = OcppServer(
        central_system, host="127.0.0.1", port=0, limits=limits, on_refused=central_system.refused
    )
    await server.start()
    try:
        yield Node(central_system, server, store)
    finally:
        await central_system.stop()
        await server.stop()
        await store.close()


Scenario = Callable[[RoughStation], Awaitable[None]]


def with_booted_station(scenario: Scenario, limits: ServerLimits | None = None, **settings: Any) -> None:
    """Play a scenario with a station that has booted; the rest of the script must go on afterwards."""

    async def main() -> None:
        async with serving(limits, **settings) as node:
            station = await node.booted()
            await scenario(station)
            await station.goes_on()
            await station.leave()

    run(main())
