"""The loop whose time passes only while it has nothing to do."""

import asyncio
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from chargeproof.clock import LoopClock
from chargeproof.errors import UsageError
from chargeproof.testing.quiet_time import BRIEF_S, run_quiet

STALL_S = 0.1


def be_held_back() -> None:
    """As by a machine that has no processor for this process."""
    until = time.monotonic() + STALL_S
    while time.monotonic() < until:
        pass


def test_what_the_machine_keeps_from_it_is_no_time() -> None:
    async def main() -> tuple[float, bool]:
        clock = LoopClock()
        waiting = asyncio.create_task(clock.sleep(STALL_S / 2))
        await clock.sleep(0)
        began_s = clock.monotonic()
        be_held_back()
        await clock.sleep(0)
        return clock.monotonic() - began_s, waiting.done()

    assert run_quiet(main()) == (0, False)


@pytest.mark.parametrize("speed", [1, 20])
def test_a_wait_takes_its_seconds_on_both_clocks(speed: int) -> None:
    async def main() -> tuple[float, timedelta]:
        clock = LoopClock()
        began_s, began = clock.monotonic(), clock.now()
        await clock.sleep(0.05 * speed)
        return clock.monotonic() - began_s, clock.now() - began

    before = datetime.now(UTC)
    began_s = time.monotonic()
    waited_s, passed = run_quiet(main(), speed)
    assert time.monotonic() - began_s >= 0.05
    assert datetime.now(UTC) > before
    assert waited_s == pytest.approx(0.05 * speed)
    assert passed.total_seconds() == pytest.approx(0.05 * speed)


def test_an_event_counts_what_it_was_waited_for_but_not_much_of_it() -> None:
    async def main() -> tuple[float, bytes]:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            began_s = loop.time()

            def later() -> None:
                be_held_back()
                theirs.send(b"x")

            thread = threading.Thread(target=later)
            thread.start()
            said = await loop.sock_recv(ours, 1)
            thread.join()
            return loop.time() - began_s, said

    waited_s, said = run_quiet(main())
    assert said == b"x"
    assert 0 < waited_s <= 2 * BRIEF_S


def test_a_time_that_stands_still_is_refused() -> None:
    with pytest.raises(UsageError, match="the time cannot stand still"):
        run_quiet(LoopClock().sleep(1), 0)
