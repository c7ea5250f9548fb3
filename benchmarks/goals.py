"""What the figures should be."""

from collections.abc import Sequence

from benchmarks.contenders import OCPP_RPC, OURS, OURS_IN_MEMORY, PYPI_OCPP
from benchmarks.results import Goal, Results, bound_goal, ratio_goal

VALIDATION_GOAL_US, MEMORY_GOAL_KB, P50_GOAL_MS, P99_GOAL_MS = 3.0, 20.0, 1.0, 10.0
PYPI_RATIO, RPC_RATIO, STORM_RATIO = 15.0, 1.0, 3.0


def goals(results: Results, *, mix: Sequence[int], storm: int, idle: Sequence[int], per_s: int) -> list[Goal]:
    """Those whose figures were measured; the sizes are those that were measured."""
    found: list[Goal | None] = []
    for size in mix:
        what = f"server CPU per message, {size} stations"
        for rival, wanted in ((PYPI_OCPP, PYPI_RATIO), (OCPP_RPC, RPC_RATIO)):
            title = f"{rival.name} over ours durable, {size} stations"
            found.append(ratio_goal(results, title, (what, rival.label), (what, OURS.label), wanted))
    what = f"server CPU for a storm of {storm} stations"
    title = f"ocpp-rpc over ours, storm of {storm}"
    found.append(ratio_goal(results, title, (what, OCPP_RPC.label), (what, OURS.label), STORM_RATIO))
    what = f"median latency at {per_s} messages/s"
    for own in (OURS, OURS_IN_MEMORY):
        found.append(bound_goal(results, f"p50, {own.label}", (what, own.label), "", P50_GOAL_MS))
        found.append(bound_goal(results, f"p99, {own.label}", (what, own.label), "p99 ms", P99_GOAL_MS))
    validating = next((row for row in results.rows if row.who == "chargeproof" and row.unit == "µs"), None)
    if validating is not None:
        row = (validating.what, validating.who)
        found.append(bound_goal(results, "validating one MeterValues", row, "", VALIDATION_GOAL_US))
    for size in idle:
        row = (f"memory per idle station, {size} stations", OURS.label)
        found.append(bound_goal(results, row[0], row, "", MEMORY_GOAL_KB))
    return [goal for goal in found if goal is not None]
