"""Cables that were plugged into an available connector, and the statuses that followed."""

from dataclasses import dataclass
from typing import Any

from chargeproof.acceptance.quantifiers import theirs
from chargeproof.acceptance.statuses_in_record import (
    Stretch,
    in_words,
    is_occupied,
    meant,
    status_before,
    statuses_after,
)
from chargeproof.acceptance.stimuli_in_record import acts_done, next_disturbance
from chargeproof.ocpp import ChargePointStatus, StatusNotification
from chargeproof.trace import ActSpan, Exchange, Trace


@dataclass(frozen=True, slots=True)
class Plugged:
    """An act of plugging in, and the connector's statuses until something else was done."""

    act: ActSpan
    stretch: Stretch
    elsewhere: tuple[Exchange[StatusNotification], ...]

    @property
    def connector_id(self) -> Any:
        return self.act.parameters.get("connector_id")

    @property
    def evidence(self) -> tuple[int, ...]:
        return self.act.evidence

    @property
    def shown_by(self) -> Exchange[StatusNotification] | None:
        """The first status that is another one than Available."""
        for status in self.stretch.statuses:
            word: Any = status.request.status
            known = meant(word)
            if is_occupied(word) or (known is not None and known is not ChargePointStatus.AVAILABLE):
                return status
        return None

    @property
    def seen(self) -> str:
        """What came instead, in words."""
        others = [f"connector {s.request.connector_id}: {s.request.status}" for s in self.elsewhere]
        return ", ".join(others) if others and not self.stretch.statuses else in_words(self.stretch.statuses)


def plugged(trace: Trace) -> list[Plugged]:
    """Every cable that was plugged in where the connector had been Available (or nothing was known)."""
    found = []
    for act in acts_done(trace, "plug_in"):
        connector_id = act.parameters.get("connector_id")
        before = status_before(trace, connector_id, act.asked.n)
        if before is not None and meant(before.request.status) is not ChargePointStatus.AVAILABLE:
            continue
        ended = act.ended or act.asked
        until = next_disturbance(trace, act.asked.n, connector_id)
        stretch = statuses_after(trace, connector_id, act.asked, window_from=ended, until=until)
        elsewhere = tuple(
            status
            for status in theirs(trace.after(act.asked.n), StatusNotification)
            if status.request.connector_id != connector_id
            and status.mono <= ended.mono + stretch.seconds
            and (until is None or status.n < until)
        )
        found.append(Plugged(act, stretch, elsewhere))
    return found
