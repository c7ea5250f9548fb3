"""Errors that end a command. Each says what was wrong, where, and what to do, and carries the exit code.

Exit codes 0, 1 and 2 are verdicts of a run (passed, failed, inconclusive); an error is never one of them.
"""

import errno
import socket
from typing import ClassVar


class ChargeproofError(Exception):
    """Something that is told to the person at the keyboard in one line, without a stack trace.

    what: what was wrong, a sentence without its full stop.
    where: the file, key, address or connection that it concerns; may be empty.
    remedy: what to do about it, a sentence without its full stop; may be empty.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f". {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{advice}"


class ToolError(ChargeproofError):
    """The apparatus is broken or cannot be reached: nothing is said about the station."""

    exit_code = 3


class UsageError(ChargeproofError):
    """The command was given wrongly."""

    exit_code = 4


class SettingsError(ChargeproofError):
    """A setting is missing, unknown or has a wrong value."""

    exit_code = 4


def cannot_listen(purpose: str, host: str, port: int, error: OSError) -> UsageError:
    """Why nothing can be served at `host`:`port`, for the person who chose that address.

    `purpose` is what would be served there, with its article ("the WebSocket server").
    """
    if isinstance(error, socket.gaierror):
        reason, remedy = (
            f'the host "{host}" is not known here',
            "Give an address of this machine, e.g. 0.0.0.0",
        )
    elif error.errno == errno.EADDRINUSE:
        reason, remedy = "the port is in use", "End the program that uses it, or choose another port"
    elif error.errno == errno.EADDRNOTAVAIL:
        reason, remedy = (
            "this machine does not have that address",
            "Give an address of this machine, e.g. 0.0.0.0",
        )
    elif error.errno == errno.EACCES:
        reason, remedy = "this user may not open that port", "Choose a port from 1024"
    else:
        reason, remedy = error.strerror or str(error), "Choose another host or port"
    return UsageError(f"cannot start {purpose}: {reason}", where=f"{host}:{port}", remedy=remedy)
