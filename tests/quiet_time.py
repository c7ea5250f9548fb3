"""Real sockets, threads and programs, in a time that passes only while nobody in this process has anything to do.

So a time-out of a few hundredths of a second is over when nothing came for so long, and not because a busy machine
let both ends of a connection wait for the processor.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0
BRIEF_S = 0.02
"""The most that a wait counts for that something ended: the machine may have held us back for the rest of it."""


class _CountingSelector(selectors.DefaultSelector):
    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        began = time.monotonic()
        events = super().select(None if timeout is None else timeout / self._speed)
        if not events:
            self.now_s += timeout or 0.0
        elif timeout is None or timeout > 0:
            waited_s = self._speed * min(time.monotonic() - began, BRIEF_S)
            self.now_s += waited_s if timeout is None else min(waited_s, timeout)
        return events


class QuietTimeLoop(asyncio.SelectorEventLoop):
    """Its time is the sum of the waits in which nothing happened, `speed` seconds for each real one."""

    def __init__(self, speed: float = 1.0) -> None:
        self._counting = _CountingSelector(speed)
        self._epoch = datetime.now(UTC)
        super().__init__(self._counting)

    def time(self) -> float:
        return self._counting.now_s

    def wall_time(self) -> datetime:
        return self._epoch + timedelta(seconds=self.time())


def run(main: Coroutine[Any, Any, T], speed: float = 1.0) -> T:
    """Run it, for a quiet minute at most, a real one."""

    async def bounded() -> T:
        async with asyncio.timeout(PATIENCE_S * speed):
            return await main

    with asyncio.Runner(loop_factory=partial(QuietTimeLoop, speed)) as runner:
        return runner.run(bounded())
