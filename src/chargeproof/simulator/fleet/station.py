"""One lean station: a position in the fixed sequence of messages, and one that waits for its answer."""

from collections.abc import Callable
from time import perf_counter
from typing import Protocol

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from chargeproof.simulator.fleet.frames import BOOT, CHARGING, OPENING, START, Template, card_of
from chargeproof.simulator.fleet.latencies import Latencies
from chargeproof.simulator.fleet.plan import Counts


class _Status(msgspec.Struct):
    status: str = ""


class _Said(msgspec.Struct, rename="camel"):
    """What a station looks at in the answers to BootNotification and StartTransaction."""

    status: str = ""
    interval: int = 60
    transaction_id: int = 0
    id_tag_info: _Status = msgspec.field(default_factory=_Status)


_frame = msgspec.json.Decoder(tuple[int, str, msgspec.Raw])
_any_frame = msgspec.json.Decoder(list[msgspec.Raw])
_said = msgspec.json.Decoder(_Said)


class Surroundings(Protocol):
    """What a station needs of its fleet."""

    counts: Counts
    latencies: Latencies
    sends_at_once: bool

    def time_text(self) -> bytes: ...

    def became_ready(self, station: "FleetStation") -> None: ...

    def gone(self, station: "FleetStation") -> None: ...

    def later(self, seconds: float, call: Callable[[], None]) -> None: ...


class FleetStation(WSListener):
    """Lives through all its connections. `due`: when the messages that could not go out yet were due."""

    __slots__ = (
        "_card",
        "_dropped",
        "_expected",
        "_fleet",
        "_number",
        "_opening",
        "_position",
        "_repeat",
        "_sequence",
        "_template",
        "_text",
        "_transaction",
        "_transport",
        "charge_point_id",
        "due",
        "leaves",
        "ready",
        "sent_at",
    )

    def __init__(self, fleet: Surroundings, number: int, charge_point_id: str) -> None:
        self._fleet = fleet
        self._number = number
        self._card = card_of(number)
        self._transport: WSTransport | None = None
        self._sequence = 0
        self._opening = self._position = 0
        self._template: Template | None = None
        self._expected = self._text = b""
        self._repeat: tuple[Template, bytes, bytes] | None = None
        self._transaction = b"0"
        self.charge_point_id = charge_point_id
        self._dropped = False
        self.due: list[float] | None = None
        self.sent_at = 0.0
        self.ready = False
        self.leaves = False

    @property
    def connected(self) -> bool:
        return self._transport is not None

    @property
    def waits(self) -> bool:
        """Whether a message of its is without an answer."""
        return self._template is not None

    def send_next(self, due_at: float) -> None:
        """The next message of the sequence is due; it goes out now or after the answers that are waited for."""
        if self._template is not None:
            self.due = [*(self.due or ()), due_at]
        elif self._repeat is not None:
            (template, text, expected), self._repeat = self._repeat, None
            self._fleet.counts.repeated += 1
            self._send(template, text, expected, due_at)
        else:
            template = CHARGING[self._position]
            self._position = (self._position + 1) % len(CHARGING)
            self._fill_and_send(template, due_at)

    def leave(self) -> None:
        """Close the connection and stay away."""
        self.leaves = True
        if self._transport is not None:
            self._transport.send_close()
            self._transport.disconnect()

    def drop(self) -> None:
        """Lose the connection as in a failure of the network, without a word."""
        if self._transport is not None:
            self._dropped = True
            self._no_longer_ready()
            self._transport.disconnect(False)

    # What picows reports.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._fleet.counts.connected += 1
        self._opening = 0
        self._open(perf_counter())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.TEXT:
            self._received(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                transport.send_close()
            transport.disconnect()
        elif kind != WSMsgType.PONG and kind != WSMsgType.PING:
            self._fleet.counts.odd += 1

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        if self._template is not None and self._template.belongs_to_transaction:
            self._repeat = self._template, self._text, self._expected
        self._template = self.due = None
        self._no_longer_ready()
        self._fleet.counts.connected -= 1
        if not self._dropped and not self.leaves:
            self._fleet.counts.lost += 1
        self._dropped = False
        self._fleet.gone(self)

    def _no_longer_ready(self) -> None:
        if self.ready:
            self.ready = False
            self._fleet.counts.ready -= 1

    # Messages.

    def _fill_and_send(self, template: Template, due_at: float) -> None:
        self._sequence += 1
        unique_id = b"%08x-0000-4000-8000-%012x" % (self._number, self._sequence)
        text = template.fill((unique_id, self._fleet.time_text(), self._card, self._transaction))
        self._send(template, text, b'[3,"%b",' % unique_id, due_at)

    def _send(self, template: Template, text: bytes, expected: bytes, due_at: float) -> None:
        if self._transport is None:
            return
        self._template, self._text, self._expected = template, text, expected
        self.sent_at = due_at
        self._fleet.counts.sent += 1
        self._transport.send(WSMsgType.TEXT, text)

    def _received(self, text: bytes) -> None:
        template = self._template
        if template is not None and text.startswith(self._expected):
            self._answered(template, text[len(self._expected) : -1])
        else:
            self._look_closer(text)

    def _look_closer(self, text: bytes) -> None:
        """An answer with spaces in it, an error, a command, or something else."""
        try:
            kind, unique_id, *rest = _any_frame.decode(text)
        except (msgspec.DecodeError, ValueError):
            self._fleet.counts.odd += 1
            return
        template = self._template
        if bytes(kind) == b"2" and self._transport is not None:
            self._transport.send(WSMsgType.TEXT, b'[4,%b,"NotImplemented","",{}]' % bytes(unique_id))
        elif template is None or bytes(unique_id) != self._expected[3:-1]:
            self._fleet.counts.odd += 1
        elif bytes(kind) == b"3" and rest:
            self._answered(template, bytes(rest[0]))
        else:
            self._fleet.counts.call_errors += 1
            self._next_after(template)

    def _answered(self, template: Template, payload: bytes) -> None:
        fleet = self._fleet
        fleet.counts.answered += 1
        fleet.latencies.add(perf_counter() - self.sent_at)
        if template is START:
            said = _said.decode(payload)
            self._transaction = b"%d" % said.transaction_id
            fleet.counts.cards_refused += said.id_tag_info.status != "Accepted"
        elif template is BOOT:
            said = _said.decode(payload)
            if said.status != "Accepted":
                self._not_accepted(said.interval)
                return
        self._next_after(template)

    def _not_accepted(self, interval_s: int) -> None:
        self._template = None
        self._fleet.counts.not_accepted += 1
        self._opening = 0
        self._fleet.later(max(interval_s, 1), self._boot_again)

    def _boot_again(self) -> None:
        if self._template is None and not self.ready and not self.leaves:
            self._open(perf_counter())

    def _next_after(self, template: Template) -> None:
        self._template = None
        if not self.ready:
            self._open(perf_counter())
        elif self._fleet.sends_at_once:
            self.send_next(perf_counter())
        elif self.due:
            self.send_next(self.due.pop(0))

    def _open(self, now: float) -> None:
        """Go on with what is said at the beginning of a connection."""
        if self._opening < len(OPENING):
            self._opening += 1
            self._fill_and_send(OPENING[self._opening - 1], now)
            return
        self.ready = True
        self._fleet.counts.ready += 1
        self._fleet.became_ready(self)
        if self._fleet.sends_at_once and self._template is None:
            self.send_next(now)
