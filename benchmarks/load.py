"""The load: a fleet in a process of its own, on the other core, that measures the server while it runs.

Reads one command a line: `measure SECONDS`, `storm`, `end`. Answers each with a line of JSON.
"""

import asyncio
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import msgspec
import uvloop

from benchmarks.processes import LOAD_CORE, ROOT, cpu_s, end, pin, resident_bytes
from chargeproof.simulator.fleet import Fleet, FleetPlan, Latencies
from chargeproof.simulator.fleet.open_files import allow_sockets

PATIENCE_S = 180.0
"""How long the load may be silent; a measure or the coming of ten thousand stations takes a minute."""


class Measured(msgspec.Struct, kw_only=True):
    """What happened between two looks. Seconds and bytes; `server_share`: of one core."""

    wall_s: float
    answered: int
    server_cpu_s: float
    load_cpu_s: float
    p50_s: float | None = None
    p99_s: float | None = None
    p999_s: float | None = None
    longest_s: float = 0.0
    resident_bytes: int = 0
    load_lag_ms: float = 0.0
    errors: int = 0

    @property
    def p50_ms(self) -> float:
        return _ms(self.p50_s)

    @property
    def p99_ms(self) -> float:
        return _ms(self.p99_s)

    @property
    def p999_ms(self) -> float:
        return _ms(self.p999_s)

    @property
    def server_share(self) -> float:
        return self.server_cpu_s / self.wall_s

    @property
    def load_share(self) -> float:
        return self.load_cpu_s / self.wall_s

    @property
    def cpu_per_message_s(self) -> float:
        return self.server_cpu_s / max(self.answered, 1)


def _ms(seconds: float | None) -> float:
    return float("nan") if seconds is None else seconds * 1000


class Look:
    """The state of server and load at one moment."""

    def __init__(self, fleet: Fleet, server: int) -> None:
        self.at = perf_counter()
        self.server, self.load = cpu_s(server), cpu_s(os.getpid())
        self.answered = fleet.counts.answered
        counts = fleet.counts
        self.errors = counts.call_errors + counts.odd + counts.cards_refused + counts.lost + counts.timed_out

    def until(self, later: "Look", fleet: Fleet, server: int) -> Measured:
        times = fleet.latencies
        return Measured(
            wall_s=later.at - self.at,
            answered=later.answered - self.answered,
            server_cpu_s=later.server - self.server,
            load_cpu_s=later.load - self.load,
            p50_s=times.percentile(50),
            p99_s=times.percentile(99),
            p999_s=times.percentile(99.9),
            longest_s=times.longest_s,
            resident_bytes=resident_bytes(server),
            load_lag_ms=fleet.counts.lag_ms,
            errors=later.errors - self.errors,
        )


class Load:
    """The load's process, from the benchmark's side."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.connected = self._read()

    def measure(self, seconds: float) -> Measured:
        return self._ask(f"measure {seconds}")

    def storm(self) -> Measured:
        """Every connection breaks, every station comes back; until all have booted and told three statuses."""
        return self._ask("storm")

    def _ask(self, command: str) -> Measured:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Measured:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], PATIENCE_S)[0]:
            raise RuntimeError(f"the load says nothing for {PATIENCE_S:g} s")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the load ended with {self._process.wait(10)}")
        return msgspec.json.decode(line, type=Measured)


@contextmanager
def load(plan: FleetPlan, server: int) -> Iterator[Load]:
    """Connect a fleet and have it at work; `connected` tells of the connecting."""
    command = [sys.executable, "-m", "benchmarks.load", msgspec.json.encode(plan).decode(), str(server)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Load(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        if process.poll() is None:
            process.stdin.write("end\n")
            process.stdin.flush()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            end(process)
        process.stdin.close()
        process.stdout.close()


async def _main(plan: FleetPlan, server: int) -> None:
    fleet = Fleet(plan)
    begin = Look(fleet, server)
    await fleet.connect()
    fleet.begin()
    _say(begin.until(Look(fleet, server), fleet, server))
    while (words := (await asyncio.to_thread(sys.stdin.readline)).split()) and words[0] != "end":
        fleet.latencies, fleet.counts.lag_ms = Latencies(), 0.0
        begin = Look(fleet, server)
        if words[0] == "storm":
            await fleet.storm()
        else:
            await asyncio.sleep(float(words[1]))
        _say(begin.until(Look(fleet, server), fleet, server))
    await fleet.leave()


def _say(measured: Any) -> None:
    sys.stdout.write(json.dumps(msgspec.to_builtins(measured)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    pin(LOAD_CORE)
    wanted = msgspec.json.decode(sys.argv[1], type=FleetPlan)
    allow_sockets(wanted.count)
    uvloop.run(_main(wanted, int(sys.argv[2])))
