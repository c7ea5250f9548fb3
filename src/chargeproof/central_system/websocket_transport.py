"""One accepted WebSocket: the duties of RFC 6455 that the frame parser leaves to its user.

picows parses and writes frames. Here are reassembly with a limit on the whole message, UTF-8, RSV bits,
the order of fragments, ping and pong, liveness, both sides of the closing handshake, and peers that do not
read. All waiting is done by timers of the loop, so scaled time scales it.
"""

import asyncio
import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Literal

from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
)

from chargeproof.central_system.frame_parser import (
    Lent,
    feed,
    forget_handshake,
    frame_parser,
    switching_protocols,
)
from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.ports import Link, Session
from chargeproof.central_system.tcp import hang_up, reset

logger = logging.getLogger(__name__)

MAX_REASON_BYTES = 123  # RFC 6455 section 5.5: 125 with the code


class State(Enum):
    """OPEN: messages flow. CLOSING: our Close is out. RESETTING: RST is out. ENDED: the session was told."""

    OPEN = auto()
    CLOSING = auto()
    RESETTING = auto()
    ENDED = auto()


# Looking a member up in its enumeration costs more than much of what is done with it.
OPEN, TEXT = State.OPEN, WSMsgType.TEXT

Party = Literal["charge_point", "central_system", "network"]
Connect = Callable[[Link], Session]


def _connected(_link: Link) -> Session:
    raise RuntimeError("a connection has one session")


