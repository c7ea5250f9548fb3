"""SQLite connections that only read, in threads of their own: a heavy question never holds up the event loop."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chargeproof.store.ports import StoreError
from chargeproof.store.sqlite_batch import SqliteBatch
from chargeproof.store.sqlite_file import MEMORY, explain

T = TypeVar("T")
Question = Callable[[sqlite3.Connection], T]

READERS = 4
CACHE_KB = 8 * 1024
BUSY_TIMEOUT_S = 5.0


class SqliteReader:
    """Carries questions to connections on the file of `store`; a store in memory answers them itself."""

    def __init__(self, store: SqliteBatch) -> None:
        self._store = store
        self._path = store.path
        self._threads = None if self._path == MEMORY else ThreadPoolExecutor(READERS, "store-reader")
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._closed = False

    async def ask(self, question: Question[T]) -> T:
        """What `question` makes of a connection. Raises StoreError."""
        if self._closed:
            raise StoreError("the store is closed", where=self._path)
        try:
            if self._threads is None:
                return question(await self._store.connection_with_everything())
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, question)
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    async def close(self) -> None:
        """Answer what was asked, then let go of the file."""
        self._closed = True
        if self._threads is not None:
            threads, self._threads = self._threads, None
            await asyncio.to_thread(threads.shutdown)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _answer(self, question: Question[T]) -> T:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._open()
        return question(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
        self._connections.append(connection)
        return connection
