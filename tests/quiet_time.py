"""How tests with real sockets run: on a loop that does not count what a busy machine keeps from them."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from chargeproof.testing.quiet_time import QuietTimeLoop as QuietTimeLoop
from chargeproof.testing.quiet_time import run_quiet
from chargeproof.web import patience

T = TypeVar("T")

PATIENCE_S = 60.0


def run(main: Coroutine[Any, Any, T], speed: float = 1.0) -> T:
    """Run it, for a quiet minute at most, a real one."""

    async def bounded() -> T:
        async with asyncio.timeout(PATIENCE_S * speed):
            return await main

    with as_patient_as_ever(speed):
        return run_quiet(bounded(), speed)


@contextmanager
def as_patient_as_ever(speed: float) -> Iterator[None]:
    """Other programs and threads ask a web server in real time, however fast the clock of its loop runs."""
    usual = {name: getattr(patience, name) for name in ("HEAD_S", "BODY_S", "KEEP_ALIVE_S")}
    vars(patience).update({name: seconds * speed for name, seconds in usual.items()})
    try:
        yield
    finally:
        vars(patience).update(usual)
