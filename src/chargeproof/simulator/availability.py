"""ChangeAvailability: which connectors are in operation, now and after a running transaction (S§5.2)."""

from typing import TYPE_CHECKING, Any

from chargeproof.ocpp import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChangeAvailabilityConf,
)

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

INOPERATIVE = "inoperative"
SCHEDULED = "scheduled_availability"


class Availability:
    """Kept over reboots (S§5.2). Connector 0 is the station with all its connectors."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self._inoperative: set[int] = set(station.memory.get(INOPERATIVE, []))
        scheduled: dict[str, Any] = station.memory.get(SCHEDULED, {})
        self._scheduled = {int(one): AvailabilityType(wanted) for one, wanted in scheduled.items()}

    def is_operative(self, connector_id: int) -> bool:
        return connector_id not in self._inoperative

    def change(self, request: ChangeAvailability) -> ChangeAvailabilityConf:
        station = self.station
        if request.connector_id != 0 and request.connector_id not in station.connectors:
            return ChangeAvailabilityConf(status=AvailabilityStatus.REJECTED)
        concerned = [request.connector_id] if request.connector_id else list(station.connectors)
        busy = [one for one in concerned if station.connectors[one].transaction is not None]
        waits = bool(busy) and request.type is AvailabilityType.INOPERATIVE
        later = set(busy) | ({0} if request.connector_id == 0 else set()) if waits else set()
        now = {*concerned, request.connector_id} - later
        for connector_id in later:
            self._scheduled[connector_id] = request.type
        for connector_id in now:
            self._scheduled.pop(connector_id, None)
        self.set(now, request.type)
        return ChangeAvailabilityConf(
            status=AvailabilityStatus.SCHEDULED if waits else AvailabilityStatus.ACCEPTED
        )

    def set(self, connector_ids: set[int], wanted: AvailabilityType) -> None:
        """The change itself, reported where it changes a status."""
        if wanted is AvailabilityType.INOPERATIVE:
            self._inoperative |= connector_ids
        else:
            self._inoperative -= connector_ids
        self._save()
        for connector_id in sorted(connector_ids):
            self.station.on_availability_set(connector_id, wanted)

    def transaction_ended(self, connector_id: int) -> None:
        """A change that waited for this transaction is due; the station's own waits for the last one."""
        due = {connector_id} & set(self._scheduled)
        if 0 in self._scheduled and not self.station.transactions.any_running():
            due.add(0)
        for one in sorted(due, reverse=True):
            self.set({one}, self._scheduled.pop(one))
        self._save()

    def _save(self) -> None:
        self.station.memory[INOPERATIVE] = sorted(self._inoperative)
        self.station.memory[SCHEDULED] = {str(one): wanted.value for one, wanted in self._scheduled.items()}
