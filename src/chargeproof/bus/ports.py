"""How nodes of one central system reach the stations that hang on another node, and share what happens."""

from collections.abc import Awaitable, Callable
from typing import Protocol

Answer = Callable[[bytes], Awaitable[bytes]]
Listener = Callable[[str, bytes], None]


class NoNodeHolds(Exception):
    """No node has this station on a socket: nothing was sent to it."""


class AnswerLost(Exception):
    """A node took the question and never answered (it died, or ran out of time): what it did is unknown."""


class Bus(Protocol):
    """Carries questions to the node that holds a station, and news to everyone."""

    def hold(self, charge_point_id: str, answer: Answer) -> Callable[[], None]:
        """This node holds the station from now on and answers questions for it.

        The newest holder of a station wins. The function returned lets go, and never of a newer holder.
        """
        ...

    async def ask(self, charge_point_id: str, question: bytes, timeout_s: float) -> bytes:
        """The answer of the node that holds the station. Raises NoNodeHolds and AnswerLost."""
        ...

    def publish(self, topic: str, news: bytes) -> None:
        """Tell everyone who listens to the topic; nobody need be there."""
        ...

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Hear the news of a topic, with its name; `entries.*` hears those of every `entries.` topic.

        The function returned ends it.
        """
        ...

    async def close(self) -> None:
        """Let go of everything. Closing twice is harmless."""
        ...
