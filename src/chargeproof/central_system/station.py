"""What the handlers know of the station that they answer, and what they may use."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chargeproof.central_system.authorization import Authorization
from chargeproof.central_system.settings import CentralSystemSettings, StationPolicy
from chargeproof.central_system.tally import Tally
from chargeproof.central_system.veil import Veil
from chargeproof.clock import Clock
from chargeproof.ocpp import RegistrationStatus
from chargeproof.store import Store

if TYPE_CHECKING:
    from chargeproof.central_system.security_desk import SecurityDesk

TRANSACTIONS_REMEMBERED = 64
NOTABLE_DRIFT_S = 1.0
OFFSETS_KEPT = 8


@dataclass(slots=True)
class Known:
    """What is remembered of a station beyond its connections.

    accepted: a BootNotification of it was answered with Accepted at some time. admitted: the operator's word.
    """

    accepted: bool = False
    admitted: RegistrationStatus | None = None


@dataclass(slots=True)
class Services:
    """What handlers may use."""

    store: Store
    clock: Clock
    settings: CentralSystemSettings
    authorization: Authorization
    tally: Tally
    veil: Veil = field(default_factory=Veil)
    security: "SecurityDesk | None" = None


@dataclass(slots=True)
class StationState:
    """One station on one connection.

    registration: what it was told on this connection, None before its BootNotification.
    triggered: actions that we asked for, which a pending station may therefore send (S§4.2).
    clock_offset_s: its clock minus ours. Queued messages are old, so the largest of the last offsets counts.
    """

    charge_point_id: str
    connection: int
    policy: StationPolicy
    known: Known
    registration: RegistrationStatus | None = None
    triggered: set[str] = field(default_factory=set)
    clock_offset_s: float | None = None
    _offsets_s: list[float] = field(default_factory=list)
    _transactions: dict[int, None] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Accepted on this connection, or before it and not asked to boot again."""
        if self.registration is None:
            return self.known.accepted
        return self.registration is RegistrationStatus.ACCEPTED

    def may_send(self, action: str) -> bool:
        """Whether S§4.2 lets the station send this now."""
        if self.registration is RegistrationStatus.ACCEPTED:
            return True  # as a rule
        return self.accepted or action == "BootNotification" or action in self.triggered

    def remember_transaction(self, transaction_id: int) -> None:
        self._transactions[transaction_id] = None
        if len(self._transactions) > TRANSACTIONS_REMEMBERED:
            del self._transactions[next(iter(self._transactions))]

    def remembers_transaction(self, transaction_id: int) -> bool:
        return transaction_id in self._transactions

    def observe_clock(self, station_time: datetime, received_at: datetime) -> bool:
        """Take a time of the station into the offset; whether that moved it notably."""
        before = self.clock_offset_s
        offsets_s = self._offsets_s
        offsets_s.append((station_time - received_at).total_seconds())
        if len(offsets_s) > OFFSETS_KEPT:
            del offsets_s[0]
        self.clock_offset_s = max(offsets_s)
        return before is None or abs(self.clock_offset_s - before) > NOTABLE_DRIFT_S

    def clock_was_set(self) -> None:
        """Our answer told the time, so what was measured before says nothing any more."""
        self._offsets_s.clear()
        self.clock_offset_s = None
