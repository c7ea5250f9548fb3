"""Two people look at the same station and the same run, and each sees what the other does."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.conftest import OpenContext
from tests.web.browser.served import Served

STATION = "SHARED-1"


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"unknown_stations": "pending", "registration_retry_s": "5", "speed": 10}


@pytest.fixture
def both(open_context: OpenContext) -> tuple[Page, Page]:
    return open_context().new_page(), open_context().new_page()


def test_two_people_see_what_the_other_does(both: tuple[Page, Page], program: Served) -> None:
    ann, bob = both
    for page in both:
        page.goto("/")
    program.simulate(STATION)
    for page in both:
        expect(page.get_by_role("region", name="Stations waiting")).to_contain_text(STATION)
    ann.get_by_role("button", name="Accept").click()
    for page in both:
        expect(page.get_by_role("region", name="Stations waiting")).to_have_count(0)
        expect(page.get_by_role("row").filter(has_text=STATION)).to_contain_text("Available")

    for page in both:
        page.goto(f"/stations/{STATION}")
    bob.get_by_text("Trigger", exact=True).click()
    bob.get_by_role("button", name="Heartbeat", exact=True).click()
    for page in both:
        command = page.get_by_role("region", name="Latest commands").get_by_role("listitem").first
        expect(command).to_contain_text("TriggerMessage")
        expect(command).to_contain_text("effect seen")

    body = {"charge_point_id": STATION, "functions": [11], "profile": {"valid_card": "CARD-1"}}
    run = program.api("POST", "/runs", body)["id"]
    for page in both:
        page.goto(f"/runs/{run}")
        expect(page.get_by_label("What to do now")).to_be_visible()
    asked = ann.locator("[data-prompt]").get_attribute("data-prompt")
    ann.get_by_role("button", name="Cannot…").click()
    ann.get_by_role("button", name="It is not safe").click()
    ann.get_by_role("button", name="Cannot be done").click()
    expect(bob.locator(f'[data-prompt="{asked}"]')).to_have_count(0)
    program.api("POST", f"/runs/{run}/stop", also=409)  # it may be over already
    for page in both:
        expect(page.get_by_label("Outcome")).to_be_visible()
