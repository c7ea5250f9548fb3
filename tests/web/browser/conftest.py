"""A program that serves, and a browser in which its administrator is logged in.

A module says how its program is started by a fixture `settings` of its own, as the arguments of `Served`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web.browser.chromium import launch
from tests.web.browser.looking import DESK
from tests.web.browser.served import Served

OpenContext = Callable[..., BrowserContext]

PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def at_work(folder: Path, settings: dict[str, Any]) -> Iterator[Served]:
    """A program that serves, at which the administrator is logged in."""
    program = Served(folder, **settings)
    program.start()
    program.log_in()
    yield program
    program.close()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def program(settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with at_work(tmp_path_factory.mktemp("served"), settings) as program:
        yield program


@pytest.fixture
def open_context(browser: Browser, program: Served) -> Iterator[OpenContext]:
    """Makes contexts in which the administrator is logged in; an error of a page's script fails the test."""
    opened: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(**options: Any) -> BrowserContext:
        # Nothing moves: what axe looks at must not be on its way.
        still = {"base_url": program.url, "viewport": DESK, "reduced_motion": "reduce"}
        context = browser.new_context(**{**still, **options})
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(program.cookies())  # type: ignore[arg-type]
        context.on("weberror", lambda error: errors.append(str(error.error)))
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_context: OpenContext) -> Page:
    return open_context().new_page()
