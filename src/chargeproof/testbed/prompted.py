"""Hands that are asked for on a terminal: one prompt at a time, which goes away when the station shows the act."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from rich.panel import Panel
from rich.text import Text

from chargeproof.acceptance import visit
from chargeproof.acceptance.ports import Act, Deed, StoppedByPersonError
from chargeproof.clock import Clock
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.terminal import Terminal
from chargeproof.trace import Entry, StepChanged

BY_PERSON = "person"
BY_STATION = "station"
WORDS = "done | cannot <why> | stop"
NO_ONE = "no one answers"

# The nine acts of the visit, by the scene in which each is asked for.
ACT_OF_SCENE: dict[str, int] = {
    visit.PLUG_IN: 1,
    visit.WAIT_FOR_TIME_OUT: 2,
    visit.REMOTE_SESSION: 3,
    visit.REMOTE_STOP: 3,
    visit.LOCAL_START: 4,
    visit.LOCAL_STOP: 5,
    visit.UNKNOWN_CARD: 6,
    visit.UNPLUG: 7,
    visit.OUTAGE: 8,
    visit.FAULT: 9,
}
ACTS = 9

Answer = Callable[[str | None], Deed | None]


class PromptedSite:
    """A person at the parking place. Fulfils ``acceptance.ports.Site``.

    Taken as answers: ``done`` or ``d``, ``cannot WHY`` or ``c WHY``, ``stop`` or ``s``. When the input has
    ended, nobody is there and every act is *cannot*.
    """

    kind = "person"

    def __init__(self, terminal: Terminal, recorder: RunRecorder, clock: Clock) -> None:
        self._terminal = terminal
        self._recorder = recorder
        self._clock = clock
        self._scenes: list[str] = []
        recorder.watch(self._follow_scenes)

    async def perform(self, act: Act) -> Deed:
        """Raises StoppedByPersonError when the person says stop."""
        began_s = self._clock.monotonic()
        self._terminal.begin_prompt()
        self._show(act)
        ways: list[Awaitable[Deed]] = [self._typed(), self._shown(act)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        ticking = asyncio.create_task(self._tick(began_s))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            deed = next(task for task in tasks if task.done()).result()
        finally:
            for task in (*tasks, ticking):
                task.cancel()
            await asyncio.gather(*tasks, ticking, return_exceptions=True)
        self._say_how_it_ended(deed)
        return deed

    # ── how a prompt ends ────────────────────────────────────────────────────────────────────────────

    async def _typed(self) -> Deed:
        while True:
            line = await self._terminal.line()
            if line is None:
                return Deed("cannot", BY_PERSON, NO_ONE)
            deed = deed_of(line)
            if deed is not None:
                return deed
            self._terminal.say(f"Please say: {WORDS}", style="yellow", highlight=False)
            self._prompt()

    async def _shown(self, act: Act) -> Deed:
        exchanges = self._recorder.pairing.exchanges
        looked_at = len(exchanges)

        def seen() -> Deed | None:
            nonlocal looked_at
            while looked_at < len(exchanges):
                exchange = exchanges[looked_at]
                looked_at += 1
                if exchange.sender == "charge_point" and _shows(act, exchange):
                    return Deed("seen", BY_STATION, exchange.action)
            return None

        deed = await self._recorder.until(seen, None)
        assert deed is not None, "without a limit there is no end but an answer"  # noqa: S101
        return deed

    # ── what the person sees ─────────────────────────────────────────────────────────────────────────

    def _show(self, act: Act) -> None:
        number = next((ACT_OF_SCENE[name] for name in reversed(self._scenes) if name in ACT_OF_SCENE), None)
        title = f"Act {number} of {ACTS}" if number else "At the station"
        self._terminal.say("")
        self._terminal.say(Panel(Text(act.sentence, style="bold"), title=title, border_style="cyan"))
        self._terminal.say(_clock_line(0), highlight=False)
        self._prompt()

    def _prompt(self) -> None:
        self._terminal.say(f"{WORDS} >", end=" ", highlight=False, markup=False)

    async def _tick(self, began_s: float) -> None:
        while self._terminal.is_interactive:
            await self._clock.sleep(1)
            self._terminal.rewrite_line_above(_clock_line(self._clock.monotonic() - began_s))

    def _say_how_it_ended(self, deed: Deed) -> None:
        match deed.phase:
            case "seen":
                self._terminal.say(f"\n[green]✓[/] The station shows it ({deed.detail}).", highlight=False)
            case "done":
                self._terminal.say("[green]✓[/] Done.")
            case "cannot":
                self._terminal.say(Text(f"– Cannot: {deed.detail}", style="yellow"))

    def _follow_scenes(self, entry: Entry) -> None:
        if not isinstance(entry, StepChanged):
            return
        if entry.phase == "began":
            self._scenes.append(entry.step)
        elif entry.step in self._scenes:
            del self._scenes[_last_index(self._scenes, entry.step) :]


def deed_of(line: str) -> Deed | None:
    """What a typed line means; None for what means nothing. Raises StoppedByPersonError for *stop*."""
    word, _, reason = line.strip().partition(" ")
    match word.lower():
        case "done" | "d":
            return Deed("done", BY_PERSON)
        case "cannot" | "c":
            return Deed("cannot", BY_PERSON, reason.strip() or "no reason was given")
        case "stop" | "s":
            raise StoppedByPersonError("the person said stop")
    return None


def _shows(act: Act, exchange: Any) -> bool:
    try:
        return act.shown_by is not None and act.shown_by(exchange)
    except (AttributeError, TypeError, ValueError):  # a message that was read leniently may hold anything
        return False


def _clock_line(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"  waiting for {minutes}:{rest:02d}"


def _last_index(items: list[str], item: str) -> int:
    return len(items) - 1 - items[::-1].index(item)
