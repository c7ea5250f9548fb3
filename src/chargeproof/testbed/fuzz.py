"""A long fuzz run: stations send whatever they like to a central system, which must answer and not grow.

In memory the loop's time is virtual, so that time-outs cost nothing; over sockets it is real.
"""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from chargeproof.bus import LocalBus
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.server import OcppServer
from chargeproof.central_system.settings import CentralSystemSettings
from chargeproof.clock import LoopClock
from chargeproof.ocpp import CONFIRMATIONS, Request, read_request
from chargeproof.simulator.client import WebSocketDial
from chargeproof.simulator.ports import Dial
from chargeproof.store import SqliteStore
from chargeproof.testbed.fuzz_frames import COMMANDS
from chargeproof.testbed.fuzz_payloads import lawful_payload
from chargeproof.testbed.fuzz_probe import probe
from chargeproof.testbed.fuzz_stations import Finding, FuzzedStation
from chargeproof.testbed.memory_dial import MemoryDial
from chargeproof.testbed.process_memory import resident_bytes

MOST_FINDINGS = 20
MOST_COMMANDS = 40
ROUNDS_BETWEEN_PROBES = 200
FRAMES_BETWEEN_SAMPLES = 5_000
ROWS_FORGOTTEN_AT_ONCE = 20_000
FRAMES_TO_JUDGE_GROWTH = 100_000
GROWTH_ALLOWED_BYTES = 48 * 1024 * 1024


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """frames: how many to send; None: until the minutes are over. over_socket: a real server on a free port."""

    seed: int
    frames: int | None = None
    minutes: float | None = None
    stations: int = 4
    over_socket: bool = False


