"""Stations that get the sub-protocol wrong (TC_088)."""

from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation


@mutant(fails="TC_088a", because="did not offer ocpp1.6", model="secure")
class NoSubprotocolOffered(SimulatedStation):
    """It names no sub-protocol at all."""

    def subprotocols(self) -> tuple[str, ...]:
        return ()


@mutant(fails="TC_088b", because="speaks OCPP in a connection in ocpp2.0.1", model="secure")
class AnySubprotocolSpoken(SimulatedStation):
    """It does not look at what the central system chose, and says so with a Heartbeat."""

    def agrees_to(self, subprotocol: str | None) -> bool:
        return True

    def on_connected(self) -> None:
        super().on_connected()
        self.heartbeat_bell.ring()
        for connector_id in self.connectors:
            self.report_status(connector_id)


@mutant(fails="TC_088b", because="kept a connection in ocpp2.0.1", model="secure")
class OtherSubprotocolKept(SimulatedStation):
    """It keeps such a connection open and waits for what will come."""

    def agrees_to(self, subprotocol: str | None) -> bool:
        return True


@mutant(fails="TC_088a", because="did not offer ocpp1.6", model="secure")
class SubprotocolMisspelt(SimulatedStation):
    """It offers its sub-protocol by another name in every second connection."""

    dials = 0

    def subprotocols(self) -> tuple[str, ...]:
        self.dials += 1
        return ("ocpp1.6",) if self.dials % 4 else ("ocpp1.6j",)
