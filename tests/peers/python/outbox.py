"""Messages about transactions (S§3.7): kept while offline, delivered one after the other, retried."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tests.peers.python.configuration import Configuration
from tests.peers.python.library import OCPPError
from tests.peers.python.outlet import Transaction
from tests.peers.python.station_clock import StationClock

log = logging.getLogger("outbox")

Answered = Callable[[Any], None]


@dataclass
class Letter:
    transaction: Transaction
    message: Any
    answered: Answered | None = None
    attempts: int = 0


class Outbox:
    """Outlives every reset, as a flash memory does."""

    def __init__(
        self,
        clock: StationClock,
        configuration: Configuration,
        online: asyncio.Event,
        send: Callable[[Any], Awaitable[Any]],
    ) -> None:
        self._clock = clock
        self._configuration = configuration
        self._online = online
        self._send = send
        self._letters: deque[Letter] = deque()
        self._filled = asyncio.Event()
        self.empty = asyncio.Event()
        self.empty.set()

    def put(self, transaction: Transaction, message: Any, answered: Answered | None = None) -> None:
        self._letters.append(Letter(transaction, message, answered))
        self._filled.set()
        self.empty.clear()

    async def deliver(self) -> None:
        """Send the oldest letter first, for as long as the station lives."""
        while True:
            await self._filled.wait()
            await self._online.wait()
            if await self._deliver_first(self._letters[0]):
                self._letters.popleft()
            if not self._letters:
                self._filled.clear()
                self.empty.set()

    async def _deliver_first(self, letter: Letter) -> bool:
        """Whether the letter is done with: answered, or given up."""
        transaction = letter.transaction
        if hasattr(letter.message, "transaction_id"):
            letter.message.transaction_id = -1 if transaction.id is None else transaction.id
        try:
            confirmation = await self._send(letter.message)
        except OCPPError as error:
            return await self._refused(letter, error)
        except (OSError, TimeoutError) as error:
            log.info("not delivered: %r", error)
            await self._clock.pause(1)
            return False
        if letter.answered is not None:
            letter.answered(confirmation)
        return True

    async def _refused(self, letter: Letter, error: Exception) -> bool:
        letter.attempts += 1
        log.warning("attempt %d refused: %r", letter.attempts, error)
        if letter.attempts >= self._configuration.seconds("TransactionMessageAttempts"):
            return True
        retry_s = self._configuration.seconds("TransactionMessageRetryInterval")
        await self._clock.pause(retry_s * letter.attempts)
        return False
