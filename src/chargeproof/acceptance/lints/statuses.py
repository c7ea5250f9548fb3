"""StatusNotification: its fields, and its order."""

from collections.abc import Iterator

from chargeproof.acceptance.lints.registry import Sight, Sockets, Spotted, lint
from chargeproof.acceptance.transactions import transactions_of
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChangeAvailability, Reset, StatusNotification
from chargeproof.trace import ConnectionClosed, Exchange, Trace

_PLACEHOLDERS = ("null", "none", "undefined")
_ZEROES = ("0", "0x0", "0x00", "0x0000", "0x00000000")


def _is_error_code(spotted: Spotted) -> bool:
    return spotted.action == "StatusNotification" and spotted.where.endswith("rrorCode")


@lint(
    "L-15",
    "An errorCode that OCPP 1.6 does not know, or placeholders in info and vendorErrorCode",
    clause="S§6.47, S§7.6",
    advice="Use the 16 error codes; put the builder's own code into vendorErrorCode, and leave out what is empty.",
    covers=_is_error_code,
)
def placeholders(trace: Trace) -> Iterator[Sight]:
    for status in trace.statuses():
        for name in ("info", "vendor_error_code"):
            value = getattr(status.request, name)
            if not isinstance(value, str):
                continue
            empty = value.strip().lower() in (*_PLACEHOLDERS, *(_ZEROES if name != "info" else ()))
            if empty:
                yield Sight(status.n, f"{name} is the placeholder “{value}”")


@lint(
    "L-28",
    "Statuses in an order that contradicts what happens, or connector 0 cannot be made available",
    clause="S§4.9, S§5.2",
    advice="Report each change once, when it happens; take ChangeAvailability for connector 0.",
)
def contradicting_statuses(trace: Trace) -> Iterator[Sight]:
    yield from _station_refused(trace)
    yield from _available_while_charging(trace)
    yield from _available_before_unavailable(trace)
    yield from _unavailable_at_soft_reset(trace)


def _station_refused(trace: Trace) -> Iterator[Sight]:
    sockets, limit_s = Sockets(trace), window_s(trace, "call")
    for command in trace.exchanges(ChangeAvailability, where=lambda c: c.connector_id == 0):
        if command.status == "Rejected" or command.error is not None:
            yield Sight(command.n, f"ChangeAvailability {command.request.type} of connector 0 is refused")
        elif command.answer is None and sockets.alive_after(command, limit_s):
            yield Sight(
                command.n, f"ChangeAvailability {command.request.type} of connector 0 is not answered"
            )


def _available_while_charging(trace: Trace) -> Iterator[Sight]:
    available = [status for status in trace.statuses() if status.request.status == "Available"]
    for transaction in transactions_of(trace):
        start, stop = transaction.start, transaction.stop
        if start is None or stop is None:
            continue
        early = [
            status
            for status in available
            if status.request.connector_id == transaction.connector_id
            and start.n < status.n
            # The status after the end may overtake the StopTransaction by a moment.
            and stop.mono - status.mono > 5
            and _fresh(status)
        ]
        if early:
            yield Sight(early[0].n, f"Available while transaction {transaction.id} runs")


def _fresh(status: Exchange[StatusNotification]) -> bool:
    """Not a message that waited in a queue."""
    stamped = status.request.timestamp
    return stamped is None or abs((stamped - status.at).total_seconds()) < 60


def _available_before_unavailable(trace: Trace) -> Iterator[Sight]:
    statuses, limit_s = trace.statuses(), window_s(trace, "status")
    for command in trace.exchanges(ChangeAvailability, where=lambda c: str(c.type) == "Inoperative"):
        if command.status != "Accepted" or command.answer is None:
            continue
        connector, answered = command.request.connector_id, command.answer.n
        shown = [
            status
            for status in statuses
            if status.n > answered
            and status.mono <= command.mono + limit_s
            and status.request.connector_id == connector
        ]
        names = [str(status.request.status) for status in shown]
        if "Unavailable" in names and "Available" in names[: names.index("Unavailable")]:
            first = next(s for s in shown if s.request.status == "Available")
            yield Sight(first.n, f"connector {connector}: Available, then Unavailable, after Inoperative")


def _unavailable_at_soft_reset(trace: Trace) -> Iterator[Sight]:
    if not trace.shows_connections:
        return
    for reset in trace.exchanges(Reset, where=lambda r: str(r.type) == "Soft"):
        if reset.status != "Accepted":
            continue
        stretch = trace.after(reset.n)
        closed = next(iter(stretch.of(ConnectionClosed)), None)
        until = trace.between(reset.n, closed.n) if closed is not None else stretch
        shown = [s for s in until.statuses() if s.request.status == "Unavailable"]
        if shown:
            yield Sight(shown[0].n, "Unavailable before a soft reset")
