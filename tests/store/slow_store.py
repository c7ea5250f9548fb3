"""A store on a disk that takes as long as a test wants."""

import asyncio
import threading
from pathlib import Path

from chargeproof.store import SqliteStore


async def one_turn() -> None:
    """Let the loop do what is ready."""
    turned = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turned.set_result, None)
    await turned


class SlowStore(SqliteStore):
    """Its commits wait for `disk`, in the thread that makes them."""

    def __init__(self, path: Path) -> None:
        self.disk = threading.Event()
        self.disk.set()
        super().__init__(path, writer="thread")

    def _make_durable(self) -> None:
        assert self.disk.wait(60)
        super()._make_durable()
