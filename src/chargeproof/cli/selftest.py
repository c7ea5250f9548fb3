"""`chargeproof selftest`: the judge is tried on stations whose faults are known."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import chargeproof
from chargeproof.acceptance.script import EVERY_CASE, GROUPS, GroupChoice
from chargeproof.errors import UsageError
from chargeproof.testbed.selftest import SelfTest, Trial, candidates, conclude, group_proof, proof_of, try_all
from chargeproof.testbed.selftest_page import page_of, troubles_of

DOES_NOT_HOLD = 1


def selftest(
    *,
    check: Annotated[
        str | None, Parameter(help="Only the mutants that this check must kill, e.g. 6.2a.")
    ] = None,
    group: Annotated[
        GroupChoice, Parameter(help="Only the stations that are about the functions, or the security cases.")
    ] = "all",
    out: Annotated[Path, Parameter(help="Folder for selftest.html, selftest.json and proof.json.")] = Path(
        "chargeproof-selftest"
    ),
    json: Annotated[
        bool, Parameter(help="Print the result as JSON instead of a table.", negative=())
    ] = False,
    processes: Annotated[
        int | None, Parameter(help="How many processes; as many as cores by default.")
    ] = None,
) -> int:
    """See `help_texts.SELFTEST`; returns 0 when everything holds, 1 when it does not."""
    known = [each.id for case in EVERY_CASE for each in case.checks]
    if check is not None and check not in known:
        raise UsageError(f"there is no check {check!r}", remedy=f"There are: {', '.join(known)}")
    with _written(out):  # before the work, not after it
        out.mkdir(parents=True, exist_ok=True)
    trials = _try_with_progress(check, group, processes or os.cpu_count() or 1)
    result = conclude(trials, version=chargeproof.__version__, check=check, group=group)
    with _written(out):
        (out / "selftest.html").write_text(page_of(result), encoding="utf-8")
        (out / "proof.json").write_bytes(msgspec.json.format(msgspec.json.encode(proof_of(result)), indent=1))
        (out / "selftest.json").write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2))
    if json:
        sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    else:
        _show(result, out)
    return 0 if result.holds else DOES_NOT_HOLD


@contextmanager
def _written(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"the result cannot be written: {error.strerror or error}",
            where=str(out),
            remedy="Name another folder with --out",
        ) from error


def _try_with_progress(check: str | None, group: GroupChoice, processes: int) -> list[Trial]:
    chosen = candidates(check, group)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[newest]}"),
    )
    trials: list[Trial] = []
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Trying stations", total=len(chosen), newest="")
        for progress in try_all(chosen, processes=processes):
            trials.append(progress.newest)
            bar.update(task, completed=progress.done, newest=progress.newest.candidate.name)
    return trials


def _show(result: SelfTest, out: Path) -> None:
    console = Console(highlight=False)
    killed = sum(mutant.killed for mutant in result.mutants)
    odd = sum(not (each.failed or each.error) for each in result.odd)
    lints = sum(lint.raised and lint.near_miss_silent for lint in result.lints)
    proved = sum(bool(each.mutants) for each in result.checks)
    console.print(f"mutants   {killed} of {len(result.mutants)} killed for their reason")
    console.print(f"odd       {odd} of {len(result.odd)} lawful stations passed")
    console.print(f"lints     {lints} of {len(result.lints)} raised, and silent at the near miss")
    console.print(f"checks    {proved} of {len(result.checks)} proved by a mutant")
    for proof in (group_proof(result, each) for each in GROUPS):
        if proof.checks and proof.checks != len(result.checks):
            console.print(f"          {proof.sentence}", style="dim")
    for trouble in troubles_of(result):
        console.print(f"✕ {trouble}", style="red", markup=False, soft_wrap=True)
    style = "green" if result.holds else "red"
    console.print("✓ everything holds" if result.holds else "✕ the judge does not hold", style=style)
    console.print(f"page      {out / 'selftest.html'}", markup=False, soft_wrap=True)
