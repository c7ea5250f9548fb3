"""One SQLite connection whose writes are committed in groups: what waits while one commit runs makes the next.

Rows are collected and go in together with the commit. `change` writes at once, for what must be read or
answered in the same turn; it opens the transaction that the commit ends. With `writer="thread"` the rows and
the commit go through a thread: the loop goes on while a slow disk works, and whoever reads or changes waits.
"""

import asyncio
import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from chargeproof.store.batch import Batch, Durable
from chargeproof.store.late_index import LateIndex
from chargeproof.store.ports import Health, StoreError
from chargeproof.store.recall import Recall
from chargeproof.store.rows import storable
from chargeproof.store.sqlite_file import BUSY_TIMEOUT_S, MEMORY, explain, open_sqlite

LOCKED_RETRY_S = 1.0
"""After a lock, how long writes fail at once instead of holding up the event loop again."""
UNHURRIED_S = 0.5
"""What nobody waits for is committed with what somebody waits for, or after this long."""
LEAST_FREE_BYTES = 1024 * 1024
"""With less than this on its disk a store may still take a small row, but not the messages of a busy second."""
LASTING_ROWS = 50_000
"""How many rows that no answer depends on are kept for a store that comes back."""

Writer = Literal["loop", "thread"]
Committed = Callable[[float, int, StoreError | None], None]
"""Told of each commit: how long it took in real seconds, how many rows it held, and why it failed."""
_UNFIT = (OverflowError, UnicodeEncodeError, sqlite3.InterfaceError, sqlite3.ProgrammingError)

log = logging.getLogger(__name__)


