"""The station's clock as a record shows it: payload times, and how far they are from ours.

Arrival and payload time are two clocks. Windows use arrival; spacing and queues use payload times, which are
seconds since 1970 here. Only ``on_our_clock`` puts a payload time beside a time of ours.
"""

from bisect import bisect_right
from datetime import datetime
from statistics import median
from typing import Any

from chargeproof.acceptance.asked_once import asked_once
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import MeterValues, StartTransaction, StatusNotification, StopTransaction
from chargeproof.trace import Exchange, Trace

_LATEST = 9
APART_S = 60.0  # starts and stops that differ more from meter values are of another clock


def seconds_of(time: Any) -> float | None:
    """A time as seconds since 1970; None for anything that is no time with a zone."""
    if not isinstance(time, datetime) or time.tzinfo is None:
        return None
    return time.timestamp()


def payload_seconds(exchange: Exchange[Any]) -> float | None:
    """The time that the station put into a message: of several meter values, the newest."""
    message: Any = exchange.reading.message
    if isinstance(message, StartTransaction | StopTransaction | StatusNotification):
        return seconds_of(message.timestamp)
    if isinstance(message, MeterValues):
        times = [seconds_of(value.timestamp) for value in message.meter_value or ()]
        return max((time for time in times if time is not None), default=None)
    return None


def clock_offset_s(trace: Trace, before: int) -> float | None:
    """The station's clock minus ours, on the messages that it sent at once before that entry.

    Transaction messages tell before statuses do, because it is they that are compared; meter values that have
    another clock than starts and stops tell nothing. A message that may have waited in a queue tells nothing
    either. Where nothing was sent before, what came later tells; None for nothing.
    """
    if not trace.has_times:
        return None
    stamped = _differences(trace)
    for earlier in (True, False):
        own = [(kind, d) for n, kind, d in stamped if (n < before) is earlier]
        for fitting in (_of_transactions(own), [d for kind, d in own if kind is StatusNotification]):
            if fitting:
                return median(fitting[-_LATEST:] if earlier else fitting[:_LATEST])
    return None


def _of_transactions(stamped: list[tuple[type, float]]) -> list[float]:
    ends = [d for kind, d in stamped if kind in (StartTransaction, StopTransaction)]
    values = [d for kind, d in stamped if kind is MeterValues]
    statuses = [d for kind, d in stamped if kind is StatusNotification]
    if ends and values and abs(median(ends) - median(values)) > APART_S:
        return ends
    if statuses and ends and max(ends) - min(ends) > APART_S:  # some were told late
        at_once = [d for d in ends if abs(d - median(statuses)) <= APART_S / 2]
        return at_once or ends
    return [d for kind, d in stamped if kind is not StatusNotification]


def has_waited(trace: Trace, exchange: Exchange[Any]) -> bool:
    """Whether a message is older than its way to us takes, or may be: then it lay in the station's queue.

    Held against the message of the record that took least: a status if there are any, as none waits in a queue.
    """
    own, least = _difference_s(exchange), _least_delayed(trace)
    return own is None or least is None or least - own > window_s(trace, "settle")


@asked_once
def _least_delayed(trace: Trace) -> float | None:
    differences: list[float] = []
    of_statuses: list[float] = []
    for exchange in trace.sent_by("charge_point"):
        difference = _difference_s(exchange)
        if difference is not None:
            is_status = isinstance(exchange.reading.message, StatusNotification)
            (of_statuses if is_status else differences).append(difference)
    return max(of_statuses or differences, default=None)


@asked_once
def _differences(trace: Trace) -> list[tuple[int, type, float]]:
    """(entry, kind of message, payload time minus arrival) of messages that did not wait in a queue."""
    opened = [span.opened.mono for span in trace.connections()][1:]
    drain_s = window_s(trace, "drain")
    found = []
    for exchange in trace.sent_by("charge_point"):
        difference = _difference_s(exchange)
        newest = bisect_right(opened, exchange.mono)
        fresh = newest > 0 and exchange.mono - opened[newest - 1] < drain_s
        if difference is not None and not fresh:
            found.append((exchange.n, type(exchange.reading.message), difference))
    return found


def _difference_s(exchange: Exchange[Any]) -> float | None:
    stamped = payload_seconds(exchange)
    return None if stamped is None else stamped - exchange.at.timestamp()
