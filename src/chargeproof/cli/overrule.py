"""`chargeproof overrule`: a person's verdict beside the machine's, and the report written anew."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from chargeproof.acceptance.report_schema import CheckReport
from chargeproof.acceptance.verdict import Outcome
from chargeproof.cli.verdicts import show_where, words_of
from chargeproof.errors import UsageError
from chargeproof.testbed.results import RECORD
from chargeproof.testbed.run_book import renew
from chargeproof.testbed.run_desk import overrule_in
from chargeproof.testbed.run_folder import RunFolder

Verdict = Literal["pass", "pass_with_remark", "fail", "inconclusive", "not_applicable"]


def overrule(
    run: Annotated[Path, Parameter(help="The folder of the run, or the record.jsonl in it.")],
    check: Annotated[str, Parameter(help="The check, such as 6.2a.")],
    /,
    *,
    by: Annotated[str, Parameter(help="Who decides.")],
    reason: Annotated[str, Parameter(help="Why, in one sentence.")],
    verdict: Annotated[Verdict | None, Parameter(help="What it is to be instead.")] = None,
    withdraw: Annotated[bool, Parameter(help="Take an earlier overruling back.", negative=())] = False,
) -> int:
    """See `help_texts.OVERRULE`; returns the exit code."""
    if (verdict is None) != withdraw:
        raise UsageError("--verdict and --withdraw exclude one another", remedy="Give one of them")
    folder = RunFolder(run.parent if run.name == RECORD else run)
    if not folder.record.is_file():
        raise UsageError("there is no record in this folder", str(folder.path), "Name the folder of a run")
    if not folder.take():
        raise UsageError("this run goes on", str(folder.path), "Overrule when it has ended")
    now = datetime.now(UTC)
    try:
        if folder.report() is None:
            folder.write_report(folder.judge(now))
        chosen = None if verdict is None else Outcome(verdict)
        overrule_in(folder, check, chosen, by=by, reason=reason, at=now)
        judged = folder.judge(now, folder.previous())
        written = folder.write_report(judged)
        renew(folder, judged.report)
    finally:
        folder.let_go()
    console = Console(highlight=False)
    _show(console, next(each for each in judged.report.checks() if each.id == check))
    show_where(console, folder.path, written)
    return 0


def _show(console: Console, check: CheckReport) -> None:
    console.print(Text.assemble(f"{check.id} {check.sentence}"), soft_wrap=True)
    console.print(
        Text.assemble("  the machine says ", words_of(check.verdict), f": {check.reason}"), soft_wrap=True
    )
    if check.overruled is None:
        console.print("  nobody overrules it any more")
        return
    decided = check.overruled
    console.print(
        Text.assemble(f"  {decided.by} says ", words_of(decided.verdict), f": {decided.reason}"),
        soft_wrap=True,
    )
