# ruff: noqa: S608  table and column names come from the schema, never from outside
"""Finding exchanges among a million: by station, by a stretch of time, and by looking through them in steps.

Rows stand in the order of arrival, so a time becomes a row number by bisection, without an index that each
message would pay for. What no index answers is looked for from the newest row backwards, a step at a time,
until the page is full or the time for one answer is up; the cursor then says where to go on.
"""

import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from chargeproof.store import formats
from chargeproof.store.late_index import by_station
from chargeproof.store.queries import Found, MessageFilter, NumberedExchange
from chargeproof.store.records import FlagRecord
from chargeproof.store.schema import exchanges
from chargeproof.store.utc import utc_text

ANSWER_TIME_S = 0.5
"""How long one search looks before it gives what it has."""
FIRST_STEP_ROWS = 300
STEP_ROWS = 20_000
LATE_S = 300.0
"""By how much a row may stand after others of a later time: a command is kept with its answer, dated when sent."""

_OF_STATION = by_station(exchanges)
_COLUMNS = f"row_number, {formats.EXCHANGE.columns}"
_BY_NUMBER = f"SELECT {_COLUMNS} FROM exchanges WHERE row_number = ?"
_AFTER = (
    f"SELECT {_COLUMNS} FROM {_OF_STATION} WHERE charge_point_id = ? AND row_number > ?"
    " ORDER BY row_number LIMIT ?"
)
_LAST = f"SELECT row_number FROM {_OF_STATION} WHERE charge_point_id = ? ORDER BY row_number DESC LIMIT 1"
_NEXT_TIME = (
    "SELECT row_number, requested_at FROM exchanges WHERE row_number >= ? ORDER BY row_number LIMIT 1"
)
# Two questions in one: asked together, min and max would look at every row.
_BOUNDS = (
    "SELECT coalesce((SELECT min(row_number) FROM exchanges), 0),"
    " coalesce((SELECT max(row_number) FROM exchanges), 0)"
)
_FLAGS = (
    f"SELECT {formats.FLAG.columns} FROM flags WHERE connection = ? AND unique_id IS ?"
    " AND at >= ? AND at <= ? ORDER BY row_number LIMIT 200"
)
_DEVIATES = (
    "EXISTS (SELECT 1 FROM flags WHERE flags.connection = exchanges.connection"
    " AND flags.unique_id IS exchanges.unique_id AND flags.at >= exchanges.requested_at"
    " AND flags.at <= coalesce(exchanges.answered_at, exchanges.requested_at))"
)


def search(
    connection: sqlite3.Connection, wanted: MessageFilter, before: int | None, limit: int
) -> Found[NumberedExchange]:
    """A page of what fits, newest first."""
    lowest, highest = _stretch(connection, wanted, before)
    conditions, values = _conditions(wanted)
    place = "exchanges" if wanted.charge_point_id is None else _OF_STATION
    rows: list[Sequence[Any]] = []
    give_up_at = time.perf_counter() + ANSWER_TIME_S
    top, step = highest + 1, FIRST_STEP_ROWS
    while top > lowest and len(rows) <= limit and (time.perf_counter() < give_up_at or top > highest):
        bottom = _step_down(connection, wanted.charge_point_id, top, lowest, step)
        step = min(step * 4, STEP_ROWS)
        sql = f"SELECT {_COLUMNS} FROM {place} WHERE {conditions} ORDER BY row_number DESC LIMIT ?"
        rows += connection.execute(sql, [bottom, top, *values, limit + 1 - len(rows)]).fetchall()
        top = bottom
    if len(rows) > limit:
        kept = rows[:limit]
        return Found(_read(connection, kept), int(kept[-1][0]))
    return Found(_read(connection, rows), top if top > lowest else None)


def after(
    connection: sqlite3.Connection, charge_point_id: str, number: int, limit: int
) -> list[NumberedExchange]:
    return _read(connection, connection.execute(_AFTER, (charge_point_id, number, limit)).fetchall())


def one(connection: sqlite3.Connection, number: int) -> NumberedExchange | None:
    found = _read(connection, connection.execute(_BY_NUMBER, (number,)).fetchall())
    return found[0] if found else None


