"""Connections cut in the middle of a frame, and two sockets of one station in every order."""

import asyncio
import itertools
import json

import pytest

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.server import OcppServer
from chargeproof.clock import LoopClock
from chargeproof.store import SqliteStore
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.bench import Bench, FakeStation
from tests.central_system.raw_client import TEXT, RawClient, frame, run

START = {"connectorId": 1, "idTag": "CARD", "meterStart": 5, "timestamp": "2026-01-01T00:00:00Z"}
SETTINGS = CentralSystemSettings(unknown_id_tags="accept")

Step = tuple[str, str]
STEPS: list[Step] = [(socket, act) for socket in "AB" for act in ("open", "start", "close")]


def orders() -> list[tuple[Step, ...]]:
    """Every order in which two sockets can open, send the same start and close."""
    found = []
    for places in itertools.combinations(range(6), 3):
        first, second = iter(STEPS[:3]), iter(STEPS[3:])
        found.append(tuple(next(first if place in places else second) for place in range(6)))
    return found


@pytest.mark.parametrize("order", orders(), ids=lambda order: " ".join(f"{s}-{act}" for s, act in order))
@pytest.mark.parametrize("commits", [True, False], ids=["each alone", "all at once"])
def test_two_sockets_of_a_station_begin_one_transaction(order: tuple[Step, ...], commits: bool) -> None:
    async def main() -> None:
        bench = Bench(SETTINGS)
        await bench.central_system.start()
        sockets: dict[str, FakeStation] = {}
        for name, act in order:
            if act == "open":
                sockets[name] = bench.connect()
            elif act == "start":
                sockets[name].send("StartTransaction", START, f"start-{name}")
            else:
                sockets[name].leave()
            if commits:
                await bench.committed()
        await bench.committed()
        (transaction,) = await bench.store.transactions("CP-1")
        answers = [json.loads(text) for socket in sockets.values() for text in socket.link.sent]
        told = {answer[2]["transactionId"] for answer in answers if answer[0] == 3}
        assert told <= {transaction.transaction_id}
        kept = [item for item in await bench.store.exchanges("CP-1") if item.action == "StartTransaction"]
        assert len(kept) == 2
        assert not bench.central_system.is_connected("CP-1")
        again = bench.connect()
        answer = await again.call("StartTransaction", START, "once more")
        assert answer[2]["transactionId"] == transaction.transaction_id
        assert bench.central_system.is_connected("CP-1")
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


MESSAGE = json.dumps([2, "s-1", "StartTransaction", START]).encode()
WHOLE = frame(TEXT, MESSAGE)
FRAGMENTS = frame(TEXT, MESSAGE[:40], fin=False) + frame(0, MESSAGE[40:])


@pytest.mark.parametrize("sent", [WHOLE, FRAGMENTS], ids=["in one frame", "in fragments"])
def test_a_connection_cut_anywhere_in_a_frame_begins_nothing_and_its_repetition_one(sent: bytes) -> None:
    async def main() -> None:
        store = SqliteStore()
        central_system = CentralSystem(store=store, bus=LocalBus(), clock=LoopClock(), settings=SETTINGS)
        await central_system.start()
        server = OcppServer(central_system, host="127.0.0.1", port=0)
        await server.start()
        for length in range(0, len(sent), 9):
            client = await RawClient.open(server.port, "/ocpp/CP-1")
            client.write(sent[:length])
            await client.writer.drain()
            client.writer.transport.abort()
        client = await RawClient.open(server.port, "/ocpp/CP-1")
        assert await store.transactions() == []
        client.write(sent)
        _, answer = await client.frame()
        assert json.loads(answer)[2]["transactionId"] == 1
        client.writer.transport.abort()
        # The answer might have been cut off instead: the same message once more.
        client = await RawClient.open(server.port, "/ocpp/CP-1")
        client.write(sent)
        assert (await client.frame())[1] == answer
        assert len(await store.transactions()) == 1
        client.writer.close()
        await asyncio.gather(central_system.stop(), server.stop())
        await store.close()

    run(main())
