"""`chargeproof simulate --count`: many stations at once, and what they saw."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from chargeproof.simulator.fleet import Counts, Crew, FleetPlan, Latencies

SHOW_S = 1.0
PERCENTILES = (50.0, 90.0, 99.0, 99.9)
WENT_WRONG = 1


class FleetOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says beside the plan. Seconds; None: until it is interrupted, or never."""

    processes: int = 1
    duration_s: float | None = None
    storm_every_s: float | None = None
    as_json: bool = False


def run_fleet(plan: FleetPlan, options: FleetOptions) -> int:
    """Drive the fleet; 0 when every station became ready and every message was answered in order, else 1."""
    console = Console(highlight=False, stderr=options.as_json)
    console.print(
        f"{plan.count} stations connect to {plan.url}; Ctrl-C ends it.", markup=False, soft_wrap=True
    )
    with _interrupts_held():
        crew = Crew(plan, options.processes)
    most_ready = 0
    try:
        crew.wait_until_started()
        began = monotonic()
        next_storm = began + options.storm_every_s if options.storm_every_s else None
        while options.duration_s is None or monotonic() - began < options.duration_s:
            crew.look(SHOW_S)
            most_ready = max(most_ready, crew.counts.ready)
            console.print(_line(crew, monotonic() - began), markup=False, soft_wrap=True)
            if next_storm is not None and options.storm_every_s and monotonic() >= next_storm:
                console.print("  storm: every connection breaks", markup=False)
                crew.storm()
                next_storm += options.storm_every_s
    except KeyboardInterrupt:
        console.print("Leaving.")
    counts = crew.counts
    crew.leave()
    went_wrong = troubles(counts, most_ready, plan)
    if options.as_json:
        sys.stdout.write(json.dumps(_summary(crew, counts, went_wrong)) + "\n")
    else:
        _show(console, crew, counts, went_wrong)
    return WENT_WRONG if went_wrong else 0


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes that are started here never hear Ctrl-C; this one does, and ends them."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def troubles(counts: Counts, most_ready: int, plan: FleetPlan) -> list[str]:
    """What a person should know of; empty: all was well."""
    found = []
    if most_ready < plan.count:
        found.append(f"only {most_ready} of {plan.count} stations were ever ready at once")
    for number, what in (
        (counts.timed_out, "messages had no answer in time"),
        (counts.call_errors, "messages were answered with a CALLERROR"),
        (counts.odd, "texts were no answers to what was asked"),
        (counts.lost, "connections were lost"),
        (counts.not_accepted, "times a station was not accepted"),
    ):
        if number:
            found.append(f"{number} {what}")
    return found


def _line(crew: Crew, seconds: float) -> str:
    counts, latest = crew.counts, crew.latest
    return (
        f"{seconds:6.0f} s  {counts.connected} connected, {counts.ready} ready, {counts.answered} answered, "
        f"{latest.total / SHOW_S:.0f}/s, p50 {_ms(latest, 50)}, p99 {_ms(latest, 99)}"
    )


def _ms(times: Latencies, percent: float) -> str:
    seconds = times.percentile(percent)
    return "-" if seconds is None else f"{seconds * 1000:.2f} ms"


def _summary(crew: Crew, counts: Counts, went_wrong: list[str]) -> dict[str, Any]:
    times = crew.latencies
    return {
        **msgspec.to_builtins(counts),
        "latency_s": {f"p{percent:g}": times.percentile(percent) for percent in PERCENTILES},
        "longest_s": times.longest_s,
        "storms_s": crew.storms_s,
        "troubles": went_wrong,
    }


def _show(console: Console, crew: Crew, counts: Counts, went_wrong: list[str]) -> None:
    times = crew.latencies
    table = Table("", "", show_header=False, title="What the fleet saw", title_justify="left")
    table.add_row("messages answered", f"{counts.answered} of {counts.sent} sent")
    for percent in PERCENTILES:
        table.add_row(f"answered within, {percent:g} %", _ms(times, percent))
    table.add_row("longest answer", f"{times.longest_s * 1000:.2f} ms")
    for number, seconds in enumerate(crew.storms_s, start=1):
        table.add_row(f"storm {number}, until all were back", f"{seconds:.2f} s")
    table.add_row("sent again after a break", str(counts.repeated))
    table.add_row("the fleet's own lag, longest", f"{counts.lag_ms:.1f} ms")
    console.print(table)
    if counts.cards_refused:
        console.print(
            f"{counts.cards_refused} cards were refused: the central system does not know them. Its setting "
            "unknown_id_tags = accept takes any.",
            soft_wrap=True,
        )
    for sentence in went_wrong:
        console.print(f"  {sentence}", style="red", markup=False, soft_wrap=True)
