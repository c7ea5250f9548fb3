"""`chargeproof judge`: a stored record in, the report out."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from chargeproof.acceptance.profile import load_profile
from chargeproof.cli.verdicts import show_report, show_where
from chargeproof.testbed.reading import Format, Reading
from chargeproof.testbed.results import exit_code_of, judge_record, report_json, write_report
from chargeproof.testbed.runner import ALL_FUNCTIONS


def judge(
    record: Annotated[Path, Parameter(help="The record.jsonl of a run, or a log of another system.")],
    /,
    *,
    format: Annotated[
        Format, Parameter(help="How the file is written: a record of ours, JSON lines, text; auto looks.")
    ] = "auto",
    charge_point_id: Annotated[
        str | None, Parameter(help="Whose messages to judge, in a log of several charge points.")
    ] = None,
    profile: Annotated[
        Path | None, Parameter(help="What is stated about the model, for a log; see `accept --help`.")
    ] = None,
    out: Annotated[Path | None, Parameter(help="Folder for the report in all its forms.")] = None,
    json: Annotated[bool, Parameter(help="Print report.json instead of a table.", negative=())] = False,
) -> int:
    """See `help_texts.JUDGE`; returns the exit code."""
    stated = load_profile(profile) if profile is not None else None
    judged = judge_record(record, reading=Reading(format, charge_point_id, stated))
    notes = Console(stderr=True, highlight=False)
    if judged.note:
        notes.print(judged.note, style="yellow", markup=False, soft_wrap=True)
    written = write_report(judged, out) if out is not None else []
    if json:
        sys.stdout.write(report_json(judged.report))
    else:
        console = Console(highlight=False)
        show_report(console, judged.report)
        if out is not None:
            show_where(console, out, written)
    head = judged.trace.head
    return exit_code_of(judged.report, head.functions if head is not None else ALL_FUNCTIONS)
