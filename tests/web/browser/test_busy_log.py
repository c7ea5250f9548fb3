"""A station that says 200 messages a second and more, looked at in five tabs; then its messages one by one."""

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import ClientConnection, connect

from tests.web.browser.conftest import OpenContext
from tests.web.browser.looking import violations_of
from tests.web.browser.served import Served

STATION = "BUSY-1"
TABS = 5
MESSAGES = 1000
TYPICAL_FRAME_MS = 50
"""Half of all pictures of the tab in front come within this, also on a small machine that does all at once."""

WATCH_FRAMES = """() => {
  window.frames_ms = [];
  let last = performance.now();
  const tick = (now) => { window.frames_ms.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
MEDIAN_FRAME = "() => window.frames_ms.toSorted((one, other) => one - other)[window.frames_ms.length >> 1]"


class Busy:
    """A station with one socket that says one thing after the other, each when the last was answered."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = count(1)

    def say(self, action: str, payload: dict[str, Any]) -> None:
        self._socket.send(json.dumps([2, f"m{next(self._ids)}", action, payload]))
        self._socket.recv(timeout=60)


@pytest.fixture(scope="module")
def busy(program: Served) -> Iterator[Busy]:
    with connect(f"{program.ocpp}/{STATION}", subprotocols=["ocpp1.6"]) as socket:  # type: ignore[list-item]
        station = Busy(socket)
        station.say("BootNotification", {"chargePointVendor": "Busy", "chargePointModel": "Mouth"})
        station.say("StatusNotification", {"connectorId": 1, "status": "Avaliable", "errorCode": "NoError"})
        yield station


def log_of(page: Page) -> Any:
    return page.get_by_role("listbox", name="Messages, the newest first")


def test_five_tabs_follow_without_a_stutter_and_lose_no_row(open_context: OpenContext, busy: Busy) -> None:
    context = open_context()
    pages = [context.new_page() for _ in range(TABS)]
    for page in pages:
        page.goto(f"/stations/{STATION}")
        expect(log_of(page).get_by_role("option").first).to_be_visible()
    front = pages[-1]
    front.bring_to_front()
    front.evaluate(WATCH_FRAMES)
    known = int(log_of(pages[0]).get_by_role("option").first.get_attribute("aria-setsize") or 0)
    for _ in range(MESSAGES):
        busy.say("Heartbeat", {})
    for page in pages:
        newest = log_of(page).get_by_role("option").first
        expect(newest).to_have_attribute("aria-setsize", str(known + MESSAGES))
    assert front.evaluate(MEDIAN_FRAME) < TYPICAL_FRAME_MS


def test_a_log_that_is_paused_stays_still_and_counts_what_waits(page: Page, busy: Busy) -> None:
    page.goto(f"/stations/{STATION}")
    newest = log_of(page).get_by_role("option").first
    expect(newest).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    before = newest.get_attribute("id")
    for _ in range(7):
        busy.say("Heartbeat", {})
    news = page.get_by_role("button", name="7 new")
    expect(news).to_be_visible()
    assert newest.get_attribute("id") == before
    news.click()
    expect(newest).not_to_have_attribute("id", before or "")


def test_a_message_is_found_and_read_by_keys_alone(page: Page, busy: Busy) -> None:
    page.goto(f"/stations/{STATION}?deviating=true")
    log = log_of(page)
    expect(log.get_by_role("option")).to_have_count(1)
    log.focus()
    page.keyboard.press("ArrowDown")
    message = page.get_by_role("article")
    expect(message.locator(".line.marked")).to_contain_text('"status": "Avaliable"')
    assert violations_of(page) == []
    with page.expect_navigation():
        message.get_by_role("link", name="StatusNotification").click()
    expect(page.get_by_role("heading", name="StatusNotification")).to_be_visible()
    assert violations_of(page) == []


def test_related_messages_are_one_click_away(page: Page, busy: Busy) -> None:
    page.goto(f"/stations/{STATION}?deviating=true")
    log_of(page).get_by_role("option").first.click()
    page.get_by_role("button", name="Same action").click()
    expect(page).to_have_url(re.compile(r"\?action=StatusNotification$"))
    expect(log_of(page).get_by_role("option")).to_have_count(1)


def test_a_form_of_a_command_is_accessible_in_light_and_dark(page: Page, busy: Busy) -> None:
    page.goto(f"/stations/{STATION}")
    page.get_by_role("button", name="Remote start…").click()
    expect(page.get_by_role("dialog", name="Remote start")).to_be_visible()
    assert violations_of(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations_of(page, "color-contrast") == []
