"""``Trace``: a record to ask questions of. Pure: the same entries always give the same answers."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, overload

from chargeproof.ocpp import Request, StatusNotification
from chargeproof.trace.entries import (
    ActChanged,
    ConnectionClosed,
    ConnectionOpened,
    Entry,
    Frame,
    Note,
    Pong,
    Reach,
    RunBegan,
    RunEnded,
    Sender,
    StepChanged,
)
from chargeproof.trace.exchanges import Exchange, Oddity, pair_frames

TIMES = "times"
"""The note that says what is missing of the times of a log: one of the next two."""
TIMES_MISSING = "none"
TIMES_LOCAL = "without a date or zone"
ORDER = "order"
"""The note that says that the lines of a log stand in no order."""
ORDER_MISSING = "none"

E = TypeVar("E", bound=Entry)
R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class ActSpan:
    """One act at the parking place from the request to its end (None: the record ends before)."""

    asked: ActChanged
    ended: ActChanged | None

    @property
    def act(self) -> str:
        return self.asked.act

    @property
    def parameters(self) -> dict[str, Any]:
        return self.asked.parameters

    @property
    def was_done(self) -> bool:
        """Whether the act took place (said so, or shown by the station)."""
        return self.ended is not None and self.ended.phase in ("done", "seen")

    @property
    def evidence(self) -> tuple[int, ...]:
        return (self.asked.n,) if self.ended is None else (self.asked.n, self.ended.n)


@dataclass(frozen=True, slots=True)
class StepSpan:
    """One step of the drive from its beginning to its end (None: the record ends before)."""

    began: StepChanged
    ended: StepChanged | None

    @property
    def step(self) -> str:
        return self.began.step

    @property
    def parameters(self) -> dict[str, Any]:
        return self.began.parameters

    @property
    def phase(self) -> str:
        """``ended``, ``cannot``, ``failed``, or ``began`` where the end is missing."""
        return "began" if self.ended is None else self.ended.phase

    @property
    def detail(self) -> str:
        return "" if self.ended is None else self.ended.detail


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which the central system was out of reach: from ``cut`` to ``restored``, then ``back``."""

    cut: Reach
    restored: Reach | None
    back: ConnectionOpened | None


@dataclass(frozen=True, slots=True)
class Span:
    """A socket's life. ``closed`` is None while it was open at the end of the record."""

    opened: ConnectionOpened
    closed: ConnectionClosed | None


def _number(item: Entry | Exchange[Any]) -> int:
    return item.n


