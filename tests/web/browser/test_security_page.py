"""The security of a station in a real browser: led from no security to TLS by clicking."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.browser.looking import PHONE, violations_of
from tests.web.browser.served import Served

STATION = "SAFE-1"
HERE = f"/stations/{STATION}/security"
CHANGES = f"/charge-points/{STATION}/security/changes"


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"speed": 20, "ocpp_tls_port": "0", "ftps_port": "0"}


def press(page: Page, opens: str, does: str) -> None:
    """A button that opens a dialog, and the one in it that does it."""
    page.get_by_role("button", name=opens).click()
    page.get_by_role("dialog").get_by_role("button", name=does, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def ended(program: Served, count: int) -> None:
    """So many changes were begun, and all have ended."""
    program.until(CHANGES, lambda found: len([each for each in found["items"] if each["ended"]]) == count)


def used(page: Page) -> Any:
    return page.get_by_role("list", name="Security profiles").locator("[aria-current]")


def test_a_station_is_led_to_tls_and_its_certificate_by_clicking(page: Page, program: Served) -> None:
    program.simulate(STATION, "secure")
    program.until_ready(STATION)
    page.goto(HERE)
    expect(used(page)).to_contain_text("No security")

    press(page, "Install…", "Install it")
    roots = page.get_by_role("region", name="Roots that it trusts")
    expect(roots.get_by_text("ours")).to_be_visible()

    press(page, "Change the password…", "Change it")
    changes = page.get_by_role("region", name="Changes").get_by_role("listitem")
    expect(changes.first).to_contain_text("not proved")  # in profile 0 no password is sent
    ended(program, 1)
    for profile, name in ((1, "Password"), (2, "Password over TLS")):
        press(page, "Raise it…", "Raise it")
        expect(changes.first).to_contain_text(f"raised to {profile}")
        expect(changes.first).to_contain_text("proved by a connection")
        expect(used(page)).to_contain_text(name)
        ended(program, 1 + profile)
    expect(page.get_by_text("TLS 1.3").first).to_be_visible()

    press(page, "Renew the certificate…", "Renew it")
    expect(changes.first).to_contain_text("taken over")
    certificates = page.get_by_role("region", name="Certificates issued to it")
    expect(certificates.get_by_role("listitem")).to_have_count(1)
    expect(certificates.get_by_text("valid")).to_be_visible()

    events = page.get_by_role("region", name="Security events")
    expect(events.get_by_role("rowheader", name="ReconfigurationOfSecurityParameters").first).to_be_visible()
    events.get_by_label("Only critical").check()
    expect(events.get_by_role("rowheader", name="ReconfigurationOfSecurityParameters")).to_have_count(0)
    expect(events.get_by_role("rowheader", name="StartupOfTheDevice")).to_be_visible()

    assert violations_of(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations_of(page, "color-contrast") == []
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert violations_of(page, "color-contrast", "target-size") == []


def test_its_log_comes_by_ftps_and_can_be_downloaded(page: Page, program: Served) -> None:
    page.goto(HERE)
    page.get_by_role("button", name="Ask for a log…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("By").select_option("ftps")
    dialog.get_by_role("button", name="Ask", exact=True).click()
    logs = page.get_by_role("region", name="Logs and firmware")
    with page.expect_download() as download:
        logs.get_by_role("link", name="SecurityLog").click()
    assert "StartupOfTheDevice" in download.value.path().read_text()


def test_a_wrong_password_is_not_taken_and_a_profile_that_takes_more_is_refused_in_words(
    page: Page, program: Served
) -> None:
    program.simulate("SAFE-2", "secure")
    program.until_ready("SAFE-2")
    page.goto("/stations/SAFE-2/security")
    press_and_stay = page.get_by_role("dialog")
    page.get_by_role("button", name="Change the password…").click()
    press_and_stay.get_by_label("is given").check()
    press_and_stay.get_by_label("AuthorizationKey").fill("too short")
    press_and_stay.get_by_role("button", name="Change it").click()
    assert press_and_stay.get_by_label("AuthorizationKey").evaluate("it => it.validity.patternMismatch")
    press_and_stay.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Raise it…").click()
    press_and_stay.get_by_role("button", name="Raise it", exact=True).click()
    expect(page.get_by_text("No password of this station is kept here")).to_be_visible()


def test_the_forms_of_the_commands_take_certificates_and_show_no_password(
    page: Page, program: Served
) -> None:
    program.simulate("SAFE-3", "secure")
    program.until_ready("SAFE-3")
    pem = program.api("GET", "/certificate-authority")["root_pem"]
    page.goto("/stations/SAFE-3")
    page.get_by_role("main").get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Install certificate").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Certificate type").select_option("CentralSystemRootCertificate")
    dialog.get_by_role("textbox", name="Certificate", exact=True).fill(pem)
    dialog.get_by_role("button", name="Send InstallCertificate").click()
    page.get_by_role("button", name="Install certificate", exact=True).click()  # it can do harm, so it asks
    latest = page.get_by_role("region", name="Latest commands").get_by_role("listitem").first
    expect(latest).to_contain_text("InstallCertificate")
    expect(latest).to_contain_text("accepted")

    page.get_by_role("main").get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Change configuration").click()
    dialog.get_by_label("Key").fill("AuthorizationKey")
    secret = "00112233445566778899AABBCCDDEEFF"
    dialog.get_by_label("Value").fill(secret)
    expect(dialog.get_by_label("Value")).to_have_attribute("type", "password")
    dialog.get_by_text("The message as JSON").click()
    expect(dialog.locator("pre")).to_contain_text("••••")
    dialog.get_by_role("button", name="Send ChangeConfiguration").click()
    page.get_by_role("button", name="Change configuration", exact=True).click()
    expect(latest).to_contain_text("ChangeConfiguration")
    expect(latest).to_contain_text("accepted")
    assert secret not in page.content()
