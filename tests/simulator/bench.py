"""A station on the bench: virtual time, a memory link, and a central system that does what the test says."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from chargeproof.clock import LoopClock
from chargeproof.ocpp import (
    AuthorizationStatus,
    Authorize,
    AuthorizeConf,
    BootNotification,
    BootNotificationConf,
    CallReceived,
    CallTimedOut,
    ChangeConfiguration,
    ChargePointStatus,
    ConfigurationStatus,
    Confirmation,
    Connection,
    ErrorCode,
    ErrorReceived,
    Heartbeat,
    HeartbeatConf,
    IdTagInfo,
    RegistrationStatus,
    Request,
    ResultReceived,
    Role,
    StartTransaction,
    StartTransactionConf,
    StatusNotification,
)
from chargeproof.simulator.memory import Memory
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.ports import TransferError
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testing.memory_link import MemoryLink, MemoryNetwork

RequestT = TypeVar("RequestT", bound=Request[Any])
ConfT = TypeVar("ConfT", bound=Confirmation)
Reply = Callable[[Any], Confirmation | ErrorCode | None]

ACCEPTED = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
INVALID = IdTagInfo(status=AuthorizationStatus.INVALID)
SILENT: Reply = lambda request: None  # noqa: E731


@dataclass(frozen=True)
class Received:
    """A call of the station, and the virtual second at which it came."""

    at_s: float
    request: Request[Any]
    unique_id: str


class CallErrorAnswer(Exception):
    """The station answered with a CALLERROR."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class ScriptedCentralSystem:
    """Accepts everything unless told otherwise. `replies`: None leaves unanswered, a code is a CALLERROR."""

    clock: LoopClock
    interval_s: int = 300
    registration: RegistrationStatus = RegistrationStatus.ACCEPTED
    tags: dict[str, IdTagInfo] = field(default_factory=dict)
    replies: dict[type[Request[Any]], Reply] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    offered: list[tuple[str, ...]] = field(default_factory=list)
    closings: list[tuple[float, int | None, str]] = field(default_factory=list)
    pings: int = 0
    violations: list[str] = field(default_factory=list)
    link: MemoryLink | None = None
    connection: Connection = field(default_factory=lambda: Connection(Role.CENTRAL_SYSTEM))
    _answers: dict[str, "asyncio.Future[Confirmation]"] = field(default_factory=dict)
    _unanswered_since_s: float = float("-inf")
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1001))

    def answering(self, charge_point_id: str, subprotocols: Sequence[str], link: MemoryLink) -> None:
        self.offered.append(tuple(subprotocols))
        self._unanswered_since_s = float("-inf")
        self.link, self.connection = link, Connection(Role.CENTRAL_SYSTEM)
        link.on_text = self._take
        link.on_closed = lambda code, reason, by: self.closings.append((self.clock.monotonic(), code, by))
        link.on_ping = self._count_ping

    async def call(self, request: Request[ConfT]) -> ConfT:
        """Raises CallErrorAnswer, or TimeoutError when the station does not answer."""
        unique_id = f"central-{next(self._ids)}"
        self._answers[unique_id] = asyncio.get_running_loop().create_future()
        self.connection.send_call(unique_id, request, self.clock.monotonic())
        self._flush()
        async with asyncio.timeout(30):
            confirmation = await self._answers[unique_id]
        assert isinstance(confirmation, request.conf)
        return confirmation  # type: ignore[return-value]

    async def set_key(self, key: str, value: str) -> ConfigurationStatus:
        return (await self.call(ChangeConfiguration(key=key, value=value))).status

    def all(self, kind: type[RequestT]) -> list[RequestT]:
        return [one.request for one in self.received if isinstance(one.request, kind)]

    def times(self, kind: type[Request[Any]]) -> list[float]:
        return [one.at_s for one in self.received if isinstance(one.request, kind)]

    def statuses(self, connector_id: int) -> list[ChargePointStatus]:
        """What this connector showed, in order."""
        return [one.status for one in self.all(StatusNotification) if one.connector_id == connector_id]

    def forget(self) -> None:
        self.received.clear()

    async def wait_for(
        self, kind: type[RequestT], timeout_s: float = 60, where: Callable[[RequestT], bool] = lambda _: True
    ) -> RequestT:
        """The first such call since the last `forget`, past or to come. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while True:
                for request in self.all(kind):
                    if where(request):
                        return request
                self._news = asyncio.Event()
                await self._news.wait()

    async def wait_for_status(
        self, connector_id: int, status: ChargePointStatus, timeout_s: float = 60
    ) -> StatusNotification:
        return await self.wait_for(
            StatusNotification,
            timeout_s,
            lambda one: one.connector_id == connector_id and one.status is status,
        )

    def reply_to(self, request: Request[Any]) -> Confirmation | ErrorCode | None:
        if type(request) in self.replies:
            return self.replies[type(request)](request)
        match request:
            case BootNotification():
                return BootNotificationConf(
                    status=self.registration, current_time=self.clock.now(), interval=self.interval_s
                )
            case Heartbeat():
                return HeartbeatConf(current_time=self.clock.now())
            case Authorize(id_tag=tag):
                return AuthorizeConf(id_tag_info=self.tags.get(tag, ACCEPTED))
            case StartTransaction(id_tag=tag):
                info = self.tags.get(tag, ACCEPTED)
                return StartTransactionConf(id_tag_info=info, transaction_id=next(self._ids))
            case _:
                return request.conf()

    def _take(self, text: str | bytes) -> None:
        for event in self.connection.receive_text(text, self.clock.monotonic()):
            match event:
                case CallReceived(request=request) if request is not None:
                    self._blame(bool(event.reading.deviations), f"the station broke the schema: {text!r}")
                    now_s = self.clock.monotonic()
                    early = now_s - self._unanswered_since_s < 29
                    self._blame(early, f"two calls at once, the second is {text!r}")
                    self._unanswered_since_s = now_s
                    self.received.append(Received(self.clock.monotonic(), request, event.unique_id))
                    self._answer(event.unique_id, self.reply_to(request))
                    self._news.set()
                case ResultReceived(confirmation=confirmation) if confirmation is not None:
                    self._blame(bool(event.reading.deviations), f"the station broke the schema: {text!r}")
                    self._answers[event.unique_id].set_result(confirmation)
                case ErrorReceived():
                    self._answers[event.unique_id].set_exception(CallErrorAnswer(event.error_code))
                case CallTimedOut():
                    continue
                case _:
                    self._blame(True, f"unexpected: {event}")

    def _answer(self, unique_id: str, reply: Confirmation | ErrorCode | None) -> None:
        if isinstance(reply, Confirmation):
            self.connection.send_result(unique_id, reply)
        elif reply is not None:
            self.connection.send_error(unique_id, reply, "as the test wants")
        if reply is not None:
            self._unanswered_since_s = float("-inf")
        self._flush()

    def _flush(self) -> None:
        assert self.link is not None
        for text in self.connection.texts_to_send():
            self.link.send(text)

    def _blame(self, wrong: bool, what: str) -> None:
        # An assertion in a callback would only be logged.
        if wrong:
            self.violations.append(what)

    def _count_ping(self) -> None:
        self.pings += 1


@dataclass
class ShelfTransfer:
    """Files by URL; `failures` counts down attempts that fail."""

    shelf: dict[str, bytes] = field(default_factory=dict)
    uploads: list[tuple[str, str, bytes]] = field(default_factory=list)
    failures: int = 0
    attempts: list[float] = field(default_factory=list)

    async def download(self, url: str) -> bytes:
        self._try()
        if url not in self.shelf:
            raise TransferError(f"no file at {url}")
        return self.shelf[url]

    async def upload(self, url: str, name: str, content: bytes) -> None:
        self._try()
        self.uploads.append((url, name, content))

    def _try(self) -> None:
        self.attempts.append(asyncio.get_running_loop().time())
        if self.failures > 0:
            self.failures -= 1
            raise TransferError("broken on purpose")


@dataclass
class Bench:
    station: SimulatedStation
    central: ScriptedCentralSystem
    network: MemoryNetwork
    transfer: ShelfTransfer
    clock: LoopClock

    async def pass_time(self, seconds: float) -> None:
        await self.clock.sleep(seconds)

    def at(self, seconds: float) -> datetime:
        """The wall time in so many seconds, without fractions that the wire would cut."""
        return self.clock.now().replace(microsecond=0) + timedelta(seconds=seconds)

    async def charge(self, connector_id: int = 1, id_tag: str = "CARD-1") -> int:
        """Plug in and present a card; the transaction id."""
        await self.station.plug_in(connector_id)
        await self.station.present_card(id_tag, connector_id)
        await self.central.wait_for(StartTransaction, where=lambda one: one.connector_id == connector_id)
        await self.pass_time(0.5)
        transaction = self.station.connectors[connector_id].transaction
        assert transaction is not None
        assert transaction.transaction_id is not None
        return transaction.transaction_id

    async def cut(self, seconds: float) -> None:
        """Out of reach for so long, and back."""
        self.network.cut()
        await self.pass_time(seconds)
        self.network.restore()


def lawful(**keys: str) -> StationModel:
    """The lawful model with other values of some keys."""
    model = load_model("lawful")
    for key, value in keys.items():
        model = model.with_key(key, value=value)
    return model


@asynccontextmanager
async def bench(
    model: StationModel | None = None,
    *,
    station_type: type[SimulatedStation] = SimulatedStation,
    memory: Memory | None = None,
    booted: bool = True,
    **central: Any,
) -> AsyncIterator[Bench]:
    """A powered station; `booted`: registered, with all statuses told and forgotten."""
    clock = LoopClock()
    system = ScriptedCentralSystem(clock, **central)
    network = MemoryNetwork(system.answering)
    transfer = ShelfTransfer()
    station = station_type(
        model or lawful(), "STATION-1", dial=network.dial, transfer=transfer, clock=clock, memory=memory
    )
    await station.power_on()
    if booted:
        await system.wait_for(BootNotification)
        await clock.sleep(1)
        system.forget()
    try:
        yield Bench(station, system, network, transfer, clock)
    finally:
        await station.power_off()
        assert station.crashes == []
        assert system.violations == []
