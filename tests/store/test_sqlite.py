"""The store on SQLite: the contract in memory and on a file, and what it says of a file that is no use."""

import asyncio
import itertools
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, MetaData, Table, create_engine, insert, select

from chargeproof.clock import LoopClock
from chargeproof.store import SqliteStore, Store, StoreError, formats
from chargeproof.store.records import ConnectorStatusRecord, ExchangeRecord, FlagRecord, IdTagRecord
from chargeproof.store.schema import REVISION, metadata
from chargeproof.store.sqlite_file import table_statements
from chargeproof.store.sqlite_transactions import SqliteTransactions
from chargeproof.store.utc import UtcDateTime, utc_from_text, utc_text
from chargeproof.testing.contracts import ContractBroken, check_store
from chargeproof.testing.store_contract import a_start, a_stop
from chargeproof.testing.virtual_time import run_virtual

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_in_memory_it_keeps_the_contract() -> None:
    async def make_store() -> Store:
        return SqliteStore()

    run_virtual(check_store(make_store))


def test_on_a_file_it_keeps_the_contract(tmp_path: Path) -> None:
    numbers = itertools.count()

    async def make_store() -> Store:
        return SqliteStore(tmp_path / f"{next(numbers)}.db")

    run_virtual(check_store(make_store))


def test_the_contract_condemns_a_store_that_begins_twice() -> None:
    class Forgetful(SqliteStore):
        async def find_start(self, start: object) -> None:
            return None

    async def make_store() -> Store:
        return Forgetful()

    with pytest.raises(ContractBroken, match="a_start_is_kept_exactly_once"):
        run_virtual(check_store(make_store))


def test_the_contract_condemns_a_store_that_answers_before_the_commit() -> None:
    class Hasty(SqliteStore):
        def when_durable(self, callback: Callable[[StoreError | None], None]) -> None:
            callback(None)

    async def make_store() -> Store:
        return Hasty()

    with pytest.raises(ContractBroken, match="a write is not durable before its commit"):
        run_virtual(check_store(make_store))


def test_migrations_lead_to_the_tables_of_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    run_virtual(SqliteStore(path).close())
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_memory_and_file_have_the_same_tables(tmp_path: Path) -> None:
    run_virtual(SqliteStore(tmp_path / "store.db").close())
    migrated = sqlite3.connect(tmp_path / "store.db")
    created = sqlite3.connect(":memory:")
    for statement in table_statements():
        created.execute(statement)
    for table in metadata.tables:
        for question in (f"PRAGMA table_info({table})", f"PRAGMA index_list({table})"):
            rows = [set(connection.execute(question)) for connection in (migrated, created)]
            names = [{row[1] for row in found} for found in rows]
            assert names[0] == names[1], question
    migrated.close()
    created.close()


def test_records_have_the_columns_of_their_tables() -> None:
    for name in ("CHARGE_POINT", "HANDSHAKE", "CONNECTION", "EXCHANGE", "STATUS", "ID_TAG", "DECISION",
                 "TRANSACTION", "STOP", "METER_VALUE", "CONFIGURATION", "PROGRESS", "FLAG", "COMMAND",
                 "JOB", "TRANSFER"):  # fmt: skip
        form = getattr(formats, name)
        table = form.insert.split()[2]
        columns = [column.name for column in metadata.tables[table].columns if column.name != "row_number"]
        assert list(form.fields) == [name for name in columns if name not in ("exchange", "position")]


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    run_virtual(SqliteStore(path).close())
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match=f"newer version.*9999.*{REVISION}") as refused:
        SqliteStore(path)
    assert refused.value.where == str(path)
    assert refused.value.remedy


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    with pytest.raises(StoreError, match="not a store of chargeproof"):
        SqliteStore(tmp_path / "other.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no database at all, but long enough to be looked at " * 40)
    with pytest.raises(StoreError, match="not a store"):
        SqliteStore(tmp_path / "note.txt")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened") as refused:
        SqliteStore(tmp_path / "missing" / "store.db")
    assert "folder" in refused.value.remedy


