"""What nodes say to each other: the `Bus` protocol and its adapters."""

from chargeproof.bus.local import LocalBus
from chargeproof.bus.ports import AnswerLost, Bus, NoNodeHolds

__all__ = ["AnswerLost", "Bus", "LocalBus", "NoNodeHolds"]
