"""Id tags, files, people and their tokens: what is kept beside the stations."""

import csv
import hashlib
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, expect

from tests.web.browser.served import Served

NEW_PASSWORD = "a few long words of hers"
FIRMWARE = b"a better firmware" * 1000


def csv_file(text: str) -> Any:
    return {"name": "tags.csv", "mimeType": "text/csv", "buffer": text.encode()}


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
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    with Path(download.value.path()).open(encoding="utf-8", newline="") as exported:
        rows = list(csv.DictReader(exported))
    assert [(row["id_tag"], row["status"]) for row in rows] == [("CARD-1", "Accepted"), ("CARD-2", "Blocked")]


def test_a_firmware_file_is_kept_as_it_was_sent(page: Page) -> None:
    page.goto("/station-files")
    page.get_by_label("Firmware file", exact=True).set_input_files(
        {"name": "acme-2.2.bin", "mimeType": "application/octet-stream", "buffer": FIRMWARE}
    )
    row = page.get_by_role("row").filter(has_text="acme-2.2.bin")
    expect(row).to_contain_text("17.0 kB")
    expect(row).to_contain_text(hashlib.sha256(FIRMWARE).hexdigest()[:12])
    with page.expect_download() as download:
        row.get_by_role("link", name="acme-2.2.bin").click()
    assert Path(download.value.path()).read_bytes() == FIRMWARE


def test_somebody_is_added_logs_in_and_changes_the_password(
    page: Page, browser: Browser, program: Served
) -> None:
    page.goto("/people")
    page.get_by_role("button", name="Add somebody…").click()
    page.get_by_label("Name").fill("ada")
    page.get_by_role("radio", name="operator").check()
    page.get_by_role("button", name="Add", exact=True).click()
    password = page.get_by_role("dialog").locator(".secret code").inner_text()
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_role("row").filter(has_text="ada").first).to_be_visible()

    hers = browser.new_page(base_url=program.url)
    log_in(hers, "ada", password)
    expect(hers.get_by_role("heading", name="Stations", exact=True)).to_be_visible()
    upkeep = hers.get_by_role("navigation", name="Upkeep")
    expect(upkeep).to_be_visible()
    expect(upkeep.get_by_role("link", name="Settings")).to_have_count(0)
    hers.goto("/settings")
    expect(hers.get_by_role("heading", name="Not allowed")).to_be_visible()
    hers.goto("/people")
    hers.get_by_role("button", name="Change my password…").click()
    hers.get_by_label("Present password").fill(password)
    hers.get_by_label("New password").fill(NEW_PASSWORD)
    hers.get_by_role("button", name="Change", exact=True).click()
    expect(hers.get_by_text("The password is changed")).to_be_visible()
    hers.get_by_role("button", name="Log out", exact=True).click()
    expect(hers.get_by_role("button", name="Log in")).to_be_visible()
    log_in(hers, "ada", password)
    expect(hers.get_by_role("alert")).to_be_visible()
    log_in(hers, "ada", NEW_PASSWORD)
    expect(hers.get_by_role("heading", name="Stations", exact=True)).to_be_visible()
    hers.close()


def log_in(page: Page, name: str, password: str) -> None:
    page.goto("/log-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_a_token_is_shown_once_works_and_is_ended(page: Page, program: Served) -> None:
    page.goto("/people")
    page.get_by_role("button", name="New token…").click()
    page.get_by_label("What for").fill("a test")
    page.get_by_role("button", name="Make it").click()
    token = page.get_by_role("dialog").locator(".secret code").inner_text()
    assert token.startswith("cp_")
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_text("cp_")).to_have_count(0)
    assert answer_to(program, token) == 200
    page.get_by_role("button", name="End the token a test").click()
    page.get_by_role("dialog").get_by_role("button", name="End it").click()
    expect(page.get_by_role("button", name="End the token a test")).to_have_count(0)
    assert answer_to(program, token) == 401


def answer_to(program: Served, token: str) -> int:
    address = f"{program.url}/api/v1/charge-points"
    return httpx.get(address, headers={"authorization": f"Bearer {token}"}, timeout=60).status_code
