"""``report.docx``: the same content to edit, to add to, and to sign."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from chargeproof.acceptance.forms.as_html import finding_text, findings
from chargeproof.acceptance.forms.plain_text import date_time, iso_time, seconds, shown_line, size
from chargeproof.acceptance.forms.tables import FormTable, form_tables, notices
from chargeproof.acceptance.report_schema import CheckReport, Report, StationCare
from chargeproof.acceptance.result_cell import MARKS, NAMES
from chargeproof.acceptance.verdict import Outcome

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_QUIET = RGBColor(0x5D, 0x66, 0x70)
_COLOURS = {
    Outcome.PASS: RGBColor(0x1A, 0x6B, 0x3C),
    Outcome.PASS_WITH_REMARK: RGBColor(0x8A, 0x5A, 0x00),
    Outcome.FAIL: RGBColor(0xB3, 0x26, 0x1E),
    Outcome.INCONCLUSIVE: RGBColor(0x8A, 0x5A, 0x00),
    Outcome.NOT_APPLICABLE: _QUIET,
    Outcome.NOT_RUN: _QUIET,
    Outcome.TOOL_ERROR: RGBColor(0xB3, 0x26, 0x1E),
}
_WIDTHS = (Mm(9), Mm(40), Mm(78), Mm(47))


def docx_of(report: Report) -> bytes:
    """The document; the same report gives the same bytes."""
    document = Document()
    _page(document, report)
    _title(document, report)
    for form in form_tables(report):
        _form(document, form)
    _findings(document, report)
    _checks(document, report)
    _visit(document, report)
    _figures(document, report)
    _deviations(document, report)
    _conditions(document, report)
    _sign_off(document, report)
    _keys(document, report)
    stream = io.BytesIO()
    document.save(stream)
    return _with_fixed_times(stream.getvalue())


def _with_fixed_times(content: bytes) -> bytes:
    """The archive written again: its members carry the time of writing, which is no part of the report."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w") as target:
        for name in source.namelist():
            member = zipfile.ZipInfo(name, _ZIP_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, source.read(name))
    return stream.getvalue()


# ── pieces ───────────────────────────────────────────────────────────────────────────────────────────


def _say(paragraph: Paragraph, text: str, *, bold: bool = False, colour: RGBColor | None = None) -> Paragraph:
    run = paragraph.add_run(shown_line(text))
    run.bold = bold or None
    if colour is not None:
        run.font.color.rgb = colour
    return paragraph


def _verdict(paragraph: Paragraph, outcome: Outcome, *, word: bool = True) -> Paragraph:
    text = f"{MARKS[outcome]} {NAMES[outcome]}" if word else f"{MARKS[outcome]} "
    return _say_exactly(paragraph, text, outcome)


def _say_exactly(paragraph: Paragraph, text: str, outcome: Outcome) -> Paragraph:
    run = paragraph.add_run(text)
    run.bold = True
    run.font.color.rgb = _COLOURS[outcome]
    return paragraph


