"""Questions about history, for people: pages with cursors, on connections that never write.

Nothing asked here waits for the stations' traffic, and no station waits for it. What was written a moment ago
may not be seen yet: a row is there once its commit is through.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from chargeproof.store.records import (
    Caller,
    ChargePointRecord,
    CommandRecord,
    ConfigurationChangeRecord,
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
    TransactionRecord,
)

T = TypeVar("T")


class Found(msgspec.Struct, Generic[T], frozen=True):
    """One page. `next`: where the page after it begins, None at the end.

    A search stops after a while: a page may hold fewer rows than asked for, or none, and still have a next.
    """

    items: list[T]
    next: int | str | None = None


class NumberedExchange(msgspec.Struct, frozen=True):
    """An exchange with its permanent number and what deviates in it."""

    number: int
    exchange: ExchangeRecord
    flags: tuple[FlagRecord, ...] = ()


class MessageFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which exchanges; None and () ask for nothing.

    text: part of the request or the answer, without regard to case. until: before this time.
    """

    charge_point_id: str | None = None
    actions: tuple[str, ...] = ()
    caller: Caller | None = None
    outcomes: tuple[str, ...] = ()
    unique_id: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    deviating: bool | None = None
    connection: int | None = None


class ChargePointFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which stations. ids: only these. without: not these. text: part of id, vendor, model, serial, firmware.

    tls: whether its newest socket came over TLS.
    """

    ids: tuple[str, ...] | None = None
    without: tuple[str, ...] | None = None
    text: str | None = None
    registrations: tuple[str, ...] = ()
    vendor: str | None = None
    model: str | None = None
    firmware_version: str | None = None
    tls: bool | None = None


class ChargePointRow(msgspec.Struct, frozen=True):
    """A station with what stands about it in other tables: its newest socket, handshake and message."""

    record: ChargePointRecord
    statuses: tuple[ConnectorStatusRecord, ...]
    open_transactions: tuple[TransactionRecord, ...]
    connection: ConnectionRecord | None
    handshake: HandshakeRecord | None
    last_message_at: datetime | None
    last_action: str | None


class Attempts(msgspec.Struct, frozen=True):
    """The handshakes of one id among the newest ones."""

    charge_point_id: str
    count: int
    first_at: datetime
    latest: HandshakeRecord


class NumberedValue(msgspec.Struct, frozen=True):
    number: int
    value: MeterValueRecord


class Queries(Protocol):
    """Read-only. Raises StoreError when the store cannot be read."""

    async def close(self) -> None: ...

    # stations
    async def charge_points(
        self, wanted: ChargePointFilter, *, after: str | None = None, limit: int = 50
    ) -> Found[ChargePointRow]:
        """By id. `after`: the last id of the page before."""
        ...

    async def charge_point(self, charge_point_id: str) -> ChargePointRow | None: ...
    async def held_stations(self) -> list[ChargePointRecord]:
        """Stations that were last told Pending or Rejected."""
        ...

    async def attempts(self, *, limit: int = 500) -> list[Attempts]:
        """The ids of the newest handshakes, the latest first."""
        ...

    async def handshakes(
        self, charge_point_id: str | None, *, before: int | None = None, limit: int = 50
    ) -> Found[HandshakeRecord]: ...
    async def let_in_since(
        self, charge_point_id: str, since: datetime, *, limit: int = 1000
    ) -> list[HandshakeRecord]:
        """Its attempts that were accepted, oldest first."""
        ...

    async def last_let_in(self, charge_point_id: str) -> HandshakeRecord | None:
        """Its newest attempt that was accepted."""
        ...

    async def security_events(
        self,
        charge_point_id: str | None = None,
        *,
        type: str | None = None,
        critical: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Found[SecurityEventRecord]:
        """Newest first; `since` and `until` speak of when they were received."""
        ...

    async def statuses(
        self,
        charge_point_id: str,
        connector_id: int | None = None,
        *,
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Found[ConnectorStatusRecord]:
        """Newest first."""
        ...

    async def statuses_between(
        self, charge_point_id: str, since: datetime, until: datetime, *, limit: int = 2000
    ) -> list[ConnectorStatusRecord]:
        """Oldest first."""
        ...

    async def connections_between(
        self, charge_point_id: str, since: datetime, until: datetime, *, limit: int = 500
    ) -> list[ConnectionRecord]:
        """Sockets that were open at any time between, oldest first."""
        ...

    async def decisions_between(
        self, charge_point_id: str, since: datetime, until: datetime, *, limit: int = 500
    ) -> list[IdTagDecision]:
        """Oldest first."""
        ...

    async def progress(
        self, charge_point_id: str, *, since: datetime | None = None, limit: int = 200
    ) -> list[ProgressRecord]:
        """Newest first."""
        ...

    # messages
    async def messages(
        self, wanted: MessageFilter, *, before: int | None = None, limit: int = 50
    ) -> Found[NumberedExchange]:
        """Newest first. `before`: only numbers below it."""
        ...

    async def messages_after(
        self, charge_point_id: str, number: int, *, limit: int = 500
    ) -> list[NumberedExchange]:
        """Oldest first: what came after that number."""
        ...

    async def messages_after_each(
        self, numbers: Mapping[str, int], *, limit: int = 500
    ) -> dict[str, list[NumberedExchange]]:
        """As `messages_after` for many stations at once: what came after the number of each."""
        ...

    async def message(self, number: int) -> NumberedExchange | None: ...
    async def last_number(self, charge_point_id: str) -> int:
        """The number of the newest message of a station, 0 when there is none."""
        ...

    # transactions
    async def transactions(
        self,
        *,
        charge_point_id: str | None = None,
        id_tag: str | None = None,
        is_open: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Found[TransactionRecord]:
        """Newest first; `since` and `until` speak of when the start was received."""
        ...

    async def transaction(self, transaction_id: int) -> TransactionRecord | None: ...
    async def meter_values(
        self, transaction: TransactionRecord, *, limit: int = 20_000
    ) -> list[NumberedValue]:
        """Oldest first."""
        ...

    async def last_values(self, transactions: Sequence[TransactionRecord]) -> dict[int, MeterValueRecord]:
        """The newest values of each transaction that has any."""
        ...

    # commands, files, id tags, configuration
    async def commands(
        self,
        charge_point_id: str,
        *,
        action: str | None = None,
        text: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Found[CommandRecord]:
        """Newest first. `text`: part of the payload as sent, without regard to case."""
        ...

    async def command(self, charge_point_id: str, unique_id: str) -> CommandRecord | None: ...
    async def jobs(
        self,
        *,
        charge_point_id: str | None = None,
        kind: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Found[FileJobRecord]: ...
    async def job(self, job_id: str) -> FileJobRecord | None: ...
    async def transfers(self, job: FileJobRecord, *, limit: int = 200) -> list[FileTransferRecord]:
        """Oldest first."""
        ...

    async def id_tags(
        self, *, text: str | None = None, status: str | None = None, after: str | None = None, limit: int = 50
    ) -> Found[IdTagRecord]:
        """By tag."""
        ...

    async def configuration_changes(
        self,
        charge_point_id: str,
        *,
        key: str | None = None,
        until: datetime | None = None,
        firmware_version: str | None = None,
        limit: int = 5000,
    ) -> list[ConfigurationChangeRecord]:
        """Newest first: each value that was read and differs from the one read before."""
        ...
