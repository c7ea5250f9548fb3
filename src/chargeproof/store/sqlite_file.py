"""An SQLite file as a store: opened, created or upgraded, and what its driver's errors mean."""

import sqlite3
from functools import cache
from pathlib import Path

from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from chargeproof.store.migrate import migrate_sqlite
from chargeproof.store.ports import StoreError
from chargeproof.store.schema import metadata

MEMORY = ":memory:"
BUSY_TIMEOUT_S = 0.25
"""How long a commit waits for another process that writes; the event loop waits with it."""
CACHE_KB = 64 * 1024
"""Memory for pages at most: enough for the ends of the indexes of some thousand stations."""
CHECKPOINT_PAGES = 2000
"""Pages of 4 kB in the log before they are copied to the file: an index page that changes often is copied once."""
WAL_KEPT_BYTES = 64 * 1024 * 1024
"""What the write-ahead log is cut back to after it grew, for instance while a backup ran."""


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
            connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
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
