"""The index by station that is written late: whatever of it is written, a question finds the same rows."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chargeproof.store import SqliteStore, StoreError, formats, late_index
from chargeproof.store.late_index import by_station
from chargeproof.store.queries import ChargePointFilter
from chargeproof.store.records import ExchangeRecord, MeterValueRecord
from chargeproof.store.schema import exchanges
from chargeproof.store.sqlite_queries import SqliteQueries
from chargeproof.testing.virtual_time import run_virtual

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLED = '[{"value":"1.50","unit":"A"},{"value":"230"}]'
REQUEST = (
    '[2,"7","MeterValues",{"connectorId":1,"meterValue":['
    '{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":"first"}]},'
    f'{{"timestamp":"2026-01-01T00:01:00Z", "sampledValue": {SAMPLED}}}]}}]'
)


def exchange(station: int, action: str = "Heartbeat", text: str = "x") -> ExchangeRecord:
    return ExchangeRecord(
        charge_point_id=f"CP-{station}",
        connection=1,
        caller="charge_point",
        outcome="answered",
        requested_at=NOW,
        unique_id="1",
        action=action,
        request_text=text,
    )


def value(sampled: list[dict[str, str]] | None = None) -> MeterValueRecord:
    return MeterValueRecord(
        charge_point_id="CP-1",
        connector_id=1,
        transaction_id=5,
        received_at=NOW,
        timestamp_text="2026-01-01T00:00:00Z",
        measured_at=NOW,
        source="MeterValues",
        sampled=sampled,
    )


@pytest.fixture(autouse=True)
def _few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_index, "MERGE_AT_ROWS", 10)
    monkeypatch.setattr(late_index, "SLICE_ROWS", 3)


async def texts(store: SqliteStore, station: int) -> list[str | None]:
    return [item.request_text for item in await store.exchanges(f"CP-{station}", limit=1000)]


def up_to(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(late_index.up_to("exchanges")).fetchone()[0])


def test_a_station_has_the_same_exchanges_at_every_step_of_writing(tmp_path: Path) -> None:
    async def main() -> None:
        store, expected = SqliteStore(tmp_path / "store.db"), list[str]()
        seen = set()
        for number in range(60):
            store.record_exchange(exchange(number % 3, text=str(number)))
            await store.flush()
            expected.insert(0, str(number))
            seen.add(up_to(tmp_path / "store.db"))
            for station in range(3):
                assert await texts(store, station) == [text for text in expected if int(text) % 3 == station]
        assert len(seen) > 3
        await store.close()
        assert up_to(tmp_path / "store.db") == 60

    run_virtual(main())


def test_what_a_crash_left_out_is_made_up_for_at_the_next_start(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        for number in range(25):
            store.record_exchange(exchange(number % 2, text=str(number)))
            await store.flush()
        store._connection.close()
        assert up_to(tmp_path / "store.db") < 25
        again = SqliteStore(tmp_path / "store.db")
        assert up_to(tmp_path / "store.db") == 25
        again.record_exchange(exchange(1, text="25"))
        assert await texts(again, 1) == [str(number) for number in range(25, 0, -2)]
        await again.close()

    run_virtual(main())


def test_a_commit_that_fails_takes_its_places_back(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        connection = store._connection
        for number in range(40):
            if number in (11, 12, 30):
                connection.execute(
                    "CREATE TRIGGER no BEFORE INSERT ON exchanges BEGIN SELECT RAISE(ABORT, 'no'); END"
                )
                store.record_exchange(exchange(0, text="lost"))
                with pytest.raises(StoreError):
                    await store.flush()
                connection.execute("DROP TRIGGER no")
            store.record_exchange(exchange(0, text=str(number)))
            await store.flush()
        assert await texts(store, 0) == [str(number) for number in range(39, -1, -1)]
        await store.close()
        again = SqliteStore(tmp_path / "store.db")
        assert await texts(again, 0) == [str(number) for number in range(39, -1, -1)]
        await again.close()

    run_virtual(main())


def test_a_question_about_one_station_sorts_nothing_and_scans_no_table() -> None:
    store = SqliteStore()
    number = "row_number < 9 ORDER BY row_number DESC LIMIT 5"
    for sql in (
        f"{formats.EXCHANGE.select_of_station} WHERE charge_point_id = 'CP' AND {number}",
        f"SELECT row_number FROM {by_station(exchanges)} WHERE charge_point_id = 'CP' AND {number}",  # noqa: S608
    ):
        plan = [str(row[3]) for row in store._connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert plan[0] == "MERGE (UNION ALL)"
        assert not [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN")]
    run_virtual(store.close())


def test_meter_values_stand_once_in_the_store_and_outlive_the_frame(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        store.record_exchange(exchange(1, "MeterValues", REQUEST), values=[value(), value()])
        store.record_exchange(exchange(1, "MeterValues", "odd"), values=[value([{"value": "odd"}])])
        store.record_exchange(exchange(1))
        await store.flush()

        async def sampled() -> list[object]:
            return [item.sampled for item in await store.meter_values("CP-1", 5)]

        kept = [
            [{"value": "odd"}],
            [{"value": "1.50", "unit": "A"}, {"value": "230"}],
            [{"value": "first"}],
        ]
        assert await sampled() == kept
        rows = await store.read("SELECT count(*) FROM meter_values WHERE sampled IS NULL")
        assert rows == [(2,)]
        assert await store.prune(NOW + timedelta(days=1), limit=1) == 1
        assert await store.prune(NOW + timedelta(days=1)) == 1
        assert len(await store.exchanges()) == 1
        assert await sampled() == kept
        assert await store.read("SELECT count(*) FROM meter_values WHERE sampled IS NULL") == [(0,)]
        await store.close()
        with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
            places = connection.execute("SELECT count(*) FROM exchanges_by_station").fetchone()
        assert places[0] <= 3

    run_virtual(main())


def test_the_last_message_of_a_station_is_found_in_the_index_and_after_it(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        queries = SqliteQueries(store)
        for number in range(30):
            station = 0 if number < 3 else 1
            store.record_seen(f"CP-{station}", NOW)
            store.record_exchange(exchange(station, f"A{number}"))
            await store.flush()
        assert 3 < up_to(tmp_path / "store.db") < 30
        rows = (await queries.charge_points(ChargePointFilter())).items
        assert [row.last_action for row in rows] == ["A2", "A29"]
        await queries.close()
        await store.close()

    run_virtual(main())