class Trace:
    """A record, or a stretch of one (``between``, ``after``, ``until``, ``within``), which shares its reading."""

    def __init__(self, entries: Sequence[Entry], *, damage: str = "") -> None:
        self.entries: Sequence[Entry] = entries
        self.damage = damage
        self._whole: Trace = self

    # ── stretches ────────────────────────────────────────────────────────────────────────────────────

    def _stretch(self, low: int, high: int) -> "Trace":
        """Entries whose position in the whole record is in [low, high)."""
        whole = self._whole
        first = whole.entries[0].n if whole.entries else 1
        start = max(low, self.entries[0].n - first) if self.entries else low
        end = min(high, self.entries[-1].n - first + 1) if self.entries else low
        stretch = Trace(whole.entries[start : max(start, end)], damage=self.damage)
        stretch._whole = whole
        return stretch

    def _position(self, n: int) -> int:
        return n - (self._whole.entries[0].n if self._whole.entries else 1)

    def after(self, n: int) -> "Trace":
        """The entries with a number above ``n``."""
        return self._stretch(self._position(n) + 1, len(self._whole.entries))

    def until(self, n: int) -> "Trace":
        """The entries with a number of ``n`` at most."""
        return self._stretch(0, self._position(n) + 1)

    def between(self, first: int, last: int) -> "Trace":
        """The entries after number ``first``, up to ``last`` itself."""
        return self._stretch(self._position(first) + 1, self._position(last) + 1)

    def within(self, start_mono: float, seconds: float) -> "Trace":
        """The entries that arrived in [start, start + seconds]."""
        monos = self._whole._monos
        return self._stretch(bisect_left(monos, start_mono), bisect_right(monos, start_mono + seconds))

    def during(self, span: StepSpan | ActSpan) -> "Trace":
        """The entries of a step or an act; to the end of the record where the end is missing."""
        first = span.began.n if isinstance(span, StepSpan) else span.asked.n
        return self.after(first) if span.ended is None else self.between(first, span.ended.n)

    @cached_property
    def _monos(self) -> list[float]:
        return [entry.mono for entry in self.entries]

    # ── entries ──────────────────────────────────────────────────────────────────────────────────────

    def of(self, kind: type[E]) -> list[E]:
        """All entries of one kind, in order."""
        if not self.entries:
            return []
        of_kind: Any = self._whole._by_kind.get(kind, [])
        if self._whole is self:
            return list(of_kind)
        low = bisect_left(of_kind, self.entries[0].n, key=_number)
        return list(of_kind[low : bisect_right(of_kind, self.entries[-1].n, key=_number)])

    @cached_property
    def _by_kind(self) -> dict[type[Entry], list[Entry]]:
        by_kind: dict[type[Entry], list[Entry]] = {}
        for entry in self.entries:
            by_kind.setdefault(type(entry), []).append(entry)
        return by_kind

    @property
    def head(self) -> RunBegan | None:
        """The head of the record (of the whole, also in a stretch)."""
        first = self._whole.entries[0] if self._whole.entries else None
        return first if isinstance(first, RunBegan) else None

    @property
    def tail(self) -> RunEnded | None:
        last = self._whole.entries[-1] if self._whole.entries else None
        return last if isinstance(last, RunEnded) else None

    @property
    def shows_connections(self) -> bool:
        """Whether the record tells when sockets were open; a log of messages alone does not."""
        return not self._whole._assumed

    @property
    def has_times(self) -> bool:
        """Whether entries have times at all, so that a window can be over. Else all have the same."""
        return self._whole._times != TIMES_MISSING

    @property
    def has_order(self) -> bool:
        """Whether messages stand in the order in which they were sent; not so in a log whose lines are mixed up."""
        return not any(note.name == ORDER for note in self._whole.of(Note))

    @property
    def has_wall_clock(self) -> bool:
        """Whether ``at`` is the time of day in UTC, so that a station's clock can be held against it."""
        return self._whole._times is None

    @cached_property
    def _assumed(self) -> frozenset[int]:
        return frozenset(opened.connection for opened in self.of(ConnectionOpened) if opened.assumed)

    @cached_property
    def _times(self) -> str | None:
        """What is wrong with the times of a log that was not written by us; None for nothing."""
        return next((str(note.value) for note in self.of(Note) if note.name == TIMES), None)

    @property
    def end_mono(self) -> float:
        """Monotonic seconds of the last entry of the whole record; 0.0 where it is empty."""
        return self._whole.entries[-1].mono if self._whole.entries else 0.0

    # ── exchanges ────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _paired(self) -> tuple[list[Exchange[Any]], list[Oddity]]:
        if self._whole is self:
            return pair_frames(self.entries)
        exchanges, oddities = self._whole._paired
        return self._mine(exchanges), [oddity for oddity in oddities if self._holds(oddity.frame.n)]

    @cached_property
    def _by_action(self) -> dict[type[Any], list[Exchange[Any]]]:
        by_action: dict[type[Any], list[Exchange[Any]]] = {}
        for exchange in self._paired[0]:
            by_action.setdefault(type(exchange.reading.message), []).append(exchange)
        return by_action

    def _mine(self, exchanges: list[Exchange[Any]]) -> list[Exchange[Any]]:
        """Those of the whole record's exchanges whose Call lies in this stretch."""
        if self._whole is self or not self.entries:
            return exchanges if self.entries else []
        low = bisect_left(exchanges, self.entries[0].n, key=_number)
        return exchanges[low : bisect_right(exchanges, self.entries[-1].n, key=_number)]

    def _holds(self, n: int) -> bool:
        return bool(self.entries) and self.entries[0].n <= n <= self.entries[-1].n

    @overload
    def exchanges(
        self, action: type[R], *, where: Callable[[R], bool] | None = None
    ) -> list[Exchange[R]]: ...
    @overload
    def exchanges(self, action: None = None) -> list[Exchange[Any]]: ...
    def exchanges(
        self, action: type[Any] | None = None, *, where: Callable[[Any], bool] | None = None
    ) -> list[Exchange[Any]]:
        """The exchanges whose Call lies in this stretch; of one action, and where the request fits, if asked.

        An exchange whose request could not be read at all is left out as soon as an action is named.
        """
        if action is None:
            return list(self._paired[0])
        exchanges = self._mine(self._whole._by_action.get(action, []))
        if where is None:
            return list(exchanges)
        return [exchange for exchange in exchanges if where(exchange.request)]

    @property
    def oddities(self) -> list[Oddity]:
        """Frames of this stretch that could not be read or that answer nothing."""
        return list(self._paired[1])

    def sent_by(self, sender: Sender) -> list[Exchange[Any]]:
        """The exchanges whose Call this side sent."""
        return [exchange for exchange in self._paired[0] if exchange.sender == sender]

    def statuses(self, connector_id: int | None = None) -> list[Exchange[StatusNotification]]:
        """The StatusNotifications of one connector (of all: None), in order of arrival."""
        return self.exchanges(
            StatusNotification,
            where=None if connector_id is None else lambda status: status.connector_id == connector_id,
        )

    # ── acts, steps, connections ─────────────────────────────────────────────────────────────────────

    def acts(self, act: str | None = None) -> list[ActSpan]:
        """The acts that were asked for in this stretch."""
        ends = self._whole._act_ends
        return [
            ActSpan(asked, ends.get(asked.number))
            for asked in self.of(ActChanged)
            if asked.phase == "asked" and (act is None or asked.act == act)
        ]

    @cached_property
    def _act_ends(self) -> dict[int, ActChanged]:
        return {entry.number: entry for entry in self.of(ActChanged) if entry.phase != "asked"}

    @cached_property
    def _steps(self) -> list[StepSpan]:
        open_steps: dict[tuple[str, int | None], StepChanged] = {}
        ends: dict[int, StepChanged] = {}
        began: list[StepChanged] = []
        for entry in self.of(StepChanged):
            key = (entry.step, entry.function)
            if entry.phase == "began":
                began.append(entry)
                open_steps[key] = entry
            elif key in open_steps:
                ends[open_steps.pop(key).n] = entry
        return [StepSpan(entry, ends.get(entry.n)) for entry in began]

    @cached_property
    def _steps_by_name(self) -> dict[str, list[StepSpan]]:
        by_name: dict[str, list[StepSpan]] = {}
        for span in self._steps:
            by_name.setdefault(span.step, []).append(span)
        return by_name

    def steps(self, step: str | None = None, *, function: int | None = None) -> list[StepSpan]:
        """The steps that began in this stretch, by name or by function, in order."""
        low, high = (self.entries[0].n, self.entries[-1].n) if self.entries else (1, 0)
        known = self._whole._steps if step is None else self._whole._steps_by_name.get(step, [])
        return [
            span
            for span in known
            if low <= span.began.n <= high and (function is None or span.began.function == function)
        ]

    def connections(self) -> list[Span]:
        """The sockets that were opened in this stretch."""
        closes = {entry.connection: entry for entry in self._whole.of(ConnectionClosed)}
        return [Span(opened, closes.get(opened.connection)) for opened in self.of(ConnectionOpened)]

    def outages(self) -> list[Outage]:
        """The times in this stretch in which the central system put itself out of reach."""
        whole = self._whole
        outages = []
        for cut in (entry for entry in self.of(Reach) if not entry.reachable):
            restored = next((r for r in whole.after(cut.n).of(Reach) if r.reachable), None)
            back = None
            if restored is not None:
                back = next(iter(whole.after(restored.n).of(ConnectionOpened)), None)
            outages.append(Outage(cut, restored, back))
        return outages

    def open_throughout(self, start_mono: float, seconds: float) -> bool:
        """Whether one socket was open from start to start + seconds without a break."""
        return self.socket_throughout(start_mono, seconds) is not None

    def socket_throughout(self, start_mono: float, seconds: float) -> int | None:
        """The number of the connection that was open all that time without a break; the newest of several.

        A socket that was open before the record began counts from its first frame.
        """
        end = start_mono + seconds
        return max(
            (
                number
                for number, (since, until) in self._sockets.items()
                if since <= start_mono and until >= end
            ),
            default=None,
        )

    @cached_property
    def _sockets(self) -> dict[int, tuple[float, float]]:
        """Per connection the monotonic time from which and until which it was open."""
        sockets: dict[int, tuple[float, float]] = {}
        if self._whole is not self:
            return self._whole._sockets
        if not self.shows_connections:
            return sockets
        for entry in self.entries:
            if isinstance(entry, ConnectionOpened | Frame | Pong):
                sockets.setdefault(entry.connection, (entry.mono, float("inf")))
            elif isinstance(entry, ConnectionClosed) and entry.connection in sockets:
                sockets[entry.connection] = (sockets[entry.connection][0], entry.mono)
        return sockets

    def sign_of_life(self, since_mono: float, *, connection: int | None = None) -> Entry | None:
        """The first thing that the station itself sent at or after that time (over that connection, if asked)."""
        for entry in self._whole.within(since_mono, float("inf")).entries:
            if (
                isinstance(entry, Pong | Frame)
                and (isinstance(entry, Pong) or entry.sender == "charge_point")
                and connection in (None, entry.connection)
            ):
                return entry
        return None


def first(items: Iterable[E]) -> E | None:
    """The first of them, or None."""
    return next(iter(items), None)
