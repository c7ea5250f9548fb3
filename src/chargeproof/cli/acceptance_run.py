"""One acceptance run in a program of its own: what `accept` puts together. The run itself is the desk's."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from chargeproof.acceptance.report import Report
from chargeproof.cli.logs import name_the_run
from chargeproof.cli.run_attending import Attendant, RunHere
from chargeproof.cli.serve import show_addresses
from chargeproof.cli.serving import serving
from chargeproof.cli.verdicts import show_report, show_where
from chargeproof.clock import Clock, LoopClock
from chargeproof.errors import ToolError
from chargeproof.settings import Settings
from chargeproof.simulator.model import StationModel
from chargeproof.testbed.contact import EVERY_STATION
from chargeproof.testbed.results import OPEN, exit_code_of
from chargeproof.testbed.run_state import RunState, StartRun
from chargeproof.testbed.terminal import Terminal
from chargeproof.trace import Entry, HandshakeSeen

MOST_TOLD = 20
REMIND_AFTER_S = 60.0
REMINDER = (
    "Nobody has tried to connect for a minute. Does the station have exactly this address, and was it restarted "
    "since? Does a firewall, of this machine or between, let it through? Waiting goes on; Ctrl-C ends it."
)


@dataclass(frozen=True)
class Wish:
    """What is to be run, and in which folder. ``model``: of a simulated station that is started for the run.

    ``station_password``: that the station has; None leaves the one that is kept.
    """

    start: StartRun
    folder: Path | None = None
    model: StationModel | None = None
    firmware_folder: Path | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    station_password: str | None = field(default=None, repr=False)


async def accept_station(wish: Wish, settings: Settings) -> int:
    """The whole of `accept`; returns the exit code. Raises ChargeproofError."""
    console = Console(highlight=False)
    clock = LoopClock()
    async with serving(settings, clock, recovers_runs=False) as served:
        show_addresses(console, served, wish.start.charge_point_id)
        if wish.station_password is not None:
            await served.central_system.set_password(wish.start.charge_point_id, wish.station_password)
        state = await served.runs.start(
            wish.start,
            folder=wish.folder,
            model=wish.model,
            firmware_folder=wish.firmware_folder,
            environment=wish.environment,
        )
        folder = served.runs.folder_of(state.id)
        name_the_run(folder.name)
        terminal = Terminal(console)
        attendant = Attendant(RunHere(served.runs, state.id), terminal, clock)
        visitors = Visitors(terminal, wish.start.charge_point_id, lambda: served.runs.get(state.id))
        if wish.start.site != "simulated":
            served.central_system.watch(EVERY_STATION, visitors.on_entry)
        with stopping(attendant.stop), reminding(visitors, clock):
            state = await attendant.attend()
        report = served.runs.report(state.id) if state.has_report else None
        code = show_end(console, state, report, sorted(folder.iterdir()), folder)
        if code == OPEN and wish.folder is None:
            told = f"chargeproof serve --data {served.data}, the page of run {state.id}, Repeat"
            console.print(f"What is missing can be played later: {told}.", markup=False, soft_wrap=True)
        return code


def show_end(
    console: Console, state: RunState, report: Report | None, files: list[Path], folder: Path
) -> int:
    """The form, where everything lies, and the exit code. Raises ToolError for a run that something broke."""
    if report is None:
        raise ToolError(state.detail or "there is no report")
    show_report(console, report)
    if state.left_changed:
        named = ", ".join(
            f"{left.key} was “{left.was}” and is “{left.is_now}”" for left in state.left_changed
        )
        console.print(Text(f"The station was left with changed keys: {named}", style="yellow"))
    show_where(console, folder, [path for path in files if path.suffix and not path.name.startswith(".")])
    if state.ending == "failed":
        raise ToolError(state.detail)
    return exit_code_of(report, report.environment.functions)


@contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Ctrl-C and a polite kill stop the run, the second time without restoring the station."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextmanager
def reminding(visitors: "Visitors", clock: Clock) -> Iterator[None]:
    reminder = asyncio.create_task(visitors.remind(clock), name="reminder")
    try:
        yield
    finally:
        reminder.cancel()


class Visitors:
    """Tells once of each who knocks and is not let in, while the station is awaited."""

    def __init__(self, terminal: Terminal, charge_point_id: str, state: Callable[[], RunState]) -> None:
        self._terminal = terminal
        self._charge_point_id = charge_point_id
        self._state = state
        self._told: set[str] = set()

    def on_entry(self, entry: Entry) -> None:
        if not isinstance(entry, HandshakeSeen) or len(self._told) >= MOST_TOLD:
            return
        if self._state().phase != "waiting":
            return
        is_awaited = entry.charge_point_id == self._charge_point_id
        name = "It" if is_awaited else f'A station with the id "{entry.charge_point_id}"'
        place = entry.remote.rpartition(":")[0]
        is_in = entry.outcome == "accepted"
        line = f"{name} connected from {place}" if is_in else f"{name} was {entry.outcome}, from {place}"
        if entry.hint:
            line = f"{line} – {entry.hint}"
        if line not in self._told:
            self._told.add(line)
            self._terminal.say(Text(line, style="dim"), soft_wrap=True)

    async def remind(self, clock: Clock) -> None:
        """Where nobody knocks for a while, say what that may come from."""
        await clock.sleep(REMIND_AFTER_S)
        if self._state().phase == "waiting" and not self._told:
            self._terminal.say(Text(REMINDER, style="yellow"))
