"""Event loops that own their time: one jumps to the next deadline, one runs faster than the real clock.

`VirtualTimeLoop` is for memory links and threads of an executor only: an hour of waiting takes no time, and
a wait that can never end is an error instead of a hang. `ScaledTimeLoop` keeps real sockets.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

from chargeproof.errors import ToolError, UsageError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

VIRTUAL_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""Where the wall clock of virtual time starts unless told otherwise: the same in every run."""


class NothingCanHappen(ToolError):
    """Every task waits for something that no timer, link or thread will ever bring."""


class _WatchedSelector(selectors.BaseSelector):
    """Hands everything to a real selector, except how long to wait, which `select` decides."""

    def __init__(self, wait: Callable[[selectors.BaseSelector, float | None], "_Events"]) -> None:
        self._real = selectors.DefaultSelector()
        self._wait = wait

    def select(self, timeout: float | None = None) -> "_Events":
        return self._wait(self._real, timeout)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


_Events = list[tuple[selectors.SelectorKey, int]]


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Time starts at 0 and stands still while anything can run; then it jumps to the next deadline."""

    def __init__(self, epoch: datetime = VIRTUAL_EPOCH) -> None:
        self._now_s = 0.0
        self._epoch = epoch.astimezone(UTC)
        self._outside_work = 0
        super().__init__(_WatchedSelector(self._wait))

    def time(self) -> float:
        return self._now_s

    def wall_time(self) -> datetime:
        return self._epoch + timedelta(seconds=self._now_s)

    @contextmanager
    def time_stands_still(self) -> Iterator[None]:
        """While a thread works for the loop, time neither jumps nor ends: the loop really waits for it.

        Work given to an executor is counted without this; a thread of one's own needs it.
        """
        self._outside_work += 1
        try:
            yield
        finally:
            self._outside_work -= 1

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> "asyncio.Future[T]":
        future = super().run_in_executor(executor, func, *args)
        self._outside_work += 1
        future.add_done_callback(self._executor_work_ended)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        with self.time_stands_still():
            await super().shutdown_default_executor()

    def _executor_work_ended(self, _future: "asyncio.Future[Any]") -> None:
        self._outside_work -= 1

    def _wait(self, selector: selectors.BaseSelector, timeout: float | None) -> _Events:
        if timeout == 0 and not self._outside_work:
            return []  # something is ready, and nobody outside can have woken the loop
        events = selector.select(0)
        if events or timeout == 0:
            return events
        if self._outside_work:
            return selector.select(None)
        if timeout is None:
            raise NothingCanHappen(
                "nothing can ever happen: no callback is ready and no timer is set",
                where=f"at {self._now_s:g} s of virtual time",
                remedy=f"Waiting: {_names_of(asyncio.all_tasks(self))}",
            )
        self._now_s += timeout
        return events


class ScaledTimeLoop(asyncio.SelectorEventLoop):
    """Real sockets and threads, with `speed` seconds of the loop's time in each real second."""

    def __init__(self, speed: float, epoch: datetime | None = None) -> None:
        self._speed = speed
        self._epoch = (epoch or datetime.now(UTC)).astimezone(UTC)
        self._started_s = time.monotonic() * speed
        super().__init__(_WatchedSelector(self._wait))

    def time(self) -> float:
        return time.monotonic() * self._speed

    def wall_time(self) -> datetime:
        return self._epoch + timedelta(seconds=self.time() - self._started_s)

    def _wait(self, selector: selectors.BaseSelector, timeout: float | None) -> _Events:
        return selector.select(None if timeout is None else timeout / self._speed)


def run_virtual(main: Coroutine[Any, Any, T], epoch: datetime = VIRTUAL_EPOCH) -> T:
    """Run `main` in virtual time. Raises NothingCanHappen with the names of the tasks that wait forever."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(epoch)) as runner:
        return runner.run(main)


def run_scaled(main: Coroutine[Any, Any, T], speed: float, epoch: datetime | None = None) -> T:
    """Run `main` with `speed` seconds in each real second, the wall clock included."""
    if not speed > 0:
        main.close()
        raise UsageError("the time cannot stand still", f"speed {speed}", "Give a number above 0, such as 20")
    with asyncio.Runner(loop_factory=lambda: ScaledTimeLoop(speed, epoch)) as runner:
        return runner.run(main)


def _names_of(tasks: "set[asyncio.Task[Any]]") -> str:
    """Task names with the coroutine that each runs, e.g. `Task-1 (main), heartbeat (beat)`."""
    waiting = (task for task in tasks if not task.done())
    named = ((task.get_name(), getattr(task.get_coro(), "__qualname__", "?")) for task in waiting)
    return ", ".join(f"{name} ({coroutine})" for name, coroutine in sorted(named)) or "no task"
