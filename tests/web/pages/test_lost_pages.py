"""An address without a page, and a page that fails: what is shown, and to whom."""

import logging
import re
from typing import Any

import httpx
import pytest

from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.people.roles import Role
from tests.web.bench import web_bench

BROWSER = {"accept": "text/html,*/*"}
NOWHERE = ("/nowhere", "/stations/A/nowhere", "/runs/no-number", "/transactions/1/x", "/log-out")


class Broken:
    """Queries whose every question ends in an error of the program."""

    async def close(self) -> None: ...

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("secret of the program")


async def seen(role: Role | None, *paths: str, headers: dict[str, str] | None = None) -> list[httpx.Response]:
    async with web_bench() as bench:
        visitor = await bench.browser(role) if role is not None else bench.client()
        async with visitor as client:
            return [await client.get(path, headers=headers or BROWSER) for path in paths]


def test_who_has_logged_in_keeps_the_pages_at_hand_where_there_is_none() -> None:
    for answer in run_virtual(seen(Role.VIEWER, *NOWHERE)):
        assert answer.status_code in (404, 405)
        assert "There is no page at this address." in answer.text
        assert '<a href="/transactions"' in answer.text
        assert "begin at the stations" in answer.text


def test_a_stranger_is_told_no_more_than_that_there_is_no_page() -> None:
    for answer in run_virtual(seen(None, *NOWHERE)):
        assert answer.status_code in (404, 405)
        assert "There is no page at this address." in answer.text
        assert '<a href="/transactions"' not in answer.text
        assert "csrf_token" not in answer.text


def test_a_program_is_told_of_nothing_as_ever() -> None:
    for answer in run_virtual(seen(Role.VIEWER, "/api/v1/nowhere", "/nowhere", headers={"accept": "*/*"})):
        assert answer.json()["detail"] == "There is nothing at this address"


def test_a_page_that_fails_tells_the_reference_that_its_log_has(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> tuple[httpx.Response, httpx.Response]:
        async with web_bench(queries=Broken()) as bench, await bench.browser(Role.VIEWER) as client:
            return (
                await client.get("/transactions?open=true", headers=BROWSER),
                await client.get("/api/v1/transactions"),
            )

    with caplog.at_level(logging.ERROR):
        page, document = run_virtual(main())
    assert page.status_code == document.status_code == 500
    assert "This page failed" in page.text
    assert '<a href="/transactions"' in page.text
    assert '<a class="button primary" href="/transactions?open=true">Try again</a>' in page.text
    shown = re.search(r'Reference <strong class="mono">(\w+)</strong>', page.text)
    assert shown is not None
    assert f"GET /transactions failed, reference {shown[1]}" in caplog.text
    assert document.json()["reference"] in document.json()["detail"]
    assert document.json()["reference"] in caplog.text
    for answer in (page, document):
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
