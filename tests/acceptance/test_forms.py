"""The forms: the same content in each, the same bytes every time, and no way in for a station's text."""

import io
import re
import zipfile
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2  # type: ignore[import-untyped]
import pytest
from docx import Document
from lxml import etree  # type: ignore[import-untyped]

from chargeproof.acceptance.forms import FORMS, write_all
from chargeproof.acceptance.forms.as_docx import docx_of
from chargeproof.acceptance.forms.as_html import html_of
from chargeproof.acceptance.forms.as_junit import junit_of
from chargeproof.acceptance.forms.as_markdown import markdown_of, md
from chargeproof.acceptance.forms.as_pdf import pdf_of
from chargeproof.acceptance.forms.plain_text import can_be_typeset, seconds, shown, shown_line, size, typeset
from chargeproof.acceptance.report import build_report
from chargeproof.acceptance.report_schema import Report
from chargeproof.acceptance.verdict import Outcome
from chargeproof.errors import ToolError, UsageError
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import HandshakeSeen, SecuritySeen, Trace
from tests.acceptance.sample_record import SECRET, sample_trace
from tests.acceptance.sample_report import SHA256, sample_report

HOSTILE = (
    '"><script>alert(1)</script><img src=x onerror=y>| **b** [l](javascript:x) '
    "#set page()\x00\x1b\u202e\ufffe=1+1"
)


@pytest.fixture(scope="module")
def trace() -> Trace:
    return sample_trace()


@pytest.fixture(scope="module")
def report(trace: Trace) -> Report:
    return sample_report(trace)


def pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    return re.sub(r"\s+", " ", " ".join(pages).replace("\u200b", "").replace("\ufffe", ""))


