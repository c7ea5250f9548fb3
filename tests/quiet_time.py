"""How tests with real sockets run: on a loop that does not count what a busy machine keeps from them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from chargeproof.testing.quiet_time import QuietTimeLoop as QuietTimeLoop
from chargeproof.testing.quiet_time import run_quiet

T = TypeVar("T")

PATIENCE_S = 60.0


def run(main: Coroutine[Any, Any, T], speed: float = 1.0) -> T:
    """Run it, for a quiet minute at most, a real one."""

    async def bounded() -> T:
        async with asyncio.timeout(PATIENCE_S * speed):
            return await main

    return run_quiet(bounded(), speed)
