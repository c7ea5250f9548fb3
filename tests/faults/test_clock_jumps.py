"""The wall clock jumps, forwards and back: what is waited for goes on, and nothing is doubled or lost."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.retention import Retention, RetentionSettings
from chargeproof.clock import LoopClock
from chargeproof.ocpp import Reset, ResetType
from chargeproof.testing.virtual_time import VIRTUAL_EPOCH, run_virtual
from tests.central_system.bench import Bench

YEAR = timedelta(days=365)
JUMPS = [
    pytest.param([YEAR], id="a year ahead"),
    pytest.param([-YEAR], id="a year back"),
    pytest.param([YEAR, -2 * YEAR, timedelta(seconds=-1), YEAR], id="to and fro"),
]


class JumpingClock(LoopClock):
    """A wall clock that somebody sets; the seconds that pass stay those of the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.set_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.set_by


class JumpingBench(Bench):
    def __init__(self) -> None:
        settings = CentralSystemSettings(unknown_id_tags="accept", call_timeout_s=30)
        super().__init__(settings)
        self.jumping = JumpingClock()
        self.central_system = CentralSystem(
            store=self.store, bus=LocalBus(), clock=self.jumping, settings=settings
        )


@pytest.mark.parametrize("jumps", JUMPS)
def test_transactions_are_told_apart_and_known_again_whatever_the_clock_says(
    jumps: Sequence[timedelta],
) -> None:
    async def main() -> None:
        bench = JumpingBench()
        await bench.central_system.start()
        station = await bench.booted()
        given = []
        for number, jump in enumerate(jumps):
            start = {"meterStart": number, "timestamp": f"2026-01-01T00:00:{number:02}Z"}
            given.append((await station.start(f"a-{number}", **start))[2]["transactionId"])
            bench.jumping.set_by += jump
            again = await station.start(f"b-{number}", **start)
            assert again[2]["transactionId"] == given[-1]
            first = await station.stop(given[-1], f"c-{number}", meterStop=number)
            bench.jumping.set_by += jump
            assert (await station.stop(given[-1], f"d-{number}", meterStop=number))[2] == first[2]
        assert len(set(given)) == len(jumps) == len(await bench.store.transactions())
        assert [item.repeated for item in await bench.store.stops("CP-1")].count(False) == len(jumps)
        told = (await station.call("Heartbeat", {}))[2]["currentTime"]
        assert datetime.fromisoformat(told) == VIRTUAL_EPOCH + bench.jumping.set_by
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_command_waits_its_seconds_and_not_those_of_the_wall(jump: timedelta) -> None:
    async def main() -> None:
        bench = JumpingBench()
        await bench.central_system.start()
        await bench.booted()
        calling = bench.calling(Reset(type=ResetType.SOFT))
        await bench.pass_time(29)
        bench.jumping.set_by = jump
        assert not calling.done()
        await bench.pass_time(2)
        assert (await calling).state == "timed_out"
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())


def test_a_clock_that_went_ahead_and_back_does_not_forget_todays_frames_for_ever() -> None:
    async def main() -> None:
        bench = JumpingBench()
        await bench.central_system.start()
        station = await bench.booted()
        retention = Retention(bench.store, bench.jumping, RetentionSettings(keep_days=30))
        await station.call("Heartbeat", {})
        bench.jumping.set_by = -YEAR
        assert await retention.once() == 0
        await station.call("Heartbeat", {})
        bench.jumping.set_by = timedelta()
        await station.call("Heartbeat", {})
        await retention.once()
        times = [item.requested_at for item in await bench.store.exchanges("CP-1")]
        assert times == [VIRTUAL_EPOCH] * 3  # the boot, the first and the last; the other is a year old
        await bench.central_system.stop()
        await bench.store.close()

    run_virtual(main())
