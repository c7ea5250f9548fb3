# ruff: noqa: S608  table and column names come from the schema, never from outside
"""What people ask of stations and transactions, as SQL on one connection."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from chargeproof.store import formats
from chargeproof.store.late_index import up_to
from chargeproof.store.queries import (
    Attempts,
    ChargePointFilter,
    ChargePointRow,
    Found,
    NumberedValue,
)
from chargeproof.store.records import MeterValueRecord, Record, TransactionRecord
from chargeproof.store.rows import RowFormat
from chargeproof.store.utc import utc_from_text, utc_text

R = TypeVar("R", bound=Record)

NEWEST_HANDSHAKES = 20_000
"""Attempts older than so many others are history, not stations that wait."""

_LAST_STATUSES = (
    f"{formats.STATUS.select} WHERE row_number IN"
    " (SELECT max(row_number) FROM statuses WHERE charge_point_id = ? GROUP BY connector_id)"
    " ORDER BY connector_id"
)
_OPEN = (
    f"{formats.TRANSACTION.select} WHERE charge_point_id = ? AND stop_received_at IS NULL"
    " ORDER BY transaction_id DESC LIMIT 50"
)
_LAST_CONNECTION = f"{formats.CONNECTION.select} WHERE charge_point_id = ? ORDER BY connection DESC LIMIT 1"
_LAST_TLS = (
    "SELECT tls FROM connections WHERE connections.charge_point_id = charge_points.charge_point_id"
    " ORDER BY connection DESC LIMIT 1"
)
_LAST_HANDSHAKE = f"{formats.HANDSHAKE.select} WHERE charge_point_id = ? ORDER BY row_number DESC LIMIT 1"
_LAST_MESSAGE = (
    "SELECT item.requested_at, item.action FROM exchanges_by_station AS place"
    " CROSS JOIN exchanges AS item ON item.row_number = place.row_number"
    " AND item.charge_point_id = place.charge_point_id"
    " WHERE place.charge_point_id = ? AND item.caller = 'charge_point'"
    " ORDER BY place.row_number DESC LIMIT 1"
)
_LATEST_MESSAGES = (
    "SELECT charge_point_id, requested_at, action, max(row_number) FROM exchanges"
    f" WHERE row_number > ({up_to('exchanges')}) AND caller = 'charge_point' GROUP BY charge_point_id"
)
"""Those that are not in the index yet: looked through once for all stations of a page."""
_SEARCHED = ("charge_point_id", "vendor", "model", "serial_number", "charge_box_serial_number",
             "firmware_version")  # fmt: skip
_ATTEMPTS = (
    "WITH tried AS (SELECT charge_point_id, max(row_number) AS latest, min(row_number) AS first,"
    " count(*) AS count FROM handshakes"
    " WHERE row_number > (SELECT coalesce(max(row_number), 0) FROM handshakes) - ?"
    " GROUP BY charge_point_id ORDER BY latest DESC LIMIT ?)"
    " SELECT tried.count, (SELECT at FROM handshakes WHERE row_number = tried.first), "
    + ", ".join(f"h.{name}" for name in formats.HANDSHAKE.fields)
    + " FROM tried JOIN handshakes AS h ON h.row_number = tried.latest ORDER BY tried.latest DESC"
)


def read_all(
    connection: sqlite3.Connection, form: RowFormat[R], rest: str, values: Sequence[Any] = ()
) -> list[R]:
    """The records of `SELECT ... FROM its table` with `rest` after it."""
    return [form.read(row) for row in connection.execute(f"{form.select} {rest}", values)]


def read_numbered(
    connection: sqlite3.Connection, form: RowFormat[R], rest: str, values: Sequence[Any]
) -> list[tuple[int, R]]:
    """As `read_all`, with the number of each row."""
    sql = form.select.replace("SELECT ", "SELECT row_number, ", 1) + " " + rest
    return [(int(row[0]), form.read(row[1:])) for row in connection.execute(sql, values)]


def page_of(rows: list[tuple[int, R]], limit: int) -> Found[R]:
    """Rows that were asked for with one more than fits on the page."""
    items = [record for _, record in rows[:limit]]
    return Found(items, rows[limit - 1][0] if len(rows) > limit else None)


class Conditions:
    """What stands after WHERE, and its values."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.values: list[Any] = []

    def ask(self, condition: str, *values: Any) -> None:
        self._parts.append(condition)
        self.values.extend(values)

    def ask_if(self, condition: str, value: Any) -> None:
        """Nothing is asked where the value is None."""
        if value is not None:
            self.ask(condition, utc_text(value) if isinstance(value, datetime) else value)

    def ask_like(self, columns: Sequence[str], text: str | None) -> None:
        if text:
            escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            parts = " OR ".join(f"{name} LIKE ? ESCAPE '\\'" for name in columns)
            self.ask(f"({parts})", *[f"%{escaped}%"] * len(columns))

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self._parts)}" if self._parts else ""