def docx_text(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


# ── all forms ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_the_same_bytes_every_time(name: str, report: Report, trace: Trace) -> None:
    assert FORMS[name](report, trace) == FORMS[name](report, trace)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_of_an_empty_record_can_be_made(name: str) -> None:
    empty = Trace([])
    assert FORMS[name](sample_report(sample_trace()), empty)
    bare = TraceBuilder().ended().trace()

    told = build_report(bare, record_sha256="0" * 64, judged_at=None, tool_version="1")
    assert FORMS[name](told, bare)


def texts_of(report: Report, trace: Trace) -> dict[str, str]:
    return {
        "report.json": FORMS["report.json"](report, trace).decode(),
        "report.xml": junit_of(report).decode(),
        "report.md": markdown_of(report),
        "report.html": html_of(report, trace),
        "report.pdf": pdf_text(pdf_of(report, trace)),
        "report.docx": docx_text(docx_of(report)),
    }


def test_every_form_tells_the_failed_checks_and_hides_the_secret(report: Report, trace: Trace) -> None:
    for name, text in texts_of(report, trace).items():
        assert "voltage and power never came" in text, name
        assert "8.2b" in text, name
        assert SECRET not in text, name


def test_nobody_takes_half_a_run_or_a_simulated_station_for_more(report: Report, trace: Trace) -> None:
    facts = msgspec.structs.replace(
        report.environment, site="simulated", run_outcome="stopped", run_detail="by a person"
    )
    half = msgspec.structs.replace(report, environment=facts)
    first_page = pypdfium2.PdfDocument(pdf_of(half, trace))[0].get_textpage().get_text_bounded()
    for text in (first_page, markdown_of(half), html_of(half, trace), docx_text(docx_of(half))):
        assert "A simulated station: no device was tested." in text
        assert "The run was not completed: stopped, by a person" in text


def test_markdown_shows_a_number_as_a_number(report: Report) -> None:
    assert md("21.1 s after Reset Hard") == "21.1 s after Reset Hard"
    assert md("0.1.0") == "0.1.0"
    assert md("1. a list") == "1\\. a list"
    assert md("- a list") == "\\- a list"
    assert "\\0" not in markdown_of(report)


def test_every_form_tells_what_the_connections_really_used() -> None:
    record = TraceBuilder()
    plain = SecuritySeen(profile=1, password_form="bytes")
    mutual = SecuritySeen(
        profile=3,
        protocol="TLSv1.3",
        cipher="TLS_AES_256_GCM_SHA384",
        server_certificate="ECDSA",
        client_subject="CP-1",
        client_issuer="Root of the yard",
        client_serial="5f01",
        client_expires_at=datetime(2031, 2, 3, tzinfo=UTC),
    )
    shakes = [
        (plain, "accepted", "basic"),
        (mutual, "accepted", "certificate"),
        (mutual, "accepted", "certificate"),
        (SecuritySeen(protocol="TLSv1.1"), "refused", "none"),
    ]
    for security, outcome, authentication in shakes:
        record.entry(
            HandshakeSeen,
            path="/CP-1",
            charge_point_id="CP-1",
            remote="127.0.0.1:1",
            chosen="ocpp1.6",
            outcome=outcome,
            authentication=authentication,
            tls=f"{security.protocol} {security.cipher}" if security.cipher else None,
            security=security,
        )
    trace = record.ended().trace()
    report = build_report(trace, record_sha256=SHA256, judged_at=None, tool_version="1")
    assert [(line.profile, line.connections) for line in report.environment.lines] == [(1, 1), (3, 2)]
    for name, text in texts_of(report, trace).items():
        if name == "report.xml":
            continue
        flat = " ".join(text.replace("\\_", "_").split())
        for fact in ("TLSv1.3", "TLS_AES_256_GCM_SHA384", "ECDSA", "5f01", "Root of the yard", "bytes"):
            assert fact in flat, (name, fact)
        assert "TLSv1.1" not in flat, name


def test_forms_for_people_have_every_function_and_the_statement(report: Report, trace: Trace) -> None:
    for name, text in texts_of(report, trace).items():
        if name in ("report.json", "report.xml"):
            continue
        for function in report.functions:
            assert function.title.split("(")[0].strip() in text, (name, function.title)
        assert "not a certificate of the Open Charge Alliance" in text, name
        assert "Ok, Configuration (178)" in text.replace("\\", "").replace("<b>", "").replace("</b>", ""), (
            name
        )
        assert re.search("Ok(</b>)? — ICCID not included", text), name


def test_a_comparison_is_shown_where_there_is_one(trace: Trace) -> None:
    compared = sample_report(trace, previous=sample_report(sample_trace(firmware="1.0.old")))
    texts = texts_of(compared, trace)
    for name in ("report.md", "report.html", "report.pdf", "report.docx"):
        assert "Compared with firmware" in texts[name], name


# ── a station's text is no markup ────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def hostile() -> tuple[Report, Trace]:
    trace = sample_trace(hostile=HOSTILE)
    return sample_report(trace, hostile=HOSTILE), trace


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(text)
    return parser.seen


def test_html_takes_nothing_from_a_station_for_markup(hostile: tuple[Report, Trace]) -> None:
    seen = tags(html_of(*hostile))
    assert sum(tag == "script" for tag, _ in seen) == 1
    assert not [tag for tag, _ in seen if tag in ("img", "iframe", "object", "form")]
    assert not [a for _, attributes in seen for a in attributes if a.startswith("on")]


def test_html_loads_nothing_and_links_only_within_itself(hostile: tuple[Report, Trace]) -> None:
    text = html_of(*hostile)
    seen = tags(text)
    assert not [tag for tag, _ in seen if tag == "link"]
    assert not [a for _, attributes in seen for a in ("src", "srcset", "data") if a in attributes]
    assert all((attributes["href"] or "").startswith("#") for tag, attributes in seen if tag == "a")
    assert "@import" not in text
    assert "url(" not in text


def test_every_link_of_the_html_has_its_target(report: Report, trace: Trace) -> None:
    seen = tags(html_of(report, trace))
    ids = [attributes["id"] for _, attributes in seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(attributes["href"] or "")[1:] for tag, attributes in seen if tag == "a"}
    assert targets <= {each for each in ids if each}


def test_html_has_an_anchor_for_every_piece_of_evidence(report: Report, trace: Trace) -> None:
    text = html_of(report, trace)
    for check in report.checks():
        for n in check.evidence:
            assert f'id="e{n}"' in text


def test_html_shows_each_verdict_as_mark_and_word(report: Report, trace: Trace) -> None:
    text = html_of(report, trace)
    for word in ("pass", "pass with remark", "fail", "inconclusive", "not applicable", "not run"):
        assert f"</span> {word}</span>" in text


def test_nothing_invisible_gets_into_a_form(hostile: tuple[Report, Trace]) -> None:
    for name, text in texts_of(*hostile).items():
        if name != "report.json":
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\ufffe]", text), name


