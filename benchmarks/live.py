"""What live tabs of the console do to the stations: answer times and the loop's lag, with and without them."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

from benchmarks.contenders import LAGS, OURS, serving
from benchmarks.load import Measured, load
from benchmarks.results import Row
from benchmarks.tabs import tabs
from chargeproof.simulator.fleet import FleetPlan

Say = Callable[[str], None]
PER_S, STATIONS, TABS = 200, 10, 5
WARM_UP_S = 2.0
LATENCY, LAG = f"answers at {PER_S} messages/s, median", f"the loop's lag at {PER_S} messages/s, p99"
WITHOUT, WITH = "no tab", f"{TABS} live tabs"
_PLAN = FleetPlan(url="", count=STATIONS, pace="interval", interval_s=STATIONS / PER_S)
_TOPICS = ["stations", "transactions", *(f"messages:FLEET-{number:05}" for number in range(1, STATIONS + 1))]


class _Seen:
    """One stretch: how the stations fared, how late the loop was, and what each tab was told a second."""

    def __init__(self, measured: Measured, lags_ms: list[float], told_per_s: float) -> None:
        self.measured = measured
        self.lags_ms = sorted(lags_ms) or [float("nan")]
        self.told_per_s = told_per_s

    def lag(self, share: float) -> float:
        return self.lags_ms[min(len(self.lags_ms) - 1, int(len(self.lags_ms) * share))]


def live(rounds: int, seconds: float, say: Say) -> list[Row]:
    """Both in each round, in turn; every tab follows the messages of all stations and the lists."""
    seen: dict[str, list[_Seen]] = {WITHOUT: [], WITH: []}
    for number in range(1, rounds + 1):
        for who, found in seen.items():
            begun = time.monotonic()
            found.append(_once(TABS if who is WITH else 0, seconds))
            say(
                f"live tabs, round {number}: {who}, p50 {found[-1].measured.p50_ms:.2f} ms, "
                f"lag p99 {found[-1].lag(0.99):.2f} ms, {time.monotonic() - begun:.0f} s"
            )
    return [_latencies(who, found) for who, found in seen.items()] + [
        _lags(who, found) for who, found in seen.items()
    ]


def _once(count: int, seconds: float) -> _Seen:
    with ExitStack() as stack:
        server = stack.enter_context(serving(OURS, STATIONS, notes_lags=True))
        driven = stack.enter_context(load(replace(_PLAN, url=server.url), server.pid))
        opened = stack.enter_context(tabs(server, count, _TOPICS)) if count else None
        driven.measure(min(WARM_UP_S, seconds))
        if opened is not None:
            opened.look()
        before = len(_lags_in(server.folder))
        measured = driven.measure(seconds)
        told = opened.look().messages if opened is not None else 0
        lags_ms = _lags_in(server.folder)[before:]
    return _Seen(measured, lags_ms, told / max(count, 1) / measured.wall_s)


def _lags_in(folder: Path) -> list[float]:
    text = (folder / LAGS).read_text(encoding="ascii")
    return [float(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def _latencies(who: str, seen: list[_Seen]) -> Row:
    return Row(
        what=LATENCY,
        who=who,
        unit="ms",
        rounds=[each.measured.p50_ms for each in seen],
        notes={
            "p99 ms": [each.measured.p99_ms for each in seen],
            "longest ms": [each.measured.longest_s * 1000 for each in seen],
            "messages/s": [each.measured.answered / each.measured.wall_s for each in seen],
            "messages/s told to each tab": [each.told_per_s for each in seen],
            "server's share of its core": [each.measured.server_share for each in seen],
            "errors": [float(each.measured.errors) for each in seen],
        },
    )


def _lags(who: str, seen: list[_Seen]) -> Row:
    return Row(
        what=LAG,
        who=who,
        unit="ms",
        rounds=[each.lag(0.99) for each in seen],
        notes={
            "p50 ms": [each.lag(0.5) for each in seen],
            "longest ms": [each.lags_ms[-1] for each in seen],
            "looks": [float(len(each.lags_ms)) for each in seen],
        },
    )
