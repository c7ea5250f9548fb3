"""A store of every earlier schema is brought to the present one with all that it holds, or left as it was."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from chargeproof.central_system import CentralSystemSettings
from chargeproof.store import SqliteStore, StoreError, migrate, schema
from chargeproof.store.migrate import known_revisions
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.bench import Bench
from tests.store.earlier_schemas import FORMATS, SCHEMAS, dump, load, rows_by_table

EARLIER = sorted(path.stem for path in SCHEMAS.glob("*.sql"))


def test_a_store_of_every_schema_is_kept_for_these_tests() -> None:
    missing = set(known_revisions()) - set(EARLIER)
    assert not missing, "run `python -m tests.store.earlier_schemas` when a revision is finished"
    assert set(EARLIER) <= set(known_revisions())


def test_the_stored_ones_hold_a_row_of_every_kind(tmp_path: Path) -> None:
    load(schema.REVISION, tmp_path / "store.db")
    assert [table for table, count in rows_by_table(tmp_path / "store.db").items() if count == 0] == []


@pytest.mark.parametrize("revision", EARLIER)
def test_a_store_of_an_earlier_schema_keeps_all_that_it_holds(revision: str, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    load(revision, path)
    before = rows_by_table(path)

    async def main() -> None:
        store = SqliteStore(path)
        for form in FORMATS:
            await store._find(form, {}, "1", -1)  # every row can be read as a record
        begun = await store.transactions(limit=-1)
        assert begun
        assert await store.id_tag("card") is not None
        await store.close()

    run_virtual(main())
    after = rows_by_table(path)
    assert {table: after[table] for table in before} == before
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    engine.dispose()


@pytest.mark.parametrize("revision", EARLIER)
def test_work_goes_on_with_a_store_of_an_earlier_schema(revision: str, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    load(revision, path)
    before = rows_by_table(path)
    begun = {"connectorId": 1, "idTag": "CARD", "meterStart": 100, "timestamp": "2026-01-01T12:00:00Z"}
    measured = [{"timestamp": "2026-01-01T12:30:00Z", "sampledValue": [{"value": "5"}]}]

    async def main() -> None:
        bench = Bench(CentralSystemSettings(unknown_id_tags="accept"), path)
        await bench.central_system.start()
        station = await bench.booted("CP-1")
        assert (await station.start("sent again", **begun))[2]["transactionId"] == 1
        fresh = await station.start("a new one", **{**begun, "timestamp": "2026-02-01T12:00:00Z"})
        assert fresh[2]["transactionId"] == before["transactions"] + 1
        values = {"connectorId": 1, "transactionId": 4, "meterValue": measured}
        assert (await station.call("MeterValues", values))[2] == {}
        assert (await station.stop(4))[0] == (await station.stop(4))[0] == 3
        transaction = await bench.store.transaction(4)
        assert transaction is not None
        assert transaction.meter_stop_wh == 10
        assert [item.sampled for item in await bench.store.meter_values("CP-1", 4)] == [[{"value": "5"}]]
        while await bench.store.prune_oldest_frames():
            pass
        assert len(await bench.store.exchanges("CP-1")) == 1
        assert len(await bench.store.meter_values("CP-1", 4)) == 1
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())
    run_virtual(SqliteStore(path).close())
    assert rows_by_table(path)["transactions"] == before["transactions"] + 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A version with one revision more; gives the file of that revision."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    revision = folder / "versions" / "r9999_next.py"
    monkeypatch.setattr(migrate, "MIGRATIONS", folder)
    monkeypatch.setattr(migrate, "REVISION", "9999")
    return revision


NEXT = f"""
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{schema.REVISION}"
branch_labels = depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("transactions") as table:
        table.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
    op.create_table("extra", sa.Column("name", sa.Text()))
"""


@pytest.mark.parametrize("revision", EARLIER)
def test_the_next_revision_goes_over_what_is_there(revision: str, next_version: Path, tmp_path: Path) -> None:
    next_version.write_text(NEXT, encoding="utf-8")
    path = tmp_path / "store.db"
    load(revision, path)
    before = rows_by_table(path)
    run_virtual(SqliteStore(path).close())
    after = rows_by_table(path)
    assert {table: after[table] for table in before} == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]
        assert {note for (note,) in connection.execute("SELECT note FROM transactions")} == {""}
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("revision", EARLIER)
def test_a_revision_that_fails_half_way_leaves_everything_as_it_was(
    revision: str, next_version: Path, tmp_path: Path
) -> None:
    next_version.write_text(NEXT + '    op.execute("SELECT no_such_thing()")\n', encoding="utf-8")
    path = tmp_path / "store.db"
    load(revision, path)
    before = dump(path)
    with pytest.raises(StoreError, match="no such function"):
        SqliteStore(path)
    assert dump(path) == before


def test_the_older_version_refuses_what_the_newer_one_made(
    next_version: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_version.write_text(NEXT, encoding="utf-8")
    path = tmp_path / "store.db"
    run_virtual(SqliteStore(path).close())
    before = dump(path)
    monkeypatch.undo()
    with pytest.raises(StoreError, match=f"newer version.*9999.*{schema.REVISION}"):
        SqliteStore(path)
    assert dump(path) == before