class Progress(msgspec.Struct, frozen=True):
    """How far a run is. ``seconds`` are real ones."""

    frames: int
    seconds: float
    resident_bytes: int
    findings: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a run. ``memory``: resident bytes at equal distances of frames. ``commands``: by their state."""

    plan: Plan
    frames: int
    answers: int
    sockets: int
    seconds: float
    commands: dict[str, int]
    probes: int
    memory: tuple[int, ...]
    findings: tuple[Finding, ...]

    @property
    def growth_bytes(self) -> int | None:
        """From the second quarter of the run to its last; None where a run was too short to tell."""
        quarter = len(self.memory) // 4
        if self.frames < FRAMES_TO_JUDGE_GROWTH or not quarter:
            return None
        return int(median(self.memory[-quarter:]) - median(self.memory[quarter : 2 * quarter]))


class FuzzRun:
    """One run of a plan in the running loop. ``watch`` is told how far it is, several times a second."""

    def __init__(self, plan: Plan, watch: Callable[[Progress], None] = lambda progress: None) -> None:
        self.plan = plan
        self._watch = watch
        self._dice = random.Random(plan.seed)  # noqa: S311 - to be repeated, not to be secret
        self._findings: list[Finding] = []
        self._memory: list[int] = []
        self._commands: set[asyncio.Task[None]] = set()
        self._states: Counter[str] = Counter()
        self._rounds = self._probes = 0
        self._began = time.perf_counter()

    async def run(self) -> Report:
        """Send until the plan is fulfilled, or so much has broken that more would tell nothing new."""
        with TemporaryDirectory(prefix="chargeproof-fuzz-") as folder, _Complaints(self._report):
            async with _central_system(Path(folder), self.plan) as (central_system, dial, longest):
                stations = [self._station(number, dial, longest) for number in range(self.plan.stations)]
                try:
                    await asyncio.gather(*(station.connect() for station in stations))
                    while not self._is_over(stations):
                        await self._round(central_system, dial, stations)
                    await self._probe(central_system, dial)
                finally:
                    for command in self._commands:
                        command.cancel()
                    await asyncio.gather(*(station.leave() for station in stations))
        return self._concluded(stations)

    def _station(self, number: int, dial: Dial, longest: int) -> FuzzedStation:
        dice = random.Random(f"{self.plan.seed}/{number}")  # noqa: S311
        return FuzzedStation(f"FUZZ-{number}", dice, dial=dial, longest=longest, report=self._report)

    async def _round(self, central_system: CentralSystem, dial: Dial, stations: list[FuzzedStation]) -> None:
        self._command_somebody(central_system, stations)
        await asyncio.gather(*(station.round() for station in stations))
        self._rounds += 1
        if not self.plan.over_socket:
            await asyncio.sleep(self._dice.random())  # virtual: what is not answered times out some day
        if self._rounds % ROUNDS_BETWEEN_PROBES == 0:
            await self._probe(central_system, dial)
        frames = sum(station.sent for station in stations)
        if frames // FRAMES_BETWEEN_SAMPLES > len(self._memory):
            self._memory.append(resident_bytes())
            # History on the disk is not what this is about.
            await central_system.store.prune_oldest_frames(limit=ROWS_FORGOTTEN_AT_ONCE)
        self._watch(
            Progress(
                frames,
                time.perf_counter() - self._began,
                self._memory[-1] if self._memory else resident_bytes(),
                len(self._findings),
            )
        )

    def _is_over(self, stations: list[FuzzedStation]) -> bool:
        plan = self.plan
        enough = plan.frames is not None and sum(station.sent for station in stations) >= plan.frames
        late = plan.minutes is not None and time.perf_counter() - self._began >= plan.minutes * 60
        return enough or late or len(self._findings) >= MOST_FINDINGS

    async def _probe(self, central_system: CentralSystem, dial: Dial) -> None:
        self._probes += 1
        for wrong in await probe(f"PROBE-{self._probes % 10}", central_system.store, dial):
            self._report(Finding("lawful station", wrong))

    def _command_somebody(self, central_system: CentralSystem, stations: list[FuzzedStation]) -> None:
        if len(self._commands) >= MOST_COMMANDS or self._dice.random() < 0.5:
            return
        kind = self._dice.choice(COMMANDS)
        request = read_request(kind.action, lawful_payload(kind, self._dice)).message
        if isinstance(request, Request):
            station = self._dice.choice(stations)
            command = asyncio.create_task(self._command(central_system, station.charge_point_id, request))
            self._commands.add(command)
            command.add_done_callback(self._commands.discard)

    async def _command(
        self, central_system: CentralSystem, charge_point_id: str, request: Request[Any]
    ) -> None:
        try:
            result = await central_system.call(
                charge_point_id, request, timeout_s=self._dice.choice((1, 5, 30))
            )
        except Exception as error:
            self._report(Finding("exception", f"{request.action} raised {type(error).__name__}: {error}"))
            return
        self._states[result.state] += 1
        if result.confirmation is not None and not isinstance(
            result.confirmation, CONFIRMATIONS[request.action]
        ):
            self._report(Finding("wrong answer", f"{request.action}: {type(result.confirmation).__name__}"))

    def _report(self, finding: Finding) -> None:
        self._findings.append(finding)

    def _concluded(self, stations: list[FuzzedStation]) -> Report:
        report = Report(
            plan=self.plan,
            frames=sum(station.sent for station in stations),
            answers=sum(station.answered for station in stations),
            sockets=sum(station.sockets for station in stations),
            seconds=time.perf_counter() - self._began,
            commands=dict(sorted(self._states.items())),
            probes=self._probes,
            memory=tuple(self._memory),
            findings=tuple(self._findings),
        )
        growth = report.growth_bytes
        if growth is None or growth <= GROWTH_ALLOWED_BYTES:
            return report
        grown = Finding(
            "growth", f"the memory grew by {growth / 1e6:.0f} MB from the second quarter to the last"
        )
        return msgspec.structs.replace(report, findings=(*report.findings, grown))


@asynccontextmanager
async def _central_system(folder: Path, plan: Plan) -> AsyncIterator[tuple[CentralSystem, Dial, int]]:
    """A central system of its own with a store on the disk, the way to it, and the longest text it takes."""
    store = SqliteStore(folder / "store.sqlite")
    limits = ServerLimits()
    central_system = CentralSystem(
        store=store, bus=LocalBus(), clock=LoopClock(), settings=CentralSystemSettings()
    )
    await central_system.start()
    server = OcppServer(central_system, host="127.0.0.1", port=0, limits=limits)
    dial: Dial = MemoryDial(central_system)
    try:
        if plan.over_socket:
            await server.start()
            dial = WebSocketDial(f"ws://127.0.0.1:{server.port}/ocpp")
        yield central_system, dial, limits.max_message_bytes
    finally:
        await central_system.stop()
        if plan.over_socket:
            await server.stop()
        await store.close()


class _Complaints(logging.Handler):
    """While open: errors that the package logs, and exceptions that reach the loop, are findings."""

    def __init__(self, report: Callable[[Finding], None]) -> None:
        super().__init__(logging.ERROR)
        self._tell = report
        self._logger = logging.getLogger("chargeproof")

    def emit(self, record: logging.LogRecord) -> None:
        self._tell(Finding("exception", self.format(record)))

    def __enter__(self) -> "_Complaints":
        self._logger.addHandler(self)
        asyncio.get_running_loop().set_exception_handler(self._from_loop)
        return self

    def __exit__(self, *_error: object) -> None:
        self._logger.removeHandler(self)
        asyncio.get_running_loop().set_exception_handler(None)

    def _from_loop(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._tell(Finding("exception", f"{context.get('message')}: {context.get('exception')!r}"))
