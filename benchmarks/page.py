"""The page of the figures, docs/benchmarks.md, and their short form in the README."""

import statistics
from pathlib import Path
from typing import Any

from benchmarks.contenders import FLOOR, OURS
from benchmarks.fleet import FleetRun
from benchmarks.parts import WHAT as PARTS
from benchmarks.results import Results, Row, shown, table_of_goals, table_of_rows

BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
MEASURES_BESIDE = ("tls-storm", "live")
PER_MESSAGE = "server CPU per message, "

OPENING = """# Benchmarks

*Written by `python -m benchmarks --out docs/benchmarks.md`; do not edit.*

What the central system costs beside what one would otherwise write it with. Ours is the whole
product as `chargeproof serve` runs it: every frame recorded, id tags decided, transactions kept,
each answer after its commit (SQLite, WAL, `synchronous=FULL`). The servers with PyPI's `ocpp` and
npm's `ocpp-rpc` (strict mode) store nothing at all. The floor is a server that reads no JSON.

Stations send StartTransaction, StatusNotification, four MeterValues of 1.4 kB, two Heartbeats,
StopTransaction and StatusNotification, each as soon as its last message is answered. The server has
one core, the load the other. Rounds are interleaved: each round measures every server once, in a
process of its own, after two seconds of warming up; ratios are taken within a round, and the median
of the rounds is shown. CPU is user and system time of all threads of the server.
"""

BESIDE = """## TLS and live tabs

In the same run, in turn: what TLS adds when all stations come at once (each makes a whole
handshake, none resumes a session), and what five live tabs of the console do to ten stations that send 200
messages/s. A tab is a `/live` WebSocket of a logged-in person that follows the messages of all ten
stations, the list of stations and the transactions, and reads as fast as it comes. The loop's lag is how
late a timer of 5 ms comes in the server's own event loop.
"""

REPEAT = """## How to repeat it

```
npm ci --ignore-scripts --prefix tests/peers/node     # npm's ocpp-rpc
python -m benchmarks --out docs/benchmarks.md --readme README.md     # 25 minutes
python -m benchmarks --only mix --servers ours,ocpp-rpc --rounds 3   # a minute
python -m benchmarks --only storm --merge --out docs/benchmarks.md   # one part again, the others kept
python -m benchmarks.fleet --stations 10000 --minutes 10             # the plot below; eleven minutes
```

On a machine with two idle cores at least. `--help` lists the measures.
"""

LOAD = """## The load is not what limits

The load runs in a process of its own on another core. Where its share of that core is well under 1
while the server's is near 1, the server is at its limit. What the load can do is seen against the
floor.
"""

PARTS_TEXT = """## Where the time of a message goes

CPU of the parts, measured in one process without sockets, {stations} stations at once, with a store
on the disk. The socket and the loop are the floor's cost. The rest is what the parts cost more
beside system calls and a load on the neighbouring core (caches that are cold again at every turn),
as far as it is not noise. What was done about each part and what was tried in vain:
[decisions/0004-engine-speed.md](decisions/0004-engine-speed.md).
"""


def page(results: Results, fleet: FleetRun | None) -> str:
    sections = [OPENING, _machine(results.machine)]
    if results.goals:
        sections.append("## Goals\n\n" + table_of_goals(results.goals))
    if results.failed:
        sections.append("Without figures, because they failed: " + ", ".join(results.failed) + ".\n")
    beside = [row for row in results.rows if row.measure in MEASURES_BESIDE]
    if beside:
        sections.append(BESIDE + "\n" + table_of_rows(beside))
    others = [row for row in results.rows if row.what != PARTS and row not in beside]
    sections.append("## All figures\n\n" + table_of_rows(others))
    sections += [_load(results), _parts(results), _fleet(fleet), REPEAT]
    return "\n".join(section for section in sections if section)


def put_into_readme(path: Path, results: Results) -> None:
    """The goals between the two marks; raises ValueError where they are missing."""
    text = path.read_text(encoding="utf-8")
    before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
    path.write_text(
        f"{text[:before]}\n\n{table_of_goals(results.goals)}\n{_beside(results)}{text[after:]}",
        encoding="utf-8",
    )