def test_a_huge_record_shows_what_is_cited_and_says_what_is_left_out() -> None:
    builder = TraceBuilder()
    builder.opened()
    for _ in range(5000):
        builder.text("charge_point", '[2,"1","Heartbeat",{}]')
    trace = builder.ended().trace()
    report = sample_report(sample_trace())
    text = html_of(report, trace)
    assert "entries that nothing cites are left out" in text
    assert len(text) < 2_000_000


def test_markdown_keeps_its_four_columns(hostile: tuple[Report, Trace]) -> None:
    lines = markdown_of(hostile[0]).splitlines()
    start = lines.index("| # | Function | Acceptance Criteria | Result |")
    rows = []
    for line in lines[start:]:
        if not line:
            break
        rows.append(re.split(r"(?<!\\)\|", line))
    assert len(rows) == 2 + 31
    assert {len(row) for row in rows} == {6}


def test_markdown_takes_nothing_from_a_station_for_markup(hostile: tuple[Report, Trace]) -> None:
    text = markdown_of(hostile[0])
    assert not re.search(r"(?<!\\)<", text)
    assert not re.search(r"(?<!\\)\]\(", text)


# ── JUnit ────────────────────────────────────────────────────────────────────────────────────────────

SCHEMA = Path(__file__).with_name("junit.xsd")


@pytest.mark.parametrize("text", ["", HOSTILE])
def test_junit_is_valid_against_the_schema(text: str) -> None:
    content = junit_of(sample_report(sample_trace(hostile=text), hostile=text))
    schema = etree.XMLSchema(etree.parse(str(SCHEMA)))
    schema.assertValid(etree.fromstring(content))


def parsed(report: Report) -> Any:
    return etree.fromstring(junit_of(report))


def test_junit_counts_what_it_holds(report: Report) -> None:
    root = parsed(report)
    assert len(root.findall("testsuite")) == 16
    assert int(root.get("tests", "")) == len(root.findall(".//testcase")) == len(report.checks())
    assert int(root.get("failures", "")) == len(root.findall(".//failure")) == 2
    assert int(root.get("errors", "")) == len(root.findall(".//error")) == 1
    assert len(root.findall(".//skipped")) == 3


def test_what_is_inconclusive_or_our_fault_does_not_pass_a_build(report: Report) -> None:
    for outcome in (Outcome.INCONCLUSIVE, Outcome.TOOL_ERROR):
        check = msgspec.structs.replace(report.checks()[0], verdict=outcome)
        criterion = msgspec.structs.replace(report.criteria()[0], checks=(check,))
        function = msgspec.structs.replace(report.functions[0], criteria=(criterion,))
        one = msgspec.structs.replace(report, functions=(function,))
        assert parsed(one).get("errors") == "1"


# ── PDF and DOCX ─────────────────────────────────────────────────────────────────────────────────────


def test_the_pdf_is_an_archivable_tagged_a4_document(report: Report, trace: Trace) -> None:
    content = pdf_of(report, trace)
    assert b"pdfaid:part" in content
    assert b"/MarkInfo" in content
    document = pypdfium2.PdfDocument(content)
    assert [round(x) for x in document[0].get_size()] == [595, 842]
    assert f"1 / {len(document)}" in pdf_text(content)


