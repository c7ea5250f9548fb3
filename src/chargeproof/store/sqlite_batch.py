"""One SQLite connection whose writes are committed in groups: all of one turn of the event loop together."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from chargeproof.store.migrate import migrate_sqlite
from chargeproof.store.ports import Health, StoreError
from chargeproof.store.rows import storable
from chargeproof.store.schema import metadata

MEMORY = ":memory:"
BUSY_TIMEOUT_S = 0.25
"""How long a commit waits for another process that writes; the event loop waits with it."""
LOCKED_RETRY_S = 1.0
"""After a lock, how long writes fail at once instead of holding up the event loop again."""

Durable = Callable[[StoreError | None], None]
_UNFIT = (OverflowError, UnicodeEncodeError, sqlite3.InterfaceError, sqlite3.ProgrammingError)

log = logging.getLogger(__name__)


def explain(error: Exception, path: str) -> StoreError:
    """The error of the driver in words: what, where, and what to do."""
    text = str(error)
    for part, what, remedy in _EXPLANATIONS:
        if part in text:
            return StoreError(f"{what} ({text})", where=path, remedy=remedy)
    return StoreError(f"the store failed: {text}", where=path, remedy="Check the disk and the file")


_EXPLANATIONS = (
    ("database is locked", "the store is locked by another process", "Stop that process, or wait for it"),
    ("readonly", "the store cannot be written", "Give this user the right to write the file and its folder"),
    ("unable to open", "the store cannot be opened", "Check that the folder exists and may be written"),
    ("not a database", "the file is not a store", "Name another file, or restore a copy"),
    ("malformed", "the store is damaged", "Restore a copy; `sqlite3 FILE .recover` may save its rows"),
    ("full", "there is no space left for the store", "Free some space on its disk"),
    ("disk I/O error", "the disk under the store fails", "Check the disk; what was answered is safe"),
)


def open_sqlite(path: Path | str, busy_timeout_s: float) -> sqlite3.Connection:
    """Open and, where needed, create or upgrade. `:memory:` gives a store that ends with its connection."""
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(
            path, timeout=busy_timeout_s, isolation_level=None, cached_statements=256, check_same_thread=False
        )
        if str(path) == MEMORY:
            _create_tables(connection)
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            migrate_sqlite(connection, Path(path))
        connection.execute("PRAGMA foreign_keys = ON")
    except Exception as error:
        if connection is not None:
            connection.close()
        if isinstance(error, StoreError):
            raise
        cause = getattr(error, "orig", None) or error
        if isinstance(cause, sqlite3.Error):
            raise explain(cause, str(path)) from error
        raise
    return connection


def _create_tables(connection: sqlite3.Connection) -> None:
    for statement in table_statements():
        connection.execute(statement)


@cache
def table_statements() -> tuple[str, ...]:
    """The SQL that makes an empty store of the newest revision."""
    dialect = sqlite_dialect.dialect()
    statements = []
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            statements.append(str(CreateIndex(index).compile(dialect=dialect)))
    return tuple(statements)


class SqliteBatch:
    """Writes go into an open transaction at once; the commit comes at the end of the loop's turn.

    A write that fails dooms its batch: everything in it is rolled back and everyone who waits is told.
    """

    def __init__(self, path: Path | str = MEMORY, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self._path = str(path)
        self._connection = open_sqlite(path, busy_timeout_s)
        self._open = False
        self._failure: StoreError | None = None
        self._waiting: list[Durable] = []
        self._rows: dict[str, list[list[Any]]] = {}
        self._locked_until = 0.0
        self._last_error: str | None = None
        self._lost_batches = 0
        self._closed = False

    def when_durable(self, callback: Durable) -> None:
        if self._open:
            self._waiting.append(callback)
        else:
            callback(None)

    async def flush(self) -> None:
        if not self._open:
            return
        durable: asyncio.Future[StoreError | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(lambda error: None if durable.done() else durable.set_result(error))
        error = await durable
        if error is not None:
            raise error

    def health(self) -> Health:
        return Health(self._last_error, self._lost_batches)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._open:
            self._commit()
        self._connection.close()

    def write(self, sql: str, values: Sequence[Any]) -> None:
        """Put one row into the batch. Never raises for what the database says; see `when_durable`."""
        if self._begin() is None:
            try:
                self._execute(sql, values)
            except sqlite3.Error as error:
                self._fail(error)

    def write_later(self, sql: str, values: list[Any]) -> None:
        """As `write`, for rows that nobody reads in the same turn: they go in together, which is cheaper."""
        if self._begin() is None:
            self._rows.setdefault(sql, []).append(values)

    def change(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        """As `write`, for what must be answered: raises StoreError."""
        failure = self._begin()
        if failure is not None:
            raise failure
        try:
            return self._execute(sql, values)
        except sqlite3.Error as error:
            raise self._fail(error) from error

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows, uncommitted ones of this batch included."""
        self._refuse_if_closed()
        try:
            self._drain()
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
        return self.look_up(sql, values)

    def look_up(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """As `read`, for tables that `write_later` never writes to: cheaper on the way to an answer."""
        self._refuse_if_closed()
        try:
            return self._execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError("the store is closed", where=self._path)

    def _execute(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except _UNFIT:
            return self._connection.execute(sql, [storable(value) for value in values])

    def _begin(self) -> StoreError | None:
        """Open a batch unless one is open; the reason when this one is doomed."""
        if self._open:
            return self._failure
        loop = asyncio.get_running_loop()
        self._open = True
        loop.call_soon(self._commit)
        if self._closed:
            self._failure = StoreError("the store is closed", where=self._path)
        elif loop.time() < self._locked_until:
            self._failure = StoreError(
                "the store is locked by another process", self._path, "Stop that process, or wait for it"
            )
        else:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                self._fail(error)
        return self._failure

    def _fail(self, error: sqlite3.Error) -> StoreError:
        if self._failure is None:
            self._failure = explain(error, self._path)
            if "database is locked" in str(error):
                self._locked_until = asyncio.get_running_loop().time() + LOCKED_RETRY_S
        return self._failure

    def _drain(self) -> None:
        if not self._rows:
            return
        waiting, self._rows = self._rows, {}
        self._connection.execute("SAVEPOINT rows")
        try:
            for sql, rows in waiting.items():
                self._connection.executemany(sql, rows)
        except _UNFIT:
            self._connection.execute("ROLLBACK TO rows")
            for sql, rows in waiting.items():
                for row in rows:
                    self._execute(sql, row)
        self._connection.execute("RELEASE rows")

    def _commit(self) -> None:
        if not self._open:
            return
        if self._failure is None:
            try:
                self._drain()
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._fail(error)
        failure, waiting = self._failure, self._waiting
        self._open, self._failure, self._waiting = False, None, []
        self._rows.clear()
        if failure is not None:
            self._roll_back(failure)
        elif self._last_error is not None:
            log.warning("the store is back: %s", self._path)
            self._last_error = None
        for callback in waiting:
            self._tell(callback, failure)

    def _roll_back(self, failure: StoreError) -> None:
        if self._last_error is None:
            log.error("nothing can be stored: %s", failure)
        self._last_error = str(failure)
        self._lost_batches += 1
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            log.error("rolling back failed: %s", error)

    def _tell(self, callback: Durable, failure: StoreError | None) -> None:
        try:
            callback(failure)
        except Exception as error:
            # One station's trouble must not keep the others from hearing of their commit.
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a callback of the store failed", "exception": error}
            )
