"""Forgets old frames in the background, in steps so small that no station waits for them.

Frames are what was on the wire and what was noted about it. Transactions, their stops and values, and the
present state of stations stay; so do the records of runs, which are files and no concern of the store.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import msgspec

from chargeproof.clock import Clock
from chargeproof.store import Store, StoreError

log = logging.getLogger(__name__)

PAUSE_S = 0.05
"""Between two steps, so that messages of stations come between."""


class RetentionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """keep_days: frames older than this go; 0: never. max_bytes: the oldest go while the store is larger; 0:
    never. interval_s: how often this is looked at."""

    keep_days: float = 0
    max_bytes: int = 0
    interval_s: float = 600


class Retention:
    """`start` after the central system, `stop` before it. A store that fails is tried again at the next turn."""

    def __init__(self, store: Store, clock: Clock, settings: RetentionSettings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._settings.keep_days or self._settings.max_bytes:
            self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def once(self) -> int:
        """Forget all that is to be forgotten now; how many rows. Raises StoreError."""
        removed = 0
        if self._settings.keep_days:
            before = self._kept_since()
            while step := await self._store.prune(before):
                removed += step
                await self._clock.sleep(PAUSE_S)
        while self._settings.max_bytes and await self._store.size_bytes() > self._settings.max_bytes:
            step = await self._store.prune_oldest_frames()
            if not step:
                break
            removed += step
            await self._clock.sleep(PAUSE_S)
        return removed

    def _kept_since(self) -> datetime:
        try:
            return self._clock.now() - timedelta(days=self._settings.keep_days)
        except OverflowError:  # so many days that nothing was before them
            return datetime.min.replace(tzinfo=UTC)

    async def _run(self) -> None:
        while True:
            try:
                removed = await self.once()
                if removed:
                    log.info("%d old rows were forgotten", removed)
            except StoreError as error:
                log.warning("old frames cannot be forgotten now: %s", error)
            await self._clock.sleep(self._settings.interval_s)
