"""What an operator can set about the central system, and what may be decided for one station alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chargeproof.central_system.ports import Admission
from chargeproof.ocpp import IdTagInfo, RegistrationStatus

Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0)]


class CentralSystemSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Defaults suit a bench with a few stations as well as thousands in the field.

    unknown_stations: what a station hears that was neither admitted nor accepted before.
    heartbeat_interval_s: told with Accepted. registration_retry_s: told with Pending and Rejected.
    call_timeout_s: how long a station may take to answer a command.
    queue_limit: commands that may wait for one station. queue_wait_s: how long one waits to be sent.
    quiet: send nothing by ourselves.
    allow_missing_subprotocol: take a station that names no sub-protocol as OCPP 1.6.
    require_credentials: refuse stations that have no password here.
    minimum_security_profile: what every station must at least use (0 to 3).
    no_boot_grace_s: a station that was accepted before and sends no BootNotification is ready after this.
    boot_trigger_after_s: one that was never accepted is asked for a BootNotification after this.
    unknown_id_tags: what a card that is not known is told. allow_concurrent_use: one tag, many transactions.
    held_calls_limit: requests of one station that may wait for the store.
    share_events: also publish the entries of a record on the bus.
    credential_key: keys the digests of passwords; without one they are kept in memory only.
    """

    unknown_stations: Literal["accept", "pending", "reject"] = "accept"
    heartbeat_interval_s: Positive = 300
    registration_retry_s: Positive = 60
    call_timeout_s: Seconds = 30
    queue_limit: Positive = 64
    queue_wait_s: Seconds = 300
    quiet: bool = False
    allow_missing_subprotocol: bool = True
    require_credentials: bool = False
    minimum_security_profile: Annotated[int, Meta(ge=0, le=3)] = 0
    no_boot_grace_s: Seconds = 10
    boot_trigger_after_s: Seconds = 60
    unknown_id_tags: Literal["accept", "invalid"] = "invalid"
    allow_concurrent_use: bool = False
    held_calls_limit: Positive = 64
    share_events: bool = False
    credential_key: bytes = b""


@dataclass(slots=True)
class StationPolicy:
    """What goes before the settings for one station; lives as long as the process.

    boot_interval_s: told with Accepted. registration: the answer to its next BootNotification.
    quiet: nothing is sent to it by ourselves. authorize: asked before the store; None asks the store.
    admission: made of the judgement of a handshake, for tests of how a station takes it.
    """

    boot_interval_s: int | None = None
    registration: RegistrationStatus | None = None
    quiet: bool = False
    authorize: Callable[[str], IdTagInfo | None] | None = None
    admission: Callable[[Admission], Admission] = lambda judged: judged


NO_POLICY = StationPolicy()
"""Of a station of which nothing was decided; never changed."""