_OPEN_AS_NOBODY = """
import os, sys
from pathlib import Path
from chargeproof.store import SqliteStore, StoreError
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write everything
try:
    SqliteStore(Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""


def test_a_file_that_cannot_be_written_is_told() -> None:
    with tempfile.TemporaryDirectory() as name:  # not tmp_path: nobody must get as far as the file
        path = Path(name) / "store.db"
        run_virtual(SqliteStore(path).close())
        path.chmod(0o444)
        path.parent.chmod(0o555)
        command = [sys.executable, "-c", _OPEN_AS_NOBODY, str(path)]
        told = subprocess.run(command, capture_output=True, text=True, check=True)
        path.parent.chmod(0o755)
    assert "store.db" in told.stdout


def test_a_locked_file_is_told_when_opened(tmp_path: Path) -> None:
    blocker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked by another process"):
        SqliteStore(tmp_path / "store.db", busy_timeout_s=0)
    blocker.close()


def test_a_lock_fails_the_writes_and_passes(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db", busy_timeout_s=0)
        blocker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        store.record_seen("CP", NOW)
        with pytest.raises(StoreError, match="locked"):
            await store.flush()
        await store.begin_transaction(a_start())
        with pytest.raises(StoreError, match="locked"):
            await store.flush()
        with pytest.raises(StoreError, match="locked"):
            await store.put_id_tag(IdTagRecord(id_tag="X"))
        blocker.close()
        assert store.health().lost_batches >= 1
        await LoopClock().sleep(2)
        store.record_seen("CP", NOW)
        await store.flush()
        assert store.health().error is None
        assert await store.charge_point("CP") is not None
        await store.close()

    run_virtual(main())


def test_a_batch_that_fails_fails_whole(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        store._connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON flags BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        await store.begin_transaction(a_start())
        store.record_flags(
            [
                FlagRecord(
                    charge_point_id="C",
                    connection=1,
                    unique_id=None,
                    action=None,
                    rule="r",
                    where="$",
                    value="",
                    at=NOW,
                )
            ]
        )
        told: list[StoreError | None] = []
        store.when_durable(told.append)
        with pytest.raises(StoreError):
            await store.flush()
        assert isinstance(told[0], StoreError)
        assert await store.transactions() == []
        store._connection.execute("DROP TRIGGER no")
        begun = await store.begin_transaction(a_start())
        await store.flush()
        assert await store.transactions() == [begun.transaction]
        assert store.health().error is None
        await store.close()

    run_virtual(main())


def test_values_that_sqlite_cannot_hold_are_bent_not_lost() -> None:
    async def main() -> None:
        store = SqliteStore()
        store.record_exchange(
            ExchangeRecord(
                charge_point_id="\udcff",
                connection=1,
                caller="charge_point",
                outcome="x",
                requested_at=NOW,
                action="\ud800",
            )
        )
        store.record_status(
            ConnectorStatusRecord(
                charge_point_id="C", connector_id=2**70, status="\udc00", error_code="", received_at=NOW
            )
        )
        await store.begin_transaction(a_start(meter_start_wh=-(2**90), id_tag="\ud83d"))
        await store.end_transaction(a_stop(2**80))
        await store.flush()
        assert len(await store.exchanges()) == 1
        (status,) = await store.connector_statuses("C")
        assert status.connector_id == 2**63 - 1
        await store.close()

    run_virtual(main())


def test_a_failing_callback_does_not_keep_the_others_waiting() -> None:
    async def main() -> None:
        trouble: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: trouble.append(context))
        store, told = SqliteStore(), list[object]()

        def fail(_error: StoreError | None) -> None:
            raise RuntimeError("callback")

        store.record_seen("CP", NOW)
        store.when_durable(fail)
        store.when_durable(told.append)
        await store.flush()
        assert told == [None]
        assert len(trouble) == 1
        await store.close()

    run_virtual(main())


def test_closing_makes_everything_durable_and_closed_is_closed(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        store.record_seen("CP", NOW)
        await store.close()
        await store.close()
        store.record_seen("CP-2", NOW)
        with pytest.raises(StoreError, match="closed"):
            await store.flush()
        with pytest.raises(StoreError, match="closed"):
            await store.charge_points()
        again = SqliteStore(tmp_path / "store.db")
        assert [item.charge_point_id for item in await again.charge_points()] == ["CP"]
        await again.close()

    run_virtual(main())


def test_times_are_kept_in_utc_to_the_microsecond() -> None:
    cet = datetime(2026, 1, 1, 1, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert utc_text(cet) == "2026-01-01T00:00:00.000005Z"
    assert utc_from_text(utc_text(cet)) == cet
    with pytest.raises(ValueError, match="no time zone"):
        utc_text(datetime(2026, 1, 1))
    table = Table("t", MetaData(), Column("at", UtcDateTime))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(insert(table), [{"at": cet}, {"at": None}])
        assert list(connection.execute(select(table.c.at)).scalars()) == [cet, None]
    engine.dispose()


def test_the_store_of_the_port_is_fulfilled() -> None:
    store: Store = SqliteStore()
    assert isinstance(store, SqliteTransactions)
    run_virtual(store.close())
