"""What happens at the outlets: cable, cards, remote commands, transactions, meter."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from tests.peers.python.configuration import Configuration
from tests.peers.python.library import OCPPError, call
from tests.peers.python.outbox import Outbox
from tests.peers.python.outlet import Outlet, Transaction
from tests.peers.python.station_clock import StationClock

CABLE_LEAVES_OUTLET_S = 3.0


class Board(Protocol):
    """What the outlets need of the rest of the station."""

    clock: StationClock
    configuration: Configuration
    online: asyncio.Event
    outbox: Outbox
    defects: frozenset[str]

    @property
    def changed(self) -> asyncio.Event: ...

    async def send(self, message: Any) -> Any: ...

    def report(self, outlet: Outlet) -> None: ...

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None: ...


class CannotBeDone(Exception):
    """The hand's act is impossible at this moment."""


class Charging:
    def __init__(self, board: Board, connectors: int) -> None:
        self._board = board
        self.outlets = {n: Outlet(n) for n in range(1, connectors + 1)}
        self.cache: dict[str, str] = {}
        self.local_list: dict[str, str] = {}

    # ── hands ────────────────────────────────────────────────────────────────────────────────────────

    def plug_in(self, outlet: Outlet) -> None:
        if outlet.plugged:
            raise CannotBeDone(f"connector {outlet.connector_id} already holds a cable")
        outlet.plugged = True
        if outlet.identified:
            self._begin(outlet, outlet.identified)
            return
        self._board.report(outlet)
        self._board.spawn(self._time_out_unidentified(outlet))

    def unplug(self, outlet: Outlet) -> None:
        if not outlet.plugged:
            raise CannotBeDone(f"connector {outlet.connector_id} holds no cable")
        outlet.plugged = False
        if outlet.transaction is None:
            outlet.finishing = False
        elif self._board.configuration.is_on("StopTransactionOnEVSideDisconnect"):
            self.end(outlet, "EVDisconnected")
            self._board.spawn(self._cable_leaves_outlet(outlet))
        self._board.report(outlet)

    async def present_card(self, outlet: Outlet, id_tag: str) -> None:
        if outlet.transaction is not None:
            if outlet.transaction.id_tag == id_tag:
                self.end(outlet, "Local", id_tag)
            return
        if outlet.status() in ("Available", "Preparing", "Finishing") and await self._allowed(id_tag):
            self._identify(outlet, id_tag)

    def break_down(self, outlet: Outlet, error_code: str) -> None:
        outlet.error_code = error_code
        if outlet.transaction is not None:
            self.end(outlet, "Other")
        self._board.report(outlet)

    def repair(self, outlet: Outlet) -> None:
        outlet.error_code = "NoError"
        outlet.finishing = False
        self._board.report(outlet)

    # ── commands ─────────────────────────────────────────────────────────────────────────────────────

    def outlet_for(self, connector_id: int | None) -> Outlet | None:
        """The named outlet, else the first free one, if a session can begin there."""
        named = [self.outlets.get(connector_id)] if connector_id is not None else self.outlets.values()
        ready = ("Available", "Preparing", "Finishing")
        return next((o for o in named if o is not None and not o.identified and o.status() in ready), None)

    async def start_remotely(self, outlet: Outlet, id_tag: str) -> None:
        asks = self._board.configuration.is_on("AuthorizeRemoteTxRequests")
        if not asks or await self._allowed(id_tag):
            self._identify(outlet, id_tag)

    def outlet_of(self, transaction_id: int) -> Outlet | None:
        for outlet in self.outlets.values():
            if outlet.transaction is not None and outlet.transaction.id == transaction_id:
                return outlet
        return None

    def end(self, outlet: Outlet, reason: str, id_tag: str | None = None) -> None:
        """Stop the running transaction; its StopTransaction goes into the outbox."""
        clock = self._board.clock
        transaction = outlet.close_transaction(clock.monotonic())
        stop = call.StopTransaction(
            meter_stop=int(outlet.register_wh(clock.monotonic())),
            timestamp=clock.stamp(),
            transaction_id=-1,
            reason=reason,
            id_tag=id_tag,
        )
        self._board.outbox.put(transaction, stop)
        if outlet.becomes_inoperative:
            outlet.becomes_inoperative, outlet.operative = False, False
        self._board.report(outlet)

    def end_all(self, reason: str) -> None:
        for outlet in self.outlets.values():
            if outlet.transaction is not None:
                self.end(outlet, reason)
            outlet.identified = ""
            outlet.finishing = False

    def sample(self, outlet: Outlet, context: str) -> Any:
        """A MeterValues message with what is to be sampled, at this moment."""
        clock = self._board.clock
        measurands = self._board.configuration.listed("MeterValuesSampledData")
        readings = outlet.readings(measurands, clock.monotonic(), context)
        return call.MeterValues(
            connector_id=outlet.connector_id,
            meter_value=[{"timestamp": clock.stamp(), "sampled_value": readings}],
            transaction_id=None,
        )

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────

    async def _allowed(self, id_tag: str) -> bool:
        settings, online = self._board.configuration, self._board.online.is_set()
        known = self.local_list.get(id_tag) if settings.is_on("LocalAuthListEnabled") else None
        if known is None and settings.is_on("AuthorizationCacheEnabled"):
            known = self.cache.get(id_tag)
        if known == "Accepted" and settings.is_on("LocalPreAuthorize" if online else "LocalAuthorizeOffline"):
            return True
        if not online:
            return known is None and settings.is_on("AllowOfflineTxForUnknownId")
        try:
            confirmation = await self._board.send(call.Authorize(id_tag=id_tag))
        except (OCPPError, OSError, TimeoutError):
            return False
        self.cache[id_tag] = str(confirmation.id_tag_info["status"])
        return self.cache[id_tag] == "Accepted"

    def _identify(self, outlet: Outlet, id_tag: str) -> None:
        if outlet.plugged:
            self._begin(outlet, id_tag)
            return
        outlet.identified = id_tag
        self._board.report(outlet)
        self._board.spawn(self._time_out_identified(outlet))

    def _begin(self, outlet: Outlet, id_tag: str) -> None:
        clock = self._board.clock
        outlet.finishing = False
        outlet.identified = id_tag
        self._board.report(outlet)
        meter_start_wh = int(outlet.register_wh(clock.monotonic()))
        transaction = Transaction(
            outlet.connector_id, id_tag, meter_start_wh, clock.stamp(), clock.monotonic()
        )
        outlet.identified, outlet.transaction = "", transaction
        start = call.StartTransaction(
            connector_id=outlet.connector_id,
            id_tag=id_tag,
            meter_start=meter_start_wh,
            timestamp=transaction.started,
        )
        self._board.outbox.put(transaction, start, self._started(outlet, transaction))
        self._board.report(outlet)
        self._board.spawn(self._meter(outlet, transaction))

    def _started(self, outlet: Outlet, transaction: Transaction) -> Callable[[Any], None]:
        def answered(confirmation: Any) -> None:
            transaction.id = int(confirmation.transaction_id)
            status = str(confirmation.id_tag_info["status"])
            self.cache[transaction.id_tag] = status
            stops = self._board.configuration.is_on("StopTransactionOnInvalidId")
            if status != "Accepted" and stops and outlet.transaction is transaction:
                self.end(outlet, "DeAuthorized")

        return answered

    async def _meter(self, outlet: Outlet, transaction: Transaction) -> None:
        """Sample at every MeterValueSampleInterval, counted from the start of the transaction."""
        sampled_s = transaction.started_s
        while outlet.transaction is transaction:
            interval_s = self._board.configuration.seconds("MeterValueSampleInterval") or float("inf")
            wait_s = min(sampled_s + interval_s - self._board.clock.monotonic(), 86_400)
            if await self._board.clock.pause_until(self._board.changed, wait_s):
                continue
            sampled_s += interval_s
            if outlet.transaction is transaction and "no-meter-values" not in self._board.defects:
                self._board.outbox.put(transaction, self.sample(outlet, "Sample.Periodic"))

    async def _after_time_out(self, still: Callable[[], bool], then: Callable[[], None]) -> None:
        await self._board.clock.pause(self._board.configuration.seconds("ConnectionTimeOut"))
        if still():
            then()

    def _time_out_identified(self, outlet: Outlet) -> Coroutine[Any, Any, None]:
        id_tag = outlet.identified

        def give_up() -> None:
            outlet.identified = ""
            self._board.report(outlet)

        return self._after_time_out(lambda: not outlet.plugged and outlet.identified == id_tag, give_up)

    def _time_out_unidentified(self, outlet: Outlet) -> Coroutine[Any, Any, None]:
        def give_up() -> None:
            outlet.finishing = True
            self._board.report(outlet)

        return self._after_time_out(lambda: outlet.status() == "Preparing" and outlet.plugged, give_up)

    async def _cable_leaves_outlet(self, outlet: Outlet) -> None:
        await self._board.clock.pause(CABLE_LEAVES_OUTLET_S)
        if not outlet.plugged and outlet.transaction is None:
            outlet.finishing = False
            self._board.report(outlet)
