"""How much current flows: the least of what vehicle, cable, charging profiles and authorization allow."""

import asyncio
from typing import TYPE_CHECKING

from chargeproof.ocpp import ChargePointStatus
from chargeproof.simulator.metering import NO_CURRENT

if TYPE_CHECKING:
    from chargeproof.simulator.connector import Connector
    from chargeproof.simulator.station import SimulatedStation

SECONDS_PER_HOUR = 3600.0


class PowerControl:
    """Sets the currents whenever something that limits them changes, and wakes up when a schedule does."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station

    def recalculate_all(self) -> None:
        for connector_id, connector in self.station.connectors.items():
            self.recalculate(connector_id)
            if connector.transaction is not None:
                self.station.refresh(connector_id)

    def recalculate(self, connector_id: int) -> None:
        station = self.station
        connector = station.connectors[connector_id]
        vehicle = connector.outlet.vehicle
        flows = connector.transaction is not None and vehicle is not None and not connector.faulted
        currents = vehicle.currents_a(station.limit_a(connector)) if flows and vehicle else NO_CURRENT
        connector.outlet.meter.set_currents(currents, station.clock.monotonic())
        self._wake_up_for(connector)

    def cut(self, connector_id: int) -> None:
        """Open the contactor."""
        connector = self.station.connectors[connector_id]
        connector.outlet.meter.set_currents(NO_CURRENT, self.station.clock.monotonic())
        connector.set_timer("power", None)

    def limit_a(self, connector: "Connector") -> float:
        """Amperes per phase that the station offers now."""
        station = self.station
        transaction = connector.transaction
        limit = station.model.cable_max_current_a
        if transaction is None:
            return limit
        if transaction.energy_limit_wh is not None and self._left_wh(connector) <= 0:
            return 0.0
        scheduled = station.charging_profiles.limit_a(connector.connector_id, station.now())
        return limit if scheduled is None else min(limit, scheduled)

    def status_of_charging(self, connector: "Connector") -> ChargePointStatus:
        """Charging, or who of the two suspends it."""
        if any(connector.outlet.meter.currents_a):
            return ChargePointStatus.CHARGING
        vehicle = connector.outlet.vehicle
        if vehicle is not None and self.station.limit_a(connector) < vehicle.min_current_a:
            return ChargePointStatus.SUSPENDED_EVSE
        return ChargePointStatus.SUSPENDED_EV

    def _left_wh(self, connector: "Connector") -> float:
        transaction = connector.transaction
        if transaction is None or transaction.energy_limit_wh is None:
            return float("inf")
        reading = connector.outlet.meter.reading(self.station.clock.monotonic())
        return transaction.energy_limit_wh - reading.energy_wh

    def _wake_up_for(self, connector: "Connector") -> None:
        delay_s = self._next_change_s(connector)
        if delay_s is None:
            connector.set_timer("power", None)
            return
        loop = asyncio.get_running_loop()
        connector.set_timer("power", loop.call_later(delay_s, self._woken, connector.connector_id))

    def _next_change_s(self, connector: "Connector") -> float | None:
        if connector.transaction is None:
            return None
        delays = []
        now = self.station.now()
        boundary = self.station.charging_profiles.next_boundary(connector.connector_id, now)
        if boundary is not None:
            delays.append((boundary - now).total_seconds())
        power_w = connector.outlet.meter.reading(self.station.clock.monotonic()).power_w
        if connector.transaction.energy_limit_wh is not None and power_w > 0:
            # A little too long, so that the register is past the limit and not an instant before it.
            delays.append(max(0.0, self._left_wh(connector)) / power_w * SECONDS_PER_HOUR + 0.1)
        return min(delays, default=None)

    def _woken(self, connector_id: int) -> None:
        self.recalculate(connector_id)
        self.station.refresh(connector_id)
