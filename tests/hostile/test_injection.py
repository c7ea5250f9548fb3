"""What a station says of itself is text, wherever it turns up: page, table, log, terminal, document."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from rich.console import Console
from rich.text import Text

import chargeproof.cli  # noqa: F401  it tames what rich writes
from chargeproof.acceptance.forms import FORMS
from tests.acceptance.sample_record import sample_trace
from tests.acceptance.sample_report import sample_report
from tests.hostile.attacked import Attacked
from tests.hostile.intruder import knock
from tests.hostile.liar import HARM, MARKUP, NAME, lie
from tests.web.browser.chromium import launch

STATION = quote(NAME, safe="")
PAGES = [
    "/",
    f"/stations/{STATION}",
    f"/stations/{STATION}/configuration",
    f"/stations/{STATION}/transactions",
    f"/stations/{STATION}/security",
    f"/stations/{STATION}/messages/1",
    "/transactions",
    "/transactions/1",
    "/id-tags",
    "/station-files",
    "/runs/new",
    "/people",
    "/settings",
    f"/stations/{quote(MARKUP, safe='')}",
    f"/log-in?next={quote(MARKUP)}",
    f"/nowhere/{quote(MARKUP, safe='')}",
]
FORMULA = re.compile(r"\s*[=+@\t\r＝＋＠-]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
EXPORTS = [
    f"/charge-points/{STATION}/messages.csv",
    "/transactions.csv",
    "/transactions/1/meter-values.csv",
    "/id-tags.csv",
]


@pytest.fixture(scope="module")
def lied(attacked: Attacked) -> Attacked:
    """Everything was said, by a station and by a stranger who is refused."""
    attacked.api("PUT", f"/id-tags/{quote('=1+1;=2+2', safe='')}", {"status": "Accepted", "note": HARM})

    async def main() -> None:
        await lie(attacked)
        headers = {"Sec_WebSocket_Protocol": MARKUP.replace(",", ""), "User_Agent": MARKUP, "Origin": MARKUP}
        await knock(attacked.ocpp_port, "STRANGER", **headers)

    attacked.on_loop(main())
    return attacked


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, lied: Attacked) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=lied.url)
    context.add_cookies(
        [{"name": name, "value": value, "url": lied.url} for name, value in lied.admin.cookies.items()]
    )
    yield context
    context.close()


def test_nothing_that_a_station_says_runs_in_a_page(context: BrowserContext, lied: Attacked) -> None:
    """And no policy had to stop it: nothing becomes markup in the first place."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request", lambda request: complaints.append(request.url) if lied.url not in request.url else None
    )
    for path in PAGES:
        page.goto(path)
        page.locator("body").inner_text()
        assert page.evaluate("window.harmed") is None, path
        assert page.locator("img[src=x]").count() == 0, path
        assert "49`" not in page.content(), path
    page.goto(f"/stations/{STATION}")
    page.get_by_text("</script><script>window.harmed=1").first.wait_for()
    allowed = re.compile(r"status of (401|404)|favicon")
    assert [each for each in complaints if not allowed.search(each)] == []


@pytest.mark.parametrize("path", EXPORTS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_no_spreadsheet_calculates_what_a_station_says(lied: Attacked, path: str, separator: str) -> None:
    """With whatever separator it was set to: half of Europe has a semicolon."""
    answer = lied.admin.get(f"/api/v1{path}")
    assert answer.headers["content-disposition"].startswith("attachment")
    cells = [
        cell for row in csv.reader(io.StringIO(answer.text, newline=""), delimiter=separator) for cell in row
    ]
    assert len(cells) >= 10 or separator != ","
    assert "1+1" in answer.text
    assert [cell for cell in cells if FORMULA.match(cell) and not NUMBER.fullmatch(cell)] == []


def test_the_log_is_a_line_for_each_event_whatever_is_in_it(lied: Attacked) -> None:
    text, machine = lied.logs["text"].getvalue(), lied.logs["json"].getvalue()
    for form in (text, machine):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", form)
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("2026-01-01 [error]")] == []
    assert all(re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[\w+ *\]|  ", line) for line in lines), lines
    events = [json.loads(line) for line in machine.splitlines()]
    assert len(events) <= len(lines)


def test_a_terminal_is_not_commanded() -> None:
    for show in (HARM, Text(HARM), Text.assemble("a", (HARM, "red")), f"[link=x]{MARKUP}"):
        out = io.StringIO()
        Console(file=out, force_terminal=False, highlight=False).print(show, markup=False)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out.getvalue())


def test_no_answer_of_the_api_is_taken_for_a_page(lied: Attacked) -> None:
    paths = [
        "/charge-points",
        f"/charge-points/{STATION}",
        f"/charge-points/{STATION}/messages",
        f"/charge-points/{STATION}/configuration",
        f"/charge-points/{STATION}/statuses",
        "/handshakes",
        "/transactions",
        "/file-jobs",
        f"/charge-points/{quote(MARKUP, safe='')}",
        f"/{quote(MARKUP, safe='')}",
    ]
    for path in paths:
        answer = lied.admin.get(f"/api/v1{path}")
        assert "json" in answer.headers["content-type"], path
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_page_that_a_station_left_is_a_download_and_no_page(lied: Attacked) -> None:
    job = lied.api("GET", "/file-jobs")["items"][0]
    (file,) = job["files"]
    assert re.fullmatch(r"[\w.()+@=,-]+\.html", file["name"])
    answer = lied.admin.get(f"/api/v1/file-jobs/{job['job_id']}/files/{quote(file['name'])}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert b"<script>" in answer.content


def test_documents_hold_nothing_that_acts() -> None:
    trace = sample_trace(hostile=HARM)
    report = sample_report(trace, hostile=HARM)
    with zipfile.ZipFile(io.BytesIO(FORMS["report.docx"](report, trace))) as docx:
        text = b"".join(docx.read(name) for name in docx.namelist()).decode("utf-8", "replace")
        assert not re.search(r"<w:(fldSimple|instrText|hyperlink|object|altChunk)\b", text)
        assert 'TargetMode="External"' not in text
        assert not [name for name in docx.namelist() if re.search(r"vba|activeX|embeddings", name)]
    assert not re.search(
        rb"/(JavaScript|JS|Launch|URI|EmbeddedFile|SubmitForm)\b", FORMS["report.pdf"](report, trace)
    )
    for name in FORMS:
        if not name.endswith((".pdf", ".docx")):  # those are packed
            assert b"\x1b" not in FORMS[name](report, trace), name
