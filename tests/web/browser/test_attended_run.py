"""A person goes through a run with a phone: what the page asks for is done at a simulated station."""

import io
import re
from pathlib import Path

import docx
import pypdfium2  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.web.browser.attended import PATIENCE_S, chromium, logged_in, served

SPEED = 30
ACTS = {
    "Plug": "plug_in",
    "plug in": "plug_in",
    "Unplug": "unplug",
    "unplug": "unplug",
    "Present": "present_card",
}
STATION = "ATTENDED-1"
CARD = "CARD-1"
REFUSED = "CARD-2"


def in_page(page: Page, method: str, path: str, body: object = None) -> int:
    """A request of the page's own session."""
    status: int = page.evaluate(
        """async ([method, path, body]) => {
            const csrf = document.querySelector('meta[name="csrf-token"]').content;
            const headers = { "content-type": "application/json", "x-csrf-token": csrf };
            const answer = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
            return answer.status;
        }""",
        [method, path, body],
    )
    return status


def act_at_the_station(page: Page, sentence: str) -> int:
    verb = next(verb for word, verb in ACTS.items() if sentence.startswith(word))
    card = {"id_tag": REFUSED if "unknown" in sentence else CARD} if verb == "present_card" else {}
    return in_page(
        page, "POST", f"/simulated-stations/{STATION}/acts", {"act": verb, "connector_id": 1, **card}
    )


def test_a_whole_attended_run_on_a_phone(tmp_path: Path) -> None:
    with served(tmp_path, SPEED) as (address, password), chromium() as browser:
        page = logged_in(browser, address, password, phone=True)
        assert in_page(page, "POST", "/simulated-stations", {"charge_point_id": STATION}) == 201
        page.goto(f"{address}/runs/new?station={STATION}")
        page.get_by_role("button", name="None").click()
        for number in (6, 11):
            page.get_by_role("checkbox", name=re.compile(rf"^{number} ")).check()
        page.get_by_label("idTag of a card to be accepted").fill(CARD)
        page.get_by_label("idTag of another card").fill(REFUSED)
        page.get_by_role("button", name="Start the run").click()
        page.wait_for_url(re.compile(r"/runs/1$"))

        asked: list[str] = []
        over = page.get_by_label("Outcome")
        prompt = page.locator("[data-prompt]")
        while True:
            expect(over.or_(prompt).first).to_be_visible(timeout=PATIENCE_S * 1000)
            if over.is_visible():
                break
            shown, sentence = prompt.get_attribute("data-prompt"), prompt.locator("h2").inner_text()
            asked.append(sentence)
            assert act_at_the_station(page, sentence) == 200, sentence
            done = prompt.get_by_role("button", name="Done")
            if "may not show it" in prompt.inner_text():
                done.click()
            # A prompt goes away by itself once the station shows the act.
            expect(page.locator(f'[data-prompt="{shown}"]')).to_have_count(0, timeout=PATIENCE_S * 1000)

        assert any("Plug" in sentence for sentence in asked)
        assert any("Present" in sentence for sentence in asked)
        expect(over).to_contain_text("pass")
        functions = page.get_by_label("The 16 functions")
        expect(
            functions.get_by_role("button", name=re.compile("Start charge transaction.*pass"))
        ).to_be_visible()

        with page.expect_download() as download:
            page.goto(f"{address}/runs/1/report")
            page.get_by_role("link", name="PDF").click()
        pdf = pypdfium2.PdfDocument(download.value.path())
        assert STATION in "".join(pdf[number].get_textpage().get_text_range() for number in range(len(pdf)))
        with page.expect_download() as download:
            page.get_by_role("link", name="Word").click()
        form = docx.Document(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert "Start charge transaction" in "\n".join(
            cell.text for table in form.tables for cell in table._cells
        )


def test_a_run_is_stopped_and_the_station_restored(tmp_path: Path) -> None:
    with served(tmp_path, SPEED) as (address, password), chromium() as browser:
        page = logged_in(browser, address, password)
        assert in_page(page, "POST", "/simulated-stations", {"charge_point_id": STATION}) == 201
        body = {"charge_point_id": STATION, "functions": [11], "profile": {"valid_card": CARD}}
        assert in_page(page, "POST", "/runs", body) == 201
        page.goto(f"{address}/runs/1")
        prompt = page.locator("[data-prompt]")
        expect(prompt).to_be_visible(timeout=PATIENCE_S * 1000)
        prompt.get_by_role("button", name="Stop").click()
        page.get_by_role("dialog").get_by_role("button", name="Stop the run").click()
        expect(page.get_by_label("Outcome")).to_contain_text("stopped", timeout=PATIENCE_S * 1000)
        expect(page.get_by_text("Still changed at the station")).to_have_count(0)
