"""The one source of time for everything that waits.

Code that waits takes a `Clock`. `LoopClock` asks the running event loop, so a loop whose time jumps (tests)
or runs faster (demo) changes all of it at once.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is written down, monotonic time for what is waited for."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait in the clock's own seconds."""
        ...


class LoopWithWallClock(Protocol):
    """An event loop that has its own wall clock, because its seconds are not real ones."""

    def wall_time(self) -> datetime: ...


_real_time = partial(datetime.now, UTC)


def _wall_time_of(loop: asyncio.AbstractEventLoop) -> Callable[[], datetime]:
    wall_time: Callable[[], datetime] = getattr(loop, "wall_time", _real_time)
    return wall_time


class LoopClock:
    """The clock of the running event loop.

    With an `epoch` (aware) the wall clock starts there, when the clock is made in a running loop or else when
    it is first read, and goes on in the loop's seconds. Without one it is the loop's own wall clock if the
    loop has one (`LoopWithWallClock`), else the real one.
    """

    def __init__(self, epoch: datetime | None = None) -> None:
        if epoch is not None and epoch.tzinfo is None:
            raise ValueError("the epoch of a clock must be an aware datetime, e.g. datetime.now(UTC)")
        self._epoch = epoch.astimezone(UTC) if epoch is not None else None
        self._anchor_s: float | None = None
        self._read_wall: Callable[[], datetime] | None = None
        with suppress(RuntimeError):  # no loop runs yet: anchored at the first reading
            self._anchor_s = self.monotonic()
            if self._epoch is None:
                # Asked at every message: a clock made in a loop belongs to it, and need not look for it again.
                self._read_wall = _wall_time_of(asyncio.get_running_loop())

    def now(self) -> datetime:
        if self._read_wall is not None:
            return self._read_wall()
        if self._epoch is not None:
            return self._epoch + timedelta(seconds=self._elapsed_s())
        return _wall_time_of(asyncio.get_running_loop())()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def _elapsed_s(self) -> float:
        now_s = self.monotonic()
        if self._anchor_s is None:
            self._anchor_s = now_s
        return now_s - self._anchor_s
