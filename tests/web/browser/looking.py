"""How the tests look at a page."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1360, "height": 860}


def violations_of(page: Page, *rules: str) -> list[tuple[str, list[str]]]:
    """What axe finds, of these rules or of all: each with the first elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    options = {"runOnly": list(rules)} if rules else {}
    found = page.evaluate("(options) => axe.run(options).then((found) => found.violations)", options)
    return [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]


def in_page(page: Page, method: str, path: str, body: Any = None) -> int:
    """A request of the page's own session; gives its status."""
    status: int = page.evaluate(
        """async ([method, path, body]) => {
            const csrf = document.querySelector('meta[name="csrf-token"]').content;
            const headers = { "content-type": "application/json", "x-csrf-token": csrf };
            const answer = await fetch(`/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
            return answer.status;
        }""",
        [method, path, body],
    )
    return status
