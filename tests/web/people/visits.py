"""What the tests of people have in common: a bench in virtual time, and somebody who logs in."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from chargeproof.store.people import AuditFilter, AuditRecord
from chargeproof.testing.virtual_time import run_virtual
from tests.web.bench import PASSWORD, WebBench, web_bench

T = TypeVar("T")

ME = "/api/v1/session"


def on_a_bench(test: Callable[[WebBench], Awaitable[T]]) -> T:
    async def main() -> T:
        async with web_bench() as bench:
            return await test(bench)

    return run_virtual(main())


async def log_in(client: httpx.AsyncClient, name: str = "tester", password: str = PASSWORD) -> httpx.Response:
    """The client goes on as a page of the console would."""
    answer = await client.post(ME, json={"name": name, "password": password})
    if answer.status_code == 201:
        client.headers["x-csrf-token"] = answer.json()["csrf_token"]
    return answer


async def knows(client: httpx.AsyncClient) -> bool:
    return (await client.get(ME)).status_code == 200


async def recorded(bench: WebBench) -> list[AuditRecord]:
    """What the audit log has, oldest first."""
    found = await bench.office.people.store.audit(AuditFilter(), 1000)
    return [each.record for each in reversed(found)]
