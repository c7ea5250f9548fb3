"""A stop in the middle of traffic: what was answered is kept, every socket is closed with 1001."""

import asyncio
import json
from pathlib import Path

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.server import OcppServer
from chargeproof.clock import LoopClock
from chargeproof.store import SqliteStore
from tests.central_system.raw_client import CLOSE, TEXT, RawClient, run

STATIONS = 20


async def starts_until_closed(
    client: RawClient, number: int, busy: asyncio.Semaphore
) -> tuple[set[int], int]:
    """The readings of the starts that were answered, and the code of the close."""
    answered: set[int] = set()
    for reading in range(10_000):
        start = {"connectorId": 1, "idTag": f"T{number}", "meterStart": reading, "timestamp": f"{reading}"}
        client.send(TEXT, json.dumps([2, str(reading), "StartTransaction", start]).encode())
        opcode, payload = await client.frame()
        if opcode == CLOSE:
            client.send(CLOSE, payload[:2])
            return answered, int.from_bytes(payload[:2], "big")
        answered.add(int(json.loads(payload)[1]))
        busy.release()
    raise AssertionError("never closed")


def test_a_stop_drains_closes_with_1001_and_loses_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        settings = CentralSystemSettings(unknown_id_tags="accept", allow_concurrent_use=True)
        central_system = CentralSystem(store=store, bus=LocalBus(), clock=LoopClock(), settings=settings)
        await central_system.start()
        server = OcppServer(central_system, host="127.0.0.1", port=0)
        await server.start()
        clients = [await RawClient.open(server.port, f"/CP-{number}") for number in range(STATIONS)]
        busy = asyncio.Semaphore(0)
        talking = [asyncio.create_task(starts_until_closed(c, n, busy)) for n, c in enumerate(clients)]
        for _ in range(5 * STATIONS):
            await busy.acquire()
        await central_system.stop()
        await server.stop()
        await store.close()
        told = await asyncio.gather(*talking)
        assert {code for _, code in told} == {1001}
        kept = SqliteStore(tmp_path / "store.db")
        for number, (answered, _) in enumerate(told):
            transactions = await kept.transactions(f"CP-{number}", limit=-1)
            readings = [item.meter_start_wh for item in transactions]
            assert answered <= set(readings)
            assert len(readings) == len(set(readings))
        assert all(item.closed_at for item in await kept.connections(limit=-1))
        await kept.close()
        for client in clients:
            client.writer.close()

    run(main())
