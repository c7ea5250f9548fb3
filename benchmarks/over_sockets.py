"""Measures with a server, a load, and sockets between them; each round tries every contender once."""

import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from benchmarks.contenders import OURS, OURS_TLS, Contender, Server, serving
from benchmarks.load import Load, Measured, load
from benchmarks.processes import resident_bytes
from benchmarks.results import Row
from chargeproof.simulator.fleet import FleetPlan

Say = Callable[[str], None]
WARM_UP_S = 2.0
"""Interpreters that compile what runs often need some thousand messages before they show what they can do."""
CONNECTS_PER_S = 1000.0


def mix(
    contenders: Sequence[Contender], stations: int, *, rounds: int, seconds: float, say: Say
) -> list[Row]:
    """CPU of the server for a message, each station sending the next one when the last one is answered."""

    def once(driven: Load) -> Measured:
        driven.measure(min(WARM_UP_S, seconds))
        return driven.measure(seconds)

    what = f"server CPU per message, {stations} stations"
    plan = FleetPlan(url="", count=stations, pace="answers", connects_per_s=CONNECTS_PER_S)
    return [
        Row(
            what=what,
            who=contender.label,
            unit="µs",
            rounds=[each.cpu_per_message_s * 1e6 for each in measured],
            notes={
                "messages/s": [each.answered / each.wall_s for each in measured],
                "server's share of its core": [each.server_share for each in measured],
                "load's share of its core": [each.load_share for each in measured],
                "load CPU per message µs": [
                    each.load_cpu_s / max(each.answered, 1) * 1e6 for each in measured
                ],
                "errors": [float(each.errors) for each in measured],
            },
        )
        for contender, measured in _rounds(contenders, plan, rounds, once, what, say)
    ]


def storm(
    contenders: Sequence[Contender], stations: int, *, rounds: int, say: Say, what: str = ""
) -> list[Row]:
    """CPU of the server for all stations coming at once: connect, boot, three statuses.

    To a server that has just been started, as after its own restart; and once more, when all connections break.
    """
    what = what or f"server CPU for a storm of {stations} stations"
    plan = FleetPlan(url="", count=stations, pace="idle")
    again: dict[str, list[Measured]] = {contender.name: [] for contender in contenders}

    def once(driven: Load) -> Measured:
        again[next(turns)].append(driven.storm())
        return driven.connected

    turns = iter([contender.name for contender in contenders] * rounds)
    return [
        Row(
            what=what,
            who=contender.label,
            unit="s",
            rounds=[each.server_cpu_s for each in measured],
            notes={
                "µs a station": [each.server_cpu_s / stations * 1e6 for each in measured],
                "seconds until all were ready": [each.wall_s for each in measured],
                "once more, warm, s CPU": [each.server_cpu_s for each in again[contender.name]],
                "load's share of its core": [each.load_share for each in measured],
            },
        )
        for contender, measured in _rounds(contenders, plan, rounds, once, what, say)
    ]


def tls_storm(stations: int, *, rounds: int, say: Say) -> list[Row]:
    """The same over TLS and without, in turn; every station makes a whole handshake, none resumes a session."""
    what = f"server CPU for a storm of {stations} stations, plain and over TLS"
    return storm((OURS, OURS_TLS), stations, rounds=rounds, say=say, what=what)


def latency(
    contenders: Sequence[Contender], *, per_s: int, stations: int, rounds: int, seconds: float, say: Say
) -> list[Row]:
    """How long answers take when messages come at a steady rate, whatever the answers do."""

    def once(driven: Load) -> Measured:
        driven.measure(min(WARM_UP_S, seconds))
        return driven.measure(seconds)

    what = f"median latency at {per_s} messages/s"
    plan = FleetPlan(
        url="",
        count=stations,
        pace="interval",
        interval_s=stations / per_s,
        connects_per_s=CONNECTS_PER_S,
    )
    return [
        Row(
            what=what,
            who=contender.label,
            unit="ms",
            rounds=[each.p50_ms for each in measured],
            notes={
                "p99 ms": [each.p99_ms for each in measured],
                "p99.9 ms": [each.p999_ms for each in measured],
                "longest ms": [each.longest_s * 1000 for each in measured],
                "messages/s": [each.answered / each.wall_s for each in measured],
                "server's share of its core": [each.server_share for each in measured],
                "load's own lag ms": [each.load_lag_ms for each in measured],
            },
        )
        for contender, measured in _rounds(contenders, plan, rounds, once, what, say)
    ]


def memory(contenders: Sequence[Contender], stations: int, *, rounds: int, say: Say) -> list[Row]:
    """Memory of the server for each station that is connected, has booted, has told its statuses and is idle."""
    rows = []
    for contender in contenders:
        found = []
        for _ in range(rounds):
            with serving(contender, stations) as server:
                empty = resident_bytes(server.pid)
                plan = FleetPlan(url=server.url, count=stations, pace="idle", connects_per_s=CONNECTS_PER_S)
                with load(plan, server.pid) as driven:
                    full = driven.measure(1).resident_bytes
                found.append((full - empty) / stations / 1000)
            say(f"memory, {stations} stations: {contender.name} {found[-1]:.1f} kB")
        rows.append(
            Row(
                what=f"memory per idle station, {stations} stations",
                who=contender.label,
                unit="kB",
                rounds=found,
            )
        )
    return rows


def _rounds(
    contenders: Sequence[Contender],
    plan: FleetPlan,
    rounds: int,
    once: Callable[[Load], Measured],
    what: str,
    say: Say,
) -> list[tuple[Contender, list[Measured]]]:
    """Every contender once in each round, in turn, so that what else the machine does falls on all of them."""
    found: list[tuple[Contender, list[Measured]]] = [(contender, []) for contender in contenders]
    for number in range(1, rounds + 1):
        for contender, measured in found:
            begun = time.monotonic()
            with serving(contender, plan.count) as server, load(_at(plan, server), server.pid) as driven:
                measured.append(once(driven))
            say(
                f"{what}, round {number}: {contender.name} {measured[-1].cpu_per_message_s * 1e6:.1f} µs "
                f"a message, {time.monotonic() - begun:.0f} s"
            )
    return found


def _at(plan: FleetPlan, server: Server) -> FleetPlan:
    return replace(plan, url=server.url, roots_pem=server.roots_pem)
