"""`chargeproof demo`: two simulated stations go through the whole script, in a minute."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Coroutine, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chargeproof.acceptance.report import Report
from chargeproof.acceptance.result_cell import MARKS
from chargeproof.acceptance.script import GroupChoice, case_of, numbers_of, play_order
from chargeproof.acceptance.verdict import Outcome
from chargeproof.cli.logs import log_at
from chargeproof.cli.options import SECURE
from chargeproof.cli.serve import show_console
from chargeproof.cli.serving import serving, writable_folder
from chargeproof.cli.verdicts import cases_run, count_of_criteria, words_of
from chargeproof.clock import LoopClock
from chargeproof.errors import ToolError, UsageError
from chargeproof.settings import Settings
from chargeproof.simulator.model import load_model
from chargeproof.testbed.results import BROKEN, PASSED, exit_code_of
from chargeproof.testbed.run_desk import RunDesk
from chargeproof.testbed.run_state import RunState, StartRun
from chargeproof.testbed.simulated import LAWFUL
from chargeproof.testing.quiet_time import run_quiet

SPEED = 20.0
DOCUMENTS_OWN = "ctek_cs_connected"
LOOPBACK = "127.0.0.1"
PATIENCE_S = 3600.0
DOING = {"waiting": "starting", "preparing": "preparation", "restoring": "restoration", "ended": "done"}


@dataclass
class Candidate:
    """One station of the demo: what it is, how far it is, and in the end its report."""

    charge_point_id: str
    model: str
    title: str
    folder: Path
    group: GroupChoice = "functions"
    state: RunState | None = None
    report: Report | None = None

    @property
    def doing(self) -> str:
        """What is played now, in a few words."""
        if self.state is None:
            return "starting"
        playing = next((each for each in self.state.functions if each.phase == "playing"), None)
        if playing is not None:
            return f"{playing.name} {playing.title}"
        return DOING.get(self.state.phase, self.state.phase)


def demo(
    *,
    out: Annotated[Path, Parameter(help="Folder for the records and reports.")] = Path("chargeproof-demo"),
    speed: Annotated[float, Parameter(help="Seconds of the stations' time in a real second.")] = SPEED,
    group: Annotated[
        GroupChoice, Parameter(help="The document's functions, the security cases over TLS, or both.")
    ] = "functions",
) -> int:
    """See `help_texts.DEMO`; returns the exit code."""
    log_at("error")
    if not 0 < speed <= 100:
        raise UsageError(f"the clock cannot run {speed:g} times as fast", "--speed", "Give 1 to 100")
    folder = _new_folder(out)
    lawful = LAWFUL if group == "functions" else SECURE
    candidates = [
        Candidate("LAWFUL-1", lawful, "A lawful station", folder / "lawful", group),
        Candidate("CTEK-1", DOCUMENTS_OWN, "The document's own station", folder / "document", group),
    ]
    console = Console(highlight=False)
    run_quiet(_demo(candidates, console, speed), speed)
    _show(candidates, console)
    return _code(candidates)


def _new_folder(out: Path) -> Path:
    folder = out / f"{datetime.now():%Y%m%dT%H%M%S}"
    return writable_folder(folder, "Choose another folder with --out")


async def _demo(candidates: list[Candidate], console: Console, speed: float) -> None:
    clock = LoopClock()
    with tempfile.TemporaryDirectory(prefix="chargeproof-demo-") as data:
        settings = Settings(
            data=data,
            host=LOOPBACK,
            ocpp_port=0,
            ocpp_tls_port=-1 if candidates[0].group == "functions" else 0,
            web_port=0,
            ftp_port=0,
        )
        async with AsyncExitStack() as stack:
            served = await stack.enter_async_context(serving(settings, clock, makes_administrator=True))
            console.print(f"Central system at {served.addresses.ocpp}, clock {speed:g} times as fast")
            show_console(console, served)
            show = stack.enter_context(_Show(console, candidates))
            await _all(_accept(each, served.runs, show, speed) for each in candidates)


async def _all(runs: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run them at once; the first that breaks ends the others and is what is told."""
    try:
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(run)
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors


