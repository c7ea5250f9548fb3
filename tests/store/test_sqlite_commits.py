"""How commits are grouped and what outlives a failed one; the same through a thread, for slow disks."""

import asyncio
import itertools
import json
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chargeproof.clock import LoopClock
from chargeproof.store import SqliteStore, Store, StoreError, sqlite_pruning
from chargeproof.store.records import ExchangeRecord, HandshakeRecord, MeterValueRecord
from chargeproof.store.sqlite_batch import UNHURRIED_S, Writer
from chargeproof.testing.contracts import check_store
from chargeproof.testing.store_contract import a_start, a_stop
from chargeproof.testing.virtual_time import run_virtual
from tests.store.slow_store import SlowStore, one_turn

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WRITERS: tuple[Writer, ...] = ("loop", "thread")


def exchange(action: str = "Heartbeat", at: datetime = NOW) -> ExchangeRecord:
    return ExchangeRecord(
        charge_point_id="CP",
        connection=1,
        caller="charge_point",
        outcome="answered",
        requested_at=at,
        unique_id="1",
        action=action,
        request_text="x" * 100,
    )


def handshake(at: datetime = NOW) -> HandshakeRecord:
    return HandshakeRecord(
        at=at,
        charge_point_id="CP",
        path="/CP",
        offered=(),
        chosen=None,
        authentication="none",
        tls=None,
        remote="",
        outcome="accepted",
        http_status=101,
    )


def commits_of(store: SqliteStore) -> list[str]:
    statements: list[str] = []
    store._connection.set_trace_callback(statements.append)
    return statements


def test_through_a_thread_it_keeps_the_contract(tmp_path: Path) -> None:
    numbers = itertools.count()

    async def make_store() -> Store:
        return SqliteStore(tmp_path / f"{next(numbers)}.db", writer="thread")

    run_virtual(check_store(make_store))


