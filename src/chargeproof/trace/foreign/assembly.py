"""From the lines of a log to the entries of a record, without inventing what the log does not show.

- **Station**: the one that was chosen, or the only one.
- **Times**: as the log has them. Where one is missing, or they jump back, no entry has a time: all get the same,
  a note says so, and no window can be over.
- **Order**: as the lines stand. Where times jump back again and again, or answers stand before their requests, a
  note says so. Nothing is sorted: within a second, nobody knows what came first.
- **Senders**: as the log says, words and arrows read by what only one side may send; where it says nothing, by
  the request itself, and answers by their request. A message whose sender cannot be known is left out.
- **Doubled lines**: a message that stands there again at once was written twice, and counts once.
- **Sockets**: as the log shows them. Where it shows none, they are *assumed*: one at the start, and one at
  each BootNotification that does not repeat one which was not accepted. An assumed socket proves no absence.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from chargeproof.ocpp import Call, CallResult, FrameError, RegistrationStatus, read_confirmation, read_frame
from chargeproof.ocpp import Frame as Message
from chargeproof.trace.entries import ConnectionClosed, ConnectionOpened, Entry, Frame, Note, Sender
from chargeproof.trace.foreign.directions import owner_of, senders_of
from chargeproof.trace.foreign.lines import LogError, LogLine
from chargeproof.trace.foreign.times import DAY_S
from chargeproof.trace.trace import ORDER, ORDER_MISSING, TIMES, TIMES_LOCAL, TIMES_MISSING

JITTER_S = 2.0
MOST_JUMPS = 3  # times that a clock is set back within a log
DOUBLED_S = 0.5  # two parts of a system write the same message no further apart
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Timed:
    """A line with its place on the record's clocks."""

    line: LogLine
    at: datetime
    mono: float


def lines_of_station(lines: Sequence[LogLine], wanted: str | None) -> tuple[str, list[LogLine], int]:
    """The station's id ("" where nothing names it), its lines, and how many messages named no station.

    Raises LogError where the log holds several stations and none, or another one, was chosen.
    """
    counted = Counter(
        line.charge_point_id for line in lines if line.text is not None and line.charge_point_id
    )
    if wanted is None:
        if len(counted) > 1:
            raise LogError(f"it holds {_listed(counted)}; choose one with --charge-point-id")
        return next(iter(counted), ""), list(lines), 0
    if wanted in counted:
        if len(counted) == 1:
            return wanted, list(lines), 0
        nameless = sum(line.text is not None and not line.charge_point_id for line in lines)
        return wanted, [line for line in lines if line.charge_point_id == wanted], nameless
    named = [line for line in lines if wanted in line.whole]
    if any(line.text is not None for line in named):
        return wanted, named, sum(line.text is not None for line in lines if wanted not in line.whole)
    if counted:
        raise LogError(
            f"it holds no message of “{wanted}” but {_listed(counted)}; choose one of them with --charge-point-id"
        )
    return wanted, list(lines), 0


def _listed(counted: Counter[str]) -> str:
    names = [f"{name} ({count} messages)" for name, count in counted.most_common(10)]
    more = f" and {len(counted) - 10} more" if len(counted) > 10 else ""
    points = "the charge point" if len(counted) == 1 else f"{len(counted)} charge points:"
    return f"{points} {', '.join(names)}{more}"


# ── times ────────────────────────────────────────────────────────────────────────────────────────────


def timed(lines: Sequence[LogLine]) -> tuple[list[Timed], list[tuple[str, str]]]:
    """The lines in order with their times, and what a reader must know of the times: (note, words)."""
    why = _why_no_times(lines)
    shuffled: list[tuple[str, str]] = []
    if not why:
        kind = next(line.stamp.kind for line in lines if line.stamp is not None)
        ordered = _oldest_first(lines)
        seconds = _seconds(ordered, of_day=kind == "of_day")
        backwards = _first_jump_back(seconds)
        if backwards is None:
            begin = seconds[0]
            epoch = _NO_TIME + timedelta(seconds=begin if kind in ("utc", "local") else 0.0)
            placed = _placed(ordered, seconds, epoch)
            return placed, [] if kind == "utc" else [(TIMES, TIMES_LOCAL)]
        why = f"the time of line {ordered[backwards].number} is before that of the line above it"
        if _is_shuffled(seconds):
            shuffled = [(ORDER, ORDER_MISSING)]
    notes = [(TIMES, TIMES_MISSING), ("why_no_times", why), *shuffled]
    return [Timed(line, _NO_TIME, 0.0) for line in lines], notes


