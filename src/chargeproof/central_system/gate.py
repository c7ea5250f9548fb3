"""Lets in so many per second, so that a thousand stations that come back at once do not starve the others."""

import asyncio
import math
from collections.abc import Callable

TOGETHER_S = 0.2
"""Those whose moments lie within so long come in together: their messages then share commits."""


class Gate:
    """Each comer gets the next free moment; one that would have to wait too long is turned away.

    rate_per_s: how many are let in, 0 for everyone at once. burst: how many of them may come together.
    """

    def __init__(self, rate_per_s: float, burst: int, longest_wait_s: float) -> None:
        self._spacing_s = 1 / rate_per_s if rate_per_s else 0.0
        self._ahead_s = burst * self._spacing_s
        self._longest_wait_s = longest_wait_s
        self._taken_until_s = 0.0
        self.waiting = 0

    def enter(self, proceed: Callable[[], None]) -> float | None:
        """Call `proceed`, now or when its moment has come. Returns the seconds after which to try again
        instead, when so many wait already that it will not be called."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        taken_until_s = max(now_s, self._taken_until_s) + self._spacing_s
        wait_s = taken_until_s - now_s - self._ahead_s
        if wait_s > self._longest_wait_s:
            return wait_s
        self._taken_until_s = taken_until_s
        if wait_s <= 0:
            proceed()
        else:
            self.waiting += 1
            together_s = math.ceil((now_s + wait_s) / TOGETHER_S) * TOGETHER_S
            loop.call_at(together_s, self._let_in, proceed)
        return None

    def _let_in(self, proceed: Callable[[], None]) -> None:
        self.waiting -= 1
        proceed()
