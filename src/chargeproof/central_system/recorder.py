"""Tells watchers what happens, entry by entry, as it happens. Frames come before anyone parsed them."""

import base64
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from chargeproof.bus.ports import Bus
from chargeproof.central_system.veil import Veil
from chargeproof.clock import Clock
from chargeproof.trace import (
    CommandChanged,
    ConnectionClosed,
    ConnectionOpened,
    Entry,
    FileTransferred,
    Frame,
    Party,
    PingUnanswered,
    Pong,
    Reach,
    Sender,
    dump_entry,
)

log = logging.getLogger(__name__)

Listener = Callable[[Entry], None]
ListenerToAll = Callable[[str, Entry], None]
"""Is also told which station an entry is of."""
EVERY_STATION = "*"


class Recorder:
    """Keeps nothing: who wants a record watches. Entries carry `n=0`; their reader numbers them.

    Frames are told as they were on the wire, but for passwords, which the veil hides.
    """

    def __init__(self, clock: Clock, share_on: Bus | None = None, veil: Veil | None = None) -> None:
        self._clock = clock
        self._share_on = share_on
        self._veil = veil or Veil()
        self._listeners: dict[str, list[Listener]] = {}
        self._to_all: list[ListenerToAll] = []

    def watch(self, charge_point_id: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each entry of that station (`*`: of all) until the returned function is called."""
        listeners = self._listeners.setdefault(charge_point_id, [])
        listeners.append(listener)

        def unwatch() -> None:
            if listener in listeners:
                listeners.remove(listener)
            if not listeners and self._listeners.get(charge_point_id) is listeners:
                del self._listeners[charge_point_id]

        return unwatch

    def watch_all(self, listener: ListenerToAll) -> Callable[[], None]:
        """As `watch` of all stations, for who must know which station an entry is of."""
        self._to_all.append(listener)

        def unwatch() -> None:
            if listener in self._to_all:
                self._to_all.remove(listener)

        return unwatch

    @property
    def has_listeners(self) -> bool:
        """As a rule nobody watches, and there are many frames."""
        return bool(self._listeners or self._to_all or self._share_on is not None)

    def frame(self, charge_point_id: str, connection: int, sender: Sender, text: str | bytes) -> None:
        if not self._is_watched(charge_point_id):
            return
        at, mono = self._times()
        text = self._veil.content(text)
        if isinstance(text, str):
            entry = Frame(at=at, mono=mono, connection=connection, sender=sender, text=text)
        else:
            encoded = base64.b64encode(text).decode()
            entry = Frame(at=at, mono=mono, connection=connection, sender=sender, base64=encoded)
        self.publish(charge_point_id, entry)

    def handshake(self, charge_point_id: str, entry: Callable[[float], Entry]) -> None:
        """`entry` is asked for with the time in seconds, if anybody watches."""
        if self._is_watched(charge_point_id):
            self.publish(charge_point_id, entry(self._clock.monotonic()))

    def opened(self, charge_point_id: str, connection: int, remote: str, subprotocol: str | None) -> None:
        if not self._is_watched(charge_point_id):
            return
        at, mono = self._times()
        self.publish(
            charge_point_id,
            ConnectionOpened(at=at, mono=mono, connection=connection, remote=remote, subprotocol=subprotocol),
        )

    def closed(self, charge_point_id: str, connection: int, code: int | None, reason: str, by: Party) -> None:
        at, mono = self._times()
        self.publish(
            charge_point_id,
            ConnectionClosed(at=at, mono=mono, connection=connection, code=code, reason=reason, by=by),
        )

    def pong(self, charge_point_id: str, connection: int) -> None:
        if self._is_watched(charge_point_id):
            at, mono = self._times()
            self.publish(charge_point_id, Pong(at=at, mono=mono, connection=connection))

    def ping_unanswered(self, charge_point_id: str, connection: int) -> None:
        at, mono = self._times()
        self.publish(charge_point_id, PingUnanswered(at=at, mono=mono, connection=connection))

    def command(self, charge_point_id: str, unique_id: str, action: str, state: str, detail: str) -> None:
        at, mono = self._times()
        self.publish(
            charge_point_id,
            CommandChanged(at=at, mono=mono, unique_id=unique_id, action=action, state=state, detail=detail),
        )

    def reach(self, charge_point_id: str, reachable: bool) -> None:
        at, mono = self._times()
        self.publish(charge_point_id, Reach(at=at, mono=mono, reachable=reachable))

    def file(self, charge_point_id: str | None, transferred: FileTransferred) -> None:
        """Without a station (a job that nobody booked) everyone who watches is told."""
        if charge_point_id is not None:
            self.publish(charge_point_id, transferred)
            return
        for listeners in tuple(self._listeners.values()):
            self._tell(listeners, transferred)

    def _is_watched(self, charge_point_id: str) -> bool:
        return bool(
            charge_point_id in self._listeners
            or EVERY_STATION in self._listeners
            or self._to_all
            or self._share_on is not None
        )

    def _times(self) -> tuple[datetime, float]:
        return self._clock.now(), self._clock.monotonic()

    def publish(self, charge_point_id: str, entry: Entry) -> None:
        """Tell whoever watches this station."""
        self._tell(self._listeners.get(charge_point_id, ()), entry)
        if charge_point_id != EVERY_STATION:
            self._tell(self._listeners.get(EVERY_STATION, ()), entry)
        self._tell(self._to_all, charge_point_id, entry)
        if self._share_on is not None:
            self._share_on.publish(f"entries.{charge_point_id}", dump_entry(entry).encode())

    def _tell(self, listeners: Sequence[Callable[..., None]], *words: Any) -> None:
        """Each of them, with the entry as the last word."""
        for listener in tuple(listeners):
            try:
                listener(*words)
            except Exception:
                # A watcher's trouble must not become the station's.
                log.exception("a watcher failed on an entry of kind %s", type(words[-1]).__name__)
