"""A person goes through a run with a phone: what the page asks for is done at a simulated station."""

import io
import re
from pathlib import Path
from typing import Any

import docx
import pypdfium2  # type: ignore[import-untyped]
import pytest
from playwright.sync_api import Page, expect

from tests.cli.programs import chargeproof
from tests.web.browser.conftest import OpenContext
from tests.web.browser.looking import PHONE
from tests.web.browser.served import Served

SPEED = 30
ACTS = {
    "Plug": "plug_in",
    "plug in": "plug_in",
    "Unplug": "unplug",
    "unplug": "unplug",
    "Present": "present_card",
}
LOOK = "(prompts) => prompts.map((it) => [it.dataset.prompt, it.querySelector('h2').innerText, it.innerText])"
STATION = "ATTENDED-1"
CARD = "CARD-1"
REFUSED = "CARD-2"


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"speed": SPEED}


@pytest.fixture(scope="module", autouse=True)
def station(program: Served) -> None:
    program.simulate(STATION)
    program.until_ready(STATION)


def act_at_the_station(program: Served, sentence: str) -> None:
    verb = next(verb for word, verb in ACTS.items() if sentence.startswith(word))
    card = {"id_tag": REFUSED if "unknown" in sentence else CARD} if verb == "present_card" else {}
    program.by_hand(STATION, verb, connector_id=1, **card)


def follow_the_prompts(page: Page, program: Served) -> list[str]:
    """Do what the page asks for until the run is over; gives what was asked.

    A prompt is read at one moment: the next one may be there after it.
    """
    asked: list[str] = []
    over = page.get_by_label("Outcome")
    prompt = page.locator("[data-prompt]")
    while True:
        expect(over.or_(prompt).first).to_be_visible()
        for number, sentence, text in prompt.evaluate_all(LOOK):
            asked.append(sentence)
            act_at_the_station(program, sentence)
            this = page.locator(f'[data-prompt="{number}"]')
            if "may not show it" in text:
                this.get_by_role("button", name="Done").click()
            # A prompt goes away by itself once the station shows the act.
            expect(this).to_have_count(0)
        if over.is_visible():
            return asked


def text_of_pdf(path: Path) -> str:
    pdf = pypdfium2.PdfDocument(path)
    return "".join(pdf[number].get_textpage().get_text_range() for number in range(len(pdf)))


def text_of_docx(path: Path) -> str:
    form = docx.Document(io.BytesIO(path.read_bytes()))
    return "\n".join(cell.text for table in form.tables for cell in table._cells)


def test_a_whole_attended_run_on_a_phone(open_context: OpenContext, program: Served) -> None:
    page = open_context(viewport=PHONE, has_touch=True).new_page()
    page.goto(f"/runs/new?station={STATION}")
    page.get_by_role("radio", name="A person at the station").check()
    functions = page.get_by_role("group", name="Functions")
    functions.locator("summary").click()
    functions.get_by_role("button", name="None").click()
    for number in (6, 11):
        page.get_by_role("checkbox", name=re.compile(rf"^{number} ")).check()
    page.get_by_label("idTag of a card to be accepted").fill(CARD)
    page.get_by_label("idTag of another card").fill(REFUSED)
    page.get_by_role("button", name="Start the run").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    run = page.url.rpartition("/")[2]
    asked = follow_the_prompts(page, program)
    assert any("Plug" in sentence for sentence in asked)
    assert any("Present" in sentence for sentence in asked)
    expect(page.get_by_label("Outcome")).to_contain_text("pass")
    functions = page.get_by_label("The 16 functions")
    functions.get_by_role("button", name=re.compile("Start charge transaction.*pass")).click()
    # It opens above the long list, and is brought into sight.
    expect(page.get_by_role("region", name="Function 6")).to_be_in_viewport()
    page.goto(f"/runs/{run}#check-11.1a")
    expect(page.locator("#check-11\\.1a")).to_be_in_viewport()

    program.until(f"/runs/{run}", lambda state: state["has_report"] and state["phase"] == "ended")
    page.goto(f"/runs/{run}/report")
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF").click()
    assert STATION in text_of_pdf(download.value.path())
    with page.expect_download() as download:
        page.get_by_role("link", name="Word").click()
    assert "Start charge transaction" in text_of_docx(download.value.path())


def test_a_card_is_named_by_holding_it_to_the_station(page: Page, program: Served) -> None:
    program.simulate("CARDS-1", "ctek_cs_connected")
    program.until_ready("CARDS-1")
    run = program.api("POST", "/runs", {"charge_point_id": "CARDS-1", "functions": [4], "remember": False})[
        "id"
    ]
    page.goto(f"/runs/{run}")
    expect(page.get_by_text("Or hold the card to the station now.").first).to_be_visible()
    program.by_hand("CARDS-1", "present_card", connector_id=1, id_tag="04C0FFEE")
    page.get_by_role("button", name="04C0FFEE").first.click()
    expect(page.get_by_label("idTag of a card to be accepted")).to_have_value("04C0FFEE")
    page.get_by_role("button", name="Go on").click()
    program.until(f"/runs/{run}", lambda state: state["phase"] == "ended")
    assert program.api("GET", f"/runs/{run}")["profile"]["valid_card"] == "04C0FFEE"


def test_a_run_is_stopped_and_the_station_restored(page: Page, program: Served) -> None:
    body = {"charge_point_id": STATION, "functions": [11], "profile": {"valid_card": CARD}}
    run = program.api("POST", "/runs", body)["id"]
    page.goto(f"/runs/{run}")
    prompt = page.locator("[data-prompt]")
    expect(prompt).to_be_visible()
    prompt.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop the run").click()
    expect(page.get_by_label("Outcome")).to_contain_text("stopped")
    program.until(f"/runs/{run}", lambda state: state["has_report"] and state["phase"] == "ended")
    expect(page.get_by_text("Still changed at the station")).to_have_count(0)


def test_what_is_overruled_on_the_command_line_is_seen_when_one_comes_back(
    page: Page, program: Served
) -> None:
    run = program.api("POST", "/runs", {"charge_point_id": STATION, "site": "none", "functions": [15]})["id"]
    program.until(f"/runs/{run}", lambda state: state["has_report"] and state["ending"])
    page.goto(f"/runs/{run}")
    expect(page.get_by_label("Outcome")).to_contain_text("pass")
    why = ["--by", "ann", "--reason", "It keeps no cache."]
    said = chargeproof("overrule", str(program.data / f"runs/{run}"), "15.1a", "--verdict", "fail", *why)
    assert said.returncode == 0, said.stderr
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.get_by_label("Outcome")).to_contain_text("fail")
    expect(page.get_by_label("Outcome")).to_contain_text("The machine says ✓pass; 1 overruled.")
