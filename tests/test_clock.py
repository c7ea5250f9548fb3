"""The clock that everything which waits takes."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from chargeproof.clock import LoopClock
from chargeproof.testing.virtual_time import run_virtual

EPOCH = datetime(2027, 3, 1, 8, tzinfo=UTC)


def test_without_an_epoch_it_is_the_real_wall_clock() -> None:
    async def read() -> datetime:
        return LoopClock().now()

    before = datetime.now(UTC)
    assert before <= asyncio.run(read()) <= datetime.now(UTC)


def test_with_an_epoch_it_goes_on_from_there_in_the_seconds_of_the_loop() -> None:
    async def read_after_ten_seconds() -> datetime:
        await LoopClock().sleep(5)
        clock = LoopClock(EPOCH)
        await clock.sleep(10)
        return clock.now()

    assert run_virtual(read_after_ten_seconds()) == EPOCH + timedelta(seconds=10)


def test_made_outside_a_loop_it_starts_at_the_first_reading() -> None:
    clock = LoopClock(EPOCH)

    async def read_twice() -> tuple[datetime, datetime]:
        first = clock.now()
        await clock.sleep(1)
        return first, clock.now()

    assert run_virtual(read_twice()) == (EPOCH, EPOCH + timedelta(seconds=1))


def test_its_times_are_in_utc() -> None:
    async def read() -> datetime:
        return LoopClock(EPOCH.astimezone(timezone(timedelta(hours=2)))).now()

    assert run_virtual(read()).tzinfo is UTC


def test_a_naive_epoch_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        LoopClock(datetime(2027, 3, 1))
