"""Old frames are forgotten, by age and by size, and nothing else is."""

import sqlite3
from pathlib import Path

from chargeproof.central_system import CentralSystemSettings
from chargeproof.central_system.retention import Retention, RetentionSettings
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.bench import Bench, on_bench

DAY_S = 24 * 3600


async def a_busy_day(bench: Bench, start: int) -> None:
    station = await bench.booted()
    begun = await station.start(meterStart=start)
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
    await station.call("StatusNotification", status)
    values = [{"timestamp": "2026-01-01T00:05:00Z", "sampledValue": [{"value": "1"}]}]
    transaction_id = begun[2]["transactionId"]
    await station.call(
        "MeterValues", {"connectorId": 1, "transactionId": transaction_id, "meterValue": values}
    )
    await station.stop(transaction_id)
    station.leave()
    await bench.pass_time(DAY_S)


async def kept(bench: Bench) -> tuple[int, int, int, int]:
    """Transactions, stops, meter values, last statuses."""
    store = bench.store
    return (
        len(await store.transactions()),
        len(await store.stops("CP-1")),
        len(await store.meter_values("CP-1")),
        len(await store.connector_statuses("CP-1")),
    )


@on_bench(unknown_id_tags="accept")
async def test_frames_older_than_the_limit_go_and_transactions_stay(bench: Bench) -> None:
    for day in range(4):
        await a_busy_day(bench, day)
    before = await kept(bench)
    count = len(await bench.store.exchanges())
    retention = Retention(bench.store, bench.clock, RetentionSettings(keep_days=2))
    retention.start()
    await bench.pass_time(60)
    assert await kept(bench) == before == (4, 4, 4, 1)
    assert len(await bench.store.exchanges()) == count // 2
    assert len(await bench.store.handshakes()) == 2
    await bench.pass_time(3 * DAY_S)
    assert len(await bench.store.exchanges()) == 1  # the newest number is never given again
    assert await kept(bench) == before
    assert await bench.store.last_connection() == 4
    await retention.stop()


@on_bench(unknown_id_tags="accept")
async def test_the_oldest_frames_go_while_the_store_is_too_large(bench: Bench) -> None:
    station = await bench.booted()
    for number in range(1500):
        await station.call("Heartbeat", {"padding": "x" * 500}, str(number))
    await a_busy_day(bench, 0)
    size = await bench.store.size_bytes()
    retention = Retention(bench.store, bench.clock, RetentionSettings(max_bytes=size // 2))
    assert await retention.once() > 500
    left = await bench.store.exchanges(limit=5000)
    assert 0 < len(left) < 1000
    assert left[0].action == "StopTransaction"
    assert await bench.store.size_bytes() <= size // 2
    assert await kept(bench) == (1, 1, 1, 1)
    tiny = Retention(bench.store, bench.clock, RetentionSettings(max_bytes=1))
    await tiny.once()
    assert await kept(bench) == (1, 1, 1, 1)


@on_bench()
async def test_more_days_than_the_calendar_has_keep_everything(bench: Bench) -> None:
    await bench.booted()
    retention = Retention(bench.store, bench.clock, RetentionSettings(keep_days=1e12))
    assert await retention.once() == 0
    assert len(await bench.store.exchanges()) == 1


def test_a_store_that_fails_is_tried_again(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(CentralSystemSettings(unknown_id_tags="accept"), tmp_path / "store.db")
        await bench.central_system.start()
        await a_busy_day(bench, 0)
        blocker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        retention = Retention(bench.store, bench.clock, RetentionSettings(keep_days=0.5))
        retention.start()
        await bench.pass_time(700)
        assert await bench.store.exchanges()
        blocker.close()
        await bench.pass_time(700)
        assert len(await bench.store.exchanges()) == 1
        await retention.stop()
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())