@pytest.mark.parametrize("writer", WRITERS)
def test_all_of_one_turn_is_one_commit(writer: Writer, tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db", writer=writer)
        statements = commits_of(store)
        told: list[StoreError | None] = []
        for number in range(50):
            begun = await store.begin_transaction(a_start(charge_point_id=f"CP-{number}"))
            store.record_exchange(exchange("StartTransaction"))
            await store.end_transaction(a_stop(begun.transaction.transaction_id))
            store.when_durable(told.append)
        await store.flush()
        assert told == [None] * 50
        assert statements.count("COMMIT") == 1
        await store.close()

    run_virtual(main())


def test_what_nobody_waits_for_joins_the_next_commit_or_goes_by_itself(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        statements = commits_of(store)
        store.record_exchange(exchange(), lasting=True)
        await one_turn()
        store.record_exchange(exchange(), lasting=True)
        assert "COMMIT" not in statements
        await store.begin_transaction(a_start())
        await store.flush()
        assert statements.count("COMMIT") == 1
        store.record_exchange(exchange(), lasting=True)
        await LoopClock().sleep(2 * UNHURRIED_S)
        assert statements.count("COMMIT") == 2
        assert store.waiting_rows == 0
        await store.close()

    run_virtual(main())


@pytest.mark.parametrize("writer", WRITERS)
def test_rows_that_no_answer_depends_on_outlive_a_failed_commit(writer: Writer, tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db", busy_timeout_s=0, writer=writer)
        blocker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        store.record_handshake(handshake())
        store.record_exchange(exchange("Heartbeat"), lasting=True)
        store.record_exchange(exchange("StatusNotification"))
        with pytest.raises(StoreError, match="locked"):
            await store.flush()
        await LoopClock().sleep(30)
        assert store.health().lost_batches > 3
        blocker.close()
        await LoopClock().sleep(5)
        assert store.health().error is None
        assert len(await store.handshakes()) == 1
        assert [item.action for item in await store.exchanges()] == ["Heartbeat"]
        await store.close()

    run_virtual(main())


@pytest.mark.parametrize("read_first", [False, True])
def test_a_row_that_never_fits_does_not_stop_the_others_for_ever(read_first: bool, tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        store._connection.execute(
            "CREATE TRIGGER no BEFORE INSERT ON handshakes BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        store.record_handshake(handshake())
        if read_first:
            assert await store.handshakes() == []
        with pytest.raises(StoreError):
            await store.flush()
        store.record_seen("CP", NOW)
        await store.flush()
        assert await store.charge_point("CP") is not None
        await store.close()

    run_virtual(main())


def slow(script: Callable[[SlowStore], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    def test(tmp_path: Path) -> None:
        async def main() -> None:
            store = SlowStore(tmp_path / "store.db")
            try:
                async with asyncio.timeout(60):
                    await script(store)
            finally:
                store.disk.set()
                await store.close()

        asyncio.run(main())

    test.__name__ = script.__name__
    return test


@slow
async def test_the_loop_goes_on_while_a_slow_disk_works(store: SlowStore) -> None:
    store.disk.clear()
    told: list[str] = []
    await store.begin_transaction(a_start())
    store.when_durable(lambda error: told.append(f"first {error}"))
    await one_turn()
    store.record_exchange(exchange())
    store.when_durable(lambda error: told.append(f"second {error}"))
    start = asyncio.create_task(store.begin_transaction(a_start(connector_id=2)))
    again = asyncio.create_task(store.begin_transaction(a_start()))
    for _ in range(10):
        await one_turn()
    assert told == []
    assert not start.done()
    store.disk.set()
    assert not (await start).repeated
    assert (await again).repeated
    await store.flush()
    assert told == ["first None", "second None"]


@slow
async def test_a_commit_that_fails_in_the_thread_is_told_to_those_who_wait_for_it(store: SlowStore) -> None:
    store._connection.execute("CREATE TRIGGER no BEFORE INSERT ON flags BEGIN SELECT RAISE(ABORT, 'no'); END")
    store.disk.clear()
    await store.begin_transaction(a_start())
    store.write_later("INSERT INTO flags (rule) VALUES (?)", ["x"])
    told: list[StoreError | None] = []
    store.when_durable(told.append)
    await one_turn()
    store.when_durable(told.append)
    store.record_exchange(exchange())
    store.disk.set()
    await store.flush()
    assert [type(error) for error in told] == [StoreError, StoreError]
    assert await store.transactions() == []
    assert len(await store.exchanges()) == 1


@slow
async def test_closing_waits_for_the_thread(store: SlowStore) -> None:
    store.disk.clear()
    store.record_seen("CP", NOW)
    store.when_durable(lambda _error: None)
    await one_turn()
    store.record_seen("CP-2", NOW)
    closing = asyncio.create_task(store.close())
    await one_turn()
    store.disk.set()
    await closing
    reopened = SqliteStore(store._path)
    assert [item.charge_point_id for item in await reopened.charge_points()] == ["CP", "CP-2"]
    await reopened.close()


def test_forgetting_goes_in_small_steps_and_spares_transactions(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        begun = (await store.begin_transaction(a_start())).transaction
        await store.end_transaction(a_stop(begun.transaction_id))
        for day in range(10):
            for _ in range(10):
                store.record_exchange(exchange(at=NOW + timedelta(days=day)))
            store.record_handshake(handshake(NOW + timedelta(days=day)))
        steps = []
        while removed := await store.prune(NOW + timedelta(days=5), limit=7):
            steps.append(removed)
        assert sum(steps) == 55
        assert max(steps) <= 14
        assert len(await store.exchanges()) == 50
        while await store.prune_oldest_frames(limit=7):
            pass
        assert len(await store.exchanges()) == 1  # the newest number is never given again
        assert len(await store.transactions()) == len(await store.stops("CP-1")) == 1
        await store.close()

    run_virtual(main())


def test_large_rows_are_forgotten_in_smaller_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_pruning, "STEP_S", 0.0)  # as if each row took long

    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        for _ in range(35):
            store.record_exchange(exchange())
        steps = []
        while removed := await store.prune(NOW + timedelta(days=1)):
            steps.append(removed)
        assert steps == [10, 10, 10, 4]
        await store.close()

    run_virtual(main())


class BusyStore(SqliteStore):
    """Another message arrives between any two changes, as it can while a thread writes."""

    async def change(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        cursor = await super().change(sql, values)
        self.record_exchange(exchange())
        await self.read("SELECT 1")
        return cursor


def test_values_outlive_their_frame_whatever_arrives_while_it_is_forgotten(tmp_path: Path) -> None:
    async def main() -> None:
        store = BusyStore(tmp_path / "store.db")
        payload = {"connectorId": 1, "meterValue": [{"timestamp": "x", "sampledValue": [{"value": "7"}]}]}
        frame = json.dumps([2, "1", "MeterValues", payload])
        measured = MeterValueRecord(
            charge_point_id="CP", connector_id=1, transaction_id=None, received_at=NOW, timestamp_text="x",
            measured_at=NOW, source="MeterValues", sampled=None,
        )  # fmt: skip
        sent = msgspec.structs.replace(exchange("MeterValues"), request_text=frame)
        store.record_exchange(exchange())
        store.record_exchange(sent, values=[measured])
        for _ in range(3):
            await store.prune_oldest_frames()
        assert sent not in await store.exchanges()
        (kept,) = await store.meter_values("CP")
        assert kept.sampled == [{"value": "7"}]
        await store.close()

    run_virtual(main())


def test_the_size_of_a_store_shrinks_when_frames_are_forgotten(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        for _ in range(5000):
            store.record_exchange(exchange())
        await store.flush()
        full = await store.size_bytes()
        while await store.prune_oldest_frames():
            pass
        assert await store.size_bytes() < full / 2
        await store.close()

    run_virtual(main())