def charge_points(
    connection: sqlite3.Connection, wanted: ChargePointFilter, after: str | None, limit: int
) -> Found[ChargePointRow]:
    asked = Conditions()
    asked.ask_if("charge_point_id > ?", after)
    if wanted.ids is not None:
        asked.ask("charge_point_id IN (SELECT value FROM json_each(?))", _json(wanted.ids))
    if wanted.without is not None:
        asked.ask("charge_point_id NOT IN (SELECT value FROM json_each(?))", _json(wanted.without))
    if wanted.registrations:
        asked.ask(
            "coalesce(registration, '') IN (SELECT value FROM json_each(?))", _json(wanted.registrations)
        )
    asked.ask_if("vendor = ?", wanted.vendor)
    asked.ask_if("model = ?", wanted.model)
    asked.ask_if("firmware_version = ?", wanted.firmware_version)
    asked.ask_like(_SEARCHED, wanted.text)
    if wanted.tls is not None:
        asked.ask(f"({_LAST_TLS}) IS {'NOT ' if wanted.tls else ''}NULL")
    rest = f"{asked} ORDER BY charge_point_id LIMIT ?"
    found = read_all(connection, formats.CHARGE_POINT, rest, [*asked.values, limit + 1])
    latest = _latest_messages(connection)
    items = [_row_of(connection, record.charge_point_id, record, latest) for record in found[:limit]]
    return Found(items, found[limit - 1].charge_point_id if len(found) > limit else None)


def charge_point(connection: sqlite3.Connection, charge_point_id: str) -> ChargePointRow | None:
    found = read_all(connection, formats.CHARGE_POINT, "WHERE charge_point_id = ?", [charge_point_id])
    latest = _latest_messages(connection)
    return _row_of(connection, charge_point_id, found[0], latest) if found else None


def _latest_messages(connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """By station: when its last message came and what it was, of those that sent one lately."""
    return {row[0]: (row[1], row[2]) for row in connection.execute(_LATEST_MESSAGES)}


def _row_of(
    connection: sqlite3.Connection, charge_point_id: str, record: Any, latest: dict[str, tuple[str, str]]
) -> ChargePointRow:
    key = (charge_point_id,)

    def first(sql: str, form: RowFormat[R]) -> R | None:
        row = connection.execute(sql, key).fetchone()
        return None if row is None else form.read(row)

    message = latest.get(charge_point_id) or connection.execute(_LAST_MESSAGE, key).fetchone()
    return ChargePointRow(
        record,
        tuple(formats.STATUS.read(row) for row in connection.execute(_LAST_STATUSES, key)),
        tuple(formats.TRANSACTION.read(row) for row in connection.execute(_OPEN, key)),
        first(_LAST_CONNECTION, formats.CONNECTION),
        first(_LAST_HANDSHAKE, formats.HANDSHAKE),
        utc_from_text(message[0]) if message else None,
        message[1] if message else None,
    )


def attempts(connection: sqlite3.Connection, limit: int) -> list[Attempts]:
    return [
        Attempts(
            row[2 + formats.HANDSHAKE.fields.index("charge_point_id")],
            int(row[0]),
            utc_from_text(row[1]),
            formats.HANDSHAKE.read(row[2:]),
        )
        for row in connection.execute(_ATTEMPTS, (NEWEST_HANDSHAKES, limit))
    ]


def meter_values(
    connection: sqlite3.Connection, transaction: TransactionRecord, limit: int
) -> list[NumberedValue]:
    """Values that name the transaction; the index gives them in the order of arrival."""
    rest = "WHERE charge_point_id = ? AND transaction_id = ? ORDER BY row_number LIMIT ?"
    values = (transaction.charge_point_id, transaction.transaction_id, limit)
    rows = read_numbered(connection, formats.METER_VALUE, rest, values)
    return [NumberedValue(number, value) for number, value in rows]


def last_values(
    connection: sqlite3.Connection, transactions: Sequence[TransactionRecord]
) -> dict[int, MeterValueRecord]:
    rest = "WHERE charge_point_id = ? AND transaction_id = ? ORDER BY row_number DESC LIMIT 1"
    found = {}
    for transaction in transactions:
        key = (transaction.charge_point_id, transaction.transaction_id)
        for value in read_all(connection, formats.METER_VALUE, rest, key):
            found[transaction.transaction_id] = value
    return found


def _json(values: Sequence[str]) -> str:
    return msgspec.json.encode(values).decode()
