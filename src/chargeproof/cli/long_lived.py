"""How a process runs that serves many stations for a long time."""

import asyncio
import ctypes
import gc
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

YOUNG_OBJECTS = 20_000
"""New objects after which the garbage collector looks at them; few of what a message makes survives it."""
KEPT_BYTES = 64 * 1024 * 1024
M_TRIM_THRESHOLD, M_TOP_PAD = -1, -2  # <malloc.h> of glibc


def run(work: Coroutine[Any, Any, Any]) -> None:
    """Run to the end on the fastest event loop that this platform has, with as many files as it may open."""
    _allow_all_files()
    _keep_freed_memory()
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


def files_allowed() -> int:
    """How many files, sockets among them, this process may have open; very many where the system does not say."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def _keep_freed_memory() -> None:
    """What one commit frees the next one needs again: asking the system each time costs more than it saves."""
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):  # another C library than glibc
        libc = ctypes.CDLL(None)
        libc.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        libc.mallopt(M_TOP_PAD, KEPT_BYTES // 16)


def spare_the_collector() -> None:
    """What was loaded to begin with stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
