"""The state of one connector. Statuses follow one another by the table of S§4.9 only."""

import asyncio
from dataclasses import dataclass, field

from chargeproof.ocpp.charging_profile import ChargingProfile
from chargeproof.ocpp.enums import ChargePointErrorCode, ChargePointStatus
from chargeproof.ocpp.status import is_transition
from chargeproof.simulator.hardware import Outlet
from chargeproof.simulator.transactions import Transaction

Report = tuple[ChargePointStatus, ChargePointErrorCode]

STEPPING_STONES = (ChargePointStatus.PREPARING, ChargePointStatus.FINISHING, ChargePointStatus.AVAILABLE)


@dataclass
class Identified:
    """Somebody may charge here as soon as the cable is in."""

    id_tag: str
    parent_id_tag: str | None = None
    charging_profile: ChargingProfile | None = None
    remote: bool = False
    timeout: asyncio.TimerHandle | None = None


@dataclass
class Connector:
    """What the software knows of one connector.

    identifying: a card was shown and is being asked about. finishing: the session is over and the user still
    has to act.
    """

    outlet: Outlet
    status: ChargePointStatus | None = None
    transaction: Transaction | None = None
    identified: Identified | None = None
    identifying: bool = False
    finishing: bool = False
    timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)

    @property
    def connector_id(self) -> int:
        return self.outlet.connector_id

    @property
    def error_code(self) -> ChargePointErrorCode:
        return self.outlet.fault.error_code if self.outlet.fault else ChargePointErrorCode.NO_ERROR

    @property
    def faulted(self) -> bool:
        return self.outlet.fault is not None and self.outlet.fault.blocking

    def stop_waiting_for_plug(self) -> Identified | None:
        """Forget who was identified; their time-out will not fire."""
        identified, self.identified = self.identified, None
        if identified is not None and identified.timeout is not None:
            identified.timeout.cancel()
        return identified

    def set_timer(self, name: str, handle: asyncio.TimerHandle | None) -> None:
        """Replace a running timer of that name, or cancel it with None."""
        running = self.timers.pop(name, None)
        if running is not None:
            running.cancel()
        if handle is not None:
            self.timers[name] = handle


def steps(before: ChargePointStatus | None, due: ChargePointStatus) -> list[ChargePointStatus]:
    """The statuses to go through until `due`: one step where S§4.9 has it, else by way of another status.

    E.g. a plugged connector that is made Unavailable goes Preparing, Finishing, Unavailable (B6, F8).
    """
    if before is due:
        return []
    if before is None or is_transition(before, due):
        return [due]
    for stone in STEPPING_STONES:
        if is_transition(before, stone) and is_transition(stone, due):
            return [stone, due]
    raise ValueError(f"no way from {before} to {due} in the table of S§4.9")
