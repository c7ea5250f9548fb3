"""A soak: stations send, the central system is killed or paused at random points, and at the end is audited."""

import asyncio
import random
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from chargeproof.testbed.soak.audit import Audit, audit
from chargeproof.testbed.soak.load import Log, SoakStation, end_all
from chargeproof.testbed.soak.server import ServerProcess

Fault = Literal["kill", "pause"]

STORE = "chargeproof.db"
SETTINGS = {
    "unknown_id_tags": "accept",
    "allow_concurrent_use": "true",
    "handshakes_per_s": "0",
    "log_level": "warning",
}
LONGEST_JITTER_S = 0.03
LONGEST_PAUSE_S = 0.5
PATIENCE_S = 120.0


class Soak(msgspec.Struct, frozen=True, kw_only=True):
    """What is done. `seed` decides after how many messages each fault comes, and how long a pause is.

    messages_between: how many messages come between two faults, at most.
    """

    data: Path
    seed: int
    faults: int
    stations: int = 20
    fault: Fault = "kill"
    store_writer: str = "loop"
    messages_between: int = 400


class SoakResult(msgspec.Struct, frozen=True):
    """cuts: connections that stations lost. connected: how often they connected."""

    faults: int
    sent: int
    repeated: int
    cuts: int
    connected: int
    audit: Audit


class _Counter:
    """Wakes the soak after so many messages."""

    def __init__(self) -> None:
        self._left = 0
        self._reached = asyncio.Event()

    def count(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self._reached.set()

    async def after(self, messages: int, server: ServerProcess) -> None:
        self._left = messages
        self._reached.clear()
        async with asyncio.timeout(PATIENCE_S):
            while not self._reached.is_set():
                server.refuse_if_ended()
                try:
                    async with asyncio.timeout(1):
                        await self._reached.wait()
                except TimeoutError:
                    continue


async def soak(plan: Soak, on_fault: Callable[[int, Log], None] = lambda _number, _log: None) -> SoakResult:
    """Run a plan; `on_fault` is told after each fault. Raises ToolError when the server fails by itself."""
    chance = random.Random(plan.seed)  # noqa: S311
    server = ServerProcess(plan.data, {**SETTINGS, "store_writer": plan.store_writer})
    log, counter = Log(), _Counter()
    stations = [
        SoakStation(f"SOAK-{number}", server.address, log, chance.getrandbits(32), counter.count)
        for number in range(plan.stations)
    ]
    server.start()
    tasks = [asyncio.create_task(station.run()) for station in stations]
    try:
        for number in range(plan.faults):
            await counter.after(chance.randint(plan.stations + 1, plan.messages_between), server)
            await asyncio.sleep(chance.uniform(0, LONGEST_JITTER_S))
            await _fault(plan.fault, server, chance)
            on_fault(number + 1, log)
        await end_all(stations, tasks, PATIENCE_S)
        server.stop()
    finally:
        for task in tasks:
            task.cancel()
        server.close()
    cuts = sum(station.cuts for station in stations)
    found = audit(plan.data / STORE, log)
    return SoakResult(plan.faults, log.sent, log.repeated, cuts, log.connected, found)


async def _fault(fault: Fault, server: ServerProcess, chance: random.Random) -> None:
    if fault == "kill":
        server.kill()
        server.start()
    else:
        server.send(signal.SIGSTOP)
        await asyncio.sleep(chance.uniform(0, LONGEST_PAUSE_S))
        server.send(signal.SIGCONT)
