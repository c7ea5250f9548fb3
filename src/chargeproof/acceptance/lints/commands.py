"""How the station takes commands: triggers, silence, endless repetition."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from chargeproof.acceptance.figures import heartbeat_spacings
from chargeproof.acceptance.lints.registry import Sight, Sockets, lint
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import BootNotification, TriggerMessage
from chargeproof.trace import Exchange, Frame, PingUnanswered, Trace

_RESENT = 3


@lint(
    "L-23",
    "TriggerMessage is answered for some messages or connectors only",
    clause="S§5.17",
    advice="Take every message of S§7.32; without connectorId report connector 0 and each connector.",
)
def partial_triggers(trace: Trace) -> Iterator[Sight]:
    sockets = Sockets(trace)
    connectors = {status.request.connector_id for status in trace.statuses()}
    for trigger in trace.exchanges(TriggerMessage):
        wanted, connector = str(trigger.request.requested_message), trigger.request.connector_id
        if wanted == "MeterValues" and trigger.status in ("Rejected", "NotImplemented"):
            yield Sight(trigger.n, f"MeterValues: {trigger.status}")
        elif connector == 0 and trigger.status == "Rejected":
            yield Sight(trigger.n, f"{wanted} of connector 0: Rejected")
        elif wanted == "BootNotification" and _drops_after(trace, sockets, trigger):
            yield Sight(trigger.n, "the socket drops after a triggered BootNotification")
        elif wanted == "StatusNotification" and connector is None and trigger.status == "Accepted":
            limit_s = window_s(trace, "message")
            shown = trace.after(trigger.n).within(trigger.mono, limit_s).statuses()
            told = {status.request.connector_id for status in shown}
            if told == {0} and connectors - {0} and sockets.alive_after(trigger, limit_s):
                yield Sight(trigger.n, "without connectorId only connector 0 is reported")


def _drops_after(trace: Trace, sockets: Sockets, trigger: Exchange[Any]) -> bool:
    """Whether the station ends the socket soon, with no later command of ours that may be the reason."""
    connection = trigger.call.connection
    closed = sockets.closed.get(connection)
    if closed is None or closed.by == "central_system" or closed.mono - trigger.mono > 30:
        return False
    commands = trace.sent_by("central_system")
    return not any(trigger.n < c.n < closed.n and c.call.connection == connection for c in commands)


@lint(
    "L-24",
    "The boot interval is ignored, or commands or pings stay unanswered while the station goes on talking",
    clause="S§4.2, S§4.6, J§4.1.1, RFC 6455 §5.5.2",
    advice="Use the interval of BootNotification.conf; answer every CALL, with a CALLERROR if need be, and pings.",
)
def deaf_or_deviant(trace: Trace) -> Iterator[Sight]:
    limit_s = window_s(trace, "call")
    yield from _ignored_intervals(trace)
    yield from _unanswered_pings(trace)
    if not trace.shows_connections:
        return
    for call in trace.sent_by("central_system"):
        if call.answer is None and call.action not in ("GetConfiguration", "Reset"):
            later = [
                e
                for e in trace.after(call.n).sent_by("charge_point")
                if e.call.connection == call.call.connection and e.mono > call.mono + limit_s
            ]
            if later:
                yield Sight(call.n, f"{call.action} was not answered, but {later[0].action} came later")


def _unanswered_pings(trace: Trace) -> Iterator[Sight]:
    """Pings that were let go by on a socket on which the station spoke again: it was there."""
    for ping in trace.of(PingUnanswered):
        later = trace.after(ping.n).of(Frame)
        if any(f.connection == ping.connection and f.sender == "charge_point" for f in later):
            yield Sight(ping.n, f"a WebSocket ping on socket {ping.connection} is not answered")


def _ignored_intervals(trace: Trace) -> Iterator[Sight]:
    """Three spacings of heartbeats after an accepted boot that all lie far from the interval told there."""
    for spacing in heartbeat_spacings(trace):
        told, measured = spacing.interval_s, spacing.spread
        if told is None or measured is None or measured.count < 3:
            continue
        if measured.median > told * 1.5 + 10 or measured.median < told / 2:
            seen = f"a heartbeat every {measured.median:g} s where {told:g} s was told"
            yield Sight(spacing.entries[0], seen)


@lint(
    "L-32",
    "The same message is sent again and again, after an error or while pending",
    clause="S§3.7.1, S§4.2",
    advice="Give up after TransactionMessageAttempts; wait for the interval before the next BootNotification.",
)
def endless_repetition(trace: Trace) -> Iterator[Sight]:
    refused: dict[tuple[str, bytes], int] = {}
    for exchange in trace.sent_by("charge_point"):
        key = (exchange.action, exchange.reading.raw)
        if exchange.error is not None and exchange.action != "Heartbeat":
            refused[key] = refused.get(key, 0) + 1
            if refused[key] == _RESENT:
                yield Sight(exchange.n, f"{exchange.action} for the {_RESENT}rd time after a CALLERROR")
    boots = [b for b in trace.exchanges(BootNotification) if b.confirmation is not None]
    for earlier, later in pairwise(boots):
        told = earlier.confirmation.interval
        hurried = (
            trace.has_times and isinstance(told, int) and told > 0 and later.mono - earlier.mono < told / 2
        )
        same_socket = earlier.call.connection == later.call.connection
        if earlier.status in ("Pending", "Rejected") and hurried and same_socket:
            after = f"{later.mono - earlier.mono:.0f} s"
            yield Sight(later.n, f"BootNotification again after {after}, {told} s was told")
