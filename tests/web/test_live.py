"""Live events: told in batches, healed by number, and nothing done while nobody listens."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any

import msgspec
import pytest

from chargeproof.clock import LoopClock
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web import live
from chargeproof.web.live import BATCH_S, GOING_AWAY, LINGER_S, TOO_SLOW, EventHub, Happened, Reader, Source

Scenario = Callable[[EventHub, LoopClock], Awaitable[None]]


def in_virtual_time(scenario: Scenario) -> Callable[[], None]:
    @wraps(scenario)
    def test() -> None:
        async def main() -> None:
            clock = LoopClock()
            hub = EventHub(clock)
            await scenario(hub, clock)
            await hub.stop()

        run_virtual(main())

    del test.__dict__["__wrapped__"]
    return test


def events_at(reader: Reader) -> list[dict[str, Any]]:
    """Everything that was handed to the reader so far."""
    found: list[dict[str, Any]] = []
    while not reader.queue.empty():
        batch = reader.queue.get_nowait()
        if batch is not None:
            reader.waiting_bytes -= len(batch)
            found += msgspec.json.decode(batch)["batch"]
    return found


def told(reader: Reader) -> list[Any]:
    return [event["data"] for event in events_at(reader)]


@in_virtual_time
async def test_what_happens_within_a_tenth_of_a_second_is_one_batch(hub: EventHub, clock: LoopClock) -> None:
    reader = Reader()
    await hub.subscribe(reader, "runs")
    for number in range(3):
        hub.publish("runs", "state", number)
    await clock.sleep(BATCH_S * 2)
    assert reader.queue.qsize() == 1
    events = events_at(reader)
    assert [event["data"] for event in events] == [0, 1, 2]
    assert [event["seq"] - events[0]["seq"] for event in events] == [0, 1, 2]
    assert {event["topic"] for event in events} == {"runs"}
    assert {event["kind"] for event in events} == {"state"}


@in_virtual_time
async def test_nothing_is_kept_while_nobody_listens(hub: EventHub, clock: LoopClock) -> None:
    hub.publish("runs", "state", object())  # could not be encoded
    assert not hub.is_followed("runs")
    await clock.sleep(1)


@in_virtual_time
async def test_readers_of_the_same_topics_get_the_same_bytes(hub: EventHub, clock: LoopClock) -> None:
    readers = [Reader() for _ in range(5)]
    for reader in readers:
        await hub.subscribe(reader, "runs")
    other = Reader()
    await hub.subscribe(other, "run:1")
    hub.publish("runs", "state", {"id": 1})
    await clock.sleep(1)
    batches = [reader.queue.get_nowait() for reader in readers]
    assert all(batch is batches[0] for batch in batches)
    assert other.queue.empty()


@in_virtual_time
async def test_a_reader_that_comes_back_gets_what_it_missed(hub: EventHub, clock: LoopClock) -> None:
    first = Reader()
    await hub.subscribe(first, "runs")
    hub.publish("runs", "state", "seen")
    await clock.sleep(1)
    (seen,) = events_at(first)
    hub.leave(first)
    hub.publish("runs", "state", "missed")
    await clock.sleep(1)
    again = Reader()
    await hub.subscribe(again, "runs", seen["seq"])
    hub.publish("runs", "state", "new")
    await clock.sleep(1)
    assert told(again) == ["missed", "new"]


@in_virtual_time
async def test_who_was_away_for_too_long_is_told_to_reload(hub: EventHub, clock: LoopClock) -> None:
    seq = await hub.seq("runs")
    await clock.sleep(LINGER_S + 1)
    assert not hub.is_followed("runs")
    reader = Reader()
    await hub.subscribe(reader, "runs", seq)
    (event,) = events_at(reader)
    assert (event["kind"], event["topic"]) == ("reload", "runs")
    assert event["seq"] > seq


@in_virtual_time
async def test_numbers_rise_through_a_restart(hub: EventHub, clock: LoopClock) -> None:
    before = await hub.seq("runs")
    await clock.sleep(5)
    after = EventHub(clock)
    assert await after.seq("runs") > before
    reader = Reader()
    await after.subscribe(reader, "runs", before)
    assert [event["kind"] for event in events_at(reader)] == ["reload"]
    await after.stop()


@in_virtual_time
async def test_the_ring_of_a_topic_is_bounded(hub: EventHub, clock: LoopClock) -> None:
    reader = Reader()
    await hub.subscribe(reader, "runs")
    seq = await hub.seq("runs")
    for number in range(40):
        hub.publish("runs", "state", f"{number}:" + "x" * 20_000)
        await clock.sleep(1)
        events_at(reader)
    topic = hub._topics["runs"]
    assert topic.ring_bytes <= live.RING_BYTES
    late = Reader()
    await hub.subscribe(late, "runs", seq)
    assert [event["kind"] for event in events_at(late)] == ["reload"]
    recent = Reader()
    await hub.subscribe(recent, "runs", topic.seq - 2)
    assert [text[:2] for text in told(recent)] == ["38", "39"]


@in_virtual_time
async def test_a_slow_reader_is_dropped_and_nobody_waits_for_it(hub: EventHub, clock: LoopClock) -> None:
    slow, quick = Reader(), Reader()
    for reader in (slow, quick):
        await hub.subscribe(reader, "runs")
    for _ in range(30):
        hub.publish("runs", "state", "x" * 100_000)
        await clock.sleep(1)
        events_at(quick)
    assert (slow.ended, slow.end_code) == (True, TOO_SLOW)
    assert await slow.next_batch() is None
    assert slow.waiting_bytes <= live.READER_BYTES
    assert not quick.ended


@in_virtual_time
async def test_a_stop_closes_every_reader(hub: EventHub, clock: LoopClock) -> None:
    reader = Reader()
    await hub.subscribe(reader, "runs")
    await hub.stop()
    assert await reader.next_batch() is None
    assert reader.end_code == GOING_AWAY


class Rows:
    """A source that numbers its own rows, as the messages of a station are."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self.begun = self.ended = self.gathered = 0

    def begin(self, topic: str) -> Callable[[], None]:
        self.begun += 1

        def end() -> None:
            self.ended += 1

        return end

    async def gather(self, topics: Mapping[str, int]) -> dict[str, list[Happened]]:
        self.gathered += 1
        return {topic: self._after(seq) for topic, seq in topics.items()}

    async def catch_up(self, topic: str, since: int) -> list[Happened] | None:
        return None if len(self.rows) - since > 5 else self._after(since)

    async def newest(self, topic: str) -> int:
        return len(self.rows)

    def _after(self, seq: int) -> list[Happened]:
        return [Happened("row", number, LoopClock().now(), number) for number in self.rows if number > seq]


