"""The page of the API in a browser without a network, and a station with an odd name by its links."""

import re
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.web.browser.looking import violations_of
from tests.web.browser.served import Served

ODD_ID = "A/B 50%?#ü"


def test_the_description_works_without_a_network_and_asks_nobody_else(page: Page, program: Served) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/v1/docs")
    assert asked
    assert [url for url in asked if not url.startswith((f"{program.url}/", "data:"))] == []
    page.context.set_offline(True)
    page.get_by_label("Search the API").fill("idempotency")
    expect(page.locator("#api-nothing")).to_be_visible()
    page.get_by_label("Search the API").fill("send_command")
    expect(page.locator("#api-count")).to_have_text(re.compile(r"^1 of \d{3}$"))
    page.locator("#send_command > summary").click()
    expect(page.locator("#send_command")).to_contain_text("timeout_s")
    page.locator("#send_command .api-example summary").first.click()
    expect(page.locator("#send_command pre").first).to_contain_text('"action": "Reset"')
    assert violations_of(page) == []


def test_a_station_with_a_slash_in_its_name_is_reached_by_its_links(page: Page, program: Served) -> None:
    program.simulate(ODD_ID)
    program.until_ready(ODD_ID)
    page.goto("/")
    page.get_by_role("link", name=ODD_ID).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ODD_ID)
    here = f"/stations/{quote(ODD_ID, safe='')}"
    expect(page).to_have_url(f"{program.url}{here}")
    for tab in ("Configuration", "Transactions"):
        tabs = page.get_by_role("navigation", name="Of this station")
        tabs.get_by_role("link", name=tab, exact=True).click()
        expect(page).to_have_url(f"{program.url}{here}/{tab.lower()}")
        expect(page.get_by_role("heading", level=1)).to_have_text(ODD_ID)
    page.goto(f"{here}/messages/1")
    page.locator(f"a[href='{here}']").first.click()
    expect(page).to_have_url(f"{program.url}{here}")
