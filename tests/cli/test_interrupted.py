"""Ctrl-C while the program still loads: it ends, and shows nobody where in a library that was."""

import signal
import subprocess
import sys

SLOW = """
import builtins, os, signal
real = builtins.__import__
def interrupted(name, *more, **also):
    if name == "cyclopts":
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *more, **also)
builtins.__import__ = interrupted
from chargeproof.__main__ import main
main()
"""


def test_an_interrupt_while_libraries_are_loaded_leaves_no_stack_trace() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SLOW],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")
