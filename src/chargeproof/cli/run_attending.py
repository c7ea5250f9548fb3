"""A run followed on a terminal: lines, prompts, questions. Where it is played makes no difference."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from rich.text import Text

from chargeproof.acceptance.ports import Deed
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.result_cell import MARKS
from chargeproof.cli.verdicts import STYLES, words_of
from chargeproof.clock import Clock
from chargeproof.testbed.prompts import Prompt, PromptAnswer
from chargeproof.testbed.run_desk import NotNow, RunDesk
from chargeproof.testbed.run_state import FunctionState, RunState, StepState
from chargeproof.testbed.terminal import Terminal
from chargeproof.testbed.terminal_prompts import TerminalFace
from chargeproof.testbed.terminal_questions import ask_on

WAIT_S = 20.0
PLAYING = ("preparing", "running", "restoring")
AWAY = "The station is not connected: do it when it is back, so that its messages can show it."
WORDS = {
    "played": "played",
    "ended": "played",
    "cannot": "not everything could be played",
    "failed": "an error of ours",
}


class FollowedRun(Protocol):
    """A run that somebody plays, here or on a server. ``answer`` and the like raise NotNow when it is too late."""

    async def changed(self, after: int, wait_s: float) -> RunState: ...
    async def answer(self, prompt_id: int, answer: PromptAnswer) -> None: ...
    async def answer_questions(self, profile: Profile | None) -> None: ...
    async def stop(self) -> str: ...


class RunHere:
    """A run at a desk of this process. Fulfils ``FollowedRun``."""

    def __init__(self, desk: RunDesk, run_id: int) -> None:
        self._desk = desk
        self._run_id = run_id

    async def changed(self, after: int, wait_s: float) -> RunState:
        return await self._desk.changed(self._run_id, after, wait_s)

    async def answer(self, prompt_id: int, answer: PromptAnswer) -> None:
        self._desk.answer(self._run_id, prompt_id, answer)

    async def answer_questions(self, profile: Profile | None) -> None:
        self._desk.answer_questions(self._run_id, profile)

    async def stop(self) -> str:
        return self._desk.stop(self._run_id)


class RunLines:
    """A line for each function as it begins and ends, and for what there is to say.

    ``say`` returns the number of what it said. ``going_on``: the last line, while what it tells of goes on, and
    its number.
    """

    def __init__(self, say: Callable[[Text], int]) -> None:
        self._say = say
        self._told: dict[str, Any] = {}
        self._said = ""
        self._is_away = False
        self.going_on = ("", 0)

    def is_news(self, said: str) -> bool:
        """Whether this was not said just before."""
        before, self._said = self._said, said
        return bool(said) and said != before

    def show(self, state: RunState) -> None:
        """What is new in this state."""
        if self.is_news(state.says):
            is_awaited = state.phase == "waiting" and not state.station.model
            self._tell(Text(state.says, style="dim"), goes_on=is_awaited)
        self._line(state)
        self._around("preparation", state.preparation, state.elapsed_s)
        for function in state.functions:
            self._function(function, state.elapsed_s)
        self._around("restoration", state.restoration, state.elapsed_s)

    def _line(self, state: RunState) -> None:
        """Whether the station is there. Not while an act is asked for: it would stand below the prompt."""
        is_away = state.offline_since is not None
        if is_away == self._is_away or state.prompt is not None or state.phase not in PLAYING:
            return
        self._is_away = is_away
        word = "is not connected" if is_away else "is connected again"
        self._tell(Text(f"{_clock(state.elapsed_s)}      the station {word}", style="dim"), goes_on=True)

    def _around(self, name: str, step: StepState, elapsed_s: float) -> None:
        if step.phase == self._told.get(name, "waiting"):
            return
        self._told[name] = step.phase
        line = Text(f"{_clock(elapsed_s)}    {name}")
        if step.phase in WORDS:
            line.append(f"  {WORDS[step.phase]}{': ' if step.detail else ''}{step.detail}", style="dim")
        if step.phase != "waiting":
            self._tell(line, goes_on=step.phase == "playing")

    def _function(self, function: FunctionState, elapsed_s: float) -> None:
        name = f"function {function.number}"
        now = (function.phase, function.plays)
        if function.final or now == self._told.get(name) or function.phase in ("left_out", "waiting"):
            return
        self._told[name] = now
        title = f"{function.name:>2} {function.title}"
        if function.phase not in WORDS or function.verdict is None:
            if function.phase == "playing":
                self._begin(title, elapsed_s)
            return
        mark = Text(f"{MARKS[function.verdict]:<2}", style=STYLES[function.verdict])
        line = Text.assemble(f"{_clock(elapsed_s)} ", mark, f" {title}  ", words_of(function.verdict))
        if function.detail:
            line.append(f"  {WORDS[function.phase]}: {function.detail}", style="dim")
        self._tell(line)

    def go_on(self, state: RunState) -> None:
        """An act is over, and what it was for is not: nothing is to be done for a while."""
        playing = next((each for each in state.functions if each.phase == "playing"), None)
        if playing is not None:
            self._begin(f"{playing.name:>2} {playing.title}", state.elapsed_s)

    def _begin(self, title: str, elapsed_s: float) -> None:
        self._tell(Text(f"{_clock(elapsed_s)}    {title}"), goes_on=True)

    def _tell(self, line: Text, *, goes_on: bool = False) -> None:
        self.going_on = (line.plain if goes_on else "", self._say(line))


class Attendant:
    """Follows one run to its end and lets the person at the terminal act in it.

    ``files_are_here``: files that are named in answers lie on this machine, not on a server.
    """

    def __init__(
        self, run: FollowedRun, terminal: Terminal, clock: Clock, *, files_are_here: bool = True
    ) -> None:
        self._run = run
        self._terminal = terminal
        self._clock = clock
        self._files_are_here = files_are_here
        self._face = TerminalFace(terminal, clock)
        self._lines = RunLines(lambda line: terminal.say(line, soft_wrap=True))
        self._asking: asyncio.Task[None] | None = None
        self._asked: Prompt | None = None
        self._stops: set[asyncio.Task[None]] = set()
        self._cards: asyncio.Queue[str] = asyncio.Queue()
        self._cards_told = 0

    async def attend(self) -> RunState:
        """Returns how it ended."""
        state = await self._run.changed(0, 0)
        ticking = asyncio.create_task(self._tick(), name="ticking")
        try:
            while True:
                await self._tend(state)
                self._lines.show(state)
                if state.phase == "ended":
                    return state
                state = await self._run.changed(state.revision, WAIT_S)
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
            await self._end_asking()

    async def _tick(self) -> None:
        """Show for how long what goes on has been going on, as long as nothing is said below it."""
        going_on, since_s = ("", 0), 0.0
        while self._terminal.is_interactive:
            await self._clock.sleep(1)
            if going_on != self._lines.going_on:
                going_on, since_s = self._lines.going_on, self._clock.monotonic() - 1
            text, number = going_on
            if text and number == self._terminal.said and self._asking is None:
                minutes, rest = divmod(int(self._clock.monotonic() - since_s), 60)
                self._terminal.rewrite_line_above(f"{text}  {minutes}:{rest:02d}")

    def stop(self) -> None:
        """Ctrl-C: says what happens then."""
        task = asyncio.create_task(self._stop())
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)

    async def _stop(self) -> None:
        try:
            said = await self._run.stop()
        except NotNow as error:
            said = error.what
        if self._lines.is_news(said):
            self._terminal.say(Text(f"\n{said}", style="yellow"))

    async def _tend(self, state: RunState) -> None:
        """See to it that exactly what is asked now is asked here."""
        if self._asked is not None and (state.prompt is None or state.prompt.id != self._asked.id):
            await self._end_asking()
            last, asked, self._asked = state.last_prompt, self._asked, None
            if last is not None and last.id == asked.id:
                self._face.ended(asked, Deed(last.phase, last.by, last.detail))
                if state.prompt is None:
                    self._lines.go_on(state)
        if state.prompt is not None and self._asked is None:
            self._asked = state.prompt
            if state.offline_since is not None:
                self._terminal.say(Text(f"\n{AWAY}", style="yellow"))
            self._asking = asyncio.create_task(self._ask(state.prompt))
        for card in state.cards_read[self._cards_told :]:
            self._cards.put_nowait(card)
        self._cards_told = len(state.cards_read)
        if state.phase == "questions" and self._asking is None:
            self._asking = asyncio.create_task(self._ask_questions(state))
        elif state.phase != "questions" and self._asked is None:
            await self._end_asking()

    async def _end_asking(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
            self._asking = None

    async def _ask(self, prompt: Prompt) -> None:
        answer = await self._face.answer(prompt)
        with suppress(NotNow):  # the station was faster, or somebody else
            await self._run.answer(prompt.id, answer)

    async def _ask_questions(self, state: RunState) -> None:
        profile = await ask_on(
            self._terminal, state.questions, self._cards, files_are_here=self._files_are_here
        )
        with suppress(NotNow):
            await self._run.answer_questions(profile)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:>3}:{rest:02d}"