def _placed(lines: Sequence[LogLine], seconds: Sequence[float], epoch: datetime) -> list[Timed]:
    placed: list[Timed] = []
    mono = 0.0
    for line, second in zip(lines, seconds, strict=True):
        mono = max(mono, second - seconds[0])
        placed.append(Timed(line, epoch + timedelta(seconds=mono), mono))
    return placed


def _why_no_times(lines: Sequence[LogLine]) -> str:
    without = [line for line in lines if line.stamp is None]
    if len(without) == len(lines):
        return "no line has a time"
    if without:
        return f"line {without[0].number} has no time"
    kinds = {line.stamp.kind for line in lines if line.stamp is not None}
    return "" if len(kinds) == 1 else "the times are written in more than one way"


def _oldest_first(lines: Sequence[LogLine]) -> list[LogLine]:
    """Exports often list the newest first: turned round where almost every step goes back."""
    stamps = [line.stamp.seconds for line in lines if line.stamp is not None]
    back = sum(later < earlier for earlier, later in pairwise(stamps))
    forth = sum(later > earlier for earlier, later in pairwise(stamps))
    return list(reversed(lines)) if back > 9 * forth and back > 1 else list(lines)


def _seconds(lines: Sequence[LogLine], *, of_day: bool) -> list[float]:
    """Seconds on one line of time; a clock without a date goes on after midnight."""
    seconds: list[float] = []
    days = 0.0
    previous = None
    for line in lines:
        now = line.stamp.seconds if line.stamp is not None else 0.0
        if of_day and previous is not None and previous - now > DAY_S / 2:
            days += DAY_S
        previous = now
        seconds.append(now + days)
    return seconds


