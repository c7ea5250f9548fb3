"""Real sockets, threads and programs, in a time that passes only while nobody in this process has anything to do.

So a time-out of a few hundredths of a second is over when nothing came for so long, and not because a busy machine
let both ends of a connection wait for the processor.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0
BRIEF_S = 0.02
"""The most that a wait counts for that something ended: the machine may have held us back for the rest of it."""


class _CountingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.quiet_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        began = time.monotonic()
        events = super().select(timeout)
        if not events:
            self.quiet_s += timeout or 0.0
        elif timeout is None or timeout > 0:
            self.quiet_s += min(time.monotonic() - began, BRIEF_S, *(() if timeout is None else (timeout,)))
        return events


class QuietTimeLoop(asyncio.SelectorEventLoop):
    """Its time is the sum of the waits in which nothing happened."""

    def __init__(self) -> None:
        self._counting = _CountingSelector()
        super().__init__(self._counting)

    def time(self) -> float:
        return self._counting.quiet_s


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run it, for a quiet minute at most."""

    async def bounded() -> T:
        async with asyncio.timeout(PATIENCE_S):
            return await main

    with asyncio.Runner(loop_factory=QuietTimeLoop) as runner:
        return runner.run(bounded())
