"""People on SQLite keep every promise, with either writer, and over a restart."""

import asyncio
from pathlib import Path
from typing import Literal

import pytest

from chargeproof.store import SqlitePeopleStore, SqliteStore
from chargeproof.store.people import AuditFilter, PeopleStore
from chargeproof.testing.people_contract import (
    PEOPLE_CHECKS,
    a_session,
    an_account,
    an_audit,
)
from chargeproof.testing.virtual_time import run_virtual


@pytest.mark.parametrize("check", PEOPLE_CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_people_on_sqlite_keep_the_promises(check: object) -> None:
    async def main() -> None:
        store = SqliteStore()
        people: PeopleStore = SqlitePeopleStore(store)
        await check(people)  # type: ignore[operator]
        await store.close()

    run_virtual(main())


@pytest.mark.parametrize("writer", ["loop", "thread"])
def test_people_are_there_after_a_restart(writer: Literal["loop", "thread"], tmp_path: Path) -> None:
    path = tmp_path / "store.db"

    async def write() -> None:
        store = SqliteStore(path, writer=writer)
        people = SqlitePeopleStore(store)
        await people.put_account(an_account())
        await people.put_session(a_session())
        people.record_audit(an_audit())
        await store.close()

    async def read() -> tuple[object, object, int]:
        store = SqliteStore(path)
        people = SqlitePeopleStore(store)
        found = await people.account("ada"), await people.session("5e55")
        count = len(await people.audit(AuditFilter(), 10))
        await store.close()
        return (*found, count)

    asyncio.run(write())
    assert run_virtual(read()) == (an_account(), a_session(), 1)
