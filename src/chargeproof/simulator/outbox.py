"""The order in which the station's own messages leave: one sender for notices and for the offline queue."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from chargeproof.ocpp import Request, StatusNotification
from chargeproof.simulator.link import CallFailed, NotConnected
from chargeproof.simulator.queue import QueuedMessage

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

log = structlog.get_logger()


@dataclass(frozen=True)
class Notice:
    """A message that is no part of a transaction. `forced`: sent although no boot was accepted (triggered)."""

    order: int
    request: Request[Any]
    forced: bool = False


class Outbox:
    """Sends what happened first, first. While the queue waits to repeat a message, notices overtake it."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self.notices: deque[Notice] = deque()
        self._wake = asyncio.Event()

    def post(self, request: Request[Any], *, forced: bool = False) -> None:
        """Send when possible; what cannot be sent now waits for the connection."""
        self.notices.append(Notice(self.station.next_order(), request, forced))
        self.wake()

    def drop_statuses(self) -> None:
        """The statuses of a broken connection: the next one reports what is true then."""
        kept = [notice for notice in self.notices if not isinstance(notice.request, StatusNotification)]
        self.notices = deque(kept)

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while True:
            self._wake.clear()
            item = self.next_to_send()
            if item is None:
                await self._pause()
            elif isinstance(item, QueuedMessage):
                await self.station.queue.deliver(item)
            else:
                await self._deliver(item)

    def next_to_send(self) -> Notice | QueuedMessage | None:
        station = self.station
        notice = self._first_notice()
        message = station.queue.head() if station.online else None
        if message is not None and message.not_before_s > station.clock.monotonic():
            message = None
        if message is None or notice is None:
            return message or notice
        return message if station.queue_goes_first(message.order, notice.order) else notice

    def _first_notice(self) -> Notice | None:
        if self.station.link is None:
            return None
        sendable = (notice for notice in self.notices if notice.forced or self.station.online)
        return next(sendable, None)

    async def _pause(self) -> None:
        """Until there is something new, or the queue may repeat its first message."""
        head = self.station.queue.head()
        delay_s = None
        if head is not None and self.station.online:
            delay_s = max(0.0, head.not_before_s - self.station.clock.monotonic())
        try:
            async with asyncio.timeout(delay_s):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _deliver(self, notice: Notice) -> None:
        try:
            confirmation = await self.station.call(notice.request)
        except NotConnected:
            return
        except CallFailed as failure:
            log.info("message not taken", action=notice.request.action, reason=str(failure))
        else:
            self.station.on_notice_delivered(notice.request, confirmation)
        if notice in self.notices:
            self.notices.remove(notice)
