"""The physical side of a station: it stays as it is when the software restarts."""

from dataclasses import dataclass, field
from datetime import datetime

from chargeproof.ocpp.enums import ChargePointErrorCode
from chargeproof.simulator.metering import NO_CURRENT, Meter, Phases


@dataclass
class Vehicle:
    """A vehicle at the end of the cable. `ready`: it wants to charge now."""

    max_current_a: float
    min_current_a: float
    phases: int
    ready: bool

    def currents_a(self, limit_a: float) -> Phases:
        """What it draws per phase under a limit; below the smallest current of IEC 61851 it draws nothing."""
        current = min(limit_a, self.max_current_a)
        if not self.ready or current < self.min_current_a:
            return NO_CURRENT
        one, two, three = (current if phase < self.phases else 0.0 for phase in range(3))
        return one, two, three


@dataclass(frozen=True)
class Fault:
    """What is broken. Not `blocking`: a warning, charging goes on (S§4.9)."""

    error_code: ChargePointErrorCode
    blocking: bool = True


@dataclass
class Outlet:
    """One connector as hands find it."""

    connector_id: int
    meter: Meter
    vehicle: Vehicle | None = None
    fault: Fault | None = None
    bay_occupied: bool = False

    @property
    def plugged(self) -> bool:
        return self.vehicle is not None


@dataclass
class Hardware:
    """All outlets by connector number, and a fault of the station itself."""

    outlets: dict[int, Outlet]
    fault: Fault | None = None
    message_log: list[tuple[datetime, str]] = field(default_factory=list)
