"""A socket without a network: two ends in one loop, messages delivered in order by `call_soon`.

For stations, central systems and their tests in virtual time. `MemoryNetwork` is the network in between: it
refuses, resets and cuts connections.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

By = Literal["charge_point", "central_system", "network"]
ABNORMAL = 1006


class MemoryWire:
    """The station's end."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._peer: MemoryLink | None = None
        self.subprotocol: str | None = None
        self.pings = 0

    def send(self, text: str) -> None:
        if self._peer is not None:
            asyncio.get_running_loop().call_soon(self._peer.deliver, text)

    def send_as_is(self, content: str | bytes) -> None:
        """A text message whose bytes need not be UTF-8, as a socket would hand it over."""
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogatepass")
        try:
            text: str | bytes = content.decode()
        except UnicodeDecodeError:
            text = content
        if self._peer is not None:
            asyncio.get_running_loop().call_soon(self._peer.deliver, text)

    async def receive(self) -> str | bytes | None:
        return await self._inbox.get()

    async def close(self, code: int = 1000) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            asyncio.get_running_loop().call_soon(peer.end, code, "", "charge_point")
            self._inbox.put_nowait(None)

    def ping(self) -> None:
        if self._peer is not None:
            self.pings += 1
            asyncio.get_running_loop().call_soon(self._peer.pinged)

    def deliver(self, text: str | bytes) -> None:
        if self._peer is not None:
            self._inbox.put_nowait(text)

    def end(self) -> None:
        if self._peer is not None:
            self._peer = None
            self._inbox.put_nowait(None)


class MemoryLink:
    """The central system's end. Set the three callbacks before the station sends."""

    def __init__(self, wire: MemoryWire) -> None:
        self.wire = self._wire = wire
        self._open = True
        self.on_text: Callable[[str | bytes], None] = lambda text: None
        self.on_ping: Callable[[], None] = lambda: None
        self.on_closed: Callable[[int | None, str, By], None] = lambda code, reason, by: None

    @property
    def open(self) -> bool:
        return self._open

    def send(self, text: str | bytes) -> None:
        if self._open:
            asyncio.get_running_loop().call_soon(self._wire.deliver, text)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._hang_up(code, reason, "central_system")

    def abort(self) -> None:
        """As a TCP reset: no close frame, the other end sees the socket gone."""
        self._hang_up(None, "connection reset", "central_system")

    def lose(self) -> None:
        """The network resets the connection; neither end wanted it."""
        self._hang_up(None, "connection lost", "network")

    def deliver(self, text: str | bytes) -> None:
        if self._open:
            self.on_text(text)

    def pinged(self) -> None:
        if self._open:
            self.on_ping()

    def end(self, code: int | None, reason: str, by: By) -> None:
        if self._open:
            self._open = False
            self.on_closed(code, reason, by)

    def _hang_up(self, code: int | None, reason: str, by: By) -> None:
        if self._open:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._wire.end)
            self.end(code, reason, by)


def memory_link() -> tuple[MemoryWire, MemoryLink]:
    """The two ends of one open socket: the station's and the central system's."""
    wire = MemoryWire()
    link = MemoryLink(wire)
    wire._peer = link
    return wire, link


Answering = Callable[[str, Sequence[str], MemoryLink], None]
"""Called with the charge point id, the sub-protocols offered and the central system's end of a new socket.

It sets the callbacks of the link. It may raise what a dial raises: OSError, or the station's DialRefused.
"""


class MemoryNetwork:
    """The way from stations to a central system; `dial` is what a station is given.

    `refused`: every new connection is refused at TCP level. `delay_s`: how long a connection takes to open.
    `dials` and `credentials`: who dialled, and with what.
    """

    def __init__(self, answering: Answering, *, delay_s: float = 0.0) -> None:
        self._answering = answering
        self._links: dict[str, MemoryLink] = {}
        self.delay_s = delay_s
        self.refused = False
        self.dials: list[str] = []
        self.credentials: list[object] = []

    async def dial(
        self, charge_point_id: str, subprotocols: Sequence[str], credentials: object = None
    ) -> MemoryWire:
        """Raises ConnectionRefusedError while the central system is out of reach."""
        self.dials.append(charge_point_id)
        self.credentials.append(credentials)
        await asyncio.sleep(self.delay_s)
        if self.refused:
            raise ConnectionRefusedError("connection refused")
        wire, link = memory_link()
        self._answering(charge_point_id, subprotocols, link)
        self._links[charge_point_id] = link
        return wire

    def cut(self) -> None:
        """Reset every open connection and refuse new ones, until `restore`."""
        self.refused = True
        self.reset()

    def reset(self) -> None:
        """Reset every open connection; stations may dial again at once."""
        for link in self._links.values():
            link.lose()

    def restore(self) -> None:
        self.refused = False
