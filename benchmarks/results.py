"""What was measured: round by round, with medians, ranges, and ratios taken within each round."""

import statistics
from collections.abc import Sequence
from typing import Any

import msgspec


class Row(msgspec.Struct, kw_only=True):
    """One figure of one server (or library) over the rounds. `notes`: other figures of the same rounds.

    measure: the part of the benchmarks that it comes from.
    """

    what: str
    who: str
    unit: str
    rounds: list[float]
    notes: dict[str, list[float]] = {}
    measure: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def span(self) -> tuple[float, float]:
        return min(self.rounds), max(self.rounds)


class Goal(msgspec.Struct, kw_only=True):
    """A figure that is wished for. `at_least`: more is better."""

    what: str
    value: float
    wanted: float
    unit: str
    at_least: bool
    low: float
    high: float

    @property
    def reached(self) -> bool:
        return self.value >= self.wanted if self.at_least else self.value <= self.wanted


class Results(msgspec.Struct, kw_only=True):
    """All of one run of the benchmarks. failed: why a part of it has no figures."""

    machine: dict[str, Any]
    rows: list[Row] = []
    goals: list[Goal] = []
    failed: dict[str, str] = {}

    def take(self, measure: str, rows: list[Row], order: Sequence[str]) -> None:
        """The figures of one part, in place of those that it had."""
        own = [msgspec.structs.replace(row, measure=measure) for row in rows]
        others = [row for row in self.rows if row.measure != measure]
        self.rows = sorted(others + own, key=lambda row: order.index(row.measure))
        self.failed.pop(measure, None)

    def row(self, what: str, who: str) -> Row | None:
        return next((row for row in self.rows if (row.what, row.who) == (what, who)), None)


def ratio_goal(
    results: Results, what: str, dividend: tuple[str, str], divisor: tuple[str, str], wanted: float
) -> Goal | None:
    """`dividend` over `divisor`, each a row's `what` and `who`: the median of the rounds' own ratios."""
    above, below = results.row(*dividend), results.row(*divisor)
    if above is None or below is None:
        return None
    ratios = [one / other for one, other in zip(above.rounds, below.rounds, strict=False)]
    value = statistics.median(ratios)
    return Goal(
        what=what, value=value, wanted=wanted, unit="×", at_least=True, low=min(ratios), high=max(ratios)
    )


def bound_goal(results: Results, what: str, row: tuple[str, str], note: str, wanted: float) -> Goal | None:
    """The median of a row, or of one of its notes, which should not be more than wanted."""
    found = results.row(*row)
    if found is None:
        return None
    values = found.notes[note] if note else found.rounds
    return Goal(
        what=what,
        value=statistics.median(values),
        wanted=wanted,
        unit=found.unit if not note else "ms",
        at_least=False,
        low=min(values),
        high=max(values),
    )


def tables(results: Results) -> str:
    """The tables for people, in Markdown."""
    parts = [table_of_rows(results.rows)]
    if results.goals:
        parts.append(table_of_goals(results.goals))
    return "\n".join(parts)


def table_of_rows(rows: Sequence[Row]) -> str:
    lines = ["| measured | of | median | lowest to highest | rounds | also |", "|---|---|---:|---:|---:|---|"]
    for row in rows:
        low, high = row.span
        notes = ", ".join(f"{name} {shown(statistics.median(each))}" for name, each in row.notes.items())
        lines.append(
            f"| {row.what} | {row.who} | {shown(row.median)} {row.unit} | {shown(low)} to {shown(high)} "
            f"| {len(row.rounds)} | {notes} |"
        )
    return "\n".join(lines) + "\n"


def table_of_goals(goals: Sequence[Goal]) -> str:
    lines = ["| goal | wanted | median | lowest to highest | |", "|---|---:|---:|---:|---|"]
    for goal in goals:
        sign = "≥" if goal.at_least else "≤"
        lines.append(
            f"| {goal.what} | {sign} {shown(goal.wanted)} {goal.unit} | {shown(goal.value)} {goal.unit} "
            f"| {shown(goal.low)} to {shown(goal.high)} | {'reached' if goal.reached else 'not reached'} |"
        )
    return "\n".join(lines) + "\n"


def shown(value: float) -> str:
    return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
