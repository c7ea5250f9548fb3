"""`python -m benchmarks`: measure, print the tables, and write them down. `--help` tells how.

Each part's figures are written as soon as they are there, and a part that fails leaves the others theirs.
`--only PART --merge` repeats one and puts it in place of the figures that it had.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks import in_process, over_sockets
from benchmarks.contenders import CONTENDERS, OURS, OURS_IN_MEMORY, PYPI_OCPP
from benchmarks.fleet import fleet_run
from benchmarks.goals import goals
from benchmarks.live import live
from benchmarks.machine import REPEATED, machine
from benchmarks.page import page, put_into_readme
from benchmarks.parts import parts
from benchmarks.processes import ROOT
from benchmarks.results import Results, Row, tables

Say = Callable[[str], None]
MEASURES = (
    "mix",
    "storm",
    "tls-storm",
    "latency",
    "live",
    "memory",
    "growth",
    "validation",
    "parts",
    "script",
    "selftest",
)
LATENCY_PER_S, LATENCY_STATIONS = 2000, 1000


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", help=f"measures, with commas between them, of {', '.join(MEASURES)}")
    parser.add_argument("--merge", action="store_true", help="keep the other parts that --json holds")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long a round measures")
    parser.add_argument("--stations", default="100,1000", help="sizes of the mix")
    parser.add_argument("--storm", type=int, default=2000, help="stations of the storm")
    parser.add_argument("--idle", default="2000,10000", help="stations whose memory is measured")
    parser.add_argument("--growth", default="10,100,1000,10000")
    parser.add_argument("--servers", help=f"some of {', '.join(each.name for each in CONTENDERS)}")
    parser.add_argument("--json", type=Path, default=ROOT / "benchmarks" / "latest.json")
    parser.add_argument("--out", type=Path, help="also write the page, docs/benchmarks.md for instance")
    parser.add_argument("--readme", type=Path, help="also put the goals into this file, between its marks")
    chosen = parser.parse_args(given)
    chosen.only = MEASURES if chosen.only is None else tuple(chosen.only.split(","))
    names = None if chosen.servers is None else chosen.servers.split(",")
    chosen.servers = [each for each in CONTENDERS if names is None or each.name in names]
    for known, asked in ((MEASURES, chosen.only), ([each.name for each in CONTENDERS], names or [])):
        for name in asked:
            if name not in known:
                parser.error(f"{name}: there are {', '.join(known)}")
    return chosen


def measure(chosen: argparse.Namespace, say: Say) -> Results:
    results = Results(machine=machine())
    if chosen.merge and chosen.json.is_file():
        before = msgspec.json.decode(chosen.json.read_bytes(), type=Results)
        repeated = {**before.machine.get(REPEATED, {}), **dict.fromkeys(chosen.only, results.machine["at"])}
        results = msgspec.structs.replace(before, machine={**before.machine, REPEATED: repeated})
    for name in chosen.only:
        say(f"{name} begins")
        try:
            results.take(name, _measure(name, chosen, say), MEASURES)
        except Exception as error:  # the figures of the other parts are worth having all the same
            say(f"{name} failed: {''.join(traceback.format_exception(error))}")
            results.failed[name] = repr(error)
        if not chosen.merge:
            results.machine["load average at the end"] = os.getloadavg()[0]
        results.goals = goals(
            results,
            mix=_numbers(chosen.stations),
            storm=chosen.storm,
            idle=_numbers(chosen.idle),
            per_s=LATENCY_PER_S,
        )
        chosen.json.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2))
    return results


def _measure(name: str, chosen: argparse.Namespace, say: Say) -> list[Row]:
    rounds, seconds, servers = chosen.rounds, chosen.seconds, chosen.servers
    ours = [each for each in servers if each in (OURS, OURS_IN_MEMORY)]
    match name:
        case "mix":
            return [
                row
                for size in _numbers(chosen.stations)
                for row in over_sockets.mix(servers, size, rounds=rounds, seconds=seconds, say=say)
            ]
        case "storm":
            return over_sockets.storm(servers, chosen.storm, rounds=min(rounds, 3), say=say)
        case "tls-storm":
            return over_sockets.tls_storm(chosen.storm, rounds=min(rounds, 3), say=say)
        case "live":
            return live(rounds, 2 * seconds, say)
        case "latency":
            return over_sockets.latency(
                [each for each in servers if each is not PYPI_OCPP],  # it cannot keep up with so many
                per_s=LATENCY_PER_S,
                stations=LATENCY_STATIONS,
                rounds=rounds,
                seconds=seconds,
                say=say,
            )
        case "memory":
            return [
                row
                for size in _numbers(chosen.idle)
                for row in over_sockets.memory([OURS], size, rounds=min(rounds, 2), say=say)
            ]
        case "growth":
            return [
                row
                for size in _numbers(chosen.growth)
                for row in over_sockets.mix(ours[:1], size, rounds=1, seconds=seconds, say=say)
            ]
        case "validation":
            return in_process.validation(rounds)
        case "parts":
            return parts(rounds, say)
        case "script":
            return in_process.whole_script(min(rounds, 3), say)
    return in_process.selftest(say)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def main(given: list[str] | None = None) -> int:
    chosen = arguments(given)
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {text}", file=sys.stderr, flush=True)

    results = measure(chosen, say)
    print(tables(results))
    if chosen.out is not None:
        chosen.out.write_text(page(results, fleet_run()), encoding="utf-8")
    if chosen.readme is not None:
        put_into_readme(chosen.readme, results)
    print(f"Written to {chosen.json}")
    for name, reason in results.failed.items():
        print(f"{name} failed: {reason}")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
