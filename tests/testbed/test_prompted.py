"""A person's hands: what is typed, what the station shows, and when a prompt goes away."""

import asyncio
import io
import os
from collections.abc import Callable

import pytest
from rich.console import Console

from chargeproof.acceptance.ports import Act, Deed, StoppedByPersonError
from chargeproof.clock import LoopClock
from chargeproof.ocpp import StatusNotification
from chargeproof.testbed.prompted import PromptedSite
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.terminal import LineReader, Terminal
from chargeproof.testbed.terminal_prompts import TerminalFace
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import Exchange, Frame, RunBegan, StepChanged
from tests.testbed.scripted import ScriptedTerminal

PLUG_IN = Act(
    "plug_in",
    "Plug the cable into connector 1.",
    {"connector_id": 1},
    lambda message: isinstance(message.request, StatusNotification) and message.request.status == "Preparing",
)
PREPARING = (
    '[2,"7","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"%s",'
    '"timestamp":"2026-01-01T00:00:00Z"}]'
)


def recorder_that_has_begun() -> RunRecorder:
    clock = LoopClock()
    recorder = RunRecorder(clock)
    recorder.begin(
        RunBegan(
            at=clock.now(),
            mono=clock.monotonic(),
            tool_version="0",
            rule_set="1",
            charge_point_id="S",
            site="person",
            functions=(11,),
        )
    )
    return recorder


def perform(act: Act, *lines: str | None, text: Callable[[str], None] = lambda text: None) -> Deed:
    async def main() -> Deed:
        terminal = ScriptedTerminal(lines)
        try:
            return await PromptedSite(
                TerminalFace(terminal, LoopClock()), recorder_that_has_begun(), LoopClock()
            ).perform(act)
        finally:
            text(terminal.text)

    return run_virtual(main())


@pytest.mark.parametrize("word", ["done", "d", "Done", "D"])
def test_done_is_done(word: str) -> None:
    assert perform(PLUG_IN, word) == Deed("done", "person")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("cannot the cable is locked", "the cable is locked"),
        ("c no card", "no card"),
        ("c", "no reason was given"),
    ],
)
def test_cannot_is_kept_with_its_reason(line: str, reason: str) -> None:
    assert perform(PLUG_IN, line) == Deed("cannot", "person", reason)


@pytest.mark.parametrize("word", ["stop", "s"])
def test_stop_stops_the_run(word: str) -> None:
    with pytest.raises(StoppedByPersonError):
        perform(PLUG_IN, word)


def test_the_end_of_the_input_means_that_no_one_answers() -> None:
    assert perform(PLUG_IN, None) == Deed("cannot", "person", "no one answers")


def test_what_means_nothing_is_asked_again() -> None:
    shown: list[str] = []
    assert perform(PLUG_IN, "", "what?", "done", text=shown.append).phase == "done"
    assert shown[0].count("Please say") == 2


def test_the_prompt_shows_the_sentence_and_the_number_of_the_act() -> None:
    async def main() -> str:
        recorder = recorder_that_has_begun()
        terminal = ScriptedTerminal(["d"])
        site = PromptedSite(TerminalFace(terminal, LoopClock()), recorder, LoopClock())
        recorder.make(StepChanged, step="plug in, show no card", phase="began")
        await site.perform(PLUG_IN)
        return terminal.text

    text = run_virtual(main())
    assert "Act 1 of 9" in text
    assert "Plug the cable into connector 1." in text


def test_the_prompt_goes_away_when_the_station_shows_the_act() -> None:
    async def main() -> tuple[Deed, str]:
        clock = LoopClock()
        recorder = recorder_that_has_begun()
        terminal = ScriptedTerminal([ScriptedTerminal.WAITS])
        site = PromptedSite(TerminalFace(terminal, clock), recorder, clock)
        performing = asyncio.create_task(site.perform(PLUG_IN))
        for seconds, text in ((5, PREPARING % "Available"), (6, "no JSON"), (7, PREPARING % "Preparing")):
            await clock.sleep(seconds)
            assert not performing.done()
            recorder.make(Frame, connection=1, sender="charge_point", text=text)
        return await performing, terminal.text

    deed, text = run_virtual(main())
    assert deed == Deed("seen", "station", "StatusNotification")
    assert "The station shows it" in text


def test_what_the_station_sent_before_the_prompt_does_not_count() -> None:
    async def main() -> Deed:
        recorder = recorder_that_has_begun()
        recorder.make(Frame, connection=1, sender="charge_point", text=PREPARING % "Preparing")
        return await PromptedSite(
            TerminalFace(ScriptedTerminal(["d"]), LoopClock()), recorder, LoopClock()
        ).perform(PLUG_IN)

    assert run_virtual(main()).phase == "done"


def test_a_message_that_breaks_the_question_shows_nothing() -> None:
    def breaks(message: Exchange[StatusNotification]) -> bool:
        return int(str(message.request.status)) > 0

    async def main() -> Deed:
        clock = LoopClock()
        recorder = recorder_that_has_begun()
        site = PromptedSite(TerminalFace(ScriptedTerminal([ScriptedTerminal.WAITS]), clock), recorder, clock)
        performing = asyncio.create_task(site.perform(Act("plug_in", "Plug in.", {}, breaks)))
        await clock.sleep(1)
        recorder.make(Frame, connection=1, sender="charge_point", text=PREPARING % "Preparing")
        recorder.make(Frame, connection=1, sender="charge_point", text=PREPARING % "17")
        return await performing

    assert run_virtual(main()).phase == "seen"


def test_lines_are_read_from_a_pipe_one_by_one_to_its_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, "done\r\ncannot é\nlast".encode())
    os.close(writing)

    async def main() -> list[str | None]:
        reader = LineReader(reading)
        return [await reader.line() for _ in range(5)]

    try:
        assert asyncio.run(main()) == ["done", "cannot é", "last", None, None]
    finally:
        os.close(reading)


def test_lines_that_nobody_asked_for_are_forgotten_but_not_the_end() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"first\nstale\n")

    async def main() -> list[str | None]:
        reader = LineReader(reading)
        read = [await reader.line()]
        reader.forget_what_was_typed()
        os.write(writing, b"fresh\n")
        os.close(writing)
        return [*read, await reader.line(), await reader.line()]

    try:
        assert asyncio.run(main()) == ["first", "fresh", None]
    finally:
        os.close(reading)


def test_a_terminal_without_an_input_has_no_one_at_it() -> None:
    async def main() -> str | None:
        return await Terminal(Console(file=io.StringIO()), -1).line()

    assert asyncio.run(main()) is None
