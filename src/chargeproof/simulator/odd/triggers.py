"""Odd but lawful: answers and triggers."""

import asyncio

from chargeproof.ocpp import MessageTrigger, TriggerMessage, TriggerMessageConf, TriggerMessageStatus
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.ports import Wire
from chargeproof.simulator.station import SimulatedStation


class _SlowWire:
    """A wire whose calls wait before the station sees them; answers to its own calls do not."""

    def __init__(self, wire: Wire, seconds: float) -> None:
        self._wire = wire
        self._seconds = seconds
        self._texts: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    async def pump(self) -> None:
        """Take in everything until the socket is closed."""
        loop = asyncio.get_running_loop()
        text: str | bytes | None = ""
        while text is not None:
            text = await self._wire.receive()
            if isinstance(text, str) and text.startswith("[2"):
                loop.call_later(self._seconds, self._texts.put_nowait, text)
            else:
                self._texts.put_nowait(text)

    def send(self, text: str) -> None:
        self._wire.send(text)

    async def receive(self) -> str | bytes | None:
        return await self._texts.get()

    async def close(self, code: int = 1000) -> None:
        await self._wire.close(code)


class _AnswersSlowly(SimulatedStation):
    """Takes its time with every call of the central system."""

    seconds = 0.0

    async def talk(self, wire: Wire) -> None:
        slow = _SlowWire(wire, self.seconds)
        pump = self.spawn(slow.pump(), "slow wire")
        try:
            await super().talk(slow)
        finally:
            pump.cancel()


@odd(note="answers each call after 5 s, within the time-out")
class AnswersAfterFiveSeconds(_AnswersSlowly):
    """Polls its messages."""

    seconds = 5.0


@odd(note="answers each call after 20 s, within the time-out")
class AnswersAfterTwentySeconds(_AnswersSlowly):
    """Sleeps most of the time."""

    seconds = 20.0


class _TriggeredStatuses(SimulatedStation):
    """Sends triggered statuses in its own way."""

    def send_triggered(self, request: TriggerMessage) -> None:
        if request.requested_message is MessageTrigger.STATUS_NOTIFICATION:
            self.spawn(self.send_statuses(request), "triggered statuses")
        else:
            super().send_triggered(request)

    async def send_statuses(self, request: TriggerMessage) -> None:
        """Send what was triggered."""


@odd(note="triggered statuses come in any order and with gaps; S§5.17 gives neither")
class TriggeredStatusesInNoOrder(_TriggeredStatuses):
    """Sends connector 0 last."""

    async def send_statuses(self, request: TriggerMessage) -> None:
        everything = [*reversed(self.connectors), 0]
        for connector_id in everything if request.connector_id is None else [request.connector_id]:
            await asyncio.sleep(7.0)
            self.outbox.post(self.build_status_notification(connector_id), forced=True)


@odd(note="sends all statuses when one is triggered; more than asked is no less")
class TriggerBringsAllStatuses(_TriggeredStatuses):
    """Cannot send a single status."""

    async def send_statuses(self, request: TriggerMessage) -> None:
        for connector_id in [0, *self.connectors]:
            self.outbox.post(self.build_status_notification(connector_id), forced=True)


@odd(note="rejects a trigger of statuses that names no connector")
class TriggerWantsAConnector(SimulatedStation):
    """Triggers one connector at a time."""

    def answer_trigger_message(self, request: TriggerMessage) -> TriggerMessageConf | None:
        wants_all = request.connector_id is None
        if wants_all and request.requested_message is MessageTrigger.STATUS_NOTIFICATION:
            return TriggerMessageConf(status=TriggerMessageStatus.REJECTED)
        return super().answer_trigger_message(request)
