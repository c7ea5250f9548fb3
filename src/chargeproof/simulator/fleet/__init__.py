"""Many stations from one process: lean ones, which speak a fixed mix of messages and keep next to no state."""

from chargeproof.simulator.fleet.crew import Crew
from chargeproof.simulator.fleet.fleet import Fleet
from chargeproof.simulator.fleet.latencies import Latencies
from chargeproof.simulator.fleet.plan import Counts, FleetPlan

__all__ = ["Counts", "Crew", "Fleet", "FleetPlan", "Latencies"]
