"""Mutants of function 2: Heartbeat (automatic)."""

from chargeproof.ocpp import (
    MessageTrigger,
    TriggerMessage,
)
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation


@mutant(fails="2.1a", because="no Heartbeat")
class HeartbeatNever(SimulatedStation):
    """Sends a Heartbeat only when it is triggered."""

    def heartbeat_due(self) -> bool:
        return False


@mutant(fails="2.2a", because="Heartbeat")
class TriggerHeartbeatAcceptsThenSilent(SimulatedStation):
    """Accepts the trigger of a Heartbeat and sends none."""

    def send_triggered(self, request: TriggerMessage) -> None:
        if request.requested_message is not MessageTrigger.HEARTBEAT:
            super().send_triggered(request)
