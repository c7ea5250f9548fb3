"""A program that serves under a faster clock, and a browser that is logged in to it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.cli.programs import FREE_PORTS
from tests.peers.programs import ROOT

PATIENCE_S = 60
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 860}


@contextmanager
def served(data: Path, speed: int) -> Iterator[tuple[str, str]]:
    """The address of the console, and the password of its administrator as the first start told it."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "tests.end_to_end.scaled_program",
        str(speed),
        "serve",
        *FREE_PORTS,
    ]
    program = subprocess.Popen(
        [*command, "--data", str(data)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "200"},
    )
    assert program.stdout is not None
    with program.stdout as output:
        try:
            told = ""
            for line in output:
                told += line
                if "Serving" in line:
                    break
            address = re.search(r"Console: (\S+)/ ", told)
            password = re.search(r"with the password (\S+)", told)
            assert address is not None, told
            assert password is not None, told
            yield address[1], password[1]
        finally:
            program.terminate()
            program.wait(PATIENCE_S)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path is not None, "these tests need Chromium: apt-get install chromium, or name one in CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def logged_in(browser: Browser, address: str, password: str, *, phone: bool = False) -> Page:
    """A page of its own session; what its scripts complain of makes the test fail at once."""
    context = browser.new_context(viewport=PHONE if phone else DESK, has_touch=phone)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(f"{address}/log-in")
    page.fill("#name", "admin")
    page.fill("#password", password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{address}/")
    return page
