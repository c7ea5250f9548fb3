"""Starts a coroutine at once, without a task; most handlers never need one."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
Done = Callable[[T | None, BaseException | None], None]


def run_eagerly(coroutine: Coroutine[Any, Any, T], done: "Done[T]") -> "asyncio.Task[None] | None":
    """Run until the coroutine ends or waits. `done(result, error)` is called once, maybe before this returns.

    Returns the task that goes on with it and ends after `done`; None when it has ended already.
    """
    try:
        waited_for = coroutine.send(None)
    except StopIteration as ended:
        done(ended.value, None)
        return None
    except Exception as error:
        done(None, error)
        return None
    return asyncio.get_running_loop().create_task(_rest(coroutine, waited_for, done))


async def _rest(coroutine: Coroutine[Any, Any, T], waited_for: Any, done: "Done[T]") -> None:
    try:
        result: T = await _Rest(coroutine, waited_for)
    except BaseException as error:
        done(None, error)
        if not isinstance(error, Exception):
            raise
    else:
        # Within the coroutine's last step: what it wrote and what `done` writes share a commit.
        done(result, None)


class _Rest:
    """What is left of a coroutine that already yielded something to wait for."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waited_for: Any) -> None:
        self._coroutine = coroutine
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, Any]:
        waited_for = self._waited_for
        while True:
            try:
                value = yield waited_for
            except BaseException as error:  # a cancellation too belongs to the coroutine
                step = partial(self._coroutine.throw, error)
            else:
                step = partial(self._coroutine.send, value)
            try:
                waited_for = step()
            except StopIteration as ended:
                return ended.value
