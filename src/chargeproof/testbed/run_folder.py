"""What is kept of a run: its state, its record, what was overruled, and the report in all its forms."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

import msgspec

from chargeproof.acceptance.report import Report, load_report
from chargeproof.errors import ToolError, UsageError
from chargeproof.testbed.results import RECORD, Judged, judge_record, write_report
from chargeproof.testbed.run_state import RunState, StartRun
from chargeproof.trace import RunEnded, Trace, dump_entry, load_trace

STATE = "run.json"
LOCK = ".live"


class RunKept(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``run.json``: what was asked for, and how it stood when it was written."""

    start: StartRun
    state: RunState


class RunFolder:
    """One folder. Whoever plays the run holds its lock, so that nobody else takes it for a dead one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record = path / RECORD
        self._lock: int | None = None

    # ── state ────────────────────────────────────────────────────────────────────────────────────────

    def save(self, kept: RunKept) -> None:
        """Raises ToolError."""
        path = self.path / STATE
        partial = path.with_name(f".{STATE}.partial")
        try:
            partial.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1))
            partial.replace(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ToolError(f"the state of the run cannot be kept: {reason}", str(path)) from error

    def load(self) -> RunKept | None:
        """None where there is no run, or one of a version that cannot be read."""
        try:
            return msgspec.json.decode((self.path / STATE).read_bytes(), type=RunKept)
        except (OSError, msgspec.DecodeError):
            return None

    def stamp(self) -> tuple[int, int]:
        """Differs whenever another state has been written; (0, 0) while there is none."""
        try:
            found = (self.path / STATE).stat()
        except OSError:
            return (0, 0)
        return (found.st_ino, found.st_mtime_ns)

    def take(self) -> bool:
        """Take the lock; False while another process plays this run."""
        if self._lock is not None:
            return True
        descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def let_go(self) -> None:
        if self._lock is not None:
            with suppress(OSError):
                (self.path / LOCK).unlink()
            os.close(self._lock)
            self._lock = None

    # ── record ───────────────────────────────────────────────────────────────────────────────────────

    def trace(self) -> Trace:
        """Raises UsageError for a record that is not there or cannot be read."""
        try:
            content = self.record.read_bytes()
            return load_trace(content.decode(errors="surrogateescape").split("\n"))
        except (OSError, ValueError) as error:
            raise UsageError(f"the record cannot be read: {error}", str(self.record)) from error

    @contextmanager
    def stream(self) -> Iterator[TextIO]:
        """The record, to be written on. Raises ToolError."""
        try:
            stream = self.record.open("a", encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            raise ToolError(
                f"the record cannot be begun: {reason}", str(self.record), "Give another --out"
            ) from error
        try:
            yield stream
        finally:
            with suppress(OSError):  # what could not be written was told by the recorder
                stream.close()

    def forget_empty_record(self) -> None:
        """A run that never began leaves none."""
        with suppress(OSError):
            if self.record.stat().st_size == 0:
                self.record.unlink()

    def end_interrupted(self, found_at: datetime) -> Trace:
        """Give a record whose writer died its end, and leave out a last line that was cut off.

        Raises UsageError for a record that cannot be read, ToolError where it cannot be written.
        """
        trace = self.trace()
        if trace.tail is not None or not trace.entries:
            return trace
        last = trace.entries[-1]
        cut = "; its last line was cut off and is left out" if trace.damage else ""
        end = RunEnded(
            n=last.n + 1,
            at=last.at,
            mono=last.mono,
            outcome="interrupted",
            detail=f"the program ended while the run went on{cut}; found at {found_at:%Y-%m-%dT%H:%M:%SZ}",
        )
        partial = self.record.with_name(f".{RECORD}.partial")
        try:
            content = self.record.read_bytes()
            whole = content if not trace.damage else content[: content.rfind(b"\n") + 1]
            partial.write_bytes(whole + dump_entry(end).encode() + b"\n")
            partial.replace(self.record)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ToolError(f"the record cannot be ended: {reason}", str(self.record)) from error
        return self.trace()

    # ── report ───────────────────────────────────────────────────────────────────────────────────────

    def judge(self, judged_at: datetime, previous: Report | None = None) -> Judged:
        """Judge the record as it is, with what was overruled. Raises UsageError."""
        return judge_record(self.record, judged_at=judged_at, previous=previous)

    def write_report(self, judged: Judged) -> list[Path]:
        """Raises UsageError and ToolError."""
        return write_report(judged, self.path)

    def report(self) -> Report | None:
        """The report as written last; None where there is none that can be read."""
        try:
            return load_report((self.path / "report.json").read_bytes())
        except (OSError, ValueError):
            return None

    def previous(self) -> Report | None:
        """The report that this run was compared with, from the folder beside this one."""
        kept = self.load()
        if kept is None or kept.state.previous_run is None:
            return None
        return RunFolder(self.path.parent / str(kept.state.previous_run)).report()
