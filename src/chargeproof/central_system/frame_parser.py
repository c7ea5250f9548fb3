"""picows' frame parser without its server: the socket and the upgrade request are already ours.

Its constructor is no public interface, so it is called here and nowhere else.
"""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from picows import (
    WSAutoPingStrategy,
    WSListener,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from chargeproof.central_system.limits import ServerLimits

log = logging.LoggerAdapter(logging.getLogger(__name__), {})
"""An adapter: for a logger, picows makes one more per connection."""


class _Socket:
    """The socket as picows sees it. What it sets is set by the loop already, and what it asks for it only logs."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def setsockopt(self, *_option: Any) -> None:
        return

    def getsockopt(self, *_option: Any) -> int:
        return 0


class Lent:
    """The transport as picows sees it: `close` is ours, so is the socket, the rest is the transport's own."""

    __slots__ = (
        "_socket",
        "_transport",
        "close",
        "get_write_buffer_size",
        "write",
    )

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self._socket = _Socket(transport.get_extra_info("socket").fileno())
        self.write = transport.write
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.close = close

    def writelines(self, texts: Any) -> None:
        self._transport.writelines(texts)

    def abort(self) -> None:
        self._transport.abort()

    def get_extra_info(self, name: str) -> Any:
        if name == "socket":
            return self._socket
        return self._transport.get_extra_info(name) if name == "ssl_object" else None


class _SwitchingProtocols(WSUpgradeResponse):
    """The answer to a handshake, written in one go. picows puts the answer to the key into `headers`."""

    __slots__ = ("_subprotocol",)

    def __init__(self, subprotocol: str | None) -> None:
        self.version = b"HTTP/1.1"
        self.status = HTTPStatus.SWITCHING_PROTOCOLS
        self.headers: dict[str, str] = {}  # type: ignore[assignment]
        self.body = None
        self._subprotocol = subprotocol

    def to_bytes(self) -> bytearray:
        chosen = "" if self._subprotocol is None else f"Sec-WebSocket-Protocol: {self._subprotocol}\r\n"
        return bytearray(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
            f"{chosen}Sec-WebSocket-Accept: {self.headers['Sec-WebSocket-Accept']}\r\n\r\n".encode()
        )


def switching_protocols(listener: WSListener, subprotocol: str | None) -> WSUpgradeResponseWithListener:
    """What tells picows to answer 101."""
    return WSUpgradeResponseWithListener(_SwitchingProtocols(subprotocol), listener)


def frame_parser(answer: Callable[[WSUpgradeRequest], Any], limits: ServerLimits) -> Any:
    """picows' parser for one connection whose upgrade request is here already."""
    return WSProtocol(
        None,  # host and port: of clients only
        None,  # path: of clients only
        False,  # is_client_side
        answer,
        log,
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


def forget_handshake(protocol: Any) -> None:
    """Nobody asks picows for the headers any more, and it would keep them as long as the connection."""
    protocol.transport.request.headers = protocol.transport.response.headers = None


def feed(protocol: Any, received: bytes) -> None:
    """Give bytes to a BufferedProtocol as a transport would."""
    rest = memoryview(received)
    while rest:
        room = protocol.get_buffer(-1)
        size = min(len(room), len(rest))
        room[:size] = rest[:size]
        protocol.buffer_updated(size)
        rest = rest[size:]
