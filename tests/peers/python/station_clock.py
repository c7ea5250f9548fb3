"""The station's clock: told by the central system, and as much faster than real time as ``speed`` says."""

import asyncio
from datetime import UTC, datetime, timedelta


class StationClock:
    """Before the central system told the time it is 1970, as on a board without a battery."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._set_to = datetime(1970, 1, 1, tzinfo=UTC)
        self._set_at_s = self.monotonic()

    def monotonic(self) -> float:
        """The station's seconds; only differences mean anything."""
        return asyncio.get_running_loop().time() * self._speed

    def now(self) -> datetime:
        return self._set_to + timedelta(seconds=self.monotonic() - self._set_at_s)

    def stamp(self) -> str:
        """The time as OCPP wants it written."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def set(self, told: str) -> None:
        """Take over ``currentTime`` of a confirmation."""
        self._set_to = datetime.fromisoformat(told)
        self._set_at_s = self.monotonic()

    async def pause(self, seconds: float) -> None:
        """Let that many of the station's seconds pass."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(max(seconds, 0) / self._speed, over.set_result, None)
        try:
            await over
        finally:
            timer.cancel()

    async def pause_until(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for the event, at most that many of the station's seconds; whether it came."""
        try:
            await asyncio.wait_for(event.wait(), max(seconds, 0) / self._speed)
        except TimeoutError:
            return False
        return True
