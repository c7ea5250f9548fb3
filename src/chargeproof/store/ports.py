"""What the central system asks of its memory, in words that any database can answer.

Two kinds of methods:

- `record_*` are plain calls. They put a write into the order of arrival and return at once; they never raise
  for what happens outside. Whether the write is durable is told by `when_durable` or `flush`.
- `async` methods answer something. They raise `StoreError` when the store cannot be reached. A method may
  suspend only on futures and tasks that it made itself, so that its first step can run outside a task. One
  that writes suspends before its first write or after its last, so that what its caller writes right after
  it goes into the same commit.

Many stations share one commit: all that arrived in one turn of the event loop becomes durable together, or
not at all. What nobody waits for may become durable a little later, with the next commit.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from chargeproof.errors import ToolError
from chargeproof.ocpp.enums import RegistrationStatus
from chargeproof.store.records import (
    BaselineRecord,
    BootRecord,
    ChargePointRecord,
    CommandRecord,
    ConfigurationRecord,
    ConnectionRecord,
    ConnectorStatusRecord,
    ExchangeRecord,
    FileJobRecord,
    FileTransferRecord,
    FlagRecord,
    HandshakeRecord,
    IdTagDecision,
    IdTagRecord,
    MeterValueRecord,
    ProgressRecord,
    SecurityEventRecord,
    StartRecord,
    StopRecord,
    TransactionRecord,
)

DEFAULT_LIMIT = 200
"""Rows that a question about history gives when nobody says how many."""

PRUNE_STEP = 200
"""Rows that one step of forgetting looks at, in each table."""


class StoreError(ToolError):
    """The store cannot be opened, read or written; says what, where, and what to do."""


class Begun(msgspec.Struct, frozen=True):
    """`repeated`: the same start was kept before, and `transaction` is that one."""

    transaction: TransactionRecord
    repeated: bool


class Ended(msgspec.Struct, frozen=True):
    """What became of a StopTransaction.

    transaction: the one it belongs to, None when this station has none with that id.
    stop: the copy that decides the answer; the first one when `repeated`.
    """

    transaction: TransactionRecord | None
    stop: StopRecord
    repeated: bool


class Health(msgspec.Struct, frozen=True):
    """`error`: why the last commit failed, None while all is well. `lost_batches`: how many failed so far."""

    error: str | None
    lost_batches: int


class Store(Protocol):
    """The memory of a central system."""

    # durability
    def when_durable(self, callback: Callable[[StoreError | None], None]) -> None:
        """Call back once everything written so far is durable (None), or is lost (the error).

        At once when nothing is waiting to be written.
        """
        ...

    async def flush(self) -> None:
        """Return when everything written so far is durable. Raises StoreError if it is lost."""
        ...

    def health(self) -> Health: ...

    async def check_writable(self) -> None:
        """Write something of no meaning and make it durable. Raises StoreError."""
        ...

    async def close(self) -> None:
        """Make everything durable and let go of the database. Closing twice is harmless."""
        ...

    # writes in the order of arrival
    def record_seen(self, charge_point_id: str, at: datetime, clock_offset_s: float | None = None) -> None:
        """The station is there; makes it known on its first time. None leaves the offset as it is."""
        ...

    def record_boot(self, boot: BootRecord) -> None:
        """Boot data and the registration told; the first Accepted is remembered for ever."""
        ...

    def record_handshake(self, handshake: HandshakeRecord) -> None: ...
    def record_connection(self, connection: ConnectionRecord) -> None:
        """A socket opened; the same number again (with `closed_at`) says that it closed."""
        ...

    def record_exchange(
        self, exchange: ExchangeRecord, *, lasting: bool = False, values: Sequence[MeterValueRecord] = ()
    ) -> None:
        """`lasting`: no answer depends on it, so it is kept for a later commit if this one fails.

        values: what its request holds, a record for each point in time, in the order of the request. They
        outlive the exchange.
        """
        ...

    def record_status(self, status: ConnectorStatusRecord) -> None: ...
    def record_meter_values(self, values: Sequence[MeterValueRecord]) -> None:
        """Values apart from an exchange; each with its `sampled`."""
        ...

    def record_decision(self, decision: IdTagDecision) -> None: ...
    def record_configuration(self, keys: Sequence[ConfigurationRecord]) -> None:
        """What a station said of these keys; each replaces what it said before, which is kept as history."""
        ...

    def record_progress(self, progress: ProgressRecord) -> None: ...
    def record_security_event(self, event: SecurityEventRecord) -> None: ...
    def record_flags(self, flags: Sequence[FlagRecord]) -> None: ...
    def record_command(self, command: CommandRecord) -> None:
        """A command in its present state; the same `command_id` replaces the row."""
        ...

    def record_job(self, job: FileJobRecord) -> None:
        """A file job; the same `job_id` replaces the row."""
        ...

    def record_transfer(self, transfer: FileTransferRecord) -> None: ...

    # transactions
    async def find_start(self, start: StartRecord) -> TransactionRecord | None:
        """The transaction that the same StartTransaction began before: same station, connector, tag, reading
        and timestamp. Where the timestamp cannot tell two starts apart (missing, or a clock never set and
        that transaction has ended), the message id must be the same too."""
        ...

    async def begin_transaction(self, start: StartRecord) -> Begun:
        """Keep a start exactly once and give it an id; the same start again gives the same transaction."""
        ...

    async def end_transaction(self, stop: StopRecord) -> Ended:
        """Keep a copy of a stop. The first one that fits an open transaction of the station ends it."""
        ...

    async def transaction(self, transaction_id: int) -> TransactionRecord | None: ...
    async def transactions(
        self, charge_point_id: str | None = None, *, open_only: bool = False, limit: int = DEFAULT_LIMIT
    ) -> list[TransactionRecord]:
        """Newest first."""
        ...

    async def open_transaction_elsewhere(
        self, id_tag: str, charge_point_id: str, connector_id: int | None
    ) -> TransactionRecord | None:
        """The newest open transaction begun with this tag, told Accepted, and not on this connector."""
        ...

    # id tags
    async def put_id_tag(self, id_tag: IdTagRecord) -> None:
        """Keep or replace a tag; durable on return."""
        ...

    async def put_id_tags(self, id_tags: Sequence[IdTagRecord]) -> None:
        """Keep or replace all of them or none; durable on return."""
        ...

    async def remove_id_tag(self, id_tag: str) -> bool:
        """Whether there was one; durable on return."""
        ...

    async def id_tag(self, id_tag: str) -> IdTagRecord | None: ...
    async def id_tags(self) -> list[IdTagRecord]: ...

    # expected configuration
    async def put_baseline(self, baseline: BaselineRecord) -> None:
        """Keep or replace one; durable on return."""
        ...

    async def remove_baseline(self, name: str) -> bool:
        """Whether there was one; durable on return."""
        ...

    async def baselines(self) -> list[BaselineRecord]:
        """By name."""
        ...

    # stations
    async def admit(
        self, charge_point_id: str, decision: RegistrationStatus | None, at: datetime
    ) -> ChargePointRecord:
        """An operator's decision on a station, known or not (None takes it back); durable on return."""
        ...

    async def set_credential(
        self, charge_point_id: str, digest: bytes | None, at: datetime, *, following: bytes | None = None
    ) -> None:
        """The keyed digest of a station's password, None for none; durable on return.

        following: the one that it was told to use next; None: it changes to no other.
        """
        ...

    async def set_security_profile(
        self, charge_point_id: str, profile: int | None, at: datetime, *, asked: int | None = None
    ) -> None:
        """The security profile that a station must at least use (None: as all), and the one that it accepted
        to change to; durable on return."""
        ...

    async def charge_point(self, charge_point_id: str) -> ChargePointRecord | None: ...
    async def charge_points(self) -> list[ChargePointRecord]: ...

    # history; newest first unless said otherwise
    async def last_connection(self) -> int:
        """The highest connection number ever given, 0 at first."""
        ...

    async def interrupted_commands(self) -> list[CommandRecord]:
        """Commands whose last known state was `queued` or `sent`; oldest first."""
        ...

    async def handshakes(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[HandshakeRecord]: ...
    async def connections(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[ConnectionRecord]: ...
    async def exchanges(
        self, charge_point_id: str | None = None, *, action: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> list[ExchangeRecord]: ...
    async def connector_statuses(self, charge_point_id: str) -> list[ConnectorStatusRecord]:
        """The last status of each connector, by connector."""
        ...

    async def status_history(
        self, charge_point_id: str, connector_id: int | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[ConnectorStatusRecord]: ...
    async def meter_values(
        self, charge_point_id: str, transaction_id: int | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[MeterValueRecord]: ...
    async def decisions(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[IdTagDecision]: ...
    async def configuration(self, charge_point_id: str) -> list[ConfigurationRecord]:
        """By key."""
        ...

    async def progress(self, charge_point_id: str, *, limit: int = DEFAULT_LIMIT) -> list[ProgressRecord]: ...
    async def security_events(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[SecurityEventRecord]: ...
    async def last_request_id(self) -> int:
        """The highest number ever given to a GetLog or SignedUpdateFirmware, 0 at first."""
        ...

    async def flags(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[FlagRecord]: ...
    async def stops(self, charge_point_id: str, *, limit: int = DEFAULT_LIMIT) -> list[StopRecord]: ...
    async def commands(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[CommandRecord]: ...
    async def jobs(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[FileJobRecord]: ...
    async def transfers(self, job_id: str, *, limit: int = DEFAULT_LIMIT) -> list[FileTransferRecord]: ...

    # forgetting; never transactions, their stops and values, or the present state of anything
    async def prune(self, before: datetime, *, limit: int = PRUNE_STEP) -> int:
        """One small step: of each kind of history (exchanges, handshakes, closed connections, past statuses,
        decisions, flags, progress, security events) delete what is older than `before`, looking at the
        `limit` oldest rows.

        Returns how many rows; durable on return. Repeated until it returns 0.
        """
        ...

    async def prune_oldest_frames(self, *, limit: int = PRUNE_STEP) -> int:
        """One small step: the oldest exchanges, handshakes and flags, `limit` of each, however young."""
        ...

    async def size_bytes(self) -> int:
        """What the store takes, without the room that deleted rows left in it."""
        ...
