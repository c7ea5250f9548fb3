"""Every page: no violation in light and dark, and nothing to be scrolled sideways on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.looking import PHONE, violations_of
from tests.web.browser.served import Served

STATION = "ACME-1"
PAGES = (
    "/",
    f"/stations/{STATION}",
    f"/stations/{STATION}?deviating=true",
    f"/stations/{STATION}/configuration",
    f"/stations/{STATION}/transactions",
    f"/stations/{STATION}/runs",
    f"/stations/{STATION}/security",
    f"/stations/{STATION}/messages/1",
    "/transactions",
    "/transactions/1",
    "/runs",
    "/runs/new",
    "/runs/1",
    "/runs/1#function-4",
    "/runs/1/report",
    "/runs/3",
    "/compare",
    "/compare?a=1&b=2",
    "/models",
    "/id-tags",
    "/station-files",
    "/people",
    "/settings",
    "/nowhere",
    "/stations/NOBODY",
)


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"speed": 20}


@pytest.fixture(scope="module", autouse=True)
def lived(program: Served) -> None:
    """A station that charges, two runs that are over, and one that waits for a person."""
    program.simulate(STATION)
    program.until_ready(STATION)
    program.api("PUT", "/id-tags/CARD-1", {"status": "Accepted"})
    program.by_hand(STATION, "present_card", id_tag="CARD-1", connector_id=2)
    program.by_hand(STATION, "plug_in", connector_id=2)
    program.api("POST", f"/charge-points/{STATION}/configuration/read", {})
    for number in (1, 2):
        program.api("POST", "/runs", {"charge_point_id": STATION, "site": "none", "functions": [4]})
        program.until(f"/runs/{number}", lambda run: run["has_report"] and run["ending"])
    wanted = {"charge_point_id": STATION, "functions": [11], "profile": {"valid_card": "CARD-1"}}
    program.api("POST", "/runs", wanted)
    program.until("/runs/3", lambda run: run["prompt"])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_in_light_and_dark_and_fits_a_phone(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    assert violations_of(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations_of(page, "color-contrast") == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations_of(page, "color-contrast", "target-size", "scrollable-region-focusable") == []
