"""What a simulated station needs from outside, and what it says when an act of a hand is impossible."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable


class Wire(Protocol):
    """The station's end of an open WebSocket."""

    def send(self, text: str) -> None:
        """Hand one whole message to the socket; ignored when the socket is closed."""
        ...

    async def receive(self) -> str | bytes | None:
        """The next whole message, or None when the socket is closed."""
        ...

    async def close(self, code: int = 1000) -> None: ...


@runtime_checkable
class PingingWire(Protocol):
    """A wire that can also send WebSocket pings (configuration key WebSocketPingInterval)."""

    def ping(self) -> None: ...


class Dial(Protocol):
    """Opens a socket to the central system. Raises OSError (no TCP) or DialRefused (an HTTP answer)."""

    async def __call__(self, charge_point_id: str, subprotocols: Sequence[str]) -> Wire: ...


@runtime_checkable
class ShapedDial(Protocol):
    """A dial whose upgrade request can be shaped, for stations that write a bad one."""

    def with_headers(self, headers: Mapping[str, str]) -> Dial:
        """The same way to the central system, with just these headers besides the sub-protocols."""
        ...


class DialRefused(Exception):
    """The central system answered the handshake with an HTTP status other than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the central system answered the handshake with HTTP {status}")
        self.status = status


class FileTransfer(Protocol):
    """FTP and HTTP as the station's software sees them. Both raise TransferError."""

    async def download(self, url: str) -> bytes: ...

    async def upload(self, url: str, name: str, content: bytes) -> None:
        """Store `content` under `name` in the directory `url`."""
        ...


class TransferError(Exception):
    """A file could not be fetched or stored; the message says why."""


class CannotBeDone(Exception):
    """The act is impossible at this moment, e.g. a plug in an outlet that has one."""


class UnsupportedAct(Exception):
    """This station has no such part, e.g. no sensor in the parking bay."""