class SqliteBatch:
    """The connection, the batch that fills, and the one that is being committed (by a thread).

    A write that fails dooms its batch: everything in it is rolled back and everyone who waits is told. Only
    its lasting rows are kept, for a later batch.
    """

    def __init__(
        self,
        path: Path | str = MEMORY,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        *,
        writer: Writer = "loop",
        on_commit: Committed | None = None,
    ) -> None:
        self._path = str(path)
        self._connection = open_sqlite(path, busy_timeout_s)
        self._executor = ThreadPoolExecutor(1, "store") if writer == "thread" else None
        self._on_commit = on_commit
        self._recall = Recall()
        self._exchanges_by_station = LateIndex("exchanges")
        self._exchanges = self._open_index(self._exchanges_by_station)
        """The number of the newest exchange."""
        self._batch = Batch()
        self._committing: Batch | None = None
        self._idle: asyncio.Future[None] | None = None
        self._hurried = False
        self._timer: asyncio.TimerHandle | None = None
        self._locked_until = 0.0
        self._last_error: str | None = None
        self._lost_batches = 0
        self._probes = 0
        self._closed = False

    def _open_index(self, index: LateIndex) -> int:
        try:
            return index.open(self._connection)
        except sqlite3.Error as error:
            self._connection.close()
            raise explain(error, self._path) from error

    # What is promised.

    def when_durable(self, callback: Durable) -> None:
        batch = self._batch
        if batch.rows or batch:  # as a rule there are rows
            batch.waiting.append(callback)
            self._hurry()
        elif self._committing is not None:
            self._committing.waiting.append(callback)
        else:
            callback(None)

    async def flush(self) -> None:
        if not self._batch and self._committing is None:
            return
        durable: asyncio.Future[StoreError | None] = asyncio.get_running_loop().create_future()
        self.when_durable(lambda error: None if durable.done() else durable.set_result(error))
        error = await durable
        if error is not None:
            raise error

    def health(self) -> Health:
        return Health(self._last_error, self._lost_batches)

    async def check_writable(self) -> None:
        if self._path != MEMORY and _free_bytes(Path(self._path).parent) < LEAST_FREE_BYTES:
            raise StoreError("there is hardly any space left", self._path, "Free some space on its disk")
        # Never the same number twice, or nothing would be written.
        self._probes = self._probes % 1_000_000 + 1
        await self.change(f"PRAGMA user_version = {self._probes}", ())
        await self.flush()

    @property
    def path(self) -> str:
        """The file, or `:memory:`."""
        return self._path

    @property
    def waiting_rows(self) -> int:
        """Rows that no commit has taken yet."""
        return self._batch.size()

    async def close(self) -> None:
        if self._closed:
            return
        await self._until_idle()
        if self._timer is not None:
            self._timer.cancel()
        if self._batch:
            batch, self._batch = self._batch, Batch()
            batch.failure = batch.failure or self._obstacle()
            self._settle(batch, self._write(batch))
        if self._executor is not None:
            self._executor.shutdown()
        self._closed = True
        with suppress(sqlite3.Error):  # the next start makes up for it
            self._exchanges_by_station.write_all(self._connection)
        self._connection.close()

    # What is written and read.

    def write_later(self, sql: str, values: list[Any] | None = None) -> None:
        """Put a row into the batch. Never raises for what the database says; see `when_durable`.

        All rows of one SQL go in together, in the order in which each SQL came first; without values it only
        takes its place.
        """
        rows = self._batch.rows.get(sql)
        if rows is None:
            rows = self._batch.rows[sql] = []
            self._no_hurry()
        if values is not None:
            rows.append(values)

    def write_lasting(self, sql: str, values: list[Any]) -> None:
        """As `write_later`, for what happened whatever becomes of this commit: a later one takes it then."""
        rows = self._batch.lasting.get(sql)
        if rows is None:
            self._batch.lasting[sql] = [values]
            self._no_hurry()
        else:
            rows.append(values)

    async def change(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        """Write at once, for what must be answered. Raises StoreError. Waits, if at all, before it writes."""
        if self._committing is not None:
            await self._until_idle()
        self._begin()
        try:
            cursor = self._execute(sql, values)
        except sqlite3.Error as error:
            raise self._doom(error) from error
        self._batch.changes += 1
        return cursor

    async def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows, those of this batch included."""
        if self._committing is not None:
            await self._until_idle()
        self._refuse_if_closed()
        if self._batch.rows or self._batch.lasting:
            self._put_in()
        return await self.look_up(sql, values)

    async def look_up(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """As `read`, for tables that only `change` writes to: cheaper on the way to an answer."""
        if self._committing is not None:
            await self._until_idle()
        self._refuse_if_closed()
        try:
            return self._execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    async def connection_with_everything(self) -> sqlite3.Connection:
        """The connection itself, to be read from in this turn of the loop, rows of this batch included."""
        await self.read("SELECT 1")
        return self._connection

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError("the store is closed", where=self._path)

    def _execute(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except _UNFIT:
            return self._connection.execute(sql, [storable(value) for value in values])

    def _put_in(self) -> None:
        """Bring the rows that wait to their tables, for a reader; what fails dooms the batch, not the reader."""
        try:
            self._begin()
            self._insert(self._batch)
        except sqlite3.Error as error:
            self._batch.trouble = error
            self._doom(error)
        except StoreError:
            pass  # the batch is doomed already, and who waits for it will hear of it

    # The commit.

    def _begin(self) -> None:
        """Open the transaction unless it is open. Raises StoreError when the batch is doomed."""
        self._hurry()
        if self._batch.failure is None and not self._connection.in_transaction:
            self._batch.failure = self._obstacle()
            if self._batch.failure is None:
                try:
                    self._connection.execute("BEGIN IMMEDIATE")
                except sqlite3.Error as error:
                    self._doom(error)
        if self._batch.failure is not None:
            raise self._batch.failure

    def _obstacle(self) -> StoreError | None:
        """Why nothing can be written now, as far as that is known without trying."""
        if self._closed:
            return StoreError("the store is closed", where=self._path)
        if asyncio.get_running_loop().time() < self._locked_until:
            return StoreError(
                "the store is locked by another process", self._path, "Stop that process, or wait for it"
            )
        return None

    def _doom(self, error: sqlite3.Error) -> StoreError:
        failure = self._batch.failure or explain(error, self._path)
        self._batch.failure = failure
        self._note_lock(error)
        return failure

    def _note_lock(self, error: Exception) -> None:
        if "database is locked" in str(error):
            self._locked_until = asyncio.get_running_loop().time() + LOCKED_RETRY_S

    def _no_hurry(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(UNHURRIED_S, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer = None
        self._hurry()

    def _hurry(self) -> None:
        """Commit when this turn of the loop is over, or as soon as the commit under way is."""
        if not self._hurried:
            self._hurried = True
            if self._committing is None:
                asyncio.get_running_loop().call_soon(self._commit)

    def _commit(self) -> None:
        if self._committing is not None:
            return  # the thread calls again when it is done
        self._hurried = False
        if not self._batch:
            return
        batch, self._batch = self._batch, Batch()
        batch.failure = batch.failure or self._obstacle()
        if self._executor is None or batch.failure is not None:
            self._settle(batch, self._write(batch))
            return
        loop = asyncio.get_running_loop()
        self._committing, self._idle = batch, loop.create_future()
        done = loop.run_in_executor(self._executor, self._write, batch)
        done.add_done_callback(lambda future: self._thread_is_done(batch, future))

    def _thread_is_done(self, batch: Batch, future: "asyncio.Future[float]") -> None:
        idle, self._committing, self._idle = self._idle, None, None
        self._settle(batch, future.result())
        if idle is not None:
            idle.set_result(None)
        if self._hurried:
            asyncio.get_running_loop().call_soon(self._commit)

    async def _until_idle(self) -> None:
        while self._idle is not None:
            await asyncio.shield(self._idle)

    def _write(self, batch: Batch) -> float:
        """Put the batch in and commit it, or roll it back; the seconds that it took. Runs in the thread."""
        began_s = time.perf_counter()
        if batch.failure is None:
            try:
                if not self._connection.in_transaction:
                    self._connection.execute("BEGIN IMMEDIATE")
                self._insert(batch)
                self._exchanges_by_station.write(self._connection, batch.changes)
                self._make_durable()
            except Exception as error:
                batch.trouble = error
                batch.failure = explain(error, self._path)
        if batch.failure is not None and not self._closed:
            self._roll_back()
        self._exchanges_by_station.settle(committed=batch.failure is None)
        return time.perf_counter() - began_s

    def _make_durable(self) -> None:
        self._connection.execute("COMMIT")

    def _insert(self, batch: Batch) -> None:
        """Rows to their tables, the lasting ones first. Raises sqlite3.Error."""
        for waiting in (batch.lasting, batch.rows):
            for sql, rows in waiting.items():
                self._insert_rows(sql, rows)
        batch.lasting_put_in.append(batch.lasting)
        batch.changes += sum(map(len, batch.rows.values()))
        batch.lasting, batch.rows = {}, {}

    def _insert_rows(self, sql: str, rows: list[list[Any]]) -> None:
        before = self._connection.total_changes
        try:
            self._connection.executemany(sql, rows)
        except _UNFIT:
            # A savepoint to go back to would cost more, at every commit, than most of what is written.
            for row in rows[self._connection.total_changes - before :]:
                self._execute(sql, row)

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            log.error("rolling back failed: %s", error)

    def _settle(self, batch: Batch, seconds: float) -> None:
        """The commit is through or has failed: say so to everyone who waits for it."""
        error = batch.failure
        if error is not None:
            if batch.trouble is not None:
                self._note_lock(batch.trouble)
            if self._last_error is None:
                log.error("nothing can be stored: %s", error)
            self._last_error = str(error)
            self._lost_batches += 1
            self._recall.forget()
            self._keep_lasting(batch)
        elif self._last_error is not None:
            log.warning("the store is back: %s", self._path)
            self._last_error = None
        if self._on_commit is not None:
            self._on_commit(seconds, batch.size(), error)
        for callback in batch.waiting:
            try:
                callback(error)
            except Exception as trouble:
                # One station's trouble must not keep the others from hearing of their commit.
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a callback of the store failed", "exception": trouble}
                )

    def _keep_lasting(self, batch: Batch) -> None:
        """Rows that no answer depends on wait for the store to come back, up to a limit."""
        hopeless = batch.trouble is not None and not isinstance(batch.trouble, sqlite3.OperationalError)
        if self._closed or hopeless:
            return  # a row that will never fit must not stop all others for ever
        for part in (*batch.lasting_put_in, batch.lasting):
            for sql, rows in part.items():
                kept = self._batch.lasting.setdefault(sql, [])
                # What failed is older than what has come since.
                kept[:0] = rows
                del kept[LASTING_ROWS:]
        if self._batch.lasting:
            self._no_hurry()


def _free_bytes(folder: Path) -> float:
    try:
        return shutil.disk_usage(folder).free
    except OSError:  # the write tells what is wrong
        return float("inf")
