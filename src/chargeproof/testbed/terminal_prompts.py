"""Prompts on a terminal: the sentence, a clock that ticks, and a line for the answer."""

import asyncio

from rich.panel import Panel
from rich.text import Text

from chargeproof.acceptance.ports import Deed
from chargeproof.clock import Clock
from chargeproof.testbed.prompts import NO_ONE, NO_REASON, Prompt, PromptAnswer
from chargeproof.testbed.terminal import Terminal

WORDS = "done | cannot <why> | stop"


class TerminalFace:
    """Fulfils ``PromptFace``.

    Taken as answers: ``done`` or ``d``, ``cannot WHY`` or ``c WHY``, ``stop`` or ``s``. When the input has
    ended, nobody is there and every act is *cannot*.
    """

    def __init__(self, terminal: Terminal, clock: Clock) -> None:
        self._terminal = terminal
        self._clock = clock

    async def answer(self, prompt: Prompt) -> PromptAnswer:
        self._terminal.begin_prompt()
        self._show(prompt)
        ticking = asyncio.create_task(self._tick())
        try:
            return await self._typed()
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)

    def ended(self, prompt: Prompt, deed: Deed | None) -> None:
        if deed is None:
            return
        match deed.phase:
            case "seen":
                self._terminal.say(f"\n[green]✓[/] The station shows it ({deed.detail}).", highlight=False)
            case "done":
                self._terminal.say("[green]✓[/] Done.")
            case "cannot":
                self._terminal.say(Text(f"– Cannot: {deed.detail}", style="yellow"))

    async def _typed(self) -> PromptAnswer:
        while True:
            line = await self._terminal.line()
            if line is None:
                return PromptAnswer(said="cannot", reason=NO_ONE)
            answer = answer_of(line)
            if answer is not None:
                return answer
            self._terminal.say(f"Please say: {WORDS}", style="yellow", highlight=False)
            self._ask()

    def _show(self, prompt: Prompt) -> None:
        title = f"Act {prompt.act_number} of {prompt.acts}" if prompt.act_number else "At the station"
        self._terminal.say("")
        self._terminal.say(Panel(Text(prompt.sentence, style="bold"), title=title, border_style="cyan"))
        self._terminal.say(_clock_line(0), highlight=False)
        self._ask()

    def _ask(self) -> None:
        self._terminal.say(f"{WORDS} >", end=" ", highlight=False, markup=False)

    async def _tick(self) -> None:
        began_s = self._clock.monotonic()
        while self._terminal.is_interactive:
            await self._clock.sleep(1)
            self._terminal.rewrite_line_above(_clock_line(self._clock.monotonic() - began_s))


def answer_of(line: str) -> PromptAnswer | None:
    """What a typed line means; None for what means nothing."""
    word, _, reason = line.strip().partition(" ")
    match word.lower():
        case "done" | "d":
            return PromptAnswer(said="done")
        case "cannot" | "c":
            return PromptAnswer(said="cannot", reason=reason.strip() or NO_REASON)
        case "stop" | "s":
            return PromptAnswer(said="stop")
    return None


def _clock_line(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"  waiting for {minutes}:{rest:02d}"
