"""How a process runs that serves many stations for a long time."""

import asyncio
import gc
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

YOUNG_OBJECTS = 20_000
"""New objects after which the garbage collector looks at them; few of what a message makes survives it."""


def run(work: Coroutine[Any, Any, Any]) -> None:
    """Run to the end on the fastest event loop that this platform has, with as many files as it may open."""
    _allow_all_files()
    if sys.platform == "win32":
        asyncio.run(work)
        return
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def _allow_all_files() -> None:
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(OSError, ValueError):  # some systems do not mean what they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def spare_the_collector() -> None:
    """What was loaded to begin with stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
