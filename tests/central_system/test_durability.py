"""Rule 5: what a station was told is durable. Without the store the socket lives and Heartbeat is answered."""

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from chargeproof.central_system import CentralSystemSettings
from chargeproof.ocpp import Reset, ResetType
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.bench import Bench, on_bench

START = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


@on_bench()
async def test_only_heartbeat_is_answered_before_the_commit(bench: Bench) -> None:
    station = await bench.booted()
    count = len(station.link.sent)
    station.send("StartTransaction", START, "start")
    station.send("StatusNotification", STATUS, "status")
    station.send("Heartbeat", {}, "beat")
    assert [json.loads(text)[1] for text in station.link.sent[count:]] == ["beat"]
    await bench.committed()
    assert [json.loads(text)[1] for text in station.link.sent[count:]] == ["beat", "start", "status"]


@on_bench()
async def test_stations_of_one_turn_share_a_commit(bench: Bench) -> None:
    stations = [await bench.booted(f"CP-{number}") for number in range(20)]
    commits: list[str] = []
    bench.store._connection.set_trace_callback(commits.append)
    for station in stations:
        station.send("StartTransaction", START)
    await bench.committed()
    assert commits.count("COMMIT") == 1
    assert all(len(station.link.sent) == 2 for station in stations)


def test_with_the_store_away_heartbeat_is_answered_and_start_is_not(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(CentralSystemSettings(unknown_id_tags="accept"), tmp_path / "store.db")
        await bench.central_system.start()
        station = await bench.booted()
        blocker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        assert await station.start("lost") is None
        assert await station.stop(1, "lost too") is None
        assert await station.call("BootNotification", {}) is None
        assert (await station.call("Heartbeat", {}))[0] == 3
        health = bench.store.health()
        assert health.error is not None
        assert "locked by another process" in health.error
        assert station.link.closes == []
        assert not station.link.aborted

        blocker.execute("ROLLBACK")
        blocker.close()
        await bench.pass_time(2)
        started = await station.start("again")
        transaction_id = started[2]["transactionId"]
        assert (await station.stop(transaction_id))[0] == 3
        (kept,) = await bench.store.transactions()
        assert (kept.transaction_id, kept.meter_stop_wh) == (transaction_id, 10)
        assert bench.store.health().error is None
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


def test_a_request_is_counted_once_as_what_became_of_it(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(CentralSystemSettings(unknown_id_tags="accept"), tmp_path / "store.db")
        await bench.central_system.start()
        station = await bench.booted()
        with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as blocker:
            blocker.execute("BEGIN EXCLUSIVE")
            assert await station.start("while it is locked") is None
            assert await station.call("Nonsense", {}) is None
            assert (await station.call("Heartbeat", {}))[0] == 3
        await bench.pass_time(2)
        assert (await station.start("again"))[0] == 3
        assert (await station.call("Nonsense", {}))[0] == 4
        counts = {
            (action, outcome): n for (_, action, outcome), n in bench.central_system.tally.messages.items()
        }
        assert counts == {
            ("BootNotification", "answered"): 1,
            ("StartTransaction", "unanswered"): 1,
            ("other", "unanswered"): 1,
            ("Heartbeat", "answered"): 1,
            ("StartTransaction", "answered"): 1,
            ("other", "call_error"): 1,
        }
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


def test_a_command_that_cannot_be_kept_is_not_sent(tmp_path: Path) -> None:
    async def main() -> None:
        bench = Bench(CentralSystemSettings(), tmp_path / "store.db")
        await bench.central_system.start()
        station = await bench.booted()
        blocker = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        result = await bench.central_system.call("CP-1", Reset(type=ResetType.SOFT))
        assert result.state == "refused"
        assert "could not be kept" in result.error_description
        assert station.commands() == []
        blocker.close()
        await bench.store.close()

    run_virtual(main())


def test_what_was_told_survives_the_node(tmp_path: Path) -> None:
    async def first_life() -> None:
        bench = Bench(CentralSystemSettings(unknown_id_tags="accept"), tmp_path / "store.db")
        await bench.central_system.start()
        station = await bench.booted()
        await station.start("a")
        bench.calling(Reset(type=ResetType.SOFT))
        bench.calling(Reset(type=ResetType.HARD))
        await bench.pass_time(1)
        assert len(station.commands()) == 1
        # The node dies here: what its disk holds is all that is left.
        for name in ("store.db", "store.db-wal"):
            shutil.copy(tmp_path / name, tmp_path / f"left-{name}")
        await bench.store.close()

    async def second_life() -> None:
        bench = Bench(CentralSystemSettings(unknown_stations="reject"), tmp_path / "left-store.db")
        await bench.central_system.start()
        await bench.store.flush()
        states = {record.state for record in await bench.store.commands("CP-1")}
        assert states == {"unknown", "not_connected"}
        station = bench.connect()
        assert (await station.start("b"))[2]["transactionId"] == 1
        assert (await station.boot())["status"] == "Accepted"
        (newest, *_) = await bench.store.connections("CP-1")
        assert newest.connection == 2
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(first_life())
    run_virtual(second_life())


@on_bench()
async def test_an_answer_goes_nowhere_when_its_socket_closed_before_the_commit(bench: Bench) -> None:
    station = await bench.booted()
    count = len(station.link.sent)
    station.send("StartTransaction", START)
    station.leave()
    await bench.committed()
    assert len(station.link.sent) == count
    assert len(await bench.store.transactions("CP-1")) == 1


@on_bench(held_calls_limit=2)
async def test_a_slow_store_keeps_the_order_and_the_bound(bench: Bench) -> None:
    station = await bench.booted()
    gate = asyncio.get_running_loop().create_future()
    fast = bench.store.find_start

    async def slow(start: object) -> object:
        await gate
        return await fast(start)  # type: ignore[arg-type]

    bench.store.find_start = slow  # type: ignore[method-assign, assignment]
    count = len(station.link.sent)
    station.send("StartTransaction", START, "1")
    for unique_id in ("2", "3", "4"):
        station.send("Heartbeat", {}, unique_id)
    await bench.pass_time(1)
    assert len(station.link.sent) == count
    gate.set_result(None)
    await bench.pass_time(1)
    answered = [json.loads(text)[1] for text in station.link.sent[count:]]
    assert sorted(answered) == ["1", "2", "3"]
    unanswered = [item for item in await bench.store.exchanges("CP-1") if item.outcome == "unanswered"]
    assert [item.unique_id for item in unanswered] == ["4"]
