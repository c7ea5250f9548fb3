"""`python -m benchmarks.fleet`: many stations connected and reporting for minutes, on one core and another.

Writes what the server used and how long its answers took over the time, as JSON and as a plot.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.contenders import OURS, serving
from benchmarks.load import Measured, load
from benchmarks.machine import machine
from benchmarks.plot import Line, Panel, plot
from benchmarks.processes import ROOT, resident_bytes
from chargeproof.simulator.fleet import FleetPlan

CONNECTS_PER_S = 1000.0
POINTS = 120
SHORTEST_S = 1.0
RESULT = ROOT / "benchmarks" / "fleet.json"


class Sample(msgspec.Struct, kw_only=True):
    """A stretch of the run. `at_s`: its end, from when all stations were there. Memory in bytes."""

    at_s: float
    memory: int
    messages_per_s: float
    server_share: float
    load_share: float
    p50_ms: float
    p99_ms: float
    longest_ms: float
    errors: int


class FleetRun(msgspec.Struct, kw_only=True):
    """All of one run. `interval_s`: each station's time from one message to the next."""

    machine: dict[str, Any]
    stations: int
    interval_s: float
    connect_s: float
    memory_before: int
    samples: list[Sample]

    @property
    def seconds(self) -> float:
        return self.samples[-1].at_s if self.samples else 0.0

    def share_of_memory_kb(self, sample: Sample) -> float:
        """For each station, all that the process took more than before they came."""
        return (sample.memory - self.memory_before) / self.stations / 1000


def run(stations: int, seconds: float, interval_s: float) -> FleetRun:
    stretch_s = max(seconds / POINTS, SHORTEST_S)
    with serving(OURS, stations) as server:
        before = resident_bytes(server.pid)
        plan = FleetPlan(
            url=server.url,
            count=stations,
            pace="interval",
            interval_s=interval_s,
            connects_per_s=CONNECTS_PER_S,
        )
        with load(plan, server.pid) as driven:
            begun = time.monotonic()
            done = FleetRun(
                machine=machine(),
                stations=stations,
                interval_s=interval_s,
                connect_s=driven.connected.wall_s,
                memory_before=before,
                samples=[],
            )
            while (at_s := time.monotonic() - begun) < seconds:
                measured = driven.measure(min(stretch_s, max(seconds - at_s, 0.1)))
                done.samples.append(_sample(measured, time.monotonic() - begun))
                _say(done, done.samples[-1])
    return done


def _sample(measured: Measured, at_s: float) -> Sample:
    return Sample(
        at_s=at_s,
        memory=measured.resident_bytes,
        messages_per_s=measured.answered / measured.wall_s,
        server_share=measured.server_share,
        load_share=measured.load_share,
        p50_ms=(measured.p50_s or 0.0) * 1000,
        p99_ms=(measured.p99_s or 0.0) * 1000,
        longest_ms=measured.longest_s * 1000,
        errors=measured.errors,
    )


def _say(done: FleetRun, sample: Sample) -> None:
    print(
        f"{sample.at_s:6.0f} s  {sample.messages_per_s:.0f} messages/s, p50 {sample.p50_ms:.2f} ms, p99"
        f" {sample.p99_ms:.2f} ms, {done.share_of_memory_kb(sample):.1f} kB a station, errors {sample.errors}",
        file=sys.stderr,
        flush=True,
    )


def picture(done: FleetRun) -> str:
    times = [sample.at_s for sample in done.samples]
    per_s = done.stations / done.interval_s
    memory = [done.share_of_memory_kb(sample) for sample in done.samples]
    cores = [100 * sample.server_share for sample in done.samples]
    return plot(
        f"{done.stations} stations, {per_s:.0f} messages a second, for {done.seconds / 60:.3g} minutes",
        times,
        (
            Panel("Memory of the server for each station", "kB", (Line("kB a station", memory),)),
            Panel(
                "Answer times",
                "ms",
                (
                    Line("p99", [sample.p99_ms for sample in done.samples]),
                    Line("p50", [sample.p50_ms for sample in done.samples]),
                ),
            ),
            Panel("Server's share of one core", "%", (Line("% of a core", cores),)),
        ),
    )


def fleet_run(path: Path = RESULT) -> FleetRun | None:
    """The last run that was kept, None if there is none."""
    return msgspec.json.decode(path.read_bytes(), type=FleetRun) if path.is_file() else None


def main(given: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet", description=__doc__)
    parser.add_argument("--stations", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--interval", type=float, default=10.0, help="seconds between a station's messages")
    parser.add_argument("--json", type=Path, default=RESULT)
    parser.add_argument("--plot", type=Path, default=ROOT / "docs" / "images" / "fleet.svg")
    chosen = parser.parse_args(given)
    done = run(chosen.stations, chosen.minutes * 60, chosen.interval)
    done.machine["load average at the end"] = os.getloadavg()[0]
    chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(done), indent=1))
    chosen.plot.write_text(picture(done), encoding="utf-8")
    print(f"Written to {chosen.json} and {chosen.plot}")
    return 0 if sum(sample.errors for sample in done.samples) == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