def _table(document: Docx, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    told = list(rows)
    table: Table = document.add_table(rows=1 + len(told), cols=len(heads))
    table.style = "Table Grid"
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        _say(cell.paragraphs[0], head, bold=True)
    _repeat_head(table)
    for row, texts in zip(table._tbl.tr_lst[1:], told, strict=True):
        # By way of table.rows each row would be sought from the top again.
        for cell, text in zip(row.tc_lst, texts, strict=True):
            _say(_Cell(cell, table).paragraphs[0], text)
    return table


def _new_row(table: Table) -> Sequence[_Cell]:
    cells: Sequence[_Cell] = table.add_row().cells  # type: ignore[no-untyped-call]
    return cells


def _repeat_head(table: Table) -> None:
    properties = table.rows[0]._tr.get_or_add_trPr()
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    properties.append(repeat)


def _fixed_widths(table: Table, widths: Sequence[int]) -> None:
    table.autofit = False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────


def _page(document: Docx, report: Report) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin = section.bottom_margin = Mm(18)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(10)
    style.paragraph_format.space_after = Pt(3)
    properties = document.core_properties
    properties.title = shown_line(f"Acceptance test, {report.station.get('charge_point_id', '')}")
    properties.author = "chargeproof"
    properties.comments = ""
    moment = report.environment.ended_at or datetime(1980, 1, 1, tzinfo=UTC)
    properties.created = properties.modified = moment.replace(tzinfo=None, microsecond=0)
    footer = section.footer.paragraphs[0]
    _say(footer, f"Record SHA-256 {report.record_sha256}", colour=_QUIET)
    footer.runs[0].font.size = Pt(7.5)


def _title(document: Docx, report: Report) -> None:
    document.add_heading("TestScript Charge Station connected with OCPP 1.6", level=0)
    facts = report.environment
    station = report.station.get("charge_point_id", "")
    period = f"{date_time(facts.began_at)} to {date_time(facts.ended_at)}"
    _say(document.add_paragraph(), f"{station} · {period}", colour=_QUIET)
    paragraph = _verdict(document.add_paragraph(), report.decided)
    paragraph.runs[0].font.size = Pt(18)
    for notice in notices(report):
        _say(document.add_paragraph(), notice, bold=True)
    for form in form_tables(report):
        told = ", ".join(f"{number} {NAMES[outcome]}" for outcome, number in form.counts.items() if number)
        _say(document.add_paragraph(), f"{told} of {form.total} {form.noun}", colour=_QUIET)
    table = _table(document, ("Header", "From the wire", "As typed"), ())
    for field in report.header:
        cells = _new_row(table)
        _say(cells[0].paragraphs[0], field.name, bold=True)
        _say(cells[1].paragraphs[0], field.wire or "–")
        _say(cells[2].paragraphs[0], field.typed)
        if field.differs:
            _say_exactly(cells[2].paragraphs[0], "  ≠ differs", Outcome.FAIL)


def _form(document: Docx, form: FormTable) -> None:
    heading = document.add_heading(form.title, level=1)
    if form.decided is not None:
        heading.add_run("  ")
        _verdict(heading, form.decided)
    table = _table(document, form.head, ())
    for function in form.rows:
        cells = _new_row(table)
        _say(cells[0].paragraphs[0], function.name)
        _say(cells[1].paragraphs[0], function.title, bold=True)
        for place, criterion in enumerate(function.criteria):
            paragraph = _first_or_next(cells[2], place)
            _verdict(paragraph, criterion.decided, word=False)
            if criterion.id != function.name:
                _say(paragraph, criterion.id, bold=True)
                paragraph.add_run(" ")
            _say(paragraph, criterion.text)
        _verdict(cells[3].paragraphs[0], function.decided, word=False)
        _say(cells[3].paragraphs[0], function.result)
    _fixed_widths(table, _WIDTHS)


def _first_or_next(cell: _Cell, place: int) -> Paragraph:
    paragraph: Paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
    return paragraph


def _findings(document: Docx, report: Report) -> None:
    document.add_heading("What to read before signing", level=1)
    found = findings(report)
    if not found:
        document.add_paragraph("Nothing: every check passed without a remark.")
    for check in found:
        paragraph = _say(document.add_paragraph(), check.id, bold=True)
        paragraph.add_run("  ")
        _verdict(paragraph, check.verdict)
        paragraph.add_run("  ")
        _say(paragraph, finding_text(check))


def _checks(document: Docx, report: Report) -> None:
    document.add_heading("Checks", level=1)
    for function in (row for table in form_tables(report) for row in table.rows):
        document.add_heading(shown_line(f"{function.name} {function.title}"), level=2)
        for criterion in function.criteria:
            for check in criterion.checks:
                _check(document, check)


def _check(document: Docx, check: CheckReport) -> None:
    paragraph = _say(document.add_paragraph(), check.id, bold=True)
    paragraph.paragraph_format.keep_with_next = True
    paragraph.add_run("  ")
    _verdict(paragraph, check.verdict)
    paragraph.add_run("  ")
    _say(paragraph, check.sentence, bold=True)
    _say(document.add_paragraph(), check.reason)
    for name, value in (("Expected", check.expected), ("Seen", check.seen), ("Remark", check.remark)):
        if value:
            line = document.add_paragraph()
            _say(line, f"{name}:", colour=_QUIET)
            line.add_run(" ")
            _say(line, value)
    if check.overruled is not None:
        overruled = check.overruled
        words = f"Overruled as {NAMES[overruled.verdict]} by {overruled.by}: {overruled.reason}"
        _say(document.add_paragraph(), words, bold=True)
    sources = [check.clause, f"OCTT {', '.join(check.octt)}" if check.octt else ""]
    if check.evidence:
        sources.append(f"entries {', '.join(map(str, check.evidence))}")
    sources.append(check.source)
    _say(document.add_paragraph(), " · ".join(part for part in sources if part), colour=_QUIET)


def _visit(document: Docx, report: Report) -> None:
    document.add_heading("The visit", level=1)
    if report.acts:
        _table(
            document,
            ("Act", "What was asked", "Asked", "Took", "End"),
            (
                (
                    str(act.number),
                    act.sentence or act.act.replace("_", " "),
                    f"{act.asked_at:%H:%M:%S}",
                    seconds(act.seconds),
                    f"{act.phase} ({act.by}) {act.detail}",
                )
                for act in report.acts
            ),
        )
    _care(document, "Preparation", report.preparation)
    _care(document, "Restoration", report.restoration)


def _care(document: Docx, title: str, care: StationCare) -> None:
    heading = document.add_heading(f"{title}: ", level=2)
    _verdict(heading, care.verdict)
    for condition in care.conditions:
        paragraph = document.add_paragraph()
        _verdict(paragraph, condition.verdict)
        paragraph.add_run("  ")
        _say(paragraph, f"{condition.name}: {condition.reason}")


def _figures(document: Docx, report: Report) -> None:
    figures = report.figures
    document.add_heading("Figures", level=1)
    offset = figures.clock_offset
    facts = [
        ("Clock offset", seconds(offset.seconds) if offset is not None else "–"),
        ("Run", seconds(figures.run_s)),
        ("By hand", seconds(figures.hands_s)),
        ("Frames", str(figures.frames)),
        ("Configuration keys", str(figures.configuration_count or "–")),
        *((reboot.cause, seconds(reboot.seconds)) for reboot in figures.reboots),
        *(
            (f"{file.event} {file.name}", f"{size(file.size)}, {seconds(file.seconds)}")
            for file in figures.files
        ),
    ]
    for spacing in (*figures.heartbeats, *figures.meter_values):
        if spacing.spread is not None:
            s = spacing.spread
            asked = f", {spacing.interval_s:g} s asked for" if spacing.interval_s else ""
            told = f"{s.min:.1f} / {s.median:.1f} / {s.max:.1f} s (min / median / max{asked})"
            facts.append((f"Spacing, {spacing.name}", told))
    _table(document, ("Figure", "Value"), facts)
    document.add_heading("Answers to our commands", level=2)
    _table(
        document,
        ("Command", "Answered", "Median", "Longest"),
        (
            (
                time.action,
                f"{time.answered} of {time.sent}",
                seconds(time.spread.median if time.spread else None),
                seconds(time.spread.max if time.spread else None),
            )
            for time in figures.answer_times
        ),
    )


def _deviations(document: Docx, report: Report) -> None:
    document.add_heading("Deviations seen anywhere in the record", level=1)
    if not report.lints:
        document.add_paragraph("None.")
    for lint in report.lints:
        paragraph = _say(document.add_paragraph(), lint.id, bold=True)
        paragraph.add_run("  ")
        _say(paragraph, f"{lint.title}, seen {lint.count} ×, first in entry {lint.first_entry}", bold=True)
        _say(document.add_paragraph(), f"{lint.advice} {lint.clause}")
        if lint.sightings:
            first = lint.sightings[0]
            _say(document.add_paragraph(), f"Entry {first.entry}: {first.detail}", colour=_QUIET)
    if report.comparison is not None:
        compared = report.comparison
        document.add_heading(shown_line(f"Compared with firmware {compared.previous_firmware}"), level=1)
        groups = ("new", "fixed", "unchanged", "other")
        rows = [
            (name, c.id, c.sentence, f"{c.before} → {c.now}")
            for name in groups
            for c in getattr(compared, name)
        ]
        _table(document, ("", "Id", "What", "Before → now"), rows)


def _conditions(document: Docx, report: Report) -> None:
    facts, judging = report.environment, report.judging
    document.add_heading("Conditions", level=1)
    rows = [
        ("Charge point id", report.station.get("charge_point_id", "")),
        ("Period", f"{date_time(facts.began_at)} to {date_time(facts.ended_at)}"),
        ("Site", f"{facts.site}; run {facts.run_outcome} {facts.run_detail}"),
        *(("Line", sentence) for sentence in facts.line_sentences),
        (
            "Tool",
            f"chargeproof {facts.tool_version}, rule set {facts.rule_set}; judged with {judging.tool_version}",
        ),
        ("Judged", iso_time(judging.judged_at)),
        ("Windows", ", ".join(f"{n.replace('_', ' ')} {v:g}" for n, v in facts.windows.items()) or "–"),
        ("Record SHA-256", report.record_sha256),
    ]
    if judging.self_proof is not None:
        rows.append(("Self-proof", judging.self_proof.sentence))
    if facts.damage:
        rows.insert(0, ("Record damaged", facts.damage))
    _table(document, ("Condition", "Value"), rows)


def _sign_off(document: Docx, report: Report) -> None:
    document.add_heading("Sign-off", level=1)
    people = report.people
    _table(
        document,
        ("Tester", "Witness", "Place", "Date, signature"),
        ((people.tester, people.witness, people.place, ""),),
    )
    document.add_paragraph()
    _say(document.add_paragraph(), report.statement, colour=_QUIET)


def _keys(document: Docx, report: Report) -> None:
    rows = report.figures.configuration
    if rows:
        document.add_heading("Configuration keys as first read", level=1)
        _table(
            document,
            ("Key", "Value", ""),
            ((row.key, row.value or "–", "read-only" if row.readonly else "") for row in rows),
        )