async def _accept(candidate: Candidate, runs: RunDesk, show: "_Show", speed: float) -> None:
    state = await runs.start(
        StartRun(charge_point_id=candidate.charge_point_id, site="simulated", group=candidate.group),
        folder=candidate.folder,
        model=load_model(candidate.model),
        environment={"clock speed": speed},
    )
    while state.phase != "ended":
        show.change(candidate, state)
        state = await runs.changed(state.id, state.revision, PATIENCE_S)
    show.change(candidate, state)
    if not state.has_report:
        raise ToolError(state.detail or "a station of the demo was not judged")
    candidate.report = runs.report(state.id)


class _Show:
    """Live progress: a table that changes on a terminal, lines elsewhere."""

    def __init__(self, console: Console, candidates: list[Candidate]) -> None:
        self._console = console
        self._candidates = candidates
        self._live = Live(self, console=console, refresh_per_second=8, transient=True)

    def __rich__(self) -> Table:
        table = Table(title="The script, at two stations", title_justify="left")
        table.add_column("Function")
        for each in self._candidates:
            table.add_column(each.title, min_width=28)
        for number in play_order(numbers_of(self._candidates[0].group)):
            title = f"{case_of(number).label:>2} {case_of(number).title}"
            table.add_row(title, *(_standing(each, number) for each in self._candidates))
        table.add_row("now", *(each.doing for each in self._candidates), style="dim")
        return table

    def __enter__(self) -> "_Show":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._live.stop()

    def change(self, candidate: Candidate, state: RunState) -> None:
        before, judged = candidate.doing, _judged(candidate)
        candidate.state = state
        if self._console.is_terminal:
            return
        for function in state.functions:
            if function.verdict is not None and function.phase != "playing" and function.number not in judged:
                line = (
                    f"{candidate.charge_point_id}: {MARKS[function.verdict]} {function.name} {function.title}"
                )
                self._console.print(line, markup=False)
        if candidate.doing != before and state.phase != "running":
            self._console.print(f"{candidate.charge_point_id}: {candidate.doing}", markup=False)


def _judged(candidate: Candidate) -> set[int]:
    functions = candidate.state.functions if candidate.state is not None else ()
    return {each.number for each in functions if each.verdict is not None and each.phase != "playing"}


def _standing(candidate: Candidate, number: int) -> Text:
    if candidate.state is None:
        return Text("")
    function = next(each for each in candidate.state.functions if each.number == number)
    if function.phase == "playing":
        return Text("playing …", style="cyan")
    if function.verdict is None:
        return Text("")
    return Text.assemble(f"{MARKS[function.verdict]} ", words_of(function.verdict))


def _show(candidates: list[Candidate], console: Console) -> None:
    table = Table(title="The two forms", title_justify="left", expand=True)
    table.add_column("#", justify="right")
    table.add_column("Function", ratio=2, min_width=14, overflow="fold")
    for each in candidates:
        table.add_column(each.title, ratio=4, overflow="fold")
    reports = [each.report for each in candidates if each.report is not None]
    for rows in zip(*(cases_run(report) for report in reports), strict=True):
        cells = [Text.assemble(words_of(row.verdict), "\n", row.result) for row in rows]
        table.add_row(rows[0].name, rows[0].title, *cells)
    table.add_section()
    table.add_row("", "Criteria", *(count_of_criteria(report) for report in reports))
    console.print(table)
    console.print("Reports (open report.html in a browser):", style="bold")
    for each in candidates:
        console.print(f"  {each.title}: {each.folder / 'report.html'}", markup=False, soft_wrap=True)
    console.print("Go on with a real station:", style="bold")
    for words in ("accept CHARGE_POINT_ID", "serve"):
        console.print(f"  {_program()} {words}", markup=False, soft_wrap=True)


def _program() -> str:
    """How this program is called here: on the path, or in the environment that the demo was set up in."""
    return "chargeproof" if shutil.which("chargeproof") else str(Path(sys.executable).parent / "chargeproof")


def _code(candidates: list[Candidate]) -> int:
    """0 when both runs ended and were judged without an error of ours and the lawful station passed."""
    lawful, documents_own = (each.report for each in candidates)
    if lawful is None or documents_own is None:
        raise ToolError("a station of the demo was not judged")
    passed = lawful.outcome in (Outcome.PASS, Outcome.PASS_WITH_REMARK)
    asked = lawful.environment.functions
    if exit_code_of(lawful, asked) == PASSED and passed:
        ended = documents_own.environment.run_outcome == "completed"
        broken = exit_code_of(documents_own, asked) == BROKEN
        return PASSED if ended and not broken else BROKEN
    return BROKEN
