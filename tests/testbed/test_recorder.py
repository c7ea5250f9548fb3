"""The record of a run as it is written."""

import asyncio
import errno
import io
from pathlib import Path

import pytest

from chargeproof.acceptance.profile import Profile
from chargeproof.clock import LoopClock
from chargeproof.errors import ToolError
from chargeproof.simulator.model import load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.no_site import NoSite
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.runner import Run
from chargeproof.testbed.simulated import CHARGE_POINT_ID, memory_bench
from chargeproof.testbed.station import StationUnderTest
from chargeproof.testing.virtual_time import NothingCanHappen, run_virtual
from chargeproof.trace import Note, RunBegan, StepChanged, load_trace


class FullDisk(io.StringIO):
    name = "record.jsonl"

    def __init__(self, lines: int) -> None:
        super().__init__()
        self._left = lines

    def write(self, text: str) -> int:
        if self._left == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        self._left -= 1
        return super().write(text)


async def nothing_stated() -> Profile:
    return Profile()


def head() -> RunBegan:
    clock = LoopClock()
    return RunBegan(
        at=clock.now(),
        mono=clock.monotonic(),
        tool_version="0",
        rule_set="1",
        charge_point_id="S",
        site="none",
        functions=(1,),
    )


def test_entries_wait_for_the_head_and_are_numbered_after_it() -> None:
    async def main() -> list[tuple[int, str]]:
        stream = io.StringIO()
        recorder = RunRecorder(LoopClock(), stream)
        first = head()
        recorder.make(Note, name="early")
        assert stream.getvalue() == ""
        recorder.begin(first)
        recorder.make(Note, name="late")
        entries = load_trace(stream.getvalue().splitlines()).entries
        return [(entry.n, type(entry).__name__) for entry in entries]

    assert run_virtual(main()) == [(1, "RunBegan"), (2, "Note"), (3, "Note")]


def test_nothing_comes_after_the_tail() -> None:
    async def main() -> int:
        recorder = RunRecorder(LoopClock())
        recorder.begin(head())
        recorder.end("completed")
        recorder.make(Note, name="too late")
        return len(recorder.entries)

    assert run_virtual(main()) == 2


def test_a_full_disk_is_told_once_and_what_was_written_can_be_read() -> None:
    async def main() -> None:
        told: list[ToolError] = []
        stream = FullDisk(lines=2)
        recorder = RunRecorder(LoopClock(), stream)
        recorder.on_failure = told.append
        recorder.begin(head())
        for name in ("kept", "lost", "lost too"):
            recorder.make(Note, name=name)
        assert recorder.failure is not None
        assert told == [recorder.failure]
        assert "record.jsonl: the record cannot be written: No space left on device" in str(recorder.failure)
        assert len(load_trace(stream.getvalue().splitlines()).entries) == 2

    run_virtual(main())


def test_a_disk_that_fills_up_stops_the_run_and_the_station_is_restored() -> None:
    async def main() -> tuple[ToolError, list[str], str]:
        stream = FullDisk(lines=200)
        async with memory_bench(SimulatedStation, load_model("lawful")) as bench:
            recorder = RunRecorder(bench.clock, stream)
            run = Run(
                station=StationUnderTest(
                    CHARGE_POINT_ID,
                    central_system=bench.central_system,
                    store=bench.store,
                    recorder=recorder,
                    clock=bench.clock,
                ),
                site=NoSite(),
                recorder=recorder,
                central_system=bench.central_system,
                clock=bench.clock,
                ask_profile=nothing_stated,
            )
            await bench.station.power_on()
            with pytest.raises(ToolError) as caught:
                await run.play()
        steps = recorder.trace().steps("restoration")
        return caught.value, [span.phase for span in steps], stream.getvalue()

    error, restored, written = run_virtual(main())
    assert "No space left on device" in str(error)
    assert restored == ["ended"]
    assert len(load_trace(written.splitlines()).entries) == 200


def test_steps_and_the_end_are_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"

    async def main() -> None:
        with path.open("w", encoding="utf-8") as stream:
            recorder = RunRecorder(LoopClock(), stream)
            recorder.begin(head())
            recorder.make(StepChanged, step="Boot", phase="began", function=1)
            assert len(path.read_text(encoding="utf-8").splitlines()) == 2
            recorder.end("completed")

    run_virtual(main())
    assert load_trace(path.read_text(encoding="utf-8").splitlines()).tail is not None


def test_waiting_ends_with_the_first_answer_or_with_the_window() -> None:
    async def main() -> tuple[str | None, float, str | None, float]:
        clock = LoopClock()
        recorder = RunRecorder(clock)
        recorder.begin(head())

        def named() -> str | None:
            names = [entry.name for entry in recorder.entries if isinstance(entry, Note)]
            return names[-1] if names else None

        asyncio.get_running_loop().call_later(7, lambda: recorder.make(Note, name="here"))
        missed = await recorder.until(named, 5)
        missed_at = clock.monotonic()
        return missed, missed_at, await recorder.until(named, 60), clock.monotonic()

    assert run_virtual(main()) == (None, 5.0, "here", 7.0)


def test_waiting_without_a_limit_sets_no_timer() -> None:
    async def main() -> None:
        recorder = RunRecorder(LoopClock())
        await recorder.until(lambda: None, None)

    with pytest.raises(NothingCanHappen):
        run_virtual(main())