def test_the_pdf_takes_any_text_that_a_station_can_send(hostile: tuple[Report, Trace]) -> None:
    report, trace = hostile
    names = "".join(chr(c) for c in range(0x20, 0x600)) + "中文 한국어 😀 \U0001f697 ́a"
    station = msgspec.structs.replace(report.header[0], wire=names, typed="x" * 600)
    text = pdf_text(pdf_of(msgspec.structs.replace(report, header=(station, *report.header[1:])), trace))
    assert "#set page()" in text
    assert "⟨U+4E2D⟩" in text


def test_the_fonts_have_every_character_that_is_trusted_to_them(report: Report, trace: Trace) -> None:
    trusted = [chr(c) for c in range(0x21, 0x3000) if can_be_typeset(chr(c))]
    reasons = " ".join("".join(trusted[i : i + 16]) for i in range(0, len(trusted), 16))
    check = msgspec.structs.replace(report.checks()[0], reason=reasons)
    criterion = msgspec.structs.replace(report.criteria()[0], checks=(check,))
    function = msgspec.structs.replace(report.functions[0], criteria=(criterion,))
    assert pdf_of(msgspec.structs.replace(report, functions=(function,)), trace)


def test_the_docx_opens_and_has_the_form_in_four_columns(hostile: tuple[Report, Trace]) -> None:
    document = Document(io.BytesIO(docx_of(hostile[0])))
    form = next(t for t in document.tables if [c.text for c in t.rows[0].cells][:2] == ["#", "Function"])
    assert [cell.text for cell in form.rows[0].cells] == ["#", "Function", "Acceptance Criteria", "Result"]
    assert len(form.rows) == 17


def test_the_docx_carries_no_time_but_the_record_s(report: Report) -> None:
    content = docx_of(report)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    created = Document(io.BytesIO(content)).core_properties.created
    assert created is not None
    assert report.environment.ended_at is not None
    assert created.replace(tzinfo=None) == report.environment.ended_at.replace(tzinfo=None, microsecond=0)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────


def test_all_forms_are_written(tmp_path: Path, report: Report, trace: Trace) -> None:
    folder = tmp_path / "new" / "out"
    paths = write_all(report, trace, folder)
    assert sorted(path.name for path in paths) == sorted(FORMS)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FORMS)


def test_a_folder_that_is_a_file_is_refused_with_place_and_remedy(
    tmp_path: Path, report: Report, trace: Trace
) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match="cannot be written") as caught:
        write_all(report, trace, tmp_path / "out")
    assert str(tmp_path / "out") in str(caught.value)
    assert "--out DIR" in str(caught.value)


def test_a_form_that_breaks_does_not_take_the_others_with_it(
    tmp_path: Path, report: Report, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(report: Report, trace: Trace) -> bytes:
        raise RuntimeError("no ink")

    monkeypatch.setitem(FORMS, "report.md", broken)
    with pytest.raises(ToolError, match=r"report\.md could not be made: RuntimeError: no ink"):
        write_all(report, trace, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(set(FORMS) - {"report.md"})


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00b\x1b", "a␀b␛"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\ud800", "⟨U+D800⟩"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("Ладe 中 é", "Ладe 中 é"),
    ],
)
def test_unfit_characters_become_visible(text: str, seen: str) -> None:
    assert shown(text) == seen


def test_a_line_is_a_line_and_ends() -> None:
    assert shown_line(" a\n\n b ") == "a b"
    assert shown_line("x" * 50, 10) == "x" * 9 + "…"
    assert typeset("中") == "⟨U+4E2D⟩"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0842, "84 ms"),
        (3.21, "3.2 s"),
        (104, "1 min 44 s"),
        (7500, "2 h 05 min"),
        (-0.5, "−500 ms"),
    ],
)
def test_spans_are_told_as_people_read_them(value: float | None, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (12, "12 B"), (184_320, "184.3 kB"), (5_200_000, "5.2 MB")],
)
def test_sizes_are_told_as_people_read_them(value: int | None, text: str) -> None:
    assert size(value) == text
