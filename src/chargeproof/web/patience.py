"""How long the web port waits for what a client has begun to say, and how many clients it has at once."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""A request head is complete after so long, or its connection is closed."""
BODY_S = 330.0
"""Longest silence within a body; longer than what the place for stations' files says so itself after."""
KEEP_ALIVE_S = 30.0
"""A connection is kept so long for another request. Clients keep theirs for 5 s, and would meet its end if it was
no longer here."""
MAX_HEAD_BYTES = 32 * 1024
MAX_CONNECTIONS = 1000
"""Beyond it whoever has waited longest without having said what they want makes room."""

Waiting = dict["PatientProtocol", None]


class PatientProtocol(H11Protocol):
    """uvicorn's own, which would wait for ever. `waiting`: those without a whole request head, oldest first."""

    def __init__(self, *args: Any, waiting: Waiting, max_connections: int, **more: Any) -> None:
        super().__init__(*args, **more)
        self._waiting = waiting
        self._max_connections = max_connections
        self._timer: asyncio.TimerHandle | None = None
        self.timeout_keep_alive = KEEP_ALIVE_S  # type: ignore[assignment]  # uvicorn's own has whole seconds
        self.access_log = False  # an address may hold the secret of a place for files

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._max_connections:
            self._make_room()
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_head()
            return
        self._waiting.pop(self, None)
        self._stop_timer()
        if self.conn.their_state is h11.SEND_BODY:
            self._timer = self.loop.call_later(BODY_S, self._give_up)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._waiting[self] = None  # kept alive by uvicorn, for a while

    def connection_lost(self, exc: Exception | None) -> None:
        self._waiting.pop(self, None)
        self._stop_timer()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        """What comes in drops does not begin the wait anew."""
        self._waiting.setdefault(self)
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_S, self._give_up)

    def _make_room(self) -> None:
        oldest = next(iter(self._waiting), self)
        self._waiting.pop(oldest, None)
        self.connections.discard(oldest)
        oldest.transport.abort()

    def _give_up(self) -> None:
        self._waiting.pop(self, None)
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
