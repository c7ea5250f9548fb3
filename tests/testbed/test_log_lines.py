"""What is said of a log of another system names the lines of that log, in every form of the report."""

import io
from datetime import UTC, datetime
from typing import Any

import docx
import msgspec
import pypdfium2  # type: ignore[import-untyped]

from chargeproof.acceptance.forms.writing import FORMS
from chargeproof.testbed.reading import Reading
from chargeproof.testbed.results import Judged, judge_content

LOG = b"""\
# what a central system wrote
2026-01-01T08:00:00Z CP-1 > [2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]
a line about something else
2026-01-01T08:00:01Z CP-1 < [3,"1",{"status":"Accepted","currentTime":"2026-01-01T08:00:01Z","interval":60}]
2026-01-01T08:00:02Z CP-1 > [2,"2","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Wrong"}]
2026-01-01T08:00:03Z CP-1 < [3,"2",{}]
2026-01-01T08:01:02Z CP-1 > [2,"3","Heartbeat",{}]
2026-01-01T08:01:03Z CP-1 < [3,"3",{"currentTime":"2026-01-01T08:01:03Z"}]
"""


def judged() -> Judged:
    return judge_content(
        LOG,
        name="central.log",
        judged_at=datetime(2026, 1, 2, tzinfo=UTC),
        reading=Reading(),
    )


def words_of(form: str, content: bytes) -> str:
    if form == "report.docx":
        return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)
    if form == "report.pdf":
        pages: Any = pypdfium2.PdfDocument(content)
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
    return content.decode()


def test_each_form_names_the_line_beside_the_entry() -> None:
    found = judged()
    check = next(each for each in found.report.checks() if each.evidence and each.source)
    numbers = [found.trace.entries[n - 1].line for n in check.evidence]
    assert check.source.startswith("line")
    assert str(numbers[0]) in check.source
    assert check.source.endswith(" of central.log")
    for form, make in FORMS.items():
        assert check.source in words_of(form, make(found.report, found.trace)), form


def test_the_record_made_of_a_log_keeps_its_lines() -> None:
    boot = next(entry for entry in judged().trace.entries if entry.line is not None)
    assert boot.line == 2
    assert b'"line":2' in msgspec.json.encode(boot)
