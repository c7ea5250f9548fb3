"""A copy of a store that is in use: what was committed when the copy began, whole and ready to be opened."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from chargeproof.store.ports import StoreError
from chargeproof.store.sqlite_file import explain

READ_ONLY_WAIT_S = 10.0
NUMBERS_LEFT_OUT = 1_000_000
"""Stations know the numbers of transactions that began after the copy was made: a restored store gives others."""


def back_up_sqlite(source: Path, target: Path) -> int:
    """Copy the SQLite file `source`, which another process may be writing to, to `target`; its size in bytes.

    The copy appears under its name only when it is complete, checked and on the disk. Raises StoreError.
    """
    if not source.is_file():
        raise StoreError("there is no store to copy", str(source), "Name the folder of a central system")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        _copy(source, unfinished)
        _check(unfinished)
        make_durable(unfinished)
        unfinished.replace(target)
        make_durable(target.parent)
    except sqlite3.Error as error:
        unfinished.unlink(missing_ok=True)
        raise explain(error, str(target)) from error
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise StoreError(
            f"the copy cannot be written: {reason}", str(target), "Choose another place"
        ) from error
    return target.stat().st_size


def make_durable(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk. Raises OSError."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _copy(source: Path, target: Path) -> None:
    # In one step: a reader of the write-ahead log sees one moment and holds up no writer.
    with (
        closing(
            sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=READ_ONLY_WAIT_S)
        ) as read,
        closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)
        _leave_numbers_out(written)
        # A copy is one file, without a log beside it.
        written.execute("PRAGMA journal_mode = DELETE")


def _leave_numbers_out(copy: sqlite3.Connection) -> None:
    ((last,),) = copy.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'transactions'")
    with copy:
        copy.execute("DELETE FROM sqlite_sequence WHERE name = 'transactions'")
        copy.execute("INSERT INTO sqlite_sequence VALUES ('transactions', ?)", (last + NUMBERS_LEFT_OUT,))


def _check(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        ((verdict,),) = connection.execute("PRAGMA quick_check(1)").fetchall()
    if verdict != "ok":
        raise StoreError(f"the copy is damaged: {verdict}", str(copy), "Check both disks and copy again")
