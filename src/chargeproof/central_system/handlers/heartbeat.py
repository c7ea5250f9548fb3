"""Heartbeat (S§4.6): what time it is."""

from chargeproof.central_system.incoming import Incoming
from chargeproof.ocpp import Heartbeat, HeartbeatConf


def heartbeat(call: Incoming[Heartbeat]) -> HeartbeatConf:
    return HeartbeatConf(current_time=call.services.clock.now())
