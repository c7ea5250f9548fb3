"""What a command has to say, and what becomes of it where nobody reads it or there is no room for it."""

import errno
import os
import sys
from contextlib import suppress
from typing import IO

import rich.control
from rich.console import Console

from chargeproof.errors import ChargeproofError, ToolError

# rich leaves these in; what a station says of itself must not command the terminal of who reads it.
INVISIBLE = (*range(0x20), *range(0x7F, 0xA0), 0x61C, *range(0x200E, 0x2010), *range(0x2028, 0x202F))
TURNING = range(0x2066, 0x206A)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def prepare() -> None:
    """Make rich careful with what it prints, and patient with readers who go."""
    rich.control._CONTROL_STRIP_TRANSLATE.update(
        dict.fromkeys(each for each in (*INVISIBLE, *TURNING) if chr(each) not in "\t\n")
    )
    setattr(Console, "on_broken_pipe", _go_on_unheard)  # noqa: B010


def _go_on_unheard(console: Console) -> None:
    """`| head -1` has read enough: what the command does goes on, and so does how it ends."""
    silence(console.file)


def silence(stream: IO[str] | None) -> None:
    """What is written from now on goes nowhere, so that Python does not complain of it at the end either."""
    if stream is None:
        return
    with suppress(OSError, ValueError):  # closed, or a stream of its own
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def errors() -> Console:
    return Console(stderr=True)


def explain(error: ChargeproofError) -> int:
    """Tell the person at the keyboard; returns the exit code."""
    try:
        errors().print(f"chargeproof: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
    except OSError:
        silence(sys.stderr)
    return error.exit_code


def unwritable(error: OSError) -> ToolError:
    """What the system refused while a command was at it: of its own output no file is named."""
    reason = error.strerror or str(error)
    if error.filename is not None:
        return ToolError(f"this cannot be used: {reason}", str(error.filename))
    if error.errno not in NO_ROOM:
        return ToolError(f"the system refused something: {reason}")
    silence(sys.stdout)
    return ToolError(
        f"what there is to say cannot be written: {reason}", remedy="See where the output goes, and make room"
    )
