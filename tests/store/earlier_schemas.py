"""Stores of every schema that was ever released, kept as SQL.

    python -m tests.store.earlier_schemas

writes that of the present schema, with a row of every kind, to `tests/store/schemas/REVISION.sql`. Run it once
when a revision is finished; a file of an earlier schema is never written again.
"""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from chargeproof.store import SqlitePeopleStore, SqliteStore, formats, people_sqlite
from chargeproof.store.people import PeopleStore
from chargeproof.store.records import IdTagRecord
from chargeproof.store.rows import RowFormat
from chargeproof.store.schema import REVISION, metadata
from chargeproof.testing import people_contract
from chargeproof.testing.expectations import ContractBroken
from chargeproof.testing.store_contract import STORE_CHECKS
from chargeproof.testing.virtual_time import run_virtual

SCHEMAS = Path(__file__).parent / "schemas"
FORMATS: list[RowFormat[Any]] = [
    form
    for form in (*vars(formats).values(), *vars(people_sqlite).values())
    if isinstance(form, RowFormat) and form not in (formats.BOOT, formats.START)  # parts of rows
]


def fill(path: Path) -> None:
    """What the checks of the contract write, all in one store."""

    async def main() -> None:
        store = SqliteStore(path)
        for check in (check for check in STORE_CHECKS if "prune" not in check.__name__):
            try:
                await check(store)
            except ContractBroken:
                continue  # it expects an empty store; what it wrote is there all the same
            finally:
                await store.flush()
        await fill_people(SqlitePeopleStore(store))
        await store.put_id_tag(IdTagRecord(id_tag="CARD", parent_id_tag="FLEET"))
        await store.close()

    run_virtual(main())


async def fill_people(people: PeopleStore) -> None:
    await people.put_account(people_contract.an_account())
    await people.put_session(people_contract.a_session())
    await people.put_token(people_contract.a_token())
    await people.keep_answer(people_contract.an_answer())
    people.record_audit(people_contract.an_audit())


def dump(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return "".join(f"{statement}\n" for statement in connection.iterdump())


def load(name: str, path: Path) -> None:
    """The store of an earlier schema, as a file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((SCHEMAS / f"{name}.sql").read_text(encoding="utf-8"))


def rows_by_table(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        there = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in metadata.tables
            if table in there
        }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "store.db")
        SCHEMAS.mkdir(exist_ok=True)
        (SCHEMAS / f"{REVISION}.sql").write_text(dump(Path(folder) / "store.db"), encoding="utf-8")
