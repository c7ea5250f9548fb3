"""Questions of people: the same in memory and beside the traffic, by numbers that never come twice."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path

import msgspec
import pytest

from chargeproof.store import SqliteStore, StoreError, sqlite_messages
from chargeproof.store.queries import ChargePointFilter, MessageFilter
from chargeproof.store.records import (
    CommandRecord,
    ConfigurationRecord,
    ExchangeRecord,
    FlagRecord,
    HandshakeRecord,
    IdTagRecord,
)
from chargeproof.store.sqlite_queries import SqliteQueries
from chargeproof.testing.virtual_time import run_virtual

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STATION = "CP-1"
Scenario = Callable[[SqliteStore, SqliteQueries], Awaitable[None]]


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return ":memory:" if request.param == "memory" else str(tmp_path / "store.db")


def in_store(scenario: Scenario) -> Callable[[str], None]:
    @wraps(scenario)
    def test(place: str) -> None:
        async def main() -> None:
            store = SqliteStore(place)
            queries = SqliteQueries(store)
            await scenario(store, queries)
            await queries.close()
            await store.close()

        run_virtual(main())

    del test.__dict__["__wrapped__"]
    return test


def exchange(number: int, **fields: object) -> ExchangeRecord:
    """The exchange of one second after another."""
    made = ExchangeRecord(
        charge_point_id=STATION,
        connection=1,
        caller="charge_point",
        outcome="answered",
        requested_at=NOW + timedelta(seconds=number),
        answered_at=NOW + timedelta(seconds=number, milliseconds=5),
        unique_id=f"id-{number}",
        action="Heartbeat",
        request_text=f'[2,"id-{number}","Heartbeat",{{}}]',
        answer_text=f'[3,"id-{number}",{{"currentTime":"2026-01-01T00:00:00Z"}}]',
    )
    return msgspec.structs.replace(made, **fields)


async def numbers(queries: SqliteQueries, *, limit: int = 500, **wanted: object) -> list[int]:
    found = await queries.messages(msgspec.convert(wanted, MessageFilter, strict=False), limit=limit)
    return [each.number for each in found.items]


@in_store
async def test_a_search_goes_back_in_pages_to_the_first_row(
    store: SqliteStore, queries: SqliteQueries
) -> None:
    for number in range(1, 1001):
        other = {"charge_point_id": "CP-2"} if number % 3 == 0 else {}
        store.record_exchange(exchange(number, **other))
    await store.flush()
    found: list[int] = []
    before: int | None = None
    while True:
        page = await queries.messages(MessageFilter(charge_point_id=STATION), before=before, limit=70)
        found += [each.number for each in page.items]
        if page.next is None:
            break
        assert isinstance(page.next, int)
        before = page.next
    assert found == [number for number in range(1000, 0, -1) if number % 3]
    assert await numbers(queries, unique_id="id-7") == [7]
    assert await numbers(queries, text="ID-99", charge_point_id="CP-2") == [999, 996, 993, 990, 99]
    assert await numbers(queries, text="100%") == []
    assert await queries.last_number("CP-2") == 999
    assert await queries.last_number("NOBODY") == 0


@in_store
async def test_a_stretch_of_time_is_found_by_bisection(store: SqliteStore, queries: SqliteQueries) -> None:
    for number in range(1, 3001):
        store.record_exchange(exchange(number))
    await store.flush()
    since, until = NOW + timedelta(seconds=1000), NOW + timedelta(seconds=1003)
    found = await queries.messages(MessageFilter(since=since, until=until))
    assert [each.number for each in found.items] == [1002, 1001, 1000]
    late = exchange(1001, unique_id="late", caller="central_system")
    store.record_exchange(late)  # a command is kept with its answer, dated when it was sent
    await store.flush()
    short = MessageFilter(since=NOW + timedelta(seconds=2990), until=NOW + timedelta(seconds=2992))
    assert [each.number for each in (await queries.messages(short)).items] == [2991, 2990]


@in_store
async def test_a_long_search_stops_in_time_and_goes_on_from_there(
    store: SqliteStore, queries: SqliteQueries
) -> None:
    for number in range(1, 2001):
        store.record_exchange(exchange(number))
    await store.flush()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite_messages, "ANSWER_TIME_S", 0.0)
        page = await queries.messages(MessageFilter(unique_id="id-1"))
        assert (page.items, page.next) == ([], 2001 - sqlite_messages.FIRST_STEP_ROWS)
        steps = 1
        while page.next is not None:
            assert isinstance(page.next, int)
            page = await queries.messages(MessageFilter(unique_id="id-1"), before=page.next)
            steps += 1
    assert [each.number for each in page.items] == [1]
    assert steps == -(-2000 // sqlite_messages.FIRST_STEP_ROWS)


@in_store
async def test_flags_go_with_their_own_message(store: SqliteStore, queries: SqliteQueries) -> None:
    store.record_exchange(exchange(1, unique_id="1"))
    store.record_exchange(exchange(2, unique_id="1"))  # a station that counts from 1 each time
    flag = FlagRecord(
        charge_point_id=STATION,
        connection=1,
        unique_id="1",
        action="Heartbeat",
        rule="unknown_field",
        where="$.x",
        value="1",
        at=NOW + timedelta(seconds=2),
    )
    odd = exchange(3, unique_id=None, action=None, outcome="malformed", answered_at=None)
    store.record_exchange(odd)
    store.record_flags(
        [flag, msgspec.structs.replace(flag, unique_id=None, at=odd.requested_at, rule="frame")]
    )
    await store.flush()
    found = await queries.messages(MessageFilter(deviating=True))
    assert [(each.number, [item.rule for item in each.flags]) for each in found.items] == [
        (3, ["frame"]),
        (2, ["unknown_field"]),
    ]
    assert await numbers(queries, deviating=False) == [1]


@in_store
async def test_a_number_is_never_given_twice(store: SqliteStore, queries: SqliteQueries) -> None:
    for number in range(1, 11):
        store.record_exchange(exchange(number))
    await store.flush()
    while await store.prune(NOW + timedelta(days=1)):
        pass
    store.record_exchange(exchange(11))
    await store.flush()
    assert (await numbers(queries))[0] == 11
    first = await queries.message(3)
    assert first is None


@in_store
async def test_what_came_after_a_number_is_given_in_order(store: SqliteStore, queries: SqliteQueries) -> None:
    for number in range(1, 8):
        store.record_exchange(exchange(number))
    await store.flush()
    found = await queries.messages_after(STATION, 3, limit=3)
    assert [each.number for each in found] == [4, 5, 6]


@in_store
async def test_stations_are_filtered_by_what_is_known_of_them(
    store: SqliteStore, queries: SqliteQueries
) -> None:
    for number in range(5):
        store.record_seen(f"CP-{number}", NOW)
    await store.flush()

    async def ids(wanted: ChargePointFilter, after: str | None = None) -> list[str]:
        found = await queries.charge_points(wanted, after=after, limit=2)
        return [row.record.charge_point_id for row in found.items]

    assert await ids(ChargePointFilter()) == ["CP-0", "CP-1"]
    assert await ids(ChargePointFilter(), "CP-3") == ["CP-4"]
    assert await ids(ChargePointFilter(ids=("CP-4", "CP-9"))) == ["CP-4"]
    assert await ids(ChargePointFilter(ids=())) == []
    assert await ids(ChargePointFilter(without=("CP-0", "CP-1"))) == ["CP-2", "CP-3"]
    assert await ids(ChargePointFilter(text="p-3")) == ["CP-3"]
    assert await ids(ChargePointFilter(text="_")) == []


@in_store
async def test_attempts_are_grouped_by_id_the_latest_first(
    store: SqliteStore, queries: SqliteQueries
) -> None:
    def attempt(charge_point_id: str, second: int) -> HandshakeRecord:
        return HandshakeRecord(
            at=NOW + timedelta(seconds=second),
            charge_point_id=charge_point_id,
            path=f"/{charge_point_id}",
            offered=("ocpp1.6",),
            chosen=None,
            authentication="none",
            tls=None,
            remote="",
            outcome="refused",
            http_status=401,
        )

    for second, name in enumerate(["A", "B", "A", "", "A", "B"]):
        store.record_handshake(attempt(name, second))
    await store.flush()
    found = await queries.attempts()
    assert [(each.charge_point_id, each.count) for each in found] == [("B", 2), ("A", 3), ("", 1)]
    assert found[1].first_at == NOW
    assert found[1].latest.at == NOW + timedelta(seconds=4)
    page = await queries.handshakes("A", limit=2)
    assert [each.at.second for each in page.items] == [4, 2]
    assert isinstance(page.next, int)
    assert [each.at.second for each in (await queries.handshakes("A", before=page.next)).items] == [0]


@in_store
async def test_commands_come_in_pages_also_those_of_one_moment(
    store: SqliteStore, queries: SqliteQueries
) -> None:
    for number in range(5):
        command = CommandRecord(
            command_id=f"{STATION}/{number}",
            charge_point_id=STATION,
            unique_id=str(number),
            action="Reset",
            payload_text="{}",
            state="sent",
            priority=0,
            queued_at=NOW,
        )
        store.record_command(command)
    await store.flush()
    first = await queries.commands(STATION, limit=3)
    assert isinstance(first.next, str)
    rest = await queries.commands(STATION, before=first.next, limit=3)
    assert [each.unique_id for each in (*first.items, *rest.items)] == ["4", "3", "2", "1", "0"]
    assert rest.next is None
    assert (await queries.command(STATION, "3")) == first.items[1]


@in_store
async def test_the_history_of_a_key_holds_what_differed(store: SqliteStore, queries: SqliteQueries) -> None:
    def read(value: str, second: int, key: str = "Interval") -> ConfigurationRecord:
        at = NOW + timedelta(seconds=second)
        return ConfigurationRecord(
            charge_point_id=STATION, key=key, value=value, readonly=False, known=True, read_at=at
        )

    for second, value in enumerate(["60", "60", "30", "60"]):
        store.record_configuration([read(value, second), read("1", second, "Other")])
        await store.flush()
    store.record_configuration([read("5", 9), read("6", 9)])  # twice in one commit
    await store.flush()
    found = await queries.configuration_changes(STATION, key="interval")
    assert [each.value for each in found] == ["6", "5", "60", "30", "60"]
    assert len(await queries.configuration_changes(STATION, key="Other")) == 1
    before = await queries.configuration_changes(STATION, until=NOW + timedelta(seconds=2), key="Interval")
    assert before[0].value == "30"


@in_store
async def test_tags_go_in_together_or_not_at_all(store: SqliteStore, queries: SqliteQueries) -> None:
    await store.put_id_tags([IdTagRecord(id_tag=name) for name in ("a", "B", "c")])
    found = await queries.id_tags(limit=2)
    assert [each.id_tag for each in found.items] == ["a", "B"]
    bad = [IdTagRecord(id_tag="d"), msgspec.structs.replace(IdTagRecord(id_tag="e"), note=None)]
    with pytest.raises(StoreError):
        await store.put_id_tags(bad)
    assert await store.id_tag("d") is None
    await store.put_id_tags([IdTagRecord(id_tag="f")])
    assert await store.id_tag("f") is not None


def test_a_heavy_question_holds_up_neither_the_loop_nor_a_commit(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        queries = SqliteQueries(store)
        store.record_exchange(exchange(1))
        await store.flush()
        asked, may_answer = threading.Event(), threading.Event()

        def heavy(connection: object) -> str:
            asked.set()
            return "answered" if may_answer.wait(60) else "the loop was held up"

        question = asyncio.create_task(queries._reader.ask(heavy))
        await asyncio.to_thread(asked.wait, 60)
        store.record_exchange(exchange(2))
        await store.flush()
        assert await queries.last_number(STATION) == 2
        may_answer.set()
        assert await question == "answered"
        await queries.close()
        with pytest.raises(StoreError):
            await queries.last_number(STATION)
        await store.close()

    asyncio.run(main())


def test_readers_cannot_write(tmp_path: Path) -> None:
    async def main() -> None:
        store = SqliteStore(tmp_path / "store.db")
        queries = SqliteQueries(store)
        with pytest.raises(StoreError):
            await queries._reader.ask(lambda connection: connection.execute("DELETE FROM exchanges"))
        await queries.close()
        await store.close()

    run_virtual(main())
