"""Only one central system at a time may serve from a folder for data."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from chargeproof.errors import ToolError

log = logging.getLogger(__name__)

LOCK_NAME = ".chargeproof-lock"


@contextmanager
def sole_use(folder: Path) -> Iterator[None]:
    """Hold the folder until the block is left or the process ends, however it ends.

    The numbers of transactions, messages and connections are given in the process, so a second one would give
    them twice. Raises ToolError where another process holds the folder.
    """
    path = folder / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ToolError(
            f"this file cannot be opened: {reason}", str(path), "Give this user the right"
        ) from error
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)  # the file stays: a lock on a file that was removed would keep nobody out


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        who = f"another process ({holder})" if holder.isdecimal() else "another process"
        raise ToolError(
            f"{who} serves from this folder",
            str(folder),
            "End it first, or choose another folder with --data",
        ) from error
    except OSError as error:
        # Some file systems know no locks; to serve from them is the operator's decision.
        log.warning("nothing keeps a second central system out of %s: %s", folder, error)
        return
    with suppress(OSError):  # on a full disk the lock holds all the same; who holds it is not told
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
