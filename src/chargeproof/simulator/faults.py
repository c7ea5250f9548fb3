"""Errors: provoked by hand on a connector or on the station itself, shown, and repaired (S§4.9, S§7.6)."""

from typing import TYPE_CHECKING

from chargeproof.ocpp import ChargePointErrorCode
from chargeproof.simulator.hardware import Fault

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation


class Faults:
    """A fault is physical: it survives a reboot, and only a repair ends it."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station

    def provoke(
        self, connector_id: int, error_code: ChargePointErrorCode | None = None, *, blocking: bool = True
    ) -> None:
        defaults = self.station.model.faults
        code = error_code or (defaults.connector_error if connector_id else defaults.station_error)
        self._set(connector_id, Fault(code, blocking))

    def repair(self, connector_id: int) -> None:
        self._set(connector_id, None)

    def _set(self, connector_id: int, fault: Fault | None) -> None:
        if connector_id == 0:
            self.station.hardware.fault = fault
        else:
            self.station.hardware.outlets[connector_id].fault = fault
        self.station.on_fault_changed(connector_id)
