"""A backup while the central system writes: whole, checked, and good to serve from."""

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chargeproof.cli.backup import back_up
from chargeproof.cli.serving import STORE_NAME
from chargeproof.errors import UsageError
from chargeproof.store import SqliteStore, StoreError
from chargeproof.store.backup import NUMBERS_LEFT_OUT, back_up_sqlite
from chargeproof.testing.store_contract import a_start, a_stop
from chargeproof.testing.virtual_time import run_virtual

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def transact(store: SqliteStore, number: int) -> None:
    """A transaction with its stop, in one commit."""
    begun = await store.begin_transaction(a_start(meter_start_wh=number))
    await store.end_transaction(a_stop(begun.transaction.transaction_id, unique_id=f"stop-{number}"))
    await store.flush()


async def contents(path: Path) -> tuple[list[int], int]:
    """The readings of the transactions, and how many of them have ended."""
    store = SqliteStore(path)
    found = await store.transactions(limit=-1)
    await store.close()
    return sorted(item.meter_start_wh or 0 for item in found), sum(
        item.stop_received_at is not None for item in found
    )


def test_a_copy_made_while_transactions_are_written_holds_a_whole_number_of_them(tmp_path: Path) -> None:
    source, told = tmp_path / "store.db", threading.Event()
    copies: list[Path] = []

    def copy() -> None:
        for number in range(5):
            copies.append(tmp_path / f"copy-{number}.db")
            back_up_sqlite(source, copies[-1])
        told.set()

    async def write() -> int:
        store = SqliteStore(source)
        await transact(store, 0)
        thread = threading.Thread(target=copy)
        thread.start()
        number = 0
        while not told.is_set():
            number += 1
            await transact(store, number)
        thread.join()
        await store.close()
        return number

    written = asyncio.run(write())
    counts = []
    for path in copies:
        readings, ended = run_virtual(contents(path))
        assert readings == list(range(len(readings)))
        assert ended == len(readings)
        counts.append(len(readings))
    assert counts == sorted(counts)
    assert 1 <= counts[0] <= counts[-1] <= written + 1


def test_a_data_folder_is_restored_by_serving_from_its_copy(tmp_path: Path) -> None:
    async def main() -> None:
        data, copy = tmp_path / "data", tmp_path / "backups" / "today"
        (data / "runs" / "a-run").mkdir(parents=True)
        (data / "runs" / "a-run" / "record.jsonl").write_text("{}\n", encoding="utf-8")
        store = SqliteStore(data / STORE_NAME)
        await transact(store, 7)
        assert back_up(data, copy) > 0
        await transact(store, 8)
        await store.close()
        assert (copy / "runs" / "a-run" / "record.jsonl").read_text(encoding="utf-8") == "{}\n"
        assert not list(copy.glob("*-wal"))
        restored = SqliteStore(copy / STORE_NAME)
        (transaction,) = await restored.transactions()
        assert transaction.meter_start_wh == 7
        again = await restored.begin_transaction(a_start(meter_start_wh=7))
        assert again.repeated
        fresh = await restored.begin_transaction(a_start(meter_start_wh=9))
        told_after_the_copy = transaction.transaction_id + 1
        assert fresh.transaction.transaction_id == told_after_the_copy + NUMBERS_LEFT_OUT
        late = await restored.end_transaction(a_stop(told_after_the_copy, unique_id="late"))
        assert late.transaction is None  # it ends no transaction of another car
        await restored.close()

    run_virtual(main())


def test_a_backup_says_what_is_wrong_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with pytest.raises(UsageError, match="no store"):
        back_up(data, tmp_path / "copy")
    run_virtual(SqliteStore.close(store_at(data)))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "something").touch()
    with pytest.raises(UsageError, match="there already"):
        back_up(data, tmp_path / "full")
    with pytest.raises(UsageError, match="within"):
        back_up(data, data / "copy")
    with pytest.raises(StoreError, match="no store to copy"):
        back_up_sqlite(tmp_path / "nothing.db", tmp_path / "copy.db")
    (data / STORE_NAME).write_bytes(b"no database at all, but long enough" * 200)
    with pytest.raises(StoreError, match="not a store"):
        back_up_sqlite(data / STORE_NAME, tmp_path / "copy.db")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["data", "full"]


def store_at(data: Path) -> SqliteStore:
    data.mkdir()
    return SqliteStore(data / STORE_NAME)


def test_a_backup_of_a_store_that_nobody_has_open_is_the_same_but_for_the_next_number(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        await transact(store, 1)
        await store.close()

    run_virtual(main())
    back_up_sqlite(tmp_path / "store.db", tmp_path / "copy.db")
    dumps = []
    for name in ("store.db", "copy.db"):
        connection = sqlite3.connect(tmp_path / name)
        dumps.append([line for line in connection.iterdump() if "sqlite_sequence" not in line])
        connection.close()
    assert dumps[0] == dumps[1]


def test_a_copy_of_a_store_without_transactions_leaves_their_numbers_out_too(tmp_path: Path) -> None:
    async def main() -> None:
        await SqliteStore(tmp_path / "store.db").close()
        back_up_sqlite(tmp_path / "store.db", tmp_path / "copy.db")
        restored = SqliteStore(tmp_path / "copy.db")
        begun = await restored.begin_transaction(a_start())
        assert begun.transaction.transaction_id == NUMBERS_LEFT_OUT + 1
        await restored.close()

    run_virtual(main())
