"""Transactions: ids, repetitions, stops that do not stop."""

import math
from collections.abc import Iterator
from typing import Any

from chargeproof.acceptance.clock_in_record import has_waited
from chargeproof.acceptance.lints.registry import Sight, Sockets, lint
from chargeproof.acceptance.transactions import given_id, transactions_of
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    MeterValues,
    RemoteStartTransaction,
    RemoteStopTransaction,
    StartTransaction,
    StopTransaction,
)
from chargeproof.trace import Exchange, Reach, Trace

_LATE_S = 60.0
_STOPS_AT_ONCE_S = 10.0


@lint(
    "L-16",
    "A transactionId of 0, a negative one, or one that was never given",
    clause="S§4.7, S§4.8, S§4.10, E3.18",
    advice="Use the id of StartTransaction.conf; leave it out of MeterValues that belong to no transaction.",
)
def odd_transaction_ids(trace: Trace) -> Iterator[Sight]:
    starts: list[Exchange[Any]] = [*trace.exchanges(StartTransaction)]
    given = {given_id(start) for start in starts}
    undelivered = _first_undelivered(trace, starts)
    messages: list[Exchange[Any]] = [
        *trace.exchanges(MeterValues),
        *trace.exchanges(StopTransaction),
    ]
    for message in sorted(messages, key=lambda each: each.n):
        used = message.request.transaction_id
        if not isinstance(used, int) or used in given:
            continue
        # E3.18: -1 stands for a transaction whose start could not be delivered.
        if used == -1 and message.n > undelivered:
            continue
        started = [start for start in starts if start.n < message.n and given_id(start) is not None]
        if used <= 0:
            yield Sight(message.n, f"{message.action} names transaction {used}")
        elif started and _belongs_to(message, started):
            yield Sight(message.n, f"{message.action} names transaction {used}, which nobody gave")


def _first_undelivered(trace: Trace, starts: list[Exchange[Any]]) -> float:
    """The entry from which on a start may have been lost: an outage, or one that we did not answer."""
    unanswered = [start.n for start in starts if start.answer is None]
    return min([*unanswered, *(outage.n for outage in trace.of(Reach))], default=math.inf)


def _belongs_to(message: Exchange[Any], started: list[Exchange[Any]]) -> bool:
    """An id from before the record is not unknown: the message must belong to a start that was seen."""
    if isinstance(message.request, MeterValues):
        return any(s.request.connector_id == message.request.connector_id for s in started)
    stamped = message.request.timestamp
    times = [s.request.timestamp for s in started if s.request.timestamp is not None]
    return stamped is None or (bool(times) and stamped >= min(times))


@lint(
    "L-22",
    "A remote start is refused without connectorId or in Finishing, or StartTransaction comes only at the end",
    clause="S§4.8, S§5.11",
    advice="Send StartTransaction when charging is authorized; take a remote start while the cable is still in.",
)
def late_or_refused_starts(trace: Trace) -> Iterator[Sight]:
    for command in trace.exchanges(RemoteStartTransaction):
        connector = command.request.connector_id
        if command.status != "Rejected":
            continue
        if connector is None:
            yield Sight(command.n, "a remote start without connectorId is rejected")
            continue
        shown = trace.until(command.n).statuses(connector)
        if shown and shown[-1].request.status == "Finishing":
            yield Sight(command.n, f"a remote start at connector {connector} is rejected in Finishing")
    for transaction in transactions_of(trace):
        start, stop = transaction.start, transaction.stop
        if start is None or stop is None or start.request.timestamp is None:
            continue
        age = (start.at - start.request.timestamp).total_seconds()
        if (
            trace.has_wall_clock
            and age > _LATE_S
            and stop.mono - start.mono < 10
            and trace.open_throughout(start.mono - age, age)
        ):
            yield Sight(start.n, f"transaction {transaction.id} is reported {age:.0f} s after it began")


@lint(
    "L-27",
    "A transaction message is sent again although it was answered",
    clause="S§3.7.1",
    advice="Take a message off the queue when its CALLRESULT has arrived.",
)
def repeated_messages(trace: Trace) -> Iterator[Sight]:
    sockets = Sockets(trace)
    answered: dict[tuple[object, ...], Exchange[Any]] = {}
    messages: list[Exchange[Any]] = [
        *trace.exchanges(StartTransaction),
        *trace.exchanges(StopTransaction),
    ]
    for message in sorted(messages, key=lambda each: each.n):
        key = _identity(message)
        earlier = answered.get(key)
        if earlier is not None:
            yield Sight(message.n, f"{message.action} of entry {earlier.n} again")
        # An answer that the socket's end swallowed may rightly be asked for again.
        elif message.answer is not None and message.error is None and sockets.alive_after(message, 2.0):
            answered[key] = message


def _identity(message: Exchange[Any]) -> tuple[object, ...]:
    request = message.request
    if isinstance(request, StartTransaction):
        return ("start", request.connector_id, request.id_tag, request.meter_start, request.timestamp)
    if request.transaction_id is not None and request.transaction_id > 0:
        return ("stop", request.transaction_id)
    return ("stop", request.transaction_id, request.meter_stop, request.timestamp)


@lint(
    "L-30",
    "A remote stop is accepted, and the transaction goes on",
    clause="S§5.12",
    advice="Stop charging and send StopTransaction with the id that was asked for.",
)
def goes_on_after_remote_stop(trace: Trace) -> Iterator[Sight]:
    limit_s, sockets = window_s(trace, "stop"), Sockets(trace)
    stops: list[Exchange[Any]] = [*trace.exchanges(StopTransaction)]
    for command in trace.exchanges(RemoteStopTransaction):
        asked = command.request.transaction_id
        if command.status != "Accepted" or not sockets.alive_after(command, limit_s):
            continue
        if any(stop.n < command.n and stop.request.transaction_id == asked for stop in stops):
            continue
        until = command.mono + limit_s
        within = [stop for stop in stops if stop.n > command.n and stop.mono <= until]
        if not any(stop.request.transaction_id == asked for stop in within):
            other = f"; StopTransaction names {within[0].request.transaction_id}" if within else ""
            yield Sight(command.n, f"no StopTransaction for {asked} within {limit_s:g} s{other}")


@lint(
    "L-35",
    "A transaction ends by itself a moment after an accepted remote start",
    clause="S§5.11, S§5.16",
    advice="Drop charging profiles of a transaction when it ends; a limit of 0 A suspends, it does not stop.",
)
def stops_at_once(trace: Trace) -> Iterator[Sight]:
    remote = [c for c in trace.exchanges(RemoteStartTransaction) if c.status == "Accepted"]
    for transaction in transactions_of(trace):
        start, stop = transaction.start, transaction.stop
        if start is None or stop is None or str(stop.request.reason) not in ("Other", "DeAuthorized"):
            continue
        asked = [c for c in remote if c.n < start.n and c.request.id_tag == start.request.id_tag]
        at_once = trace.has_times and stop.mono - start.mono < _STOPS_AT_ONCE_S
        if asked and at_once and stop.request.reason == "Other" and not has_waited(trace, start):
            yield Sight(
                stop.n,
                f"transaction {transaction.id} ends {stop.mono - start.mono:.0f} s after it began: Other",
            )
