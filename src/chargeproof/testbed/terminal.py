"""A terminal that is read line by line while everything else goes on."""

import asyncio
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any

from rich.console import Console, RenderableType

CHUNK_BYTES = 4096
SAVE_AND_GO_UP = "\x1b7\x1b[1A\r"
RESTORE = "\x1b[K\x1b8"


class LineReader:
    """Lines of a file descriptor: a terminal, a pipe or a file. Made in a running loop.

    The thread reads the descriptor itself, because a daemon thread that holds Python's own buffer would
    keep the program from ending.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._thread: threading.Thread | None = None
        self._ended = False

    async def line(self) -> str | None:
        """The next line without its end; None when there will never be one."""
        if self._ended:
            return None
        if self._thread is None:
            self._thread = threading.Thread(target=self._read, name="input", daemon=True)
            self._thread.start()
        line = await self._lines.get()
        self._ended = line is None
        return line

    def forget_what_was_typed(self) -> None:
        """Drop lines that nobody has asked for. The end of the input is not dropped."""
        while not self._lines.empty():
            if self._lines.get_nowait() is None:
                self._ended = True

    def _read(self) -> None:
        pending = b""
        while chunk := self._next_chunk():
            *lines, pending = (pending + chunk).split(b"\n")
            self._deliver([line.decode(errors="replace").strip("\r") for line in lines])
        self._deliver([pending.decode(errors="replace"), None] if pending else [None])

    def _next_chunk(self) -> bytes:
        try:
            return os.read(self._descriptor, CHUNK_BYTES)
        except OSError:  # the other end of a pseudo-terminal is gone
            return b""

    def _deliver(self, lines: Sequence[str | None]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._take, lines)
        except RuntimeError:  # the loop is closed; nobody listens any more
            return

    def _take(self, lines: Sequence[str | None]) -> None:
        for line in lines:
            self._lines.put_nowait(line)


class Terminal:
    """Where a person reads and answers. Made in a running loop. ``said`` counts what was printed."""

    def __init__(self, console: Console, descriptor: int | None = None) -> None:
        self.console = console
        self._descriptor = _standard_input() if descriptor is None else descriptor
        self.is_interactive = console.is_terminal and self._descriptor >= 0 and os.isatty(self._descriptor)
        self._reader = LineReader(self._descriptor)
        self.said = 0

    def say(self, what: RenderableType, **how: Any) -> int:
        """Print it; returns its number, which is ``said`` until something else is."""
        self.console.print(what, **how)
        self.said += 1
        return self.said

    async def line(self) -> str | None:
        """The next line that is typed, without blanks around it; None when nobody will type any more."""
        if self._descriptor < 0:
            return None
        line = await self._reader.line()
        return None if line is None else line.strip()

    async def ask(self, question: str) -> str | None:
        """Ask on a line of its own and wait for the answer."""
        self.say(question, end=" ", highlight=False)
        return await self.line()

    def begin_prompt(self) -> None:
        """What was typed before a prompt was not meant for it. Lines from a pipe wait for their turn."""
        if self.is_interactive:
            self._reader.forget_what_was_typed()

    def rewrite_line_above(self, text: str) -> None:
        """Show another text on the line above the cursor and leave the line being typed alone."""
        if self.is_interactive and len(text) < self.console.width:
            self.console.file.write(SAVE_AND_GO_UP + text + RESTORE)
            self.console.file.flush()


def _standard_input() -> int:
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return -1
