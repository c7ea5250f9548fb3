"""What was done to the station, as a record shows it: commands, cards, cables; and what came next.

A record of another system holds no acts and no steps. Commands are then judged as they are found, and what
only hands could have done is not assumed.
"""

from bisect import bisect_right
from typing import Any

from chargeproof.acceptance.asked_once import asked_once
from chargeproof.acceptance.charging_steps import END_WHAT_RUNS
from chargeproof.acceptance.in_session import SESSION_SCENES
from chargeproof.acceptance.quantifiers import ours
from chargeproof.acceptance.statuses_in_record import NEEDS_A_CABLE, is_occupied, meant, status_before
from chargeproof.acceptance.visit import START_WITHOUT_CABLE
from chargeproof.ocpp import (
    ChangeAvailability,
    RemoteStartTransaction,
    RemoteStopTransaction,
    Request,
    Reset,
)
from chargeproof.trace import ActSpan, Reach, Trace

_DISTURBS: tuple[type[Request[Any]], ...] = (
    RemoteStartTransaction,
    RemoteStopTransaction,
    Reset,
    ChangeAvailability,
)


def in_scene(trace: Trace, n: int, *scenes: str) -> bool:
    """Whether the entry lies in one of these steps."""
    return any(
        span.began.n < n and (span.ended is None or n < span.ended.n)
        for scene in scenes
        for span in trace.steps(scene)
    )


def out_of_reach(trace: Trace, n: int) -> bool:
    """Whether the central system was out of reach at that entry."""
    newest = trace.until(n).of(Reach)
    return bool(newest) and not newest[-1].reachable


def acts_done(trace: Trace, act: str) -> list[ActSpan]:
    """The acts of that name that took place while the station could tell us of it."""
    return [span for span in trace.acts(act) if span.was_done and not out_of_reach(trace, span.asked.n)]


@asked_once
def remote_starts(trace: Trace) -> list[Any]:
    """Our RemoteStartTransactions, but for those without a cable, and those of sessions for something else."""
    return [
        start
        for start in ours(trace, RemoteStartTransaction)
        if not in_scene(trace, start.n, START_WITHOUT_CABLE, *SESSION_SCENES)
    ]


def remote_stops(trace: Trace) -> list[Any]:
    """Our RemoteStopTransactions, but for those that tidied up."""
    return [
        stop
        for stop in ours(trace, RemoteStopTransaction)
        if not in_scene(trace, stop.n, END_WHAT_RUNS, "preparation", "restoration", *SESSION_SCENES)
    ]


def next_disturbance(trace: Trace, after: int, connector_id: int | None) -> int | None:
    """The entry at which the next thing was done on purpose: an act, or a command that changes a connector."""
    disturbances = _disturbances(trace)
    start = bisect_right(disturbances, after, key=lambda each: each[0])
    for n, concerned in disturbances[start:]:
        if concerned in (None, 0, connector_id):
            return n
    return None


@asked_once
def _disturbances(trace: Trace) -> list[tuple[int, Any]]:
    """(entry, connector or None for all) of everything that was done on purpose, in order."""
    found: list[tuple[int, Any]] = [
        (span.asked.n, span.parameters.get("connector_id")) for span in trace.acts()
    ]
    for action in _DISTURBS:
        for command in ours(trace, action):
            found.append((command.n, getattr(command.request, "connector_id", None)))
    found.extend((reach.n, None) for reach in trace.of(Reach) if not reach.reachable)
    return sorted(found, key=lambda each: each[0])


def cable_is_in(trace: Trace, connector_id: int | None, n: int) -> bool | None:
    """Whether a cable was plugged in at that entry: by the acts, else by the status; None if nothing tells."""
    acts = [
        span
        for span in (*trace.acts("plug_in"), *trace.acts("unplug"))
        if span.was_done
        and span.ended is not None
        and span.ended.n < n
        and span.parameters.get("connector_id") in (None, connector_id)
    ]
    if acts:
        return max(acts, key=lambda span: span.asked.n).act == "plug_in"
    newest = status_before(trace, connector_id, n)
    if newest is None:
        return None
    status = newest.request.status
    return True if meant(status) in NEEDS_A_CABLE or is_occupied(status) else None
