"""The console in a real browser, served by the real program."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web.browser.chromium import launch
from tests.web.browser.served import Served

AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1360, "height": 860}
STATION = "SIM-1"
PAGES = (
    "/",
    f"/stations/{STATION}",
    f"/stations/{STATION}/configuration",
    f"/stations/{STATION}/transactions",
    "/transactions",
    "/runs",
    "/models",
    "/id-tags",
    "/station-files",
    "/people",
    "/settings",
)

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    program = Served(tmp_path_factory.mktemp("console"), unknown_stations="pending", registration_retry_s="1")
    program.start()
    program.log_in()
    yield program
    program.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def logged_in(browser: Browser, program: Served) -> Any:
    """Cookies of somebody who has logged in by the form."""
    context = browser.new_context(base_url=program.url)
    page = context.new_page()
    page.goto("/log-in")
    log_in(page, program)
    expect(page.get_by_role("heading", name="Stations", exact=True)).to_be_visible()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="module")
def station(program: Served) -> str:
    """A simulated station that was accepted."""
    running = {each["charge_point_id"] for each in program.api("GET", "/simulated-stations")["items"]}
    if STATION not in running:
        program.simulate(STATION)
    program.api("PATCH", f"/charge-points/{STATION}", {"registration": "Accepted"})
    # It connects in its own time, on a busy machine in some seconds.
    assert any(program.api("GET", f"/charge-points/{STATION}")["online"] for _ in range(5000))
    return STATION


@pytest.fixture
def page(browser: Browser, program: Served, logged_in: Any) -> Iterator[Page]:
    with_context = context_of(browser, program, logged_in)
    page = with_context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    with_context.close()
    assert errors == []


def context_of(browser: Browser, program: Served, state: Any, **options: Any) -> BrowserContext:
    return browser.new_context(
        **{"base_url": program.url, "storage_state": state, "viewport": DESK, **options}
    )


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


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_a_phone(
    browser: Browser, program: Served, logged_in: Any, station: str, path: str
) -> None:
    context = context_of(browser, program, logged_in, viewport=PHONE, has_touch=True)
    page = context.new_page()
    page.goto(path)
    expect(page.get_by_role("navigation", name="Main pages")).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(
    browser: Browser, program: Served, logged_in: Any, station: str, path: str
) -> None:
    context = context_of(browser, program, logged_in)
    page = context.new_page()
    page.goto(path)
    expect(page.locator(".skeleton")).to_have_count(0)
    page.evaluate(AXE.read_text())
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in violations] == []
    context.close()


def test_dark_is_kept_for_the_next_page(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/transactions")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_wrong_lines_of_a_file_of_id_tags_are_told_and_right_ones_taken(page: Page) -> None:
    page.goto("/id-tags")
    page.get_by_role("button", name="Import…").click()
    choose = page.get_by_label("CSV file")
    choose.set_input_files(csv_file("id_tag,status\nCARD-1,Accepted\nCARD-2,Perhaps\n"))
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("Line 3")
    choose.set_input_files(csv_file("id_tag,status\nCARD-1,Accepted\nCARD-2,Blocked\n"))
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("status").filter(has_text="2 new")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="CARD-2")).to_contain_text("Blocked")


def csv_file(text: str) -> Any:
    return {"name": "tags.csv", "mimeType": "text/csv", "buffer": text.encode()}


def test_a_token_is_shown_once(page: Page) -> None:
    page.goto("/people")
    page.get_by_role("button", name="New token…").click()
    page.get_by_label("What for").fill("a test")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("dialog")).to_contain_text("cp_")
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("row").filter(has_text="a test").first).to_be_visible()
    expect(page.get_by_text("cp_")).to_have_count(0)


def test_an_open_page_outlives_a_restart_of_the_server(page: Page, program: Served) -> None:
    page.goto("/transactions")
    connection = page.locator("#connection")
    program.stop()
    expect(connection).to_contain_text("Connection to the server lost")
    program.start()
    expect(connection).to_contain_text("Connected again")
