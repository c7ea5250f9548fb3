"""The tables of a form: the document's, and one for each further group of cases, with counts of their own."""

from collections.abc import Iterator
from dataclasses import dataclass

from chargeproof.acceptance.report import verdict_counts
from chargeproof.acceptance.report_schema import CheckReport, FunctionReport, Report
from chargeproof.acceptance.verdict import Outcome

DOCUMENT = "form"


@dataclass(frozen=True)
class FormTable:
    """``head``: of its four columns. ``decided``: the verdict of a group, None for the document's own table.

    ``counts``: how many of ``noun`` (criteria, cases) have which verdict.
    """

    id: str
    title: str
    head: tuple[str, str, str, str]
    rows: tuple[FunctionReport, ...]
    counts: dict[Outcome, int]
    noun: str
    decided: Outcome | None = None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def form_tables(report: Report) -> list[FormTable]:
    """What was asked for of the document and of each further group; the document's table first."""
    return list(_tables(report))


def _tables(report: Report) -> Iterator[FormTable]:
    asked = set(report.environment.functions)
    if not report.further or asked & {row.number for row in report.functions}:
        head = ("#", "Function", "Acceptance Criteria", "Result")
        counts = verdict_counts(report.criteria())
        yield FormTable(DOCUMENT, "The form", head, report.functions, counts, "criteria")
    for group in report.further:
        rows = tuple(case for case in group.cases if case.number in asked)
        counts = verdict_counts([criterion for row in rows for criterion in row.criteria])
        head = ("OCTT", "Case", "What is asked", "Result")
        noun = f"{group.title.lower()} cases, which are not part of the document"
        yield FormTable(group.id, group.title, head, rows, counts, noun, group.decided)


def notices(report: Report) -> list[str]:
    """What a reader must know before the verdict is believed, as sentences for the head of every form."""
    facts = report.environment
    found = []
    if facts.site == "simulated":
        found.append("A simulated station: no device was tested.")
    if facts.damage:
        found.append(f"The record is damaged: {facts.damage}")
    if facts.run_outcome != "completed":
        why = f", {facts.run_detail}" if facts.run_detail else ""
        found.append(f"The run was not completed: {facts.run_outcome}{why}")
    return found


def checks_shown(report: Report) -> list[CheckReport]:
    """The checks of all rows of the tables."""
    return [
        check
        for table in form_tables(report)
        for row in table.rows
        for criterion in row.criteria
        for check in criterion.checks
    ]
