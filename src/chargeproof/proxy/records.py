"""The records of the stations that pass, written by a thread: a disk that is full or hangs stops no traffic."""

import asyncio
import os
import queue
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

import msgspec

from chargeproof.clock import Clock
from chargeproof.trace import Entry, RunBegan, RunEnded, dump_entry

RECORD: Final = "record.jsonl"
MOST_WAITING: Final = 200_000  # lines that the disk is behind; then the record ends

E = TypeVar("E", bound=Entry)
Heading = Callable[[str], dict[str, Any]]
Trouble = Callable[[str], None]


class StationRecord:
    """The record of one station. ``failure`` says why it ends early; adding to it never raises OSError."""

    def __init__(self, charge_point_id: str, path: Path, clock: Clock, put: Callable[["Line"], bool]) -> None:
        self.charge_point_id = charge_point_id
        self.path = path
        self.failure = ""
        self.connections = 0
        self._clock = clock
        self._put = put
        self._n = 0

    def add(self, kind: type[E], **fields: Any) -> None:
        """Append an entry, dated now."""
        if self.failure:
            return
        self._n += 1
        entry = kind(n=self._n, at=self._clock.now(), mono=self._clock.monotonic(), **fields)
        if not self._put(Line(self, dump_entry(entry) + "\n")):
            self.failure = f"the disk is {MOST_WAITING} lines behind"


class Line(msgspec.Struct, frozen=True):
    """A line that waits to be written; without text the record is to be closed."""

    record: StationRecord
    text: str | None


class Records:
    """One folder with a record per station, begun when it first connects.

    ``heading`` gives the fields of the head but for its times and id. ``on_trouble`` is told once per record, in
    the writing thread.
    """

    def __init__(self, folder: Path, clock: Clock, *, heading: Heading, on_trouble: Trouble) -> None:
        self.folder = folder
        self.stations: dict[str, StationRecord] = {}
        self._clock = clock
        self._heading = heading
        self._on_trouble = on_trouble
        self._waiting: queue.Queue[Line | None] = queue.Queue(MOST_WAITING)
        self._streams: dict[str, TextIO] = {}
        self._is_ended = False
        self._thread = threading.Thread(target=self._write_all, name="records", daemon=True)
        self._thread.start()

    def of(self, charge_point_id: str) -> StationRecord:
        """The station's record, begun if this is the first that is heard of it."""
        known = self.stations.get(charge_point_id)
        if known is None:
            path = self.folder / self._folder_name(charge_point_id) / RECORD
            known = StationRecord(charge_point_id, path, self._clock, self._offer)
            self.stations[charge_point_id] = known
            known.add(RunBegan, charge_point_id=charge_point_id, **self._heading(charge_point_id))
        return known

    async def end(self, timeout_s: float) -> bool:
        """Write the tails and wait for the disk; False when it did not get done in time. Once is enough."""
        if self._is_ended:
            return not self._thread.is_alive()
        self._is_ended = True
        for record in self.stations.values():
            record.add(RunEnded, outcome="failed" if record.failure else "completed", detail=record.failure)
            self._offer(Line(record, None))
        return await asyncio.to_thread(self._wait_for_disk, timeout_s)

    def _wait_for_disk(self, timeout_s: float) -> bool:
        try:
            self._waiting.put(None, timeout=timeout_s)
        except queue.Full:
            return False
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _folder_name(self, charge_point_id: str) -> str:
        plain = re.sub(r"[^\w.-]+", "_", charge_point_id).strip("._")[:80] or "station"
        taken = {record.path.parent.name for record in self.stations.values()}
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}-{number}", number + 1
        return name

    def _offer(self, line: Line) -> bool:
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            return False
        return True

    # The writing thread.

    def _write_all(self) -> None:
        while (line := self._waiting.get()) is not None:
            try:
                self._write(line)
            except OSError as error:
                self._fail(line.record, error.strerror or str(error))
            except Exception as error:  # a fault of ours must end this record only
                self._fail(line.record, f"{type(error).__name__}: {error}")

    def _write(self, line: Line) -> None:
        key = line.record.charge_point_id
        if line.text is None:
            stream = self._streams.pop(key, None)
            if stream is not None:
                os.fsync(stream.fileno())
                stream.close()
            return
        if line.record.failure and key not in self._streams:
            return
        stream = self._streams.get(key)
        if stream is None:
            line.record.path.parent.mkdir(parents=True, exist_ok=True)
            stream = self._streams[key] = line.record.path.open("x", encoding="utf-8", errors="surrogatepass")
        stream.write(line.text)
        if self._waiting.empty() or len(line.text) > 4096:
            stream.flush()

    def _fail(self, record: StationRecord, reason: str) -> None:
        record.failure = record.failure or reason
        stream = self._streams.pop(record.charge_point_id, None)
        if stream is not None:
            with suppress(OSError):
                stream.close()
        self._on_trouble(f"{record.charge_point_id} is no longer recorded: {reason} ({record.path})")
