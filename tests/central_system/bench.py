"""A central system in virtual time, with stations that are a list of texts at the end of a fake link."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

from chargeproof.bus import Bus, LocalBus
from chargeproof.central_system import (
    Admission,
    CentralSystem,
    CentralSystemSettings,
    CommandResult,
    Handshake,
    Session,
)
from chargeproof.central_system.ports import TlsSeen
from chargeproof.clock import LoopClock
from chargeproof.ocpp import Request
from chargeproof.store import SqliteStore
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import Entry

MODEL = {"chargePointVendor": "Maker", "chargePointModel": "Model"}


class FakeLink:
    """Keeps what the central system does with a socket."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.closes: list[tuple[int, str]] = []
        self.aborted = False

    def send(self, text: str) -> None:
        self.sent.append(text)

    def close(self, code: int, reason: str) -> None:
        self.closes.append((code, reason))

    def abort(self) -> None:
        self.aborted = True


class FakeStation:
    """The station's end of one socket."""

    def __init__(self, bench: "Bench", charge_point_id: str, link: FakeLink, session: Session) -> None:
        self.bench = bench
        self.charge_point_id = charge_point_id
        self.link = link
        self.session = session
        self._ids = 0

    def send(self, action: str, payload: Any, unique_id: str | None = None) -> str:
        """Send a CALL and return its id; the answer is there after the next commit."""
        self._ids += 1
        unique_id = unique_id or f"station-{self._ids}"
        self.session.received(json.dumps([2, unique_id, action, payload]))
        return unique_id

    async def call(self, action: str, payload: Any, unique_id: str | None = None) -> Any:
        """Send a CALL; the frame that answers it, None if there is none after the commit."""
        count = len(self.link.sent)
        unique_id = self.send(action, payload, unique_id)
        await self.bench.committed()
        frames = [json.loads(text) for text in self.link.sent[count:]]
        return next((frame for frame in frames if frame[0] in (3, 4) and frame[1] == unique_id), None)

    async def boot(self, **fields: Any) -> Any:
        answer = await self.call("BootNotification", {**MODEL, **fields})
        return answer[2]

    async def start(self, unique_id: str | None = None, **fields: Any) -> Any:
        start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
        return await self.call("StartTransaction", {**start, **fields}, unique_id)

    async def stop(self, transaction_id: int, unique_id: str | None = None, **fields: Any) -> Any:
        stop = {"transactionId": transaction_id, "meterStop": 10, "timestamp": "2026-01-01T00:10:00Z"}
        return await self.call("StopTransaction", {**stop, **fields}, unique_id)

    def commands(self) -> list[list[Any]]:
        """The CALLs that reached the station, oldest first."""
        frames = [json.loads(text) for text in self.link.sent]
        return [frame for frame in frames if frame[0] == 2]

    def answer(self, command: list[Any], payload: Any) -> None:
        self.session.received(json.dumps([3, command[1], payload]))

    def leave(self) -> None:
        self.session.closed(1006, "", "network")


class Bench:
    """One node; `entries` is everything that it published."""

    def __init__(
        self, settings: CentralSystemSettings, path: Path | str = ":memory:", bus: Bus | None = None
    ) -> None:
        self.clock = LoopClock()
        self.store = SqliteStore(path, busy_timeout_s=0)
        self.central_system = CentralSystem(
            store=self.store, bus=bus or LocalBus(), clock=self.clock, settings=settings
        )
        self.entries: list[Entry] = []
        self.central_system.watch("*", self.entries.append)
        self._tasks: set[asyncio.Task[CommandResult]] = set()

    def handshake(
        self,
        charge_point_id: str = "CP-1",
        *,
        offered: tuple[str, ...] = ("ocpp1.6",),
        user: str | None = None,
        password: bytes | None = None,
        path: str | None = None,
        secured: TlsSeen | None = None,
    ) -> Handshake:
        return Handshake(
            path=path or f"/ocpp/{charge_point_id}",
            charge_point_id=charge_point_id,
            offered=offered,
            user=user,
            password=password,
            remote="127.0.0.1:50000",
            tls=None if secured is None else str(secured),
            secured=secured,
        )

    def admit(self, charge_point_id: str = "CP-1", **sent: Any) -> Admission:
        return self.central_system.admit(self.handshake(charge_point_id, **sent))

    def connect(self, charge_point_id: str = "CP-1", **sent: Any) -> FakeStation:
        handshake = self.handshake(charge_point_id, **sent)
        admission = self.central_system.admit(handshake)
        assert admission.accepted, admission.hint
        link = FakeLink()
        session = self.central_system.connected(handshake, admission, link)
        return FakeStation(self, charge_point_id, link, session)

    async def booted(self, charge_point_id: str = "CP-1") -> FakeStation:
        station = self.connect(charge_point_id)
        assert (await station.boot())["status"] == "Accepted"
        return station

    def calling(
        self, request: Request, charge_point_id: str = "CP-1", **how: Any
    ) -> "asyncio.Task[CommandResult]":
        """A command on its way."""
        task = asyncio.ensure_future(self.central_system.call(charge_point_id, request, **how))
        self._tasks.add(task)
        return task

    async def committed(self) -> None:
        """Everything that was written is durable, or its loss was told; what waited for it has happened."""
        done = asyncio.get_running_loop().create_future()
        self.store.when_durable(lambda _error: done.set_result(None))
        await done

    async def pass_time(self, seconds: float) -> None:
        await self.clock.sleep(seconds)

    def states(self, action: str) -> list[str]:
        """The states that commands of this action went through."""
        return [entry.state for entry in self.entries_of("CommandChanged") if entry.action == action]

    def entries_of(self, kind: str) -> list[Any]:
        return [entry for entry in self.entries if type(entry).__name__ == kind]


Scenario = Callable[[Bench], Awaitable[None]]


def on_bench(**settings: Any) -> Callable[[Scenario], Callable[[], None]]:
    """Run a scenario on a bench of its own, in virtual time."""

    def decorate(scenario: Scenario) -> Callable[[], None]:
        def test() -> None:
            run_virtual(_run(scenario, settings))

        test.__name__ = getattr(scenario, "__name__", "scenario")
        return test

    return decorate


async def _run(scenario: Scenario, settings: dict[str, Any]) -> None:
    bench = Bench(CentralSystemSettings(**settings))
    await bench.central_system.start()
    try:
        await scenario(bench)
        await bench.central_system.stop()
    finally:
        await bench.store.close()


def virtually(main: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a coroutine function without a bench, in virtual time."""

    def test() -> None:
        run_virtual(main())

    test.__name__ = main.__name__
    return test