class WebSocketLink(WSListener):
    """Our end of one WebSocket, from the 101 until TCP is gone; a `Link` for the central system."""

    __slots__ = (
        "_answers_pings",
        "_connect",
        "_ending",
        "_fragments",
        "_fragments_are_text",
        "_gone",
        "_heard_at",
        "_limits",
        "_loop",
        "_patience_s",
        "_pinged",
        "_session",
        "_state",
        "_timer",
        "_transport",
        "_unanswered_told",
        "_wire",
    )

    def __init__(
        self, transport: asyncio.Transport, limits: ServerLimits, connect: Connect, gone: Callable[[], None]
    ) -> None:
        self._transport = transport
        self._limits = limits
        self._connect = connect
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._state = State.OPEN
        self._session: Session | None = None
        self._wire: WSTransport | None = None
        self._fragments: bytearray | None = None
        self._fragments_are_text = False
        self._heard_at = self._loop.time()
        self._pinged = self._answers_pings = self._unanswered_told = False
        self._patience_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._ending: tuple[int | None, str, Party] = (None, "the connection was lost", "network")

    def start(self, key: str, subprotocol: str | None, tail: bytes) -> None:
        """Answer 101 and take over the socket; `tail` is what the peer sent after its request."""
        self._transport.set_write_buffer_limits(high=self._limits.max_unsent_bytes)
        answer = switching_protocols(self, subprotocol)
        protocol = frame_parser(lambda _request: answer, self._limits)
        self._transport.set_protocol(protocol)
        protocol.connection_made(Lent(self._transport, self._parser_gave_up))
        # The request was read and judged already; picows gets the four headers that it insists on.
        feed(
            protocol,
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: " + key.encode("ascii") + b"\r\n\r\n" + tail,
        )
        forget_handshake(protocol)

    # What the central system may do.

    def send(self, text: str) -> None:
        if self._state is OPEN and self._wire is not None:
            self._wire.send(TEXT, text)

    def close(self, code: int, reason: str) -> None:
        if self._state is not State.OPEN:
            return
        self._state = State.CLOSING
        self._ending = (code, reason, "central_system")
        self._send_close(code, reason)
        self._set_timer(self._limits.close_timeout_s, self.abort)

    def abort(self) -> None:
        if self._state is State.OPEN:
            self._ending = (None, "reset by the central system", "central_system")
        self._reset()

    # What picows reports.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._wire = transport
        # It holds the whole handshake, which nobody needs as long as the connection.
        connect, self._connect = self._connect, _connected
        try:
            self._session = connect(self)
        except Exception:
            logger.exception("the central system failed to take a connection")
            self._fail(1011, "internal error")
            return
        if self._state is State.OPEN and self._limits.ping_interval_s is not None:
            self._set_timer(self._limits.ping_interval_s, self._check_life)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        state = self._state
        if state is State.ENDED or state is State.RESETTING:
            return
        self._heard_at = self._loop.time()
        kind = frame.msg_type
        reserved = frame.rsv1 or frame.rsv2 or frame.rsv3
        if kind == TEXT and frame.fin and state is OPEN and self._fragments is None and not reserved:
            self._whole_message(frame)  # as a rule
        elif reserved:
            self._fail(1002, "RSV bit set without an extension")
        elif kind == WSMsgType.CLOSE:
            self._peer_closes(frame.get_payload_as_bytes())
        elif state is State.CLOSING:
            pass  # RFC 6455 section 1.4: what comes after our Close is discarded
        elif kind == WSMsgType.TEXT or kind == WSMsgType.BINARY or kind == WSMsgType.CONTINUATION:
            self._data_frame(kind, frame)
        elif kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        else:
            self._answers_pings = True
            if self._session is not None:
                self._guard(self._session.pong)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._note_parser_error()
        self._lost()

    def pause_writing(self) -> None:
        self._ending = (None, "dropped: the charge point does not read what it is sent", "network")
        self._reset()

    def resume_writing(self) -> None:
        pass

    # Messages.

    def _data_frame(self, kind: WSMsgType, frame: WSFrame) -> None:
        begun = self._fragments is not None
        if (kind == WSMsgType.CONTINUATION) is not begun:
            self._fail(1002, "unexpected continuation" if not begun else "a message within a fragmented one")
            return
        size = frame.payload_size + (len(self._fragments) if self._fragments is not None else 0)
        if size > self._limits.max_message_bytes:
            self._too_long()
        elif self._fragments is None and frame.fin:
            self._deliver(frame.get_payload_as_bytes())  # binary: text in one frame does not come here
        else:
            self._fragment(kind, frame)

    def _whole_message(self, frame: WSFrame) -> None:
        """A text in one frame."""
        if frame.payload_size > self._limits.max_message_bytes:
            self._too_long()
            return
        try:
            text = frame.get_payload_as_utf8_text()
        except UnicodeDecodeError:
            self._not_utf8(frame.get_payload_as_bytes())
        else:
            self._deliver(text)

    def _too_long(self) -> None:
        self._fail(1009, f"message longer than {self._limits.max_message_bytes} bytes")

    def _fragment(self, kind: WSMsgType, frame: WSFrame) -> None:
        if self._fragments is None:
            self._fragments = bytearray()
            self._fragments_are_text = kind == WSMsgType.TEXT
        self._fragments += frame.get_payload_as_memoryview()
        if not frame.fin:
            return
        message = bytes(self._fragments)
        self._fragments = None
        if not self._fragments_are_text:
            self._deliver(message)
            return
        try:
            self._deliver(message.decode())
        except UnicodeDecodeError:
            self._not_utf8(message)

    def _not_utf8(self, message: bytes) -> None:
        if self._limits.strict_utf8:
            self._fail(1007, "text that is not UTF-8")
        else:
            self._deliver(message)

    def _deliver(self, message: str | bytes) -> None:
        if self._session is not None:
            self._guard(self._session.received, message)

    def _guard(self, tell: Callable[..., None], *words: Any) -> None:
        """A fault of ours is no reason to drop a station."""
        try:
            tell(*words)
        except Exception:
            logger.exception("the central system failed on what a connection brought")

    # Liveness.

    def _check_life(self) -> None:
        interval_s = self._limits.ping_interval_s
        if self._state is not State.OPEN or self._wire is None or interval_s is None:
            return
        silent_s = self._loop.time() - self._heard_at
        if self._pinged and silent_s >= self._patience_s and self._answers_pings:
            self._ending = (
                None,
                f"no sign of life {self._limits.ping_timeout_s:g} s after a ping",
                "network",
            )
            self._reset()
            return
        if self._pinged and silent_s >= self._patience_s and not self._unanswered_told:
            self._unanswered_told = True
            if self._session is not None:
                self._guard(self._session.ping_unanswered)
        if silent_s >= interval_s - 1e-6:
            self._wire.send_ping(b"")
            self._pinged = True
            self._patience_s = silent_s + self._limits.ping_timeout_s - 1e-6
            self._set_timer(self._limits.ping_timeout_s, self._check_life)
        else:
            self._pinged = False
            self._set_timer(interval_s - silent_s, self._check_life)

    # Endings.

    def _peer_closes(self, payload: bytes) -> None:
        code = int.from_bytes(payload[:2], "big") if payload else None
        if self._state is State.CLOSING:
            self._end()
            self._hang_up()
        elif code is not None and not _may_be_sent(code):
            self._fail(1002, f"close code {code} must not be sent")
        else:
            self._ending = (code, payload[2:].decode("utf-8", "replace"), "charge_point")
            self._send_close(code, "")
            self._end()
            self._hang_up()

    def _fail(self, code: int, reason: str) -> None:
        """The peer broke the protocol: say why and close (RFC 6455 section 7.1.7)."""
        self._ending = (code, reason, "central_system")
        self._send_close(code, reason)
        self._end()
        self._hang_up()

    def _parser_gave_up(self) -> None:
        """picows found a broken frame, sent its Close and now closes the transport that we lent it."""
        self._note_parser_error()
        self._end()
        self._hang_up()

    def _note_parser_error(self) -> None:
        # A handshake is None until a Close was sent or received, whatever the library's types say.
        handshake: Any = self._wire.close_handshake if self._wire is not None else None
        sent = handshake.sent if handshake is not None else None
        if self._state is State.OPEN and sent is not None:
            self._ending = (int(sent.code), sent.reason, "central_system")

    def _send_close(self, code: int | None, reason: str) -> None:
        if self._wire is None:
            return
        if code is None:
            self._wire.send(WSMsgType.CLOSE, None)
        else:
            text = reason.encode()[:MAX_REASON_BYTES].decode("utf-8", "ignore")
            self._wire.send_close(code, text.encode())  # type: ignore[arg-type]

    def _end(self) -> None:
        """Tell the session, once."""
        if self._state is State.ENDED:
            return
        self._state = State.ENDED
        self._set_timer(None)
        session, self._session = self._session, None
        if session is not None:
            self._guard(session.closed, *self._ending)

    def _hang_up(self) -> None:
        self._wire = None
        hang_up(self._transport, self._limits.close_timeout_s, self._gone)

    def _reset(self) -> None:
        if self._state in (State.OPEN, State.CLOSING):
            self._state = State.RESETTING
            reset(self._transport)

    def _lost(self) -> None:
        self._end()
        self._wire = None
        self._gone()

    def _set_timer(self, delay_s: float | None, call: Callable[[], None] | None = None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(delay_s, call) if delay_s is not None and call else None


def _may_be_sent(code: int) -> bool:
    """RFC 6455 section 7.4 and IANA's registry."""
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
