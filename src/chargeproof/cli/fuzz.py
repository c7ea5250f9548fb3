"""`chargeproof fuzz`: stations that send anything, and a central system that must live on."""

import asyncio
import os
import random
import sys
from typing import Annotated

from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from chargeproof.testbed import fuzz as runs
from chargeproof.testbed.fuzz_stations import Finding
from chargeproof.testbed.stall_watch import StallWatch
from chargeproof.testing.virtual_time import run_virtual

BROKEN = 1
FRAMES = 1_000_000
PATIENCE_S = 60.0
MEGABYTE = 1e6

Positive = validators.Number(gt=0)


def fuzz(
    *,
    frames: Annotated[
        int | None,
        Parameter(
            help="How many texts to send; a million unless --minutes says when to end.", validator=Positive
        ),
    ] = None,
    minutes: Annotated[
        float | None, Parameter(help="End after so many minutes, whatever was sent.", validator=Positive)
    ] = None,
    seed: Annotated[
        int | None, Parameter(help="Send what an earlier run with this seed sent; a random one by default.")
    ] = None,
    socket: Annotated[
        bool, Parameter(help="Over real sockets instead of memory: slower, and in real time.", negative=())
    ] = False,
) -> int:
    """See `help_texts.FUZZ`; returns 0 when nothing broke, 1 when something did."""
    plan = runs.Plan(
        seed=random.SystemRandom().randrange(2**32) if seed is None else seed,
        frames=FRAMES if frames is None and minutes is None else frames,
        minutes=minutes,
        over_socket=socket,
    )
    console = Console(highlight=False)
    console.print(f"seed      {plan.seed}")
    with StallWatch(PATIENCE_S, lambda stack: _stalled(plan, stack)) as watch:
        report = _run_with_progress(plan, watch)
    _show(report, console)
    return BROKEN if report.findings else 0


def _run_with_progress(plan: runs.Plan, watch: StallWatch) -> runs.Report:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[newest]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Sending", total=1.0, newest="")

        def told(progress: runs.Progress) -> None:
            watch.beat()
            bar.update(task, completed=_share(plan, progress), newest=_line(progress))

        main = runs.FuzzRun(plan, told).run()
        return asyncio.run(main) if plan.over_socket else run_virtual(main)


def _share(plan: runs.Plan, progress: runs.Progress) -> float:
    """How much of the plan is done, from 0 to 1."""
    of_frames = progress.frames / plan.frames if plan.frames else 0.0
    of_time = progress.seconds / (plan.minutes * 60) if plan.minutes else 0.0
    return min(1.0, max(of_frames, of_time))


def _line(progress: runs.Progress) -> str:
    rate = progress.frames / progress.seconds if progress.seconds else 0.0
    memory = progress.resident_bytes / MEGABYTE
    return f"{progress.frames:,} texts, {rate:,.0f}/s, {memory:.0f} MB, {progress.findings} findings"


def _show(report: runs.Report, console: Console) -> None:
    rate = report.frames / report.seconds if report.seconds else 0.0
    console.print(f"texts     {report.frames:,} in {report.seconds:.0f} s ({rate:,.0f} a second)")
    console.print(f"answers   {report.answers:,}")
    console.print(f"sockets   {report.sockets:,}")
    commands = ", ".join(f"{count} {state}" for state, count in report.commands.items())
    console.print(f"commands  {commands or 'none'}", soft_wrap=True)
    console.print(f"lawful    {report.probes} sessions of a lawful station in between")
    console.print(f"memory    {_memory(report)}")
    for finding in report.findings:
        _show_finding(finding, console)
    if report.findings:
        console.print(f"✕ {len(report.findings)} findings: {_again(report.plan)}", style="red")
    else:
        console.print("✓ nothing broke", style="green")


def _memory(report: runs.Report) -> str:
    if not report.memory:
        return "too short a run to measure it"
    every = max(1, len(report.memory) // 10)
    samples = " ".join(f"{sample / MEGABYTE:.0f}" for sample in report.memory[::every])
    growth = report.growth_bytes
    judged = (
        "too short to judge" if growth is None else f"{growth / MEGABYTE:+.0f} MB, second quarter to last"
    )
    return f"{samples} MB ({judged})"


def _show_finding(finding: Finding, console: Console) -> None:
    console.print(f"✕ {finding.what}: {finding.detail}", style="red", markup=False, soft_wrap=True)
    for text in finding.texts:
        console.print(f"    {text!a}", markup=False, soft_wrap=True)


def _again(plan: runs.Plan) -> str:
    over = " --socket" if plan.over_socket else ""
    return f"chargeproof fuzz --seed {plan.seed}{over} sends the same again"


def _stalled(plan: runs.Plan, stack: str) -> None:
    """Nothing will come back from the thread that hangs, so the program ends here."""
    sys.stderr.write(f"\n✕ hang: nothing moved for {PATIENCE_S:g} s; {_again(plan)}\n{stack}")
    sys.stderr.flush()
    os._exit(BROKEN)
