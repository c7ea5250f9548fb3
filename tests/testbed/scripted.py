"""A person at a terminal, as a script: answers to prompts, given when the prompt is shown."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable

from rich.console import Console

from chargeproof.testbed.terminal import Terminal

Action = Callable[[], Awaitable[str | None]]


class ScriptedTerminal(Terminal):
    """Gives one line after the other; None is the end of the input, ``WAITS`` types nothing for ever."""

    WAITS = "(types nothing)"

    def __init__(self, lines: Iterable[str | None] = (), *, otherwise: str | None = None) -> None:
        self.console = Console(file=io.StringIO(), width=100)
        self.is_interactive = False
        self.said = 0
        self._script = list(lines)
        self._otherwise = otherwise

    @property
    def text(self) -> str:
        """Everything that was shown."""
        assert isinstance(self.console.file, io.StringIO)
        return self.console.file.getvalue()

    async def line(self) -> str | None:
        line = self._script.pop(0) if self._script else self._otherwise
        if line == self.WAITS:
            await asyncio.get_running_loop().create_future()
        return line

    def begin_prompt(self) -> None:
        return
