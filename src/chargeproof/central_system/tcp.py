"""The two ways to end a TCP connection: so that the last bytes arrive, or with a reset."""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Drain(asyncio.Protocol):
    """Reads and discards until the peer has closed, so that our last bytes are not lost to a TCP reset."""

    def __init__(self, timer: asyncio.TimerHandle, gone: Callable[[], None]) -> None:
        self._timer = timer
        self._gone = gone

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._gone()


def hang_up(transport: asyncio.Transport, timeout_s: float, gone: Callable[[], None]) -> None:
    """Close after everything written has left; reset after `timeout_s` if the peer keeps its end open."""
    timer = asyncio.get_running_loop().call_later(timeout_s, transport.abort)
    transport.set_protocol(Drain(timer, gone))
    try:
        if transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()
    except OSError:
        transport.abort()


def reset(transport: asyncio.Transport) -> None:
    """Close with TCP RST instead of FIN, dropping what is unsent."""
    connection: socket.socket = transport.get_extra_info("socket")
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    except OSError:
        logger.debug("the peer was faster: its connection is gone already")
    transport.abort()


def address_of(peer: tuple[str, int] | tuple[str, int, int, int] | None) -> str:
    """An address of a socket as text, "unknown" for none."""
    if not peer:
        return "unknown"
    return f"[{peer[0]}]:{peer[1]}" if ":" in peer[0] else f"{peer[0]}:{peer[1]}"