def _beside(results: Results) -> str:
    """TLS against plain, live tabs against none: figures without a goal."""
    rows = [row for row in results.rows if row.measure in MEASURES_BESIDE]
    if not rows:
        return ""
    lines = ["| also measured | of | median | lowest to highest |", "|---|---|---:|---:|"]
    for row in rows:
        low, high = row.span
        lines.append(
            f"| {row.what} | {row.who} | {shown(row.median)} {row.unit} | {shown(low)} to {shown(high)} |"
        )
    return "\n".join(lines) + "\n\n"


def _machine(machine: dict[str, Any]) -> str:
    lines = ["## Measured on", "", "| | |", "|---|---|"]
    for name, value in machine.items():
        told = value
        if isinstance(value, dict):
            told = ", ".join(f"{key} {_short(each)}" for key, each in value.items())
        lines.append(f"| {name} | {_short(told)} |")
    return "\n".join(lines) + "\n"


def _short(value: Any) -> str:
    return shown(value) if isinstance(value, float) else str(value)


def _load(results: Results) -> str:
    rows = [row for row in results.rows if row.what.startswith(PER_MESSAGE) and "messages/s" in row.notes]
    if not rows:
        return ""
    lines = ["| measured | of | messages/s | server's share of its core | load's share of its core |"]
    lines.append("|---|---|---:|---:|---:|")
    for row in rows:
        names = ("messages/s", "server's share of its core", "load's share of its core")
        cells = " | ".join(shown(statistics.median(row.notes[name])) for name in names)
        lines.append(f"| {row.what.removeprefix(PER_MESSAGE)} | {row.who} | {cells} |")
    return LOAD + "\n" + "\n".join(lines) + "\n"


def _parts(results: Results) -> str:
    parts = [row for row in results.rows if row.what == PARTS]
    if not parts:
        return ""
    lines = ["| part | µs a message | lowest to highest |", "|---|---:|---:|"]
    lines += [f"| {row.who} | {row.median:.1f} | {_span(row)} |" for row in parts]
    size = min((row.what for row in results.rows if row.what.startswith(PER_MESSAGE)), default="")
    floor, ours = results.row(size, FLOOR.label), results.row(size, OURS.label)
    if floor is not None and ours is not None:
        rest = ours.median - floor.median - sum(row.median for row in parts)
        lines.append(f"| the socket and the loop: the floor | {floor.median:.1f} | {_span(floor)} |")
        lines.append(f"| the rest | {rest:.1f} | |")
        lines.append(
            f"| **all: {ours.who}, {size.removeprefix(PER_MESSAGE)}** | **{ours.median:.1f}** | {_span(ours)} |"
        )
    return PARTS_TEXT.format(stations=100) + "\n" + "\n".join(lines) + "\n"


def _span(row: Row) -> str:
    return "{:.1f} to {:.1f}".format(*row.span)


def _fleet(fleet: FleetRun | None) -> str:
    if fleet is None or not fleet.samples:
        return ""
    last = fleet.samples[-1]

    def median(name: str) -> float:
        return float(statistics.median(getattr(sample, name) for sample in fleet.samples))

    return f"""## {fleet.stations} stations for {fleet.seconds / 60:.3g} minutes

![Memory, answer times and CPU over the time](images/fleet.svg)

`chargeproof serve` with {fleet.stations} stations that came within {fleet.connect_s:.0f} s, each sending a
message every {fleet.interval_s:.3g} s: {median("messages_per_s"):.0f} messages a second on
{100 * median("server_share"):.0f} % of one core. Answers: p50 {median("p50_ms"):.2f} ms, p99
{median("p99_ms"):.2f} ms (medians of {len(fleet.samples)} stretches), the longest
{max(sample.longest_ms for sample in fleet.samples):.0f} ms. Memory at the end:
{fleet.share_of_memory_kb(last):.1f} kB a station. Errors: {sum(sample.errors for sample in fleet.samples)}.
Measured {fleet.machine.get("at", "")}.
"""
