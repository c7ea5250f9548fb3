"""One acceptance run over real sockets: what `accept` and the demo put together."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from chargeproof.acceptance.ports import Site
from chargeproof.acceptance.profile import Profile
from chargeproof.cli.logs import name_the_run
from chargeproof.cli.serve import show_addresses
from chargeproof.cli.serving import Serving, serving
from chargeproof.cli.verdicts import show_report, show_where
from chargeproof.clock import Clock, LoopClock
from chargeproof.errors import ChargeproofError, ToolError
from chargeproof.settings import Settings
from chargeproof.simulator.client import NetworkFileTransfer, WebSocketDial
from chargeproof.simulator.model import StationModel
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.contact import EVERY_STATION
from chargeproof.testbed.no_site import NoSite
from chargeproof.testbed.prompted import PromptedSite
from chargeproof.testbed.questions import stated_profile
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.results import RECORD, exit_code_of, judge_record, write_report
from chargeproof.testbed.rig import RigSite
from chargeproof.testbed.runner import Run
from chargeproof.testbed.simulated import (
    FIRMWARE,
    FIRMWARE_FILE,
    REFUSED_CARD,
    VALID_CARD,
    SimulatedSite,
    profile_for,
)
from chargeproof.testbed.station import StationUnderTest
from chargeproof.testbed.terminal import Terminal
from chargeproof.testbed.terminal_prompts import TerminalFace
from chargeproof.trace import Entry, HandshakeSeen, StepChanged


class SiteKind(StrEnum):
    """Whose hands act at the station."""

    PERSON = "person"
    SIMULATED = "simulated"
    RIG = "rig"
    NONE = "none"


@dataclass(frozen=True)
class Wish:
    """What is to be run. ``model``: of the station that is started for the run, if any."""

    charge_point_id: str
    site: SiteKind
    functions: tuple[int, ...]
    folder: Path
    profile: Profile | None = None
    profile_folder: Path = Path()
    rig: str | None = None
    model: StationModel | None = None
    wait_s: float | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)


async def accept_station(wish: Wish, settings: Settings) -> int:
    """The whole of `accept`; returns the exit code. Raises ChargeproofError."""
    console = Console(highlight=False)
    name_the_run(wish.folder.name)
    clock = LoopClock()
    async with serving(settings, clock) as served:
        show_addresses(console, served, wish.charge_point_id)
        progress = Progress(console, clock, wish.charge_point_id)
        if wish.model is None:
            console.print(f"Waiting for {wish.charge_point_id} …", markup=False)
            served.central_system.watch(EVERY_STATION, progress.on_visitor)
        try:
            await run_at(wish, served, clock, Terminal(console), progress.on_entry, handle_signals=True)
        except Exception:
            if (wish.folder / RECORD).exists():
                with suppress(ChargeproofError):  # what went wrong first is what must be told
                    _report(wish, console)
            raise
        return _report(wish, console)


def _report(wish: Wish, console: Console) -> int:
    judged = judge_record(wish.folder / RECORD)
    show_report(console, judged.report)  # first of all: it cannot fail for want of room
    if judged.note:
        console.print(judged.note, style="yellow", markup=False)
    written = write_report(judged, wish.folder)
    show_where(console, wish.folder, [*written, wish.folder / RECORD])
    return exit_code_of(judged.report, wish.functions)


async def run_at(
    wish: Wish,
    served: Serving,
    clock: Clock,
    terminal: Terminal,
    on_entry: Callable[[Entry], None],
    *,
    handle_signals: bool,
) -> None:
    """Play a run with a central system that serves; the record lies in the wish's folder afterwards.

    No record is left behind when the run never began. Raises ToolError.
    """
    async with AsyncExitStack() as stack:
        path = wish.folder / RECORD
        stream = stack.enter_context(_record_stream(path))
        recorder = RunRecorder(clock, stream)
        recorder.watch(on_entry)
        station = StationUnderTest(
            wish.charge_point_id,
            central_system=served.central_system,
            store=served.store,
            recorder=recorder,
            clock=clock,
            firmware={FIRMWARE_FILE: FIRMWARE} if wish.model is not None else None,
            firmware_folder=wish.profile_folder,
        )
        run = Run(
            station=station,
            site=await _site(wish, served, clock, terminal, recorder, stack),
            recorder=recorder,
            central_system=served.central_system,
            clock=clock,
            ask_profile=_profile_asker(wish, served, terminal, station),
            functions=wish.functions,
            windows={"first_contact": wish.wait_s} if wish.wait_s is not None else None,
            environment={"address": served.addresses.ocpp, **wish.environment},
        )
        if handle_signals:
            stack.enter_context(_signals(run, terminal.console))
        try:
            await run.play()
        finally:
            if not run.has_begun:
                path.unlink(missing_ok=True)


@contextmanager
def _record_stream(path: Path) -> Iterator[Any]:
    try:
        stream = path.open("x", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise ToolError(f"the record cannot be begun: {reason}", str(path), "Give another --out") from error
    try:
        yield stream
    finally:
        with suppress(OSError):  # what could not be written was told by the recorder
            stream.close()


async def _site(
    wish: Wish,
    served: Serving,
    clock: Clock,
    terminal: Terminal,
    recorder: RunRecorder,
    stack: AsyncExitStack,
) -> Site:
    match wish.site:
        case SiteKind.PERSON:
            return PromptedSite(TerminalFace(terminal, clock), recorder, clock)
        case SiteKind.RIG:
            site = RigSite(wish.rig or "")
            stack.push_async_callback(site.close)
            return site
        case SiteKind.SIMULATED if wish.model is not None:
            simulated = SimulatedStation(
                wish.model,
                wish.charge_point_id,
                dial=WebSocketDial(served.addresses.ocpp),
                transfer=NetworkFileTransfer(),
                clock=clock,
            )
            await simulated.power_on()
            stack.push_async_callback(simulated.power_off)
            return SimulatedSite(simulated)
    return NoSite()


def _profile_asker(
    wish: Wish, served: Serving, terminal: Terminal, station: StationUnderTest
) -> Callable[[], Awaitable[Profile]]:
    async def ask() -> Profile:
        if wish.profile is not None:
            return wish.profile
        if wish.model is not None:
            return profile_for(wish.model)
        if wish.site is SiteKind.PERSON:
            known = await served.store.charge_point(wish.charge_point_id)
            profile, station.firmware_folder = await stated_profile(
                terminal,
                served.data / "profiles",
                vendor=known.vendor if known else None,
                model=known.model if known else None,
            )
            return profile
        return Profile(valid_card=VALID_CARD, unknown_card=REFUSED_CARD)

    return ask


@contextmanager
def _signals(run: Run, console: Console) -> Iterator[None]:
    """Ctrl-C and a polite kill stop the run, the second time without restoring the station."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        console.print(f"\n{run.stop()}", style="yellow", markup=False)

    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