def with_rows(hub: EventHub) -> Rows:
    rows = Rows()
    hub.add_source("rows", Source(rows.gather, rows.begin, rows.catch_up, rows.newest))
    return rows


@in_virtual_time
async def test_rows_with_numbers_of_their_own_are_healed_from_where_they_stand(
    hub: EventHub, clock: LoopClock
) -> None:
    source = with_rows(hub)
    source.rows += [1, 2, 3]
    assert await hub.seq("rows:a") == 3
    reader = Reader()
    await hub.subscribe(reader, "rows:a", 1)
    assert told(reader) == [2, 3]
    source.rows.append(4)
    hub.mark("rows:a")
    await clock.sleep(1)
    (event,) = events_at(reader)
    assert (event["seq"], event["data"]) == (4, 4)
    source.rows += [5, 6, 7, 8, 9, 10]
    late = Reader()
    await hub.subscribe(late, "rows:a", 1)
    assert [event["kind"] for event in events_at(late)] == ["reload"]


@in_virtual_time
async def test_a_source_begins_with_its_first_reader_and_ends_after_its_last(
    hub: EventHub, clock: LoopClock
) -> None:
    source = with_rows(hub)
    hub.mark("rows:a")
    await clock.sleep(1)
    assert (source.begun, source.gathered) == (0, 0)
    one, two = Reader(), Reader()
    await hub.subscribe(one, "rows:a")
    await hub.subscribe(two, "rows:a")
    hub.leave(one)
    await clock.sleep(2 * LINGER_S)
    assert (source.begun, source.ended) == (1, 0)
    hub.leave(two)
    await clock.sleep(LINGER_S / 2)
    assert source.ended == 0
    await clock.sleep(LINGER_S)
    assert (source.begun, source.ended) == (1, 1)


@in_virtual_time
async def test_a_source_that_fails_stops_no_other(hub: EventHub, clock: LoopClock) -> None:
    async def fail(topics: Mapping[str, int]) -> dict[str, list[Happened]]:
        raise OSError("the disk is gone")

    hub.add_source("bad", Source(fail, lambda topic: lambda: None))
    reader = Reader()
    await hub.subscribe(reader, "bad")
    await hub.subscribe(reader, "runs")
    hub.mark("bad")
    hub.publish("runs", "state", 1)
    await clock.sleep(1)
    assert told(reader) == [1]


@pytest.mark.parametrize(
    ("topic", "known"), [("runs", True), ("run:3", True), ("weather", False), ("", False)]
)
def test_topics_are_known_by_their_kind(topic: str, known: bool) -> None:
    @in_virtual_time
    async def scenario(hub: EventHub, clock: LoopClock) -> None:
        assert hub.knows(topic) == known

    scenario()
