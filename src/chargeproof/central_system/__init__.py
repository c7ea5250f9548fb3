"""The central system: what real stations connect to."""

from chargeproof.central_system.central_system import CentralSystem
from chargeproof.central_system.commands import CommandResult, CommandState, Priority
from chargeproof.central_system.ports import Admission, Handshake, Link, Session
from chargeproof.central_system.settings import CentralSystemSettings, StationPolicy

__all__ = [
    "Admission",
    "CentralSystem",
    "CentralSystemSettings",
    "CommandResult",
    "CommandState",
    "Handshake",
    "Link",
    "Priority",
    "Session",
    "StationPolicy",
]
