"""Stations that tried to connect and were held or refused: shown with what to change, and let in with a click."""

import base64
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from tests.web.browser.looking import violations_of
from tests.web.browser.served import Served


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"unknown_stations": "pending", "registration_retry_s": "1"}


def is_refused(address: str, **options: Any) -> None:
    """With an HTTP status; or, as OCPP-J 3.2 asks for another sub-protocol, by a close right afterwards."""
    with pytest.raises((InvalidHandshake, ConnectionClosed)), connect(address, **options) as socket:
        socket.recv(timeout=60)


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def waiting_on(page: Page) -> Locator:
    return page.get_by_role("region", name="Stations waiting")


def test_a_station_that_was_accepted_and_has_not_heard_so_is_told_apart(page: Page, program: Served) -> None:
    page.goto("/")
    with connect(f"{program.ocpp}/SLOW-1", subprotocols=["ocpp1.6"]) as socket:  # type: ignore[list-item]
        socket.send('[2,"1","BootNotification",{"chargePointVendor":"Slow","chargePointModel":"One"}]')
        assert "Pending" in str(socket.recv(timeout=60))
        row = waiting_on(page).get_by_role("listitem").filter(has_text="SLOW-1")
        row.get_by_role("button", name="Accept").click()
        expect(row).to_contain_text("hears so with its next BootNotification")
        expect(row.get_by_role("button", name="Accept")).to_have_count(0)
        expect(row.get_by_role("button", name="Handshakes")).to_be_focused()
        page.reload()
        expect(row).to_contain_text("✓accepted")


def test_of_many_that_wait_the_list_below_stays_in_sight(page: Page, program: Served) -> None:
    for number in range(6):
        is_refused(f"{program.ocpp}/MANY-{number}", subprotocols=["ocpp2.0.1"])
    page.goto("/")
    rows = waiting_on(page).get_by_role("listitem")
    expect(rows.filter(has_text="MANY-5")).to_be_visible()
    expect(rows.filter(has_text="MANY-0")).to_have_count(0)
    waiting_on(page).get_by_role("button", name=re.compile(r"^Show \d+ more$")).click()
    expect(rows.filter(has_text="MANY-0")).to_be_visible()


@pytest.mark.parametrize(
    ("case", "hint"),
    [
        ("sub-protocol", "sub-protocol ocpp1.6"),
        ("password", "to the same value"),
        ("path", "CHARGE_POINT_ID"),
    ],
)
def test_a_refused_station_is_shown_with_what_to_change(
    page: Page, program: Served, case: str, hint: str
) -> None:
    page.goto("/")
    expect(page.locator(".skeleton")).to_have_count(0)
    if case == "sub-protocol":
        is_refused(f"{program.ocpp}/REFUSED-1", subprotocols=["ocpp1.6j"])
        shown = "REFUSED-1"
    elif case == "password":
        program.api("PATCH", "/charge-points/REFUSED-2", {"registration": "Accepted"})
        program.api("PUT", "/charge-points/REFUSED-2/password", {"password": "the right one, long"})
        wrong = basic("REFUSED-2", "another password")
        is_refused(f"{program.ocpp}/REFUSED-2", subprotocols=["ocpp1.6"], additional_headers=wrong)
        shown = "REFUSED-2"
    else:
        is_refused(program.ocpp, subprotocols=["ocpp1.6"])
        shown = "(no id in the path)"
    refused = waiting_on(page).get_by_role("listitem").filter(has_text=shown)
    expect(refused).to_contain_text("refused")
    expect(refused.locator(".waiting-why")).to_contain_text(hint)
    expect(refused.get_by_role("button", name="Accept")).to_have_count(0)
    refused.get_by_role("button", name="Handshakes").click()
    dialog = page.get_by_role("dialog", name="Handshakes of")
    expect(dialog.get_by_role("listitem")).to_have_count(1)
    expect(dialog).to_contain_text(hint)
    assert violations_of(page) == []
