"""The times in which the station could not reach us, and what of them it delivered afterwards.

Payload times are put on our clock with the offset that was measured before the line broke.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from chargeproof.acceptance.clock_in_record import clock_offset_s, payload_seconds
from chargeproof.acceptance.quantifiers import Absence, absence, ours
from chargeproof.acceptance.transactions_in_record import Transaction, running_at, same_tag, transactions_in
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    MeterValues,
    Reason,
    RemoteStartTransaction,
    StartTransaction,
    StopTransaction,
)
from chargeproof.trace import ActSpan, ConnectionOpened, Entry, Exchange, Trace

ORDER_SLACK_S = 2.0  # payload times are often whole seconds


@dataclass(frozen=True, slots=True)
class Unreachable:
    """From ``cut`` to ``restored`` the station could not reach us; ``back`` is its first socket afterwards.

    ``offset_s`` is its clock minus ours; None where nothing tells.
    """

    trace: Trace = field(repr=False)
    cut: Entry
    restored: Entry
    back: ConnectionOpened | None
    offset_s: float | None

    @property
    def began_s(self) -> float:
        """The beginning on our clock, in seconds since 1970."""
        return self.cut.at.timestamp()

    @property
    def ended_s(self) -> float:
        """The end on our clock."""
        return self.restored.at.timestamp()

    @property
    def evidence(self) -> tuple[int, ...]:
        return (self.cut.n, self.restored.n, *((self.back.n,) if self.back is not None else ()))

    def on_our_clock(self, payload_s: float | None) -> float | None:
        """A payload time on our clock; None where there is none, or the offset is not known."""
        return None if payload_s is None or self.offset_s is None else payload_s - self.offset_s

    def dated_within(self, exchange: Exchange[Any]) -> bool:
        """Whether a message is dated within the outage."""
        time = self.on_our_clock(payload_seconds(exchange))
        return time is not None and self.began_s < time < self.ended_s

    def dated_after(self, exchange: Exchange[Any]) -> bool:
        """Whether a message is dated after the outage."""
        time = self.on_our_clock(payload_seconds(exchange))
        return time is not None and time >= self.ended_s

    def absence(self) -> Absence:
        """What it is worth that something was not delivered: from the first socket on, for the window ``drain``."""
        if self.back is None:
            return Absence(False, "the station did not come back")
        return absence(self.trace, self.back.mono, window_s(self.trace, "drain"), across_reconnects=True)

    def delivered(self) -> list[Exchange[Any]]:
        """The transaction messages that arrived after the outage, in the order of arrival."""
        return [
            exchange
            for exchange in self.trace.after(self.restored.n).sent_by("charge_point")
            if isinstance(exchange.reading.message, StartTransaction | StopTransaction | MeterValues)
        ]


def unreachables(trace: Trace) -> list[Unreachable]:
    """The outages that we made; in a record without any, the gaps between the station's sockets."""
    return [
        Unreachable(trace, cut, restored, back, clock_offset_s(trace, cut.n))
        for cut, restored, back in _outages(trace) or _gaps(trace)
    ]


def _outages(trace: Trace) -> list[tuple[Entry, Entry, ConnectionOpened | None]]:
    return [(o.cut, o.restored, o.back) for o in trace.outages() if o.restored is not None]


def _gaps(trace: Trace) -> list[tuple[Entry, Entry, ConnectionOpened | None]]:
    spans = trace.connections()
    return [
        (span.closed, following.opened, following.opened)
        for span, following in pairwise(spans)
        if span.closed is not None
        and span.closed.n < following.opened.n
        and not _restarted(trace, following.opened)
    ]


def _restarted(trace: Trace, opened: ConnectionOpened) -> bool:
    """Whether the station booted first of all over this socket: then it was off, and no line was lost."""
    calls = trace.after(opened.n).sent_by("charge_point")
    first = next((call for call in calls if call.call.connection == opened.connection), None)
    return first is not None and first.action == "BootNotification"


@dataclass(frozen=True, slots=True)
class Expected:
    """What hands did in an outage, as the transactions that must come of it.

    ``running`` had begun before; ``stopped_by`` is the act that ended it. ``begun_by`` and ``ended_by`` are the
    acts of the first transaction within the outage; ``begins`` counts such transactions. ``goes_on`` is the act
    that began the last of them, if nothing ended it. Each is None where there was no such act.
    """

    running: Transaction | None
    stopped_by: ActSpan | None
    begun_by: ActSpan | None
    ended_by: ActSpan | None
    begins: int = 0
    goes_on: ActSpan | None = None

    @property
    def id_tag(self) -> str:
        """The card with which the transaction within the outage was begun."""
        return str(self.begun_by.parameters.get("id_tag", "")) if self.begun_by is not None else ""


def expected_of(outage: Unreachable) -> Expected:
    """What the acts in the outage were to bring about, in their order."""
    trace = outage.trace
    acts = [
        act
        for act in trace.between(outage.cut.n, outage.restored.n).acts()
        if act.was_done and act.act in ("present_card", "unplug")
    ]
    connector_id = acts[0].parameters.get("connector_id") if acts else None
    running = running_at(trace, outage.cut.n, connector_id)
    rest: Iterator[ActSpan] = iter(acts)
    ends = running is not None and not (acts and _ends_by_itself(outage, running, acts[0]))
    stopped_by = next(rest, None) if ends else None
    begun_by = next((act for act in rest if act.act == "present_card"), None)
    ended_by = next(rest, None) if begun_by is not None else None
    later = list(rest)  # each pair of acts begins and ends one more
    begins = 0 if begun_by is None else 1 + (len(later) + 1) // 2
    goes_on = later[-1] if len(later) % 2 else None
    return Expected(running, stopped_by, begun_by, ended_by, begins, goes_on)


def _ends_by_itself(outage: Unreachable, running: Transaction, first: ActSpan) -> bool:
    """Whether the station ended what ran, for a reason of its own, before anything was done in the outage."""
    stop = running.stop
    if stop is None or stop.request.reason in (None, Reason.LOCAL, Reason.REMOTE):
        return False
    time = outage.on_our_clock(payload_seconds(stop))
    return time is not None and outage.began_s - ORDER_SLACK_S <= time < first.asked.at.timestamp()


def begun_within(outage: Unreachable, expected: Expected) -> list[Transaction]:
    """The transactions that arrived after the outage and began in it: by their date, or by the card.

    A start of the card that nobody presented again since belongs to the outage, however it is dated.
    """
    trace = outage.trace
    acts = [act.asked.n for act in trace.after(outage.restored.n).acts()]
    commands = [start.n for start in ours(trace.after(outage.restored.n), RemoteStartTransaction)]
    until = min([*acts, *commands], default=None)
    found = []
    for transaction in transactions_in(trace):
        start = transaction.start
        if start.n < outage.restored.n:
            continue
        of_the_card = expected.begun_by is not None and same_tag(start.request.id_tag, expected.id_tag)
        if outage.dated_within(start) or (of_the_card and (until is None or start.n < until)):
            found.append(transaction)
    return found


def twice(messages: list[Exchange[Any]]) -> Exchange[Any] | None:
    """The first of the same messages that was sent again although the one before had been answered.

    An answer may be lost with its socket: then to send again is right.
    """
    for before, again in pairwise(messages):
        same_socket = before.call.connection == again.call.connection
        if before.answer is not None and before.answer.n < again.n and same_socket:
            return again
    return None
