"""The console in a real browser, served by the real program."""

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.served import Served

STATION = "SIM-1"


@pytest.fixture(scope="module")
def station(program: Served) -> str:
    """A simulated station that is online."""
    program.simulate(STATION)
    program.until_ready(STATION)
    return STATION


def test_a_command_is_told_with_its_effect(page: Page, station: str) -> None:
    page.goto(f"/stations/{station}")
    trigger = page.get_by_text("Trigger", exact=True)
    expect(trigger).not_to_have_attribute("aria-disabled", "true")
    trigger.click()
    page.get_by_role("button", name="Heartbeat", exact=True).click()
    row = page.get_by_role("region", name="Latest commands").get_by_role("listitem").first
    expect(row).to_contain_text("TriggerMessage")
    expect(row).to_contain_text("accepted")
    expect(row).to_contain_text("effect seen")


def test_a_simulated_station_is_handled_from_its_page(page: Page, program: Served, station: str) -> None:
    program.api("PUT", "/id-tags/CARD-1", {"status": "Accepted"})
    page.goto(f"/stations/{station}")
    hands = page.get_by_role("group", name="Hands at this simulated station")
    connector = (
        page.get_by_role("list", name="Connectors").get_by_role("listitem").filter(has_text="Connector 2")
    )
    hands.get_by_label("Connector").select_option("Connector 2")
    hands.get_by_text("Provoke an error").click()
    hands.get_by_role("button", name="HighTemperature").click()
    expect(connector).to_contain_text("Faulted")
    expect(connector).to_contain_text("HighTemperature")
    hands.get_by_role("button", name="Repair HighTemperature").click()
    expect(connector).to_contain_text("Available")
    hands.get_by_role("button", name="Present a card…").click()
    page.get_by_role("combobox", name="Id tag of the card").fill("CARD-1")
    page.get_by_role("button", name="Present it").click()
    hands.get_by_role("button", name="Plug in").click()
    expect(connector).to_contain_text("Charging")
    hands.get_by_role("button", name="Unplug").click()
    expect(connector).not_to_contain_text("Charging")


def test_the_message_log_is_live(page: Page, program: Served, station: str) -> None:
    page.goto(f"/stations/{station}")
    log = page.get_by_role("region", name="Messages")
    expect(log).to_be_visible()
    command = {"action": "GetConfiguration", "payload": {"key": ["HeartbeatInterval"]}}
    program.api("POST", f"/charge-points/{station}/commands", command)
    expect(log.get_by_text("GetConfiguration").first).to_be_visible()


def test_a_key_is_changed_and_a_difference_applied(page: Page, station: str) -> None:
    page.goto(f"/stations/{station}/configuration")
    read = page.get_by_role("button", name="Read the configuration").or_(
        page.get_by_role("button", name="Read anew")
    )
    read.click()
    page.get_by_role("button", name="Save as baseline…").click()
    page.get_by_label("Name").fill("as it came")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("As the baseline “as it came” expects.")).to_be_visible()
    page.get_by_role("button", name="Change ConnectionTimeOut").click()
    page.get_by_role("textbox", name="ConnectionTimeOut").fill("77")
    page.keyboard.press("Enter")
    row = page.get_by_role("row").filter(has=page.get_by_text("ConnectionTimeOut", exact=True))
    expect(row).to_contain_text("accepted")
    expect(row).to_contain_text("differs")
    page.get_by_role("button", name="See and apply…").click()
    dialog = page.get_by_role("dialog", name="Compare the configuration")
    dialog.get_by_role("button", name="Apply all 1").click()
    expect(dialog).to_contain_text("1 of 1 applied.")
    dialog.get_by_role("button", name="Close").click()
    expect(page.get_by_text("As the baseline “as it came” expects.")).to_be_visible()


def test_the_stations_page_works_with_the_keyboard_alone(page: Page, station: str) -> None:
    page.goto("/")
    expect(page.get_by_role("row").filter(has_text=station)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type(station)
    expect(page.get_by_role("dialog").get_by_role("option").first).to_contain_text(station)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=station)).to_be_visible()
    trigger = page.locator("summary").filter(has_text="Trigger")
    trigger.press("Enter")
    page.keyboard.press("Escape")
    expect(trigger).to_be_focused()
    for key in ("Enter", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    command = page.get_by_role("region", name="Latest commands").get_by_role("listitem").first
    expect(command).to_contain_text("TriggerMessage Heartbeat")


def test_dark_is_kept_for_the_next_page(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/transactions")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_an_open_page_outlives_a_restart_of_the_server(page: Page, program: Served) -> None:
    page.goto("/transactions")
    connection = page.locator("#connection")
    program.stop()
    expect(connection).to_contain_text("Connection to the server lost")
    program.start()
    expect(connection).to_contain_text("Connected again")
