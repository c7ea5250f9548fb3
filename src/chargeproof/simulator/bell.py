"""Waiting for a time to come or for something to change, whichever is first."""

import asyncio


class Bell:
    """Wakes everybody who listens. Nobody hears it later: look at the state first, then listen."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()
        self._rung = asyncio.Event()

    async def heard(self, within_s: float | None) -> bool:
        """True when it rang; False when the time was over. None waits without end."""
        try:
            async with asyncio.timeout(within_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        return True
