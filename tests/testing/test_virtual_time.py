"""Virtual and scaled event loops."""

import asyncio
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from chargeproof.clock import LoopClock
from chargeproof.errors import UsageError
from chargeproof.testing.virtual_time import (
    VIRTUAL_EPOCH,
    NothingCanHappen,
    run_scaled,
    run_virtual,
)

clock = LoopClock()


class TestVirtualTime:
    def test_an_hour_takes_no_time(self) -> None:
        async def wait_an_hour() -> float:
            await clock.sleep(3600)
            return clock.monotonic()

        started = time.monotonic()
        assert run_virtual(wait_an_hour()) == pytest.approx(3600)
        assert time.monotonic() - started < 600

    def test_deadlines_come_in_their_order(self) -> None:
        async def wait_in_three_tasks() -> list[int]:
            came: list[int] = []

            async def come_after(seconds: int) -> None:
                await clock.sleep(seconds)
                came.append(seconds)

            await asyncio.gather(*map(come_after, (86_400 * 30, 5, 70)))
            return came

        assert run_virtual(wait_in_three_tasks()) == [5, 70, 86_400 * 30]

    def test_time_stands_still_while_anything_can_run(self) -> None:
        async def spin() -> float:
            for _ in range(1000):
                await clock.sleep(0)
            return clock.monotonic()

        assert run_virtual(spin()) == 0

    def test_a_time_out_comes(self) -> None:
        async def wait_in_vain() -> float:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), timeout=30)
            return clock.monotonic()

        assert run_virtual(wait_in_vain()) == pytest.approx(30)

    def test_the_wall_clock_goes_along_from_the_epoch(self) -> None:
        async def wall_clock_after_a_minute() -> datetime:
            await clock.sleep(60)
            return clock.now()

        epoch = datetime(2030, 5, 1, 12, tzinfo=UTC)
        assert run_virtual(wall_clock_after_a_minute(), epoch) == epoch + timedelta(minutes=1)
        assert run_virtual(wall_clock_after_a_minute()) == VIRTUAL_EPOCH + timedelta(minutes=1)

    def test_a_thread_is_waited_for_while_time_stands_still(self) -> None:
        async def race_a_thread_with_a_timer() -> float:
            timer_came = threading.Event()
            asyncio.get_running_loop().call_later(1, timer_came.set)
            assert await asyncio.to_thread(timer_came.wait, 0.01) is False
            return clock.monotonic()

        assert run_virtual(race_a_thread_with_a_timer()) == 0


class TestNothingCanHappen:
    def test_a_wait_that_never_ends_is_an_error_that_names_the_tasks(self) -> None:
        async def wait_for_the_station() -> None:
            await asyncio.Event().wait()

        async def wait_for_both() -> None:
            task = asyncio.create_task(wait_for_the_station(), name="station CP-1")
            await task

        with pytest.raises(NothingCanHappen) as raised:
            run_virtual(wait_for_both())
        assert "station CP-1" in str(raised.value)
        assert "wait_for_the_station" in str(raised.value)
        assert "wait_for_both" in str(raised.value)

    def test_the_error_says_when(self) -> None:
        async def wait_forever_after_a_minute() -> None:
            await clock.sleep(60)
            await asyncio.Event().wait()

        with pytest.raises(NothingCanHappen, match="at 60 s of virtual time"):
            run_virtual(wait_forever_after_a_minute())

    def test_the_tasks_are_still_cancelled_in_order(self) -> None:
        tidied: list[str] = []

        async def wait_and_tidy() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await clock.sleep(1)
                tidied.append("tidied")

        with pytest.raises(NothingCanHappen):
            run_virtual(wait_and_tidy())
        assert tidied == ["tidied"]


class TestScaledTime:
    def test_thirty_seconds_take_a_tenth_of_one_at_speed_300(self) -> None:
        async def wait_half_a_minute() -> tuple[float, timedelta]:
            started, wall_started = clock.monotonic(), clock.now()
            await clock.sleep(30)
            return clock.monotonic() - started, clock.now() - wall_started

        started = time.monotonic()
        loop_seconds, wall_seconds = run_scaled(wait_half_a_minute(), speed=300)
        real_seconds = time.monotonic() - started
        assert real_seconds >= 0.09
        assert real_seconds < 29
        assert loop_seconds >= 29.9
        assert wall_seconds >= timedelta(seconds=29.9)

    def test_a_time_out_comes_sooner(self) -> None:
        async def wait_in_vain() -> None:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.Event().wait(), timeout=60)

        started = time.monotonic()
        run_scaled(wait_in_vain(), speed=1000)
        assert time.monotonic() - started < 30

    def test_a_thread_wakes_the_loop(self) -> None:
        async def ask_a_thread() -> int:
            return await asyncio.get_running_loop().run_in_executor(None, threading.get_ident)

        assert run_scaled(ask_a_thread(), speed=20) != threading.get_ident()

    def test_a_real_socket_echoes(self) -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        async def ask_the_echo() -> bytes:
            server = await asyncio.start_server(echo, "127.0.0.1", 0)
            async with server:
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
                writer.write(b'[2,"1","Heartbeat",{}]\n')
                answer = await asyncio.wait_for(reader.readline(), timeout=600)
                writer.close()
                await writer.wait_closed()
            return answer

        assert run_scaled(ask_the_echo(), speed=20) == b'[2,"1","Heartbeat",{}]\n'

    def test_a_speed_of_nothing_is_refused(self) -> None:
        with pytest.raises(UsageError, match=r"speed 0: .* Give a number above 0"):
            run_scaled(clock.sleep(1), speed=0)
