"""The command line as programs of their own, under a clock that runs faster."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pexpect

from tests.peers.programs import ROOT

SPEED = "20"
PATIENCE_S = 180
LINES, COLUMNS = 40, 140
FREE_PORTS = ("--host", "127.0.0.1", "--ocpp-port", "0", "--web-port", "0", "--ftp-port", "0")
SCALED = ("-m", "tests.end_to_end.scaled_program", SPEED)
PLAIN = ("-m", "tests.end_to_end.scaled_program", "1")


def chargeproof(
    *arguments: str, scaled: bool = True, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, *(SCALED if scaled else PLAIN), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL,
        env=environment,
    )


@contextmanager
def at_a_terminal(arguments: Sequence[str], log: Path) -> Iterator["pexpect.spawn[str]"]:
    """Run a command in a pseudo-terminal; it is ended if it has not ended by itself."""
    with log.open("w", encoding="utf-8") as written:
        child = pexpect.spawn(
            sys.executable,
            [*SCALED, *arguments],
            cwd=str(ROOT),
            encoding="utf-8",
            timeout=PATIENCE_S,
            dimensions=(LINES, COLUMNS),
            env={**os.environ, "COLUMNS": str(COLUMNS), "LINES": str(LINES)},
        )
        child.logfile_read = written
        try:
            yield child
        finally:
            child.close(force=True)


@contextmanager
def simulated_station(address: str, charge_point_id: str, *more: str) -> Iterator[str]:
    """A station in a process of its own; gives the address of its rig."""
    command = [sys.executable, "-u", *SCALED, "simulate", address, charge_point_id, "--rig-port", "0", *more]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    with program.stdout as output:
        try:
            found = re.match(r"Rig: (\S+)/api/v1", output.readline())
            assert found is not None
            yield found[1]
        finally:
            program.terminate()
            assert program.wait(PATIENCE_S) == 0
