"""Verdicts on a terminal, in the document's rows."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chargeproof.acceptance.report import Report
from chargeproof.acceptance.report_schema import FunctionReport
from chargeproof.acceptance.verdict import Outcome, worst

STYLES = {
    Outcome.PASS: "green",
    Outcome.PASS_WITH_REMARK: "green",
    Outcome.FAIL: "bold red",
    Outcome.INCONCLUSIVE: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.NOT_RUN: "dim",
    Outcome.TOOL_ERROR: "bold magenta",
}


def show_report(console: Console, report: Report) -> None:
    """The form with the rows that were run."""
    console.print(form(report))
    overall = worst(row.verdict for row in cases_run(report))
    console.print(Text.assemble("Overall: ", words_of(overall), f"    {count_of_criteria(report)}"))


def cases_run(report: Report) -> list[FunctionReport]:
    """The functions and security cases that the run was asked for."""
    asked = report.environment.functions
    return [row for row in report.rows() if row.number in asked]


def form(report: Report) -> Table:
    """The document's form as a table, without the functions that the run was not asked for."""
    asked_functions = {row.number for row in report.functions} & set(report.environment.functions)
    table = Table(expand=True)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Function" if asked_functions else "Security case", ratio=2, overflow="fold")
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Result", ratio=4)
    for function in cases_run(report):
        if asked_functions and report.further and function == report.further[0].cases[0]:
            table.add_section()
        table.add_row(function.name, function.title, words_of(function.verdict), Text(function.result))
    return table


def words_of(outcome: Outcome) -> Text:
    return Text(outcome.value.replace("_", " "), style=STYLES[outcome])


def count_of_criteria(report: Report) -> str:
    """The document's, and apart from them those of further groups."""
    rows = {row.number for row in report.functions}
    told = []
    for title, wanted in (("criteria", True), ("security cases", False)):
        criteria = [
            each for row in cases_run(report) if (row.number in rows) is wanted for each in row.criteria
        ]
        good = [each for each in criteria if each.verdict in (Outcome.PASS, Outcome.PASS_WITH_REMARK)]
        if criteria:
            told.append(f"{len(good)} of {len(criteria)} {title} passed")
    return ", ".join(told)


def show_where(console: Console, folder: Path, written: Sequence[Path]) -> None:
    """Where the report lies."""
    names = ", ".join(path.name for path in written)
    console.print(Text(f"Report in {folder}: {names}"), soft_wrap=True)
