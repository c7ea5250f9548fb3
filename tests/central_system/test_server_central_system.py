"""The server with the real central system behind it, and a station's real client in front of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem
from chargeproof.central_system.server import OcppServer
from chargeproof.clock import LoopClock
from chargeproof.simulator.client import SocketWire, WebSocketDial
from chargeproof.simulator.ports import DialRefused
from chargeproof.store import SqliteStore
from chargeproof.trace import ConnectionClosed, Entry, HandshakeSeen, Reach
from tests.central_system.raw_client import RawClient, run

BOOT = [2, "1", "BootNotification", {"chargePointVendor": "Maker", "chargePointModel": "Model"}]


class Node:
    """A central system at its server."""

    def __init__(self, central_system: CentralSystem, server: OcppServer) -> None:
        self.central_system = central_system
        self.server = server
        self.entries: list[Entry] = []
        self._changed = asyncio.Event()
        central_system.watch("*", self._note)

    async def dial(self) -> SocketWire:
        return await WebSocketDial(f"ws://127.0.0.1:{self.server.port}/ocpp")("STATION-1", ["ocpp1.6"])

    async def entry(self, kind: type[Entry]) -> Entry:
        """The first entry of that kind, once there is one."""
        while True:
            for entry in self.entries:
                if isinstance(entry, kind):
                    return entry
            self._changed.clear()
            await self._changed.wait()

    def _note(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._changed.set()


@asynccontextmanager
async def node() -> AsyncIterator[Node]:
    store = SqliteStore()
    central_system = CentralSystem(store=store, bus=LocalBus(), clock=LoopClock())
    await central_system.start()
    server = OcppServer(central_system, host="127.0.0.1", port=0, on_refused=central_system.refused)
    await server.start()
    try:
        yield Node(central_system, server)
    finally:
        await central_system.stop()
        await server.stop()
        await store.close()


async def booted(wire: SocketWire) -> str:
    wire.send(json.dumps(BOOT))
    answer = await wire.receive()
    assert answer is not None
    return str(json.loads(answer)[2]["status"])


@pytest.mark.parametrize("speed", [1, 20])
def test_a_station_boots_over_a_real_socket(speed: int) -> None:
    async def main() -> None:
        async with node() as here:
            wire = await here.dial()
            assert wire.subprotocol == "ocpp1.6"
            assert await booted(wire) == "Accepted"
            assert here.central_system.is_connected("STATION-1")
            await wire.close()
            closed = await here.entry(ConnectionClosed)
            assert isinstance(closed, ConnectionClosed)
            assert (closed.code, closed.by) == (1000, "charge_point")

    run(main(), speed=speed)


def test_out_of_reach_is_a_reset_until_it_is_restored() -> None:
    async def main() -> None:
        async with node() as here:
            wire = await here.dial()
            await booted(wire)
            here.central_system.cut("STATION-1")
            assert await wire.receive() is None
            with pytest.raises(ConnectionResetError):
                await here.dial()
            here.central_system.restore("STATION-1")
            again = await here.dial()
            assert await booted(again) == "Accepted"
            assert [entry.reachable for entry in here.entries if isinstance(entry, Reach)] == [False, True]
            outcomes = [entry.outcome for entry in here.entries if isinstance(entry, HandshakeSeen)]
            assert outcomes == ["accepted", "reset", "accepted"]
            await again.close()

    run(main())


def test_what_is_no_handshake_is_recorded_too() -> None:
    async def main() -> None:
        async with node() as here:
            client = await RawClient.connect(here.server.port)
            client.write(b"GET /ocpp/STATION-1 HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await client.response())[0] == 426
            seen = await here.entry(HandshakeSeen)
            assert isinstance(seen, HandshakeSeen)
            assert (seen.outcome, seen.http_status, seen.charge_point_id) == ("refused", 426, "STATION-1")
            client.writer.close()

    run(main())


def test_an_address_without_an_id_is_refused() -> None:
    async def main() -> None:
        async with node() as here:
            with pytest.raises(DialRefused):
                await WebSocketDial(f"ws://127.0.0.1:{here.server.port}/")("", ["ocpp1.6"])

    run(main())


def test_the_newer_socket_wins() -> None:
    async def main() -> None:
        async with node() as here:
            older, newer = await here.dial(), await here.dial()
            assert await older.receive() is None
            assert await booted(newer) == "Accepted"
            await newer.close()

    run(main())