def _is_shuffled(seconds: Sequence[float]) -> bool:
    """Whether so many steps go back that it is no clock that was set, but lines in another order."""
    back = sum(later < earlier - JITTER_S for earlier, later in pairwise(seconds))
    return back > max(MOST_JUMPS, len(seconds) // 100)


def _first_jump_back(seconds: Sequence[float]) -> int | None:
    newest = float("-inf")
    for index, second in enumerate(seconds):
        if newest - second > JITTER_S:
            return index
        newest = max(newest, second)
    return None


# ── messages and sockets ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Assembly:
    """Takes the lines of one station in order and makes entries (numbered later) of them."""

    meaning: dict[str, Sender]
    shows_sockets: bool
    entries: list[Entry] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    early: int = 0
    by_action: int = 0
    connection: int = 0
    _asked: dict[tuple[Sender, str], tuple[int, str]] = field(default_factory=dict)
    _unasked: set[tuple[Sender, str]] = field(default_factory=set)
    _is_open: bool = False
    _is_fresh: bool = False
    _boots: bool = False

    def add(self, each: Timed) -> None:
        if each.line.event is not None:
            self._socket(each)
        elif each.line.text is not None:
            self._message(each, each.line.text)

    def _socket(self, each: Timed) -> None:
        if each.line.event == "closed":
            if self._is_open:
                self._append(ConnectionClosed, each, connection=self.connection)
            self._is_open = False
            return
        if self._is_open:
            self._append(
                ConnectionClosed, each, connection=self.connection, reason="the log shows a newer socket"
            )
        self.connection += 1
        self._is_open = True
        self._append(ConnectionOpened, each, connection=self.connection)

    def _message(self, each: Timed, text: str) -> None:
        try:
            message: Message | None = read_frame(text)[0]
        except FrameError:
            message = None
        sender = self._sender_of(each.line, message)
        if sender is None:
            self.left_out.append(each.line.number)
            return
        connection = self._connection_for(each, message, sender)
        self._append(Frame, each, connection=connection, sender=sender, text=text)

    def _sender_of(self, line: LogLine, message: Message | None) -> Sender | None:
        if line.direction is not None and line.direction in self.meaning:
            return self.meaning[line.direction]
        if isinstance(message, Call):
            sender = owner_of(message.action)
        elif message is not None:
            askers = [asker for asker, unique_id in self._asked if unique_id == message.unique_id]
            sender = _other(askers[0]) if len(askers) == 1 else None
        else:
            sender = None
        self.by_action += sender is not None
        return sender

    def _connection_for(self, each: Timed, message: Message | None, sender: Sender) -> int:
        """The socket of a message; an answer belongs to that of its request."""
        if isinstance(message, Call):
            boots = message.action == "BootNotification" and sender == "charge_point"
            begins = boots and not self._boots and not self._is_fresh and not self.shows_sockets
            if self.connection == 0 or begins:
                self._assume(each)
            self._is_fresh = False
            self._boots = self._boots or boots
            self._asked[sender, message.unique_id] = (self.connection, message.action)
            self.early += (sender, message.unique_id) in self._unasked
            return self.connection
        asked = None
        if message is not None:
            asked = self._asked.pop((_other(sender), message.unique_id), None)
            if asked is None:
                self._unasked.add((_other(sender), message.unique_id))
        if self.connection == 0:
            self._assume(each)
        if asked is None:
            return self.connection
        if asked[1] == "BootNotification" and isinstance(message, CallResult):
            self._boots = not _is_accepted(message)
        return asked[0]

    def _assume(self, each: Timed) -> None:
        self.connection += 1
        self._is_fresh, self._boots = True, False
        if self.shows_sockets:
            self._is_open = True  # open before the log began: it counts from its first message
        else:
            self._append(ConnectionOpened, each, connection=self.connection, assumed=True)

    def _append(self, kind: type[Entry], each: Timed, **fields: Any) -> None:
        self.entries.append(kind(at=each.at, mono=each.mono, line=each.line.number, **fields))


def assembled(lines: Sequence[LogLine]) -> Assembly:
    """Entries of one station's lines; the first ones are notes on the times."""
    placed, notes = timed(lines)
    calls = [(line.direction, action) for line in lines if (action := _action_of(line)) is not None]
    shows_sockets = any(line.event is not None for line in lines)
    assembly = Assembly(senders_of(calls), shows_sockets)
    for name, words in notes:
        assembly.entries.append(Note(at=placed[0].at, mono=placed[0].mono, name=name, value=words))
    timeless = (TIMES, TIMES_MISSING) in notes
    newest: dict[tuple[str | None, str], LogLine] = {}
    before: LogLine | None = None
    for each in placed:
        line = each.line
        if line.text is not None:
            same = newest.get((line.direction, line.text))
            if same is not None and (same is before if timeless else _seconds_apart(same, line) <= DOUBLED_S):
                assembly.doubled.append(line.number)
                continue
            newest[line.direction, line.text] = before = line
        assembly.add(each)
    if (
        placed
        and assembly.early > max(MOST_JUMPS, len(placed) // 100)
        and (ORDER, ORDER_MISSING) not in notes
    ):
        note = Note(at=placed[0].at, mono=placed[0].mono, name=ORDER, value=ORDER_MISSING)
        assembly.entries.insert(0, note)
    return assembly


def _seconds_apart(one: LogLine, other: LogLine) -> float:
    if one.stamp is None or other.stamp is None:
        return float("inf")
    return abs(one.stamp.seconds - other.stamp.seconds)


def _action_of(line: LogLine) -> str | None:
    if line.text is None:
        return None
    try:
        message = read_frame(line.text)[0]
    except FrameError:
        return None
    return message.action if isinstance(message, Call) else None


def _is_accepted(answer: CallResult) -> bool:
    status = getattr(read_confirmation("BootNotification", answer.payload).message, "status", None)
    return status == RegistrationStatus.ACCEPTED


def _other(sender: Sender) -> Sender:
    return "central_system" if sender == "charge_point" else "charge_point"


def numbered(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with their numbers, from 1."""
    return [msgspec.structs.replace(entry, n=n) for n, entry in enumerate(entries, start=1)]
