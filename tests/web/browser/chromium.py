"""Debian's Chromium, as Playwright drives it."""

import os
import shutil

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def launch(playwright: Playwright) -> Browser:
    """Raises RuntimeError with what to install."""
    names = (os.environ["CHROMIUM"],) if os.environ.get("CHROMIUM") else NAMES
    found = next((path for path in map(shutil.which, names) if path), None)
    if found is None:
        raise RuntimeError(
            "The console's tests need Chromium, and none was found on the PATH. "
            "Debian and Ubuntu: apt-get install chromium. CHROMIUM=/path names another one."
        )
    return playwright.chromium.launch(
        executable_path=found, args=["--no-sandbox", "--disable-gpu"], timeout=180_000
    )
