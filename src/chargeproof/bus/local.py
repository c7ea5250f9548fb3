"""The bus of a single process: nodes are objects that share it."""

import asyncio
import logging
from collections.abc import Callable

from chargeproof.bus.ports import Answer, AnswerLost, Listener, NoNodeHolds

log = logging.getLogger(__name__)


class LocalBus:
    """Fulfils `bus.ports.Bus` within one event loop."""

    def __init__(self) -> None:
        self._holders: dict[str, Answer] = {}
        self._listeners: dict[str, list[Listener]] = {}

    def hold(self, charge_point_id: str, answer: Answer) -> Callable[[], None]:
        self._holders[charge_point_id] = answer

        def let_go() -> None:
            if self._holders.get(charge_point_id) is answer:
                del self._holders[charge_point_id]

        return let_go

    async def ask(self, charge_point_id: str, question: bytes, timeout_s: float) -> bytes:
        answer = self._holders.get(charge_point_id)
        if answer is None:
            raise NoNodeHolds(f"no node holds {charge_point_id}")
        try:
            async with asyncio.timeout(timeout_s):
                return await answer(question)
        except TimeoutError as error:
            raise AnswerLost(f"no answer for {charge_point_id} within {timeout_s:g} s") from error
        except Exception as error:
            raise AnswerLost(f"the node that holds {charge_point_id} failed: {error}") from error

    def publish(self, topic: str, news: bytes) -> None:
        head, dot, _ = topic.rpartition(".")
        for name in (topic, f"{head}{dot}*"):
            for listener in tuple(self._listeners.get(name, ())):
                try:
                    listener(topic, news)
                except Exception:
                    log.exception("a listener of the bus failed on %s", topic)

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        listeners = self._listeners.setdefault(topic, [])
        listeners.append(listener)

        def unsubscribe() -> None:
            if listener in listeners:
                listeners.remove(listener)
            if not listeners and self._listeners.get(topic) is listeners:
                del self._listeners[topic]

        return unsubscribe

    async def close(self) -> None:
        self._holders.clear()
        self._listeners.clear()