class Progress:
    """A line for each function as it is played, and before that for each who knocks and is not let in."""

    def __init__(self, console: Console, clock: Clock, charge_point_id: str) -> None:
        self._console = console
        self._clock = clock
        self._charge_point_id = charge_point_id
        self._is_waiting = True
        self._told: set[str] = set()
        self._began_s = clock.monotonic()

    def on_entry(self, entry: Entry) -> None:
        if not isinstance(entry, StepChanged) or (entry.function is None and entry.step not in AROUND):
            return
        self._is_waiting = False
        minutes, seconds = divmod(int(self._clock.monotonic() - self._began_s), 60)
        name = entry.step if entry.function is None else f"{entry.function:>2} {entry.step}"
        line = Text(f"{minutes:>3}:{seconds:02d}  {name}")
        if entry.phase != "began":
            line.append(f"  {WORDS[entry.phase]}{': ' if entry.detail else ''}{entry.detail}", style="dim")
        self._console.print(line, soft_wrap=True)

    def on_visitor(self, entry: Entry) -> None:
        """Somebody tried to connect: told once, while the station is awaited."""
        if not self._is_waiting or not isinstance(entry, HandshakeSeen) or len(self._told) >= MOST_TOLD:
            return
        is_awaited = entry.charge_point_id == self._charge_point_id
        name = "It" if is_awaited else f'A station with the id "{entry.charge_point_id}"'
        line = f"{name} tried to connect from {entry.remote.rpartition(':')[0]}: {entry.outcome}"
        if entry.hint:
            line = f"{line} – {entry.hint}"
        if line not in self._told:
            self._told.add(line)
            self._console.print(Text(line, style="dim"), soft_wrap=True)


MOST_TOLD = 20
AROUND = ("preparation", "restoration")
WORDS = {"ended": "played", "cannot": "not everything could be played", "failed": "an error of ours"}
