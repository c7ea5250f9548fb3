"""What a fleet is to do, and what became of it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Pace = Literal["interval", "answers", "idle"]


class FleetPlan(msgspec.Struct, frozen=True, kw_only=True):
    """url: the central system, ws://HOST:PORT/ocpp; the stations are `prefix`-00001 and so on.

    first: the number of the first of them. connects_per_s: how fast they come (None: all at once).
    pace: when a station sends its next message. `interval`: the fleet sends count / interval_s messages a
    second, whatever the answers do. `answers`: as soon as the last one is answered, which loads the central
    system to its limit. `idle`: after its boot and statuses it is silent.
    answer_timeout_s: after so long without an answer a station drops its connection and comes back.
    seed: chooses the waiting times before reconnecting. roots_pem: who vouches for a central system at wss://
    (none: whom this machine trusts).
    """

    url: str
    count: Annotated[int, Meta(ge=1)]
    prefix: str = "FLEET"
    first: int = 1
    connects_per_s: float | None = None
    pace: Pace = "interval"
    interval_s: Annotated[float, Meta(gt=0)] = 10.0
    answer_timeout_s: Annotated[float, Meta(gt=0)] = 60.0
    seed: int = 0
    roots_pem: tuple[str, ...] = ()


class Counts(msgspec.Struct, kw_only=True):
    """What a fleet has seen so far; `connected` and `ready` are as of now.

    ready: booted and its statuses told. answered: CALLRESULTs to its messages. call_errors: CALLERRORs.
    odd: texts that were neither. cards_refused: transactions whose card was not accepted. repeated: messages
    of a transaction that were sent again after a connection was lost. lost: connections that the fleet did not
    end itself. failed_dials: connections that never came about. timed_out: messages without an answer.
    lag_ms: the longest that the fleet itself came late to send what was due.
    """

    connected: int = 0
    ready: int = 0
    sent: int = 0
    answered: int = 0
    call_errors: int = 0
    odd: int = 0
    not_accepted: int = 0
    cards_refused: int = 0
    repeated: int = 0
    lost: int = 0
    failed_dials: int = 0
    timed_out: int = 0
    lag_ms: float = 0.0

    def plus(self, other: "Counts") -> "Counts":
        """The counts of two fleets together."""
        both = {name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__}
        both["lag_ms"] = max(self.lag_ms, other.lag_ms)
        return Counts(**both)
