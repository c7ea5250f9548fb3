"""The console before anything is there: each test has a program of its own, that nobody has used yet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browser.conftest import at_work
from tests.web.browser.served import Served
from tests.web.browser.test_waiting import waiting_on

HELD = "HELD-1"


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"unknown_stations": "pending", "registration_retry_s": "1"}


@pytest.fixture
def program(settings: dict[str, Any], tmp_path: Path) -> Iterator[Served]:
    with at_work(tmp_path, settings) as program:
        yield program


def log_in(page: Page, program: Served) -> None:
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill(program.password)
    page.get_by_role("button", name="Log in").click()


def test_the_first_log_in_shows_what_to_enter_into_a_station(browser: Browser, program: Served) -> None:
    page = browser.new_page(base_url=program.url)
    page.goto("/transactions")
    expect(page).to_have_url(f"{program.url}/log-in?next=%2Ftransactions")
    page.get_by_label("Name").fill("admin")
    page.get_by_label("Password").fill("not that one")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    log_in(page, program)
    expect(page.get_by_role("heading", name="Transactions")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text(f"{program.ocpp}/")).to_be_visible()
    expect(page.get_by_role("img", name="QR code").locator("svg")).to_be_visible()
    expect(page.get_by_text("Only programs on this machine reach this address")).to_be_visible()
    page.close()


def test_a_station_that_waits_is_accepted_by_one_click(page: Page, program: Served) -> None:
    page.goto("/")
    page.get_by_role("button", name="Start a simulated station").click()
    program.simulate(HELD)
    waiting = waiting_on(page).get_by_role("listitem").filter(has_text=HELD)
    expect(waiting).to_contain_text("pending")
    waiting.get_by_role("button", name="Accept").click()
    expect(waiting).to_have_count(0)
    row = page.get_by_role("row").filter(has_text=HELD)
    expect(row).to_contain_text("online")
    expect(row).to_contain_text("Available")
    # The other one still waits; it says so in the list, too.
    expect(waiting_on(page).get_by_role("listitem").filter(has_text="SIM-1")).to_be_visible()
    with page.expect_navigation():
        row.get_by_role("link", name=HELD).click()
    expect(page.get_by_role("heading", name=HELD)).to_be_visible()


def test_an_id_tag_is_added_changed_and_deleted(page: Page) -> None:
    page.goto("/id-tags")
    page.get_by_role("button", name="Add an id tag").click()
    page.get_by_role("textbox", name="Id tag").fill("CARD-9")
    page.get_by_label("Note").fill("of the lab")
    page.get_by_role("button", name="Add", exact=True).last.click()
    row = page.get_by_role("row").filter(has_text="CARD-9")
    expect(row).to_contain_text("Accepted")
    expect(row).to_contain_text("of the lab")
    page.get_by_role("button", name="Change CARD-9").click()
    page.get_by_label("Status").last.select_option("Blocked")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Blocked")
    page.get_by_role("button", name="Delete CARD-9").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