def last_number(connection: sqlite3.Connection, charge_point_id: str) -> int:
    found = connection.execute(_LAST, (charge_point_id,)).fetchone()
    return 0 if found is None else int(found[0])


def row_number_at(connection: sqlite3.Connection, moment: datetime) -> int:
    """The first row from which on everything was asked at `moment` or later, give or take late rows."""
    low, high = connection.execute(_BOUNDS).fetchone()
    high += 1
    sought = utc_text(moment)
    while low < high:
        middle = (low + high) // 2
        found = connection.execute(_NEXT_TIME, (middle,)).fetchone()
        if found is None or found[1] >= sought:
            high = middle
        else:
            low = int(found[0]) + 1
    return int(low)


def _stretch(connection: sqlite3.Connection, wanted: MessageFilter, before: int | None) -> tuple[int, int]:
    """The row numbers, both included, among which to look."""
    lowest, highest = connection.execute(_BOUNDS).fetchone()
    if before is not None:
        highest = min(highest, before - 1)
    if wanted.since is not None:
        lowest = max(lowest, row_number_at(connection, wanted.since - timedelta(seconds=LATE_S)))
    if wanted.until is not None:
        highest = min(highest, row_number_at(connection, wanted.until + timedelta(seconds=LATE_S)))
    return int(lowest), int(highest)


def _step_down(
    connection: sqlite3.Connection, charge_point_id: str | None, top: int, lowest: int, rows: int
) -> int:
    """Where the step below `top` ends: some rows further down, of this station if one is asked for."""
    if charge_point_id is None:
        return max(lowest, top - rows)
    sql = (
        f"SELECT row_number FROM {_OF_STATION} WHERE charge_point_id = ? AND row_number < ?"
        " ORDER BY row_number DESC LIMIT 1 OFFSET ?"
    )
    found = connection.execute(sql, (charge_point_id, top, rows)).fetchone()
    return lowest if found is None else max(lowest, int(found[0]))


def _conditions(wanted: MessageFilter) -> tuple[str, list[Any]]:
    """The SQL after WHERE, whose first two marks are the row numbers of a step, and the other values."""
    conditions, values = ["row_number >= ? AND row_number < ?"], list[Any]()

    def ask(condition: str, *given: Any) -> None:
        conditions.append(condition)
        values.extend(given)

    if wanted.charge_point_id is not None:
        ask("charge_point_id = ?", wanted.charge_point_id)
    if wanted.connection is not None:
        ask("connection = ?", wanted.connection)
    if wanted.caller is not None:
        ask("caller = ?", wanted.caller)
    if wanted.unique_id is not None:
        ask("unique_id = ?", wanted.unique_id)
    if wanted.actions:
        ask(f"action IN ({_marks(wanted.actions)})", *wanted.actions)
    if wanted.outcomes:
        ask(f"outcome IN ({_marks(wanted.outcomes)})", *wanted.outcomes)
    if wanted.since is not None:
        ask("requested_at >= ?", utc_text(wanted.since))
    if wanted.until is not None:
        ask("requested_at < ?", utc_text(wanted.until))
    if wanted.deviating is not None:
        ask(_DEVIATES if wanted.deviating else f"NOT {_DEVIATES}")
    if wanted.text:
        like = f"%{_escaped(wanted.text)}%"
        ask("(request_text LIKE ? ESCAPE '\\' OR answer_text LIKE ? ESCAPE '\\')", like, like)
    return " AND ".join(conditions), values


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _read(connection: sqlite3.Connection, rows: Sequence[Sequence[Any]]) -> list[NumberedExchange]:
    found = []
    for row in rows:
        exchange = formats.EXCHANGE.read(row[1:])
        until = exchange.answered_at or exchange.requested_at
        about = (exchange.connection, exchange.unique_id, utc_text(exchange.requested_at), utc_text(until))
        flags: tuple[FlagRecord, ...] = tuple(
            formats.FLAG.read(flag) for flag in connection.execute(_FLAGS, about)
        )
        found.append(NumberedExchange(int(row[0]), exchange, flags))
    return found
