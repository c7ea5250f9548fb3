"""All forms of a report into one folder."""

from collections.abc import Callable
from pathlib import Path

from chargeproof.acceptance.forms.as_docx import docx_of
from chargeproof.acceptance.forms.as_html import html_of
from chargeproof.acceptance.forms.as_json import json_of
from chargeproof.acceptance.forms.as_junit import junit_of
from chargeproof.acceptance.forms.as_markdown import markdown_of
from chargeproof.acceptance.forms.as_pdf import pdf_of
from chargeproof.acceptance.report_schema import Report
from chargeproof.errors import ToolError, UsageError
from chargeproof.trace import Trace

Form = Callable[[Report, Trace], bytes]

FORMS: dict[str, Form] = {
    "report.json": lambda report, trace: json_of(report),
    "report.xml": lambda report, trace: junit_of(report),
    "report.md": lambda report, trace: markdown_of(report).encode(),
    "report.html": lambda report, trace: html_of(report, trace).encode(),
    "report.pdf": pdf_of,
    "report.docx": lambda report, trace: docx_of(report),
}
"""File name and form; ``report.json`` first, so that nothing later can lose the facts."""


def write_all(report: Report, trace: Trace, out_dir: Path) -> list[Path]:
    """Write every form; returns the paths.

    Raises UsageError where the folder cannot be written, and ToolError where a form could not be made: the
    other forms are there then.
    """
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out_dir, error) from error
    written: list[Path] = []
    broken: dict[str, Exception] = {}
    for name, form in FORMS.items():
        try:
            content = form(report, trace)
        except Exception as error:  # a form that breaks must not take the others with it
            broken[name] = error
            continue
        written.append(_write(out_dir / name, content))
    if broken:
        reason = next(iter(broken.values()))
        raise ToolError(
            f"{', '.join(broken)} could not be made: {type(reason).__name__}: {reason}",
            where=str(out_dir),
            remedy="The other forms are there; send the record to the makers of this tool",
        ) from reason
    return written


def _write(path: Path, content: bytes) -> Path:
    """Through a neighbour, so that a report is either the old or the new one, never half of it."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"the report cannot be written: {error.strerror or error}",
        where=str(path),
        remedy="Name a folder that this user may write to, with --out DIR",
    )
