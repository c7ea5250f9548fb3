"""picows' frame parser without its server: the socket and the upgrade request are already ours.

Its constructor is no public interface, so it is called here and nowhere else.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from picows import WSAutoPingStrategy, WSUpgradeRequest
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from chargeproof.central_system.limits import ServerLimits

log = logging.getLogger(__name__)


class Lent:
    """The transport as picows sees it: `close` is ours, the rest is the transport's own methods."""

    __slots__ = (
        "abort",
        "close",
        "get_extra_info",
        "get_write_buffer_size",
        "write",
        "writelines",
    )

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.writelines = transport.writelines
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.get_extra_info = transport.get_extra_info
        self.abort = transport.abort
        self.close = close


def frame_parser(answer: Callable[[WSUpgradeRequest], Any], limits: ServerLimits) -> Any:
    """picows' parser for one connection whose upgrade request is here already."""
    return WSProtocol(
        None,  # host and port: of clients only
        None,  # path: of clients only
        False,  # is_client_side
        answer,
        logging.LoggerAdapter(log, {}),  # an adapter: for a logger, picows makes one more per connection
        False,  # disconnect_on_exception
        None,  # handshake timeout: the request is here already
        False,  # automatic ping: picows counts in real seconds
        1,
        1,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # automatic pong: a ping is a sign of life that we want to see
        limits.max_message_bytes,
        None,  # extra headers: of clients only
        limits.read_buffer_bytes,
    )


def feed(protocol: Any, received: bytes) -> None:
    """Give bytes to a BufferedProtocol as a transport would."""
    rest = memoryview(received)
    while rest:
        room = protocol.get_buffer(-1)
        size = min(len(room), len(rest))
        room[:size] = rest[:size]
        protocol.buffer_updated(size)
        rest = rest[size:]
