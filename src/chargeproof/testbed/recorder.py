"""Numbers what happens in a run, writes it down line by line, and wakes whoever waits for it."""

import asyncio
import os
from collections.abc import Callable
from typing import Any, TextIO, TypeVar

import msgspec

from chargeproof.clock import Clock
from chargeproof.errors import ToolError
from chargeproof.trace import Entry, Frame, Pairing, RunBegan, RunEnded, StepChanged, Trace, write_entry

E = TypeVar("E", bound=Entry)
T = TypeVar("T")
Listener = Callable[[Entry], None]


class LiveTrace(Trace):
    """The record so far, with frames paired as they came instead of all over again."""

    def __init__(self, entries: list[Entry], pairing: Pairing) -> None:
        super().__init__(entries)
        self._paired = (pairing.exchanges, pairing.oddities)


class RunRecorder:
    """The record of one run.

    Entries that come before ``begin`` wait, so that the head stands first and yet knows the station.
    ``after``: so many entries are in the record already, of its earlier parts; ours are numbered on. Nothing
    here raises for a stream that cannot be written: ``failure`` holds the ToolError, and whoever asked with
    ``on_failure`` is told once. What comes after is kept in memory only.
    """

    def __init__(self, clock: Clock, stream: TextIO | None = None, *, after: int = 0) -> None:
        self._after = after
        self.entries: list[Entry] = []
        self.pairing = Pairing()
        self.failure: ToolError | None = None
        self.on_failure: Callable[[ToolError], None] | None = None
        self._clock = clock
        self._stream = stream
        self._waiting: list[Entry] = []
        self._begun = False
        self._ended = False
        self._listeners: list[Listener] = []

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────

    def begin(self, head: RunBegan) -> None:
        """Write the head and then what has been waiting for it. The head's times must not be later."""
        self._begun = True
        self._append(head)
        waiting, self._waiting = self._waiting, []
        for entry in waiting:
            self._append(entry)

    def add(self, entry: Entry) -> None:
        """Take in what was published (with n=0)."""
        if self._ended:
            return
        if self._begun:
            self._append(entry)
        else:
            self._waiting.append(entry)

    def make(self, kind: type[E], **fields: Any) -> None:
        """Add an entry of our own, dated now."""
        self.add(kind(at=self._clock.now(), mono=self._clock.monotonic(), **fields))

    def end(self, outcome: str, detail: str = "") -> None:
        """Write the tail and see to it that all is on the disk. What comes later is no part of the record."""
        self.make(RunEnded, outcome=outcome, detail=detail)
        self._ended = True
        self._sync()

    def _append(self, entry: Entry) -> None:
        numbered = msgspec.structs.replace(entry, n=self.mark() + 1)
        self.entries.append(numbered)
        if isinstance(numbered, Frame):
            self.pairing.add(numbered)
        self._write(numbered)
        for listener in tuple(self._listeners):
            listener(numbered)

    def _write(self, entry: Entry) -> None:
        if self._stream is None or self.failure is not None:
            return
        try:
            write_entry(self._stream, entry)
        except OSError as error:
            self._fail(error)
        else:
            if isinstance(entry, StepChanged) and entry.function is not None:
                self._sync()

    def _sync(self) -> None:
        if self._stream is None or self.failure is not None:
            return
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except ValueError:  # io.UnsupportedOperation: a stream in memory has no file
            return
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        name = str(getattr(self._stream, "name", "the record"))
        self.failure = ToolError(
            f"the record cannot be written: {error.strerror or error}",
            name,
            "Make room on the disk; what was written until then can be judged with `chargeproof judge`",
        )
        if self.on_failure is not None:
            self.on_failure(self.failure)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────

    def mark(self) -> int:
        """The number of the newest entry."""
        return self._after + len(self.entries)

    def trace(self) -> Trace:
        """The record so far."""
        return LiveTrace(list(self.entries), self.pairing)

    def watch(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with each numbered entry until the returned function is called."""
        self._listeners.append(listener)

        def unwatch() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unwatch

    async def until(
        self, question: Callable[[], T | None], within_s: float | None, *, ask_again_s: float | None = None
    ) -> T | None:
        """The first answer to ``question`` that is not None; asked now, after each entry and at the end.

        ``within_s`` None: for as long as it takes; then there is always an answer.
        ``ask_again_s``: also asked so often, for answers that change without an entry.
        """
        news = asyncio.Event()
        unwatch = self.watch(lambda _entry: news.set())
        deadline = None if within_s is None else self._clock.monotonic() + within_s
        try:
            while (answer := question()) is None:
                left_s = None if deadline is None else deadline - self._clock.monotonic()
                if left_s is not None and left_s <= 0:
                    return None
                news.clear()
                limits = [limit for limit in (left_s, ask_again_s) if limit is not None]
                await _wait(news, min(limits, default=None))
            return answer
        finally:
            unwatch()


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
