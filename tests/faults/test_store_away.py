"""The disk is full, locked, slow or forbidden: heartbeats are answered, starts and stops are not, none is lost."""

import asyncio
import os
import resource
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.clock import LoopClock
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.bench import Bench, FakeStation
from tests.store.slow_store import SlowStore, one_turn

SETTINGS = CentralSystemSettings(unknown_id_tags="accept")
PADDING = "x" * 2000


async def fill(station: FakeStation) -> int:
    """Start transactions until one is not answered; how many were."""
    for number in range(5000):
        answer = await station.start(meterStart=number, timestamp=time_of(number), padding=PADDING)
        if answer is None:
            return number
    raise AssertionError("the disk never got full")


def time_of(number: int) -> str:
    return f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"


async def is_alive_without_its_store(station: FakeStation) -> None:
    """What a station sees while nothing can be kept."""
    # As large as what filled the disk: something smaller may still find room.
    assert await station.start(meterStart=7777, padding=2 * PADDING) is None
    assert await station.stop(1, padding=2 * PADDING) is None
    assert (await station.call("Heartbeat", {}))[0] == 3
    assert station.link.closes == []
    assert not station.link.aborted


async def full_disk(bench: Bench, free: Callable[[], Awaitable[None]]) -> None:
    await bench.central_system.start()
    station = await bench.booted()
    answered = await fill(station)
    assert answered > 10
    health = bench.store.health()
    assert health.error is not None
    await is_alive_without_its_store(station)
    await free()
    await bench.pass_time(2)
    again = await station.start(meterStart=answered, timestamp=time_of(answered), padding=PADDING)
    assert again[0] == 3
    assert bench.store.health().error is None
    kept = await bench.store.transactions(limit=10_000)
    assert sorted(item.meter_start_wh or 0 for item in kept) == list(range(answered + 1))
    assert len({item.transaction_id for item in kept}) == answered + 1
    assert await bench.central_system.obstacles() == []
    await bench.central_system.stop()
    await bench.store.close()


def test_a_store_that_may_not_grow_is_alive_without_it(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(SETTINGS, tmp_path / "store.db")
        bench.store._connection.execute("PRAGMA max_page_count = 200")

        async def free() -> None:
            bench.store._connection.execute("PRAGMA max_page_count = 100000")

        await full_disk(bench, free)

    run_virtual(main())


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of 4 MB of its own."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_a_full_disk_is_survived_and_told(tmp_path: Path) -> None:
    async def main(disk: Path) -> None:
        ballast = disk / "ballast"
        ballast.write_bytes(b"x" * 2_500_000)
        bench = Bench(SETTINGS, disk / "store.db")

        async def free() -> None:
            # Even if a small row still fits, a load balancer must not send stations here.
            assert await bench.central_system.obstacles()
            ballast.unlink()

        await full_disk(bench, free)

    with small_disk(tmp_path / "disk") as disk:
        run_virtual(main(disk))


def test_a_file_that_may_not_grow_further_is_survived(tmp_path: Path) -> None:
    """As under a quota: the system refuses to write beyond a size (EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def main() -> None:
        bench = Bench(SETTINGS, tmp_path / "store.db")
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))

        async def free() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

        await full_disk(bench, free)

    try:
        run_virtual(main())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("lock", ["IMMEDIATE", "EXCLUSIVE"])
def test_a_store_that_another_process_locks_comes_back(lock: str, tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(SETTINGS, tmp_path / "store.db")
        await bench.central_system.start()
        station = await bench.booted()
        for number in range(5):
            with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
                other.execute(f"BEGIN {lock}")
                await is_alive_without_its_store(station)
                assert await bench.central_system.obstacles()
            await bench.pass_time(2)
            assert (await station.start(meterStart=number, timestamp=time_of(number)))[0] == 3
        assert len(await bench.store.transactions()) == 5
        kept = [(item.action, item.outcome) for item in await bench.store.exchanges("CP-1")]
        assert kept.count(("Heartbeat", "answered")) == 5
        assert kept.count(("StartTransaction", "unanswered")) == 5
        assert kept.count(("StopTransaction", "unanswered")) == 5
        assert kept.count(("StartTransaction", "answered")) == 5
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


def test_while_a_commit_takes_its_time_heartbeats_are_answered_and_no_start_is(tmp_path: Path) -> None:
    async def main() -> None:
        store = SlowStore(tmp_path / "store.db")
        bench = Bench(SETTINGS)
        await bench.store.close()
        bench.store = store
        bench.central_system = CentralSystem(
            store=store, bus=LocalBus(), clock=LoopClock(), settings=SETTINGS
        )
        async with asyncio.timeout(60):
            await bench.central_system.start()
            stations = [await bench.booted(f"CP-{number}") for number in range(3)]
            counts = [len(station.link.sent) for station in stations]
            store.disk.clear()
            start = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": time_of(0)}
            stations[0].send("StartTransaction", start, "slow")
            await one_turn()
            stations[1].send("StartTransaction", start, "behind it")
            for _ in range(5):
                stations[2].send("Heartbeat", {})
                await one_turn()
            sent = [len(station.link.sent) - count for station, count in zip(stations, counts, strict=True)]
            assert sent == [0, 0, 5]
            store.disk.set()
            stations[2].send("StartTransaction", start, "last")
            while len(await store.transactions()) < 3:
                await one_turn()
            await store.flush()
            answers = [station.link.sent[-1] for station in stations[:2]]
            assert ['"slow"' in answers[0], '"behind it"' in answers[1]] == [True, True]
            assert len(await store.transactions()) == 3
            await bench.central_system.stop()
            await store.close()

    asyncio.run(main())
