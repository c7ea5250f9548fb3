"""An event loop whose time passes only while it has nothing to do, with real sockets, threads and programs.

Both ends of a connection on one such loop agree on the time however busy the machine is: a time-out of a few
hundredths of a second is over when nothing came for so long, and not because nobody had the processor.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from chargeproof.errors import UsageError

T = TypeVar("T")

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


def run_quiet(main: Coroutine[Any, Any, T], speed: float = 1.0) -> T:
    """Run `main` with `speed` seconds in each real second of waiting, the wall clock included."""
    if not speed > 0:
        main.close()
        raise UsageError("the time cannot stand still", f"speed {speed}", "Give a number above 0, such as 20")
    with asyncio.Runner(loop_factory=partial(QuietTimeLoop, speed)) as runner:
        return runner.run(main)
