"""`chargeproof compare`: two runs beside each other."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chargeproof.acceptance.comparison import compare as compare_reports
from chargeproof.acceptance.report import Report, load_report
from chargeproof.acceptance.report_schema import Change, Comparison
from chargeproof.errors import UsageError
from chargeproof.testbed.results import judge_record

GROUPS = (
    ("new", "New", "bold red"),
    ("fixed", "Fixed", "green"),
    ("unchanged", "In both", "yellow"),
    ("other", "Another verdict", "dim"),
)
DIFFERENT = 1

Run = Annotated[Path, Parameter(help="A report.json, a record.jsonl, or the folder of a run.")]


def compare(
    before: Run,
    after: Run,
    /,
    *,
    json: Annotated[bool, Parameter(help="Print the comparison as JSON.", negative=())] = False,
) -> int:
    """See `help_texts.COMPARE`; returns the exit code."""
    earlier, later = _report_at(before), _report_at(after)
    compared = compare_reports(earlier, later)
    if json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(compared), indent=1).decode() + "\n")
    else:
        console = Console(highlight=False)
        if _model_of(earlier) != _model_of(later):
            told = f"Two models are compared: {_model_of(earlier)} and {_model_of(later)}."
            console.print(Text(told, style="yellow"))
        _show(console, compared)
    return DIFFERENT if compared.new else 0


def _model_of(report: Report) -> str:
    told = {field.name: field.wire for field in report.header}
    return (
        f"{told.get('Manufacturer Name', '')} {told.get('Manufacturer Model', '')}".strip()
        or "an unnamed one"
    )


def _report_at(path: Path) -> Report:
    place = path
    if path.is_dir():
        report = path / "report.json"
        place = report if report.exists() else path / "record.jsonl"
    if place.suffix != ".json":
        return judge_record(place).report
    try:
        return load_report(place.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"the report cannot be read: {reason}", str(place), "Name a run") from error
    except ValueError as error:
        raise UsageError(
            str(error), str(place), "Name a report.json of this version, or its record"
        ) from error


def _show(console: Console, compared: Comparison) -> None:
    firmwares = f"{compared.previous_firmware or 'no version'} → {compared.firmware or 'no version'}"
    console.print(Text(f"Firmware {firmwares}", style="bold"))
    for name, title, style in GROUPS:
        changes: tuple[Change, ...] = getattr(compared, name)
        if not changes:
            continue
        table = Table(title=Text(f"{title} ({len(changes)})", style=style), title_justify="left", expand=True)
        table.add_column("", no_wrap=True)
        table.add_column("What", ratio=4)
        table.add_column("Before", ratio=1)
        table.add_column("Now", ratio=1)
        for change in changes:
            table.add_row(*(Text(cell) for cell in (change.id, change.sentence, change.before, change.now)))
        console.print(table)
    if not any(getattr(compared, name) for name, _, _ in GROUPS):
        console.print("No difference, and nothing found in either.")
