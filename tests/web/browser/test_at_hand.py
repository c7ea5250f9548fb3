"""What one has in hand stays there: the focus, what was typed, what was said, and the way onwards."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.browser.served import Served

STATION = "HAND-1"


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module", autouse=True)
def station(program: Served) -> None:
    program.simulate(STATION)
    program.until_ready(STATION)
    program.api("POST", f"/charge-points/{STATION}/configuration/read", {})


def test_the_focus_is_where_it_was_after_a_menu_and_after_a_dialog(page: Page) -> None:
    page.goto(f"/stations/{STATION}")
    trigger, reset = (page.locator("summary").filter(has_text=name) for name in ("Trigger", "Reset"))
    trigger.press("Enter")
    page.get_by_role("button", name="Heartbeat", exact=True).press("Enter")
    expect(trigger).to_be_focused()
    reset.press("Enter")
    page.get_by_role("button", name="Soft").press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(reset).to_be_focused()


def test_the_focus_stays_with_a_key_that_was_changed_and_with_what_opened_a_dialog(page: Page) -> None:
    page.goto(f"/stations/{STATION}/configuration")
    key = page.get_by_role("button", name="Change ConnectionTimeOut")
    key.press("Enter")
    page.get_by_role("textbox", name="ConnectionTimeOut").fill("77")
    page.keyboard.press("Enter")
    expect(key).to_be_focused()
    save = page.get_by_role("button", name="Save as baseline…")
    save.press("Enter")
    page.get_by_label("Name").fill("mine")
    page.keyboard.press("Enter")
    expect(page.get_by_text("As the baseline “mine” expects.")).to_be_visible()
    expect(save).to_be_focused()


def test_what_is_typed_into_two_filters_is_asked_for_together(page: Page) -> None:
    page.goto(f"/stations/{STATION}")
    page.get_by_placeholder("Text in the message").fill("Available")
    page.get_by_placeholder("Action").fill("statusnotification")
    page.wait_for_url(re.compile(r"action=StatusNotification&text=Available$"))
    log = page.get_by_role("listbox", name="Messages, the newest first")
    expect(log.get_by_role("option").filter(has_text="BootNotification")).to_have_count(0)
    log.get_by_role("option").filter(has_text="connector 1").click()
    message = page.get_by_role("article", name="Message")
    expect(message).to_be_visible()
    log.press("Escape")
    expect(message).to_have_count(0)
    expect(log).to_be_focused()


def test_half_an_action_hides_nothing_and_is_not_taken_away_by_news(page: Page, program: Served) -> None:
    page.goto(f"/stations/{STATION}")
    action = page.get_by_placeholder("Action")
    action.press_sequentially("Sta")
    rows = page.get_by_role("listbox", name="Messages, the newest first").get_by_role("option")
    wanted = {"action": "ChangeConfiguration", "payload": {"key": "BlinkRepeat", "value": "4"}}
    program.api("POST", f"/charge-points/{STATION}/commands", wanted)
    expect(rows.filter(has_text="BlinkRepeat · 4")).to_be_visible()
    expect(action).to_have_value("Sta")


def test_what_goes_wrong_in_a_dialog_is_said_in_it(page: Page) -> None:
    page.goto("/people")
    page.get_by_role("button", name="Add somebody…").click()
    dialog = page.get_by_role("dialog", name="Add somebody")
    dialog.get_by_label("Name").fill("admin")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Somebody here is called admin already")
    dialog.get_by_label("Name").fill("grace")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    dialog.get_by_role("button", name="Add").click()
    expect(page.get_by_role("dialog", name="The password of grace")).to_be_visible()


def test_what_was_sent_and_is_not_answered_yet_says_so(page: Page) -> None:
    page.goto(f"/stations/{STATION}")
    held: list[Route] = []
    page.route("**/acts", lambda route: held.append(route))
    page.get_by_role("button", name="Plug in").click()
    waits = page.get_by_text("Sent; no answer yet.")
    expect(waits).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("button", name="Unplug")).to_be_visible()
    expect(waits).to_have_count(0)


def test_a_run_is_begun_from_the_page_of_its_station(page: Page) -> None:
    page.goto(f"/stations/{STATION}")
    with page.expect_navigation():
        page.get_by_role("navigation", name="Of this station").get_by_role("link", name="Runs").click()
    expect(page.get_by_text("No run with this station yet")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("link", name="New run").click()
    expect(page.get_by_label("Charge point id")).to_have_value(STATION)


def test_a_run_that_waits_says_for_whom_and_where_it_shall_connect(page: Page, program: Served) -> None:
    run = program.api("POST", "/runs", {"charge_point_id": "NOT-YET", "site": "none", "functions": [4]})["id"]
    page.goto(f"/runs/{run}")
    expect(page.get_by_role("status", name="Now")).to_contain_text(f"{program.ocpp}/")
    page.get_by_role("button", name="Stop…").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop the run").click()
    outcome = page.get_by_label("Outcome")
    expect(outcome).to_contain_text("never began")
    with page.expect_navigation():
        outcome.get_by_role("link", name="New run").click()
    expect(page.get_by_label("Charge point id")).to_have_value("NOT-YET")


def test_what_is_known_of_a_station_that_is_away_is_told_as_what_it_was(page: Page, program: Served) -> None:
    program.simulate("AWAY-1")
    program.until_ready("AWAY-1")
    page.goto("/stations/AWAY-1")
    away = page.get_by_text("below is what it told last")
    expect(page.get_by_role("list", name="Connectors")).to_be_visible()
    expect(away).to_have_count(0)
    program.api("DELETE", "/simulated-stations/AWAY-1")
    expect(away).to_be_visible()
