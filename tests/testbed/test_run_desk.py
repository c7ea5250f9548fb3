"""Runs at the desk: followed, answered, stopped, repeated, overruled, and found again after a restart."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.verdict import Outcome
from chargeproof.cli.overrule import overrule
from chargeproof.errors import UsageError
from chargeproof.simulator.configuration import MEMORY_NAME
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.prompts import PromptAnswer
from chargeproof.testbed.results import judge_record
from chargeproof.testbed.run_desk import NoSuchRun, NotNow
from chargeproof.testbed.run_state import FunctionState, RunEvent, RunState, StartRun
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import ActChanged, ConnectionOpened, HandshakeSeen, RunBegan, Trace, load_trace
from tests.testbed.desks import STATION, Lab, in_background, lab, person

STATED = Profile(
    connectivity="lan",
    connectors=2,
    valid_card="ACCEPT-1",
    unknown_card="REJECT-1",
    how_to_provoke_error="open the pilot pin",
)


def in_lab(folder: Path, test: Callable[[Lab], Awaitable[None]], **how: Any) -> None:
    async def main() -> None:
        async with lab(folder, **how) as opened:
            await test(opened)

    run_virtual(main())


def asked(*functions: int, **more: Any) -> StartRun:
    return StartRun(**{"charge_point_id": STATION, "functions": functions, "profile": STATED, **more})


def function_of(state: RunState, number: int) -> FunctionState:
    return next(each for each in state.functions if each.number == number)


def value_of(station: SimulatedStation, key: str) -> str | None:
    shown = station.configuration.shown(key)
    return None if shown is None else shown.value


def record_of(lab: Lab, run_id: int) -> Trace:
    return load_trace(lab.desk.folder_of(run_id).joinpath("record.jsonl").read_text("utf-8").splitlines())


def test_a_whole_run_with_a_person_at_a_station_that_was_connected_long_before(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        station = await lab.station()
        await lab.clock.sleep(1000)
        run = await lab.desk.start(asked(), by="ann")
        assert (run.phase, run.started_by, run.ending) == ("waiting", "ann", None)
        prompts = await person(lab, run.id, station)
        state = lab.desk.get(run.id)
        assert (state.phase, state.ending, state.detail) == ("ended", "completed", "")
        verdicts = {each.number: each.verdict for each in state.functions}
        assert verdicts.pop(12) is Outcome.NOT_RUN  # there was no firmware file
        assert set(verdicts.values()) == {Outcome.PASS}
        assert {1, 4, 5, 6, 7, 8, 9} == {prompt.act_number for prompt in prompts} - {None}
        assert (state.station.vendor, state.station.firmware) == ("Chargeproof", "1.0.0")
        assert state.restoration.verdict is Outcome.PASS
        assert state.left_changed == ()
        trace = record_of(lab, run.id)
        opened, shake = trace.of(ConnectionOpened)[0], trace.of(HandshakeSeen)[0]
        assert opened.since is not None
        assert (opened.at - opened.since).total_seconds() >= 1000
        assert (shake.since is not None, shake.offered) == (True, ("ocpp1.6",))
        report = lab.desk.report(run.id)
        assert (report.lints, report.environment.subprotocol) == ((), "ocpp1.6")
        assert {"report.pdf", "report.docx", "report.html", "report.xml", "report.md"} <= {
            path.name for path in lab.desk.folder_of(run.id).iterdir()
        }

    in_lab(tmp_path, test)


def test_verdicts_fall_when_their_function_ends_and_not_at_the_end_of_the_run(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(4, 15, 2, site="none"))
        state = await lab.until(run.id, lambda state: function_of(state, 15).verdict is not None)
        assert function_of(state, 4).verdict is Outcome.PASS
        assert (function_of(state, 2).verdict, function_of(state, 2).phase) == (None, "waiting")
        assert (function_of(state, 1).phase, state.verdict) == ("left_out", None)
        assert not function_of(state, 4).final
        state = await lab.end_of(run.id)
        assert (function_of(state, 4).final, state.verdict) == (True, Outcome.PASS)

    in_lab(tmp_path, test)


def test_the_live_tail_has_a_row_for_every_entry(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(4, site="none"))
        await lab.end_of(run.id)
        rows = [event.data for event in lab.events if event.kind == "entry"]
        assert [row.n for row in rows] == [entry.n for entry in record_of(lab, run.id).entries]
        assert "GetConfiguration answer" in {row.label for row in rows}
        revisions = [e.data.revision for e in lab.events if e.kind == "state" and e.topic == f"run:{run.id}"]
        assert revisions == sorted(set(revisions))

    in_lab(tmp_path, test)


def test_a_prompt_goes_away_by_itself_and_its_answer_is_too_late_then(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        station = await lab.station()
        run = await lab.desk.start(asked(11))
        state = await lab.until(run.id, lambda state: state.prompt is not None)
        assert state.prompt is not None
        assert (state.prompt.act_number, state.prompt.verb, state.prompt.seen_by_itself) == (
            1,
            "plug_in",
            True,
        )
        await lab.clock.sleep(20)
        await station.plug_in(1)
        gone = await lab.until(run.id, lambda state: state.prompt is None)
        assert gone.last_prompt is not None
        assert (gone.last_prompt.phase, gone.last_prompt.by) == ("seen", "station")
        with pytest.raises(NotNow, match="not there any more"):
            lab.desk.answer(run.id, state.prompt.id, PromptAnswer(said="done"))
        assert function_of(await lab.end_of(run.id), 11).decided is not None

    in_lab(tmp_path, test)


def test_cannot_is_in_the_record_with_its_reason(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(11))
        state = await lab.until(run.id, lambda state: state.prompt is not None)
        assert state.prompt is not None
        lab.desk.answer(run.id, state.prompt.id, PromptAnswer(said="cannot", reason="the bay is blocked"))
        ended = await lab.end_of(run.id)
        assert function_of(ended, 11).phase == "cannot"
        acts = [(act.phase, act.detail) for act in record_of(lab, run.id).of(ActChanged)]
        assert ("cannot", "the bay is blocked") in acts

    in_lab(tmp_path, test)


def test_a_prompt_that_nobody_answers_ends_by_itself(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(10, prompt_limit_s=600))
        ended = await lab.end_of(run.id)
        assert ended.last_prompt is not None
        assert ended.last_prompt.detail == "nobody answered within 600 s"

    in_lab(tmp_path, test)


def test_a_stop_restores_the_station_and_judges_what_there_is(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        station = await lab.station()
        before = station.configuration.text("ConnectionTimeOut")
        run = await lab.desk.start(asked(4, 11))
        await lab.until(run.id, lambda state: state.prompt is not None)
        assert station.configuration.text("ConnectionTimeOut") != before
        assert "restored first" in lab.desk.stop(run.id)
        state = await lab.end_of(run.id)
        assert (state.ending, state.prompt, state.restoration.phase) == ("stopped", None, "ended")
        assert (function_of(state, 4).verdict, function_of(state, 11).phase) == (Outcome.PASS, "cannot")
        assert (state.left_changed, station.configuration.text("ConnectionTimeOut")) == ((), before)
        with pytest.raises(NotNow):
            lab.desk.stop(run.id)

    in_lab(tmp_path, test)


def test_a_second_stop_leaves_the_station_and_says_what_is_changed(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(11))
        await lab.until(run.id, lambda state: state.prompt is not None)
        lab.desk.stop(run.id)
        await lab.until(run.id, lambda state: state.restoration.phase == "playing")
        lab.desk.stop(run.id)
        state = await lab.end_of(run.id)
        assert state.restoration.phase == "cannot"
        left = {each.key: (each.was, each.is_now) for each in state.left_changed}
        assert left["ConnectionTimeOut"] == ("60", "30")

    in_lab(tmp_path, test)


def test_a_stop_while_the_station_is_awaited_leaves_no_record(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        run = await lab.desk.start(asked(4))
        await lab.clock.sleep(10)
        lab.desk.stop(run.id)
        state = await lab.end_of(run.id)
        assert (state.ending, state.has_report) == ("never_began", False)
        assert not lab.desk.folder_of(run.id).joinpath("record.jsonl").exists()

    in_lab(tmp_path, test)


def test_a_station_that_never_comes_is_told_with_what_was_seen(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        run = await lab.desk.start(asked(4, wait_s=60))
        state = await lab.end_of(run.id)
        assert state.ending == "never_began"
        assert "Nobody tried to connect" in state.detail

    in_lab(tmp_path, test)


def test_one_run_per_station_and_several_stations_at_once(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        first = await lab.desk.start(asked(4, site="simulated", model="lawful", profile=None))
        with pytest.raises(NotNow, match=f"run {first.id} goes on"):
            await lab.desk.start(asked(4))
        other = await lab.desk.start(asked(4, 2, charge_point_id="DESK-2", site="simulated", profile=None))
        ended = [await lab.end_of(run) for run in (first.id, other.id)]
        assert [state.ending for state in ended] == ["completed", "completed"]
        assert [state.id for state in lab.desk.list()] == [other.id, first.id]
        assert lab.simulated.ids() == []  # those that were started for a run end with it
        third = await lab.desk.start(asked(4, site="simulated", profile=None))
        assert (await lab.end_of(third.id)).previous_run == other.id

    in_lab(tmp_path, test)


def test_a_repeat_counts_and_the_earlier_result_stays_visible(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        station = await lab.station()
        run = await lab.desk.start(asked(4, 11))
        state = await lab.until(run.id, lambda state: state.prompt is not None)
        assert state.prompt is not None
        lab.desk.answer(run.id, state.prompt.id, PromptAnswer(said="cannot", reason="the cable is locked"))
        before = function_of(await lab.end_of(run.id), 11)
        await lab.desk.repeat(run.id, 11, by="bob")
        await person(lab, run.id, station)
        state = lab.desk.get(run.id)
        again = function_of(state, 11)
        assert (before.decided, again.decided, again.plays, state.part) == (
            Outcome.NOT_RUN,
            Outcome.PASS_WITH_REMARK if again.decided is Outcome.PASS_WITH_REMARK else Outcome.PASS,
            2,
            2,
        )
        assert function_of(state, 4).decided is Outcome.PASS
        report = lab.desk.report(run.id)
        row = next(each for each in report.functions if each.number == 11)
        assert (row.part, [(each.part, each.verdict) for each in row.other_plays]) == (
            2,
            [(1, Outcome.NOT_RUN)],
        )
        assert "the cable is locked" in row.result
        assert [(part.number, part.functions) for part in report.parts] == [(1, (4, 11)), (2, (11,))]
        heads = record_of(lab, run.id).of(RunBegan)
        assert heads[1].environment["started by"] == "bob"
        judged = judge_record(lab.desk.folder_of(run.id) / "record.jsonl").report
        assert judged.functions == report.functions

    in_lab(tmp_path, test)


def test_a_repeat_that_cannot_be_played_leaves_the_result_that_was(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        station = await lab.station()
        run = await lab.desk.start(asked(11))
        await person(lab, run.id, station)
        first = function_of(lab.desk.get(run.id), 11).decided
        await lab.desk.repeat(run.id, 11)
        state = await lab.until(run.id, lambda state: state.prompt is not None)
        assert state.prompt is not None
        lab.desk.answer(run.id, state.prompt.id, PromptAnswer(said="cannot", reason="it rains"))
        assert function_of(await lab.end_of(run.id), 11).decided is first
        row = next(each for each in lab.desk.report(run.id).functions if each.number == 11)
        assert (row.part, row.other_plays[0].why) == (1, "not played to its end")

    in_lab(tmp_path, test)


def test_a_repeat_asked_for_during_the_run_is_played_after_it(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(4, 15, site="none"))
        await lab.until(run.id, lambda state: function_of(state, 4).verdict is not None)
        await lab.desk.repeat(run.id, 4)
        state = await lab.end_of(run.id)
        assert (state.part, function_of(state, 4).plays, function_of(state, 15).plays) == (2, 2, 1)

    in_lab(tmp_path, test)


def test_an_overruled_verdict_stands_beside_that_of_the_machine(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(12, site="none"))
        await lab.end_of(run.id)
        for check in ("12.1a", "12.2a", "12.2b", "12.3a"):
            state = await lab.desk.overrule(
                run.id, check, Outcome.PASS, by="ann", reason="seen at the maker's"
            )
        function = function_of(state, 12)
        assert (function.verdict, function.decided, state.overrulings) == (Outcome.NOT_RUN, Outcome.PASS, 4)
        assert state.decided is Outcome.PASS
        overruled = function.checks[0].overruled
        assert overruled is not None
        assert (overruled.by, overruled.reason) == ("ann", "seen at the maker's")
        html = lab.desk.folder_of(run.id).joinpath("report.html").read_text("utf-8")
        assert "seen at the maker&#39;s" in html
        state = await lab.desk.overrule(run.id, "12.1a", None, by="bob", reason="it was another station")
        assert (function_of(state, 12).decided, state.overrulings) == (Outcome.NOT_RUN, 3)

    in_lab(tmp_path, test)


def test_what_is_overruled_on_the_command_line_is_seen_at_the_desk(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(12, site="none"))
        before = await lab.end_of(run.id)
        events: list[RunEvent] = []
        lab.desk.listen(events.append)
        overrule(lab.desk.folder_of(run.id), "12.1a", by="ann", reason="seen at the maker's", verdict="pass")
        state = lab.desk.get(run.id)
        assert (state.overrulings, function_of(state, 12).checks[0].overruled is not None) == (1, True)
        assert state.revision > before.revision
        assert [event.topic for event in events] == [f"run:{run.id}", "runs"]
        assert lab.desk.list()[0] == state

    in_lab(tmp_path, test)


@pytest.mark.parametrize(
    ("check", "verdict", "by", "reason"),
    [
        ("99.1a", Outcome.PASS, "ann", "why not"),
        ("4.1a", Outcome.TOOL_ERROR, "ann", "why not"),
        ("4.1a", Outcome.PASS, " ", "why not"),
        ("4.1a", Outcome.PASS, "ann", " "),
    ],
)
def test_nobody_overrules_without_check_name_and_reason(
    tmp_path: Path, check: str, verdict: Outcome, by: str, reason: str
) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(4, site="none"))
        await lab.end_of(run.id)
        with pytest.raises(UsageError):
            await lab.desk.overrule(run.id, check, verdict, by=by, reason=reason)

    in_lab(tmp_path, test)


def test_runs_are_there_after_a_restart(tmp_path: Path) -> None:
    async def first(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(4, site="none"))
        await lab.end_of(run.id)

    async def second(lab: Lab) -> None:
        (state,) = lab.desk.list()
        assert (state.ending, state.verdict, state.has_report) == ("completed", Outcome.PASS, True)
        (row,) = lab.desk.models()
        assert (row.vendor, row.model, row.firmware, row.run) == ("Chargeproof", "Lawful", "1.0.0", 1)
        with pytest.raises(NoSuchRun):
            lab.desk.get(2)

    in_lab(tmp_path, first)
    in_lab(tmp_path, second)


async def killed_in_the_middle(lab: Lab) -> None:
    """As if the program had died: nothing is ended, restored or said any more."""
    await lab.station()
    run = await lab.desk.start(asked(4, 11))
    await lab.until(run.id, lambda state: state.prompt is not None)
    folder = lab.desk.folder_of(run.id)
    dead = {path.name: path.read_bytes() for path in folder.iterdir()}
    await lab.desk.close()
    for path in folder.iterdir():
        path.unlink()
    for name, content in dead.items():
        (folder / name).write_bytes(content[:-7] if name == "record.jsonl" else content)


def test_an_interrupted_run_is_judged_and_its_station_put_back_when_it_comes(tmp_path: Path) -> None:
    async def second(lab: Lab) -> None:
        state = await lab.until(1, lambda state: state.ending == "interrupted" and state.has_report)
        assert function_of(state, 4).verdict is Outcome.PASS
        assert function_of(state, 11).phase in ("playing", "stopped")
        state = await lab.until(1, lambda state: bool(state.left_changed))
        station = await lab.simulated.start(STATION, "lawful")
        # It has not booted yet. A real station keeps what was set; this one is made anew.
        station.memory[MEMORY_NAME] = {"ConnectionTimeOut": "30"}
        while lab.desk.get(1).left_changed:
            await lab.clock.sleep(5)
        assert station.configuration.text("ConnectionTimeOut") == "60"
        report = lab.desk.report(1)
        assert (report.environment.run_outcome, report.restoration.verdict) == ("interrupted", Outcome.PASS)
        assert [part.outcome for part in report.parts] == ["interrupted", "completed"]

    in_lab(tmp_path, killed_in_the_middle)
    in_lab(tmp_path, second)


def test_a_program_that_only_looks_leaves_an_interrupted_run_alone(tmp_path: Path) -> None:
    async def second(lab: Lab) -> None:
        await lab.clock.sleep(100)
        assert lab.desk.get(1).is_live
        assert not lab.desk.folder_of(1).joinpath("report.json").exists()

    in_lab(tmp_path, killed_in_the_middle)
    in_lab(tmp_path, second, recovers=False)


def test_a_run_under_way_is_restored_when_the_program_stops(tmp_path: Path) -> None:
    async def first(lab: Lab) -> None:
        station = await lab.station()
        run = await lab.desk.start(asked(11))
        await lab.until(run.id, lambda state: state.prompt is not None)
        await lab.desk.close()
        state = lab.desk.get(run.id)
        assert (state.ending, state.left_changed) == ("interrupted", ())
        assert station.configuration.text("ConnectionTimeOut") == "60"

    in_lab(tmp_path, first)


def test_questions_are_asked_of_a_new_model_and_remembered(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        await lab.station()
        run = await lab.desk.start(asked(4, profile=None))
        state = await lab.until(run.id, lambda state: state.phase == "questions")
        assert "connectivity" in {question.name for question in state.questions}
        lab.desk.answer_questions(run.id, Profile(connectivity="modem"))
        state = await lab.end_of(run.id)
        assert state.profile == Profile(connectivity="modem")
        answers = {q.name: q.answer for q in lab.desk.questions("Chargeproof", "Lawful")}
        assert answers["connectivity"] == "modem"
        again = await lab.desk.start(asked(4, profile=None))
        assert (await lab.end_of(again.id)).profile == Profile(connectivity="modem")
        with pytest.raises(NotNow):
            lab.desk.answer_questions(again.id, None)

    in_lab(tmp_path, test)


def test_a_follower_waits_for_the_next_change_and_no_longer_than_it_says(tmp_path: Path) -> None:
    async def test(lab: Lab) -> None:
        run = await lab.desk.start(asked(4, wait_s=10_000))
        before = lab.clock.monotonic()
        state = await lab.desk.changed(run.id, lab.desk.get(run.id).revision, 30)
        assert lab.clock.monotonic() - before == pytest.approx(30)
        following = in_background(lab.desk.changed(run.id, state.revision, 3000))
        await lab.station()
        assert isinstance(await asyncio.wait_for(following, 1000), RunState)

    in_lab(tmp_path, test)


@pytest.mark.parametrize(
    "wrong",
    [
        {"site": "rig"},
        {"rig": "http://127.0.0.1:1"},
        {"site": "person", "model": "lawful"},
        {"site": "simulated", "model": "../../etc/passwd"},
    ],
)
def test_what_cannot_be_started_is_refused_before_anything_happens(tmp_path: Path, wrong: Any) -> None:
    async def test(lab: Lab) -> None:
        with pytest.raises(UsageError):
            await lab.desk.start(asked(4, **wrong))
        assert list(lab.desk.list()) == []

    in_lab(tmp_path, test)
