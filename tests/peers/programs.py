"""Programs started beside a test: each says where it listens in its first line, and is ended by its own id."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY_S = 60.0
END_S = 20.0


class Program:
    """A running program. ``said`` is its first line of output, read as JSON, if it announces itself.

    ``log`` holds the rest, and stderr.
    """

    def __init__(self, command: Sequence[str], log: Path, *, announces: bool = True) -> None:
        self.log = log
        self._errors = log.open("wb")
        stdout = subprocess.PIPE if announces else self._errors
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=stdout, stderr=self._errors)
        self._output = self.process.stdout
        self.said: dict[str, Any] = {}

    def wait_until_ready(self) -> None:
        """Read the first line. Raises AssertionError with the log when it does not come."""
        lines: list[bytes] = []
        reader = threading.Thread(
            target=lambda: lines.append(self._output.readline() if self._output else b""), daemon=True
        )
        reader.start()
        reader.join(READY_S)
        assert lines, f"nothing was said in {READY_S:g} s\n{self.story()}"
        assert lines[0], f"it ended with {self.process.wait(END_S)}\n{self.story()}"
        self.said = json.loads(lines[0])

    def story(self) -> str:
        """The command and the end of its log, for a failed test."""
        log = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-40:]
        return "\n".join([f"── {self.process.args!r} (log {self.log})", *log])

    def end(self) -> None:
        """End this process and no other."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(END_S)
        if self._output is not None:
            self._output.close()
        self._errors.close()


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[Program]:
    """Start a program, wait until it says where it listens, and end it afterwards."""
    program = Program(command, log)
    try:
        program.wait_until_ready()
        yield program
    finally:
        program.end()


def python_program(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]
