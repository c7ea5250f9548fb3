"""How other threads speak to that of the FTP server."""

import collections
import logging
import socket
from collections.abc import Callable
from typing import Any

import pyftpdlib.ioloop  # imports asyncore with its warning switched off

logger = logging.getLogger(__name__)


class Mailbox(pyftpdlib.ioloop.AsyncChat):  # type: ignore[misc]
    """Wakes the FTP thread and has it call something."""

    def __init__(self, ioloop: Any) -> None:
        ours, self._theirs = socket.socketpair()
        self._calls: collections.deque[Callable[[], None]] = collections.deque()
        super().__init__(ours, ioloop=ioloop)

    def post(self, call: Callable[[], None]) -> None:
        """Safe in any thread."""
        self._calls.append(call)
        self._theirs.send(b"\0")

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read(self) -> None:
        self.recv(4096)
        while self._calls:
            try:
                self._calls.popleft()()
            except Exception:
                logger.exception("a call in the FTP thread failed")

    def close_both(self) -> None:
        self.close()
        self._theirs.close()
