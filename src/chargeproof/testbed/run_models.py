"""Runs by model and firmware: which was tested last, and what came of it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chargeproof.acceptance.verdict import Outcome
from chargeproof.testbed.run_state import RunState


class ModelRow(msgspec.Struct, frozen=True, kw_only=True):
    """One vendor, model and firmware, with its newest judged run. ``runs``: all of them, newest first."""

    vendor: str
    model: str
    firmware: str
    run: int
    charge_point_id: str
    verdict: Outcome | None
    decided: Outcome | None
    ended_at: datetime | None
    runs: tuple[int, ...]


def models_in(states: Sequence[RunState]) -> list[ModelRow]:
    """``states`` newest first; rows by vendor and model, the firmware tested last first."""
    grouped: dict[tuple[str, str, str], list[RunState]] = {}
    for state in states:
        facts = state.station
        if state.has_report and (facts.vendor or facts.model):
            grouped.setdefault((facts.vendor, facts.model, facts.firmware), []).append(state)
    rows = [
        ModelRow(
            vendor=vendor,
            model=model,
            firmware=firmware,
            run=runs[0].id,
            charge_point_id=runs[0].charge_point_id,
            verdict=runs[0].verdict,
            decided=runs[0].decided,
            ended_at=runs[0].ended_at,
            runs=tuple(run.id for run in runs),
        )
        for (vendor, model, firmware), runs in grouped.items()
    ]
    return sorted(rows, key=lambda row: (row.vendor.casefold(), row.model.casefold(), -row.run))


def previous_of(state: RunState, states: Sequence[RunState]) -> int | None:
    """The newest run before this one of the same vendor and model that was judged."""
    facts = state.station
    if not facts.vendor and not facts.model:
        return None
    return max(
        (
            other.id
            for other in states
            if other.id < state.id
            and other.has_report
            and (other.station.vendor, other.station.model) == (facts.vendor, facts.model)
        ),
        default=None,
    )
