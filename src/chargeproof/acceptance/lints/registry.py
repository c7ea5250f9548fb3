"""Lints: deviations that are named wherever they are seen in a record, in words for the station's builder.

A lint never changes a verdict. It is a pure function of the record that yields ``Sight``s; a lint about
payloads may also say which deviations of the lenient reading are its own (``covers``), so that what no lint
claims is still reported, under its rule.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from chargeproof.ocpp import Deviation, Reading
from chargeproof.ocpp.deviations import Deviations
from chargeproof.ocpp.jsontext import NotJson, parse_tolerantly
from chargeproof.trace import ConnectionClosed, ConnectionOpened, Exchange, Trace


@dataclass(frozen=True, slots=True)
class Sight:
    """One place: the entry's number, and what exactly was seen there."""

    n: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Spotted:
    """A deviation in what the station sent: entry, action, and whether it stood in an answer of the station."""

    n: int
    action: str
    is_answer: bool
    deviation: Deviation

    @property
    def rule(self) -> str:
        return self.deviation.rule

    @property
    def where(self) -> str:
        return self.deviation.where

    @property
    def sight(self) -> Sight:
        place = self.where.removeprefix("$.")
        place = f"{self.action}{' answer' if self.is_answer else ''}: {place}"
        value = f" {self.deviation.value}" if self.deviation.value != "null" else ""
        return Sight(self.n, f"{place}{value}. {self.deviation.message}")


Find = Callable[[Trace], Iterable[Sight]]
Covers = Callable[[Spotted], bool]


@dataclass(frozen=True, slots=True)
class Lint:
    """A deviation with its id, title, clause and what the builder should do. ``group`` sorts the report."""

    id: str
    title: str
    clause: str
    advice: str
    group: str = "station"
    find: Find | None = None
    covers: Covers | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A lint that was raised, with everything it saw in the order of the record."""

    lint: Lint
    sightings: tuple[Sight, ...]


LINTS: dict[str, Lint] = {}


def lint(
    lint_id: str,
    title: str,
    *,
    clause: str,
    advice: str,
    group: str = "station",
    covers: Covers | None = None,
) -> Callable[[Find], Find]:
    """Mark a function as the search of this lint. Raises ValueError for an id that is taken."""

    def registered(find: Find) -> Find:
        if lint_id in LINTS:
            raise ValueError(f"{lint_id} is registered twice")
        LINTS[lint_id] = Lint(lint_id, title, clause, advice, group, find, covers)
        return find

    return registered


def spotted_in(trace: Trace) -> Iterator[Spotted]:
    """Every deviation in what the station sent: Calls of its own and answers to ours."""
    for exchange in trace.exchanges():
        if exchange.sender == "charge_point":
            for deviation in exchange.deviations or _named_twice(exchange.reading):
                yield Spotted(exchange.n, exchange.action, False, deviation)
        elif exchange.answer is not None:
            for deviation in exchange.answer_deviations or _named_twice(exchange.answer_reading):
                yield Spotted(exchange.answer.n, exchange.action, True, deviation)


def _named_twice(reading: Reading | None) -> tuple[Deviation, ...]:
    """Fields that an object names twice, which the strict reading does not see."""
    deviations = Deviations()
    if reading is not None:
        with suppress(NotJson):  # nested deeper than the tolerant reader goes
            parse_tolerantly(reading.raw, deviations)
    return tuple(deviations.found)


class Sockets:
    """When each socket of a record opened and closed, in monotonic seconds; gathered once for many questions."""

    def __init__(self, trace: Trace) -> None:
        self._end_mono = trace.end_mono
        self._shown = trace.shows_connections and trace.has_times
        self.opened = {entry.connection: entry.mono for entry in trace.of(ConnectionOpened)}
        self.closed = {entry.connection: entry for entry in trace.of(ConnectionClosed)}

    def end_of(self, connection: int) -> float | None:
        """When that socket closed; None while it was open."""
        closed = self.closed.get(connection)
        return None if closed is None else closed.mono

    def alive_after(self, exchange: Exchange[Any], seconds: float) -> bool:
        """Whether the socket of this Call was open that many seconds later, and the record goes on."""
        end = self.end_of(exchange.call.connection)
        until = exchange.mono + seconds
        if not self._shown:
            return False
        return self._end_mono >= until and (end is None or end >= until)


def by_connection(trace: Trace) -> dict[int, list[Exchange[Any]]]:
    """The exchanges of each socket, in order."""
    found: dict[int, list[Exchange[Any]]] = {}
    for exchange in trace.exchanges():
        found.setdefault(exchange.call.connection, []).append(exchange)
    return found
