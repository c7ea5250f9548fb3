"""A run that goes wrong: stopped, left alone, broken; the record always ends and can be judged."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chargeproof.acceptance.judge import judge
from chargeproof.acceptance.ports import Act, ApparatusError, Deed, StoppedByPersonError
from chargeproof.acceptance.verdict import Outcome
from chargeproof.central_system.settings import CentralSystemSettings
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.runner import Run, StationNeverCame, StoppedBeforeBegin
from chargeproof.testbed.simulated import RunResult, SimulatedSite, run_simulated
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import Entry, Reach, StepChanged, Trace, load_trace

Before = Callable[[int, Act, SimulatedStation], Awaitable[None]]


class WatchedSite:
    """Simulated hands; ``before`` is called before each act with its number."""

    kind = "simulated"

    def __init__(self, station: SimulatedStation, before: Before) -> None:
        self._station = station
        self._hands = SimulatedSite(station)
        self._before = before
        self._acts = 0

    async def perform(self, act: Act) -> Deed:
        self._acts += 1
        await self._before(self._acts, act, self._station)
        return await self._hands.perform(act)


def run_with(before: Before, on_run: Callable[[Run], None] = lambda run: None, **more: Any) -> RunResult:
    return run_virtual(
        run_simulated("lawful", site=lambda station: WatchedSite(station, before), on_run=on_run, **more)
    )


def stopped_before_act(number: int, times: int = 1) -> RunResult:
    runs: list[Run] = []

    async def before(n: int, act: Act, station: SimulatedStation) -> None:
        if n == number:
            for _ in range(times):
                runs[0].stop()
            await never()

    return run_with(before, runs.append)


async def never() -> None:
    """What a person who has pressed Ctrl-C does about the prompt."""
    await asyncio.get_running_loop().create_future()


def begins_to_restore(entry: Entry) -> bool:
    return isinstance(entry, StepChanged) and entry.step == "restoration" and entry.phase == "began"


def restoration_of(trace: Trace) -> tuple[str, str]:
    (span,) = trace.steps("restoration")
    return span.phase, span.detail


def assert_left_as_found(trace: Trace) -> None:
    """The last value written to every key is the one that was read first, and it was read back."""
    first: dict[str, Any] = {}
    last: dict[str, Any] = {}
    for exchange in trace.exchanges(GetConfiguration):
        for item in exchange.confirmation.configuration_key or ():
            first.setdefault(item.key, item.value)
            last[item.key] = item.value
    written = {exchange.request.key for exchange in trace.exchanges(ChangeConfiguration)}
    assert written
    assert {key: last[key] for key in written} == {key: first[key] for key in written}


def test_a_run_that_is_stopped_restores_the_station() -> None:
    result = stopped_before_act(2)
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "stopped"
    assert restoration_of(result.trace) == ("ended", "")
    assert_left_as_found(result.trace)
    assert not result.station.transactions.any_running()


def test_what_was_not_reached_is_not_the_fault_of_the_station() -> None:
    verdicts = {check.verdict.outcome for check in stopped_before_act(1).judgement.checks()}
    assert not verdicts & {Outcome.FAIL, Outcome.TOOL_ERROR}
    assert Outcome.NOT_RUN in verdicts


def test_a_run_that_is_stopped_in_an_outage_brings_the_line_back_and_restores() -> None:
    runs: list[Run] = []

    async def before(n: int, act: Act, station: SimulatedStation) -> None:
        if act.name == "present_card" and "The line is cut" in act.sentence:
            runs[0].stop()
            await never()

    result = run_with(before, runs.append, functions=(14,))
    assert [entry.reachable for entry in result.trace.of(Reach)] == [False, True]
    assert restoration_of(result.trace)[0] == "ended"
    assert_left_as_found(result.trace)
    assert not result.station.transactions.any_running()


def test_a_second_stop_gives_up_the_restoration() -> None:
    runs: list[Run] = []

    async def before(n: int, act: Act, station: SimulatedStation) -> None:
        runs[0].recorder.watch(lambda entry: stop_in_restoration(entry))
        runs[0].stop()
        await never()

    def stop_in_restoration(entry: Entry) -> None:
        if begins_to_restore(entry):
            asyncio.get_running_loop().call_soon(runs[0].stop)

    result = run_with(before, runs.append)
    assert restoration_of(result.trace) == ("cannot", "the run was stopped")
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "stopped"


def test_the_first_stop_during_the_restoration_lets_it_end() -> None:
    runs: list[Run] = []
    said: list[str] = []

    async def before(n: int, act: Act, station: SimulatedStation) -> None:
        return

    def stop_in_restoration(entry: Entry) -> None:
        if begins_to_restore(entry):
            asyncio.get_running_loop().call_soon(lambda: said.append(runs[0].stop()))

    def watch(run: Run) -> None:
        runs.append(run)
        run.recorder.watch(stop_in_restoration)

    result = run_with(before, watch, functions=(4,))
    assert said == ["the station is being restored; once more leaves it as it is"]
    assert restoration_of(result.trace)[0] == "ended"
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "completed"


def test_a_person_who_says_stop_has_the_station_restored() -> None:
    async def before(n: int, act: Act, station: SimulatedStation) -> None:
        raise StoppedByPersonError("the person said stop")

    result = run_with(before)
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "stopped"
    assert restoration_of(result.trace)[0] == "ended"


def test_a_broken_rig_is_a_tool_error_and_never_the_fault_of_the_station() -> None:
    async def before(n: int, act: Act, station: SimulatedStation) -> None:
        raise ApparatusError("the rig answered plugin with HTTP 500")

    result = run_with(before, functions=(11,))
    outcomes = {
        check.verdict.outcome
        for check in result.judgement.checks()
        if check.check.criterion_id.startswith("11.")
    }
    assert Outcome.FAIL not in outcomes
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "completed"


def test_a_station_that_leaves_in_the_middle_ends_the_run_all_the_same() -> None:
    async def before(n: int, act: Act, station: SimulatedStation) -> None:
        if n == 1:
            await station.power_off()

    result = run_with(before)
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "completed"
    assert Outcome.TOOL_ERROR not in {check.verdict.outcome for check in result.judgement.checks()}


def test_a_station_that_is_never_accepted_is_a_clear_error() -> None:
    with pytest.raises(StationNeverCame) as caught:
        run_virtual(
            run_simulated(
                settings=CentralSystemSettings(unknown_stations="reject"), windows={"first_contact": 100}
            )
        )
    assert 'the station "SIMULATED-1" is connected, but was not ready' in str(caught.value)
    assert "unknown_stations" in str(caught.value)


def test_a_stop_before_the_station_came_leaves_no_record() -> None:
    def stop_soon(run: Run) -> None:
        asyncio.get_running_loop().call_later(1, run.stop)

    with pytest.raises(StoppedBeforeBegin):
        run_virtual(run_simulated(on_run=stop_soon))


def test_a_record_can_be_judged_wherever_the_program_died() -> None:
    lines = run_virtual(run_simulated()).record_lines
    for end in (*range(1, len(lines), 97), len(lines) - 1):
        cut = [*lines[:end], lines[end][: len(lines[end]) // 2]]
        judgement = judge(load_trace(cut))
        assert Outcome.TOOL_ERROR not in {check.verdict.outcome for check in judgement.checks()}, end
