"""Times in payloads."""

from collections.abc import Iterator
from typing import Any

from chargeproof.acceptance.figures import payload_time
from chargeproof.acceptance.lints.registry import Sight, Sockets, Spotted, lint
from chargeproof.trace import Exchange, Trace

_AHEAD_S = 60.0
_HALF_HOUR_S = 1800.0
_NEAR_S = 60.0


def _is_time(spotted: Spotted) -> bool:
    if spotted.rule in ("timestamp_without_zone", "not_a_timestamp"):
        return True
    return spotted.where.lower().endswith("timestamp")


@lint(
    "L-08",
    "Timestamps without zone, in a wrong format, missing, or from a clock that is not set",
    clause="S§3.15",
    advice="Write UTC as 2026-01-31T12:00:00Z, and set the clock from currentTime before using it.",
    covers=_is_time,
)
def wrong_clock(trace: Trace) -> Iterator[Sight]:
    """Dates before 2000, times that lie ahead, and whole half hours off although the clock had been set."""
    sockets = Sockets(trace)
    for exchange in trace.exchanges():
        if exchange.sender != "charge_point":
            continue
        stamped = payload_time(exchange)
        if stamped is None:
            continue
        if stamped.year < 2000:
            yield Sight(exchange.n, f"{exchange.action} is dated {stamped.isoformat()}")
            continue
        if not trace.has_wall_clock:
            continue
        offset = (stamped - exchange.at).total_seconds()
        if offset > _AHEAD_S:
            zone = " (a time zone's offset: local time marked as UTC?)" if _is_zone(offset) else ""
            yield Sight(exchange.n, f"{exchange.action} is dated {offset:.0f} s ahead{zone}")
        elif _is_zone(offset) and _could_not_wait(sockets, exchange, -offset):
            yield Sight(
                exchange.n,
                f"{exchange.action} is dated {-offset:.0f} s back (a time zone's offset: local time as UTC?)",
            )


def _is_zone(offset_s: float) -> bool:
    steps = round(offset_s / _HALF_HOUR_S)
    return steps != 0 and abs(offset_s - steps * _HALF_HOUR_S) <= _NEAR_S


def _could_not_wait(sockets: Sockets, exchange: Exchange[Any], seconds: float) -> bool:
    """Whether the socket had been open for longer than the message claims to be old: it waited in no queue."""
    opened = sockets.opened.get(exchange.call.connection)
    return opened is not None and exchange.mono - opened > seconds + _NEAR_S
