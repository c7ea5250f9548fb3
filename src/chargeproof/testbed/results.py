"""From a finished record to the report in its folder, and to the exit code of a program."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import chargeproof
from chargeproof.acceptance.report import Report, build_report
from chargeproof.acceptance.verdict import Outcome
from chargeproof.errors import UsageError
from chargeproof.testbed.overrulings import in_force
from chargeproof.testbed.reading import Reading, note_on, read_file
from chargeproof.trace import Trace, record_sha256

__all__ = [
    "RECORD",
    "Judged",
    "Reading",
    "exit_code_of",
    "judge_record",
    "note_on",
    "report_json",
    "write_report",
]

RECORD = "record.jsonl"

PASSED, FAILED, OPEN, BROKEN = 0, 1, 2, 3
_GOOD = {Outcome.PASS, Outcome.PASS_WITH_REMARK, Outcome.NOT_APPLICABLE}


@dataclass(frozen=True)
class Judged:
    """A record that was judged. ``note`` says what is wrong with the record itself, if anything."""

    report: Report
    trace: Trace
    note: str = ""


def judge_record(
    path: Path,
    *,
    judged_at: datetime | None = None,
    reading: Reading | None = None,
    previous: Report | None = None,
) -> Judged:
    """Read and judge a record, or a log of another system. Raises UsageError for what is neither.

    What persons overruled is taken from the file beside it. ``previous``: an earlier run of the same model.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"the record cannot be read: {reason}", str(path), "Name a record.jsonl") from error
    trace, note = read_file(path, content, reading or Reading())
    report = build_report(
        trace,
        record_sha256=record_sha256(content),
        judged_at=(judged_at or datetime.now(UTC)).isoformat(timespec="seconds"),
        tool_version=chargeproof.__version__,
        overrulings=in_force(path.parent) if path.name == RECORD else {},
        previous=previous,
    )
    return Judged(report, trace, note)


def judge_content(
    content: bytes, *, name: str, judged_at: datetime, reading: Reading | None = None
) -> Judged:
    """Judge a record or log that lies nowhere on this machine. Raises UsageError for what is neither."""
    trace, note = read_file(Path(name), content, reading or Reading())
    report = build_report(
        trace,
        record_sha256=record_sha256(content),
        judged_at=judged_at.isoformat(timespec="seconds"),
        tool_version=chargeproof.__version__,
    )
    return Judged(report, trace, note)


def write_report(judged: Judged, folder: Path) -> list[Path]:
    """Write every form of the report into the folder. Raises UsageError and ToolError."""
    # The makers of PDF and DOCX take long to load; what writes no report does without them.
    from chargeproof.acceptance.forms.writing import write_all

    return write_all(judged.report, judged.trace, folder)


def report_json(report: Report) -> str:
    """``report.json`` as text."""
    from chargeproof.acceptance.forms.as_json import json_of

    return json_of(report).decode()


def exit_code_of(report: Report, functions: Collection[int]) -> int:
    """0 passed, 1 a check failed, 2 inconclusive or not all run, 3 an error of ours; of these functions.

    What a person overruled counts as overruled.
    """
    verdicts = _verdicts(report, functions)
    if Outcome.TOOL_ERROR in verdicts:
        return BROKEN
    if Outcome.FAIL in verdicts:
        return FAILED
    if not verdicts <= _GOOD or report.environment.run_outcome != "completed":
        return OPEN
    return PASSED


def _verdicts(report: Report, functions: Iterable[int]) -> set[Outcome]:
    wanted = set(functions)
    return {
        check.overruled.verdict if check.overruled is not None else check.verdict
        for function in report.rows()
        if function.number in wanted
        for criterion in function.criteria
        for check in criterion.checks
    }
