"""`Queries` on SQLite. Fulfils `store.queries.Queries`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from chargeproof.store import formats, sqlite_messages, sqlite_questions
from chargeproof.store.queries import (
    Attempts,
    ChargePointFilter,
    ChargePointRow,
    Found,
    MessageFilter,
    NumberedExchange,
    NumberedValue,
)
from chargeproof.store.records import (
    ChargePointRecord,
    CommandRecord,
    ConfigurationChangeRecord,
    ConnectionRecord,
    ConnectorStatusRecord,
    FileJobRecord,
    FileTransferRecord,
    HandshakeRecord,
    IdTagDecision,
    IdTagRecord,
    MeterValueRecord,
    ProgressRecord,
    SecurityEventRecord,
    TransactionRecord,
)
from chargeproof.store.sqlite_batch import SqliteBatch
from chargeproof.store.sqlite_questions import Conditions, page_of, read_all, read_numbered
from chargeproof.store.sqlite_reader import SqliteReader
from chargeproof.store.utc import utc_text

T = TypeVar("T")


class SqliteQueries:
    """Made for a store; reads its file by connections of its own, or the store itself if it lives in memory."""

    def __init__(self, store: SqliteBatch) -> None:
        self._reader = SqliteReader(store)

    async def close(self) -> None:
        await self._reader.close()

    # Stations.

    async def charge_points(
        self, wanted: ChargePointFilter, *, after: str | None = None, limit: int = 50
    ) -> Found[ChargePointRow]:
        return await self._reader.ask(lambda db: sqlite_questions.charge_points(db, wanted, after, limit))

    async def charge_point(self, charge_point_id: str) -> ChargePointRow | None:
        return await self._reader.ask(lambda db: sqlite_questions.charge_point(db, charge_point_id))

    async def held_stations(self) -> list[ChargePointRecord]:
        rest = "WHERE registration IN ('Pending', 'Rejected') ORDER BY last_seen_at DESC LIMIT 500"
        return await self._reader.ask(lambda db: read_all(db, formats.CHARGE_POINT, rest))

    async def attempts(self, *, limit: int = 500) -> list[Attempts]:
        return await self._reader.ask(lambda db: sqlite_questions.attempts(db, limit))

    async def handshakes(
        self, charge_point_id: str | None, *, before: int | None = None, limit: int = 50
    ) -> Found[HandshakeRecord]:
        asked = Conditions()
        asked.ask_if("charge_point_id = ?", charge_point_id)
        asked.ask_if("row_number < ?", before)
        rest = f"{asked} ORDER BY row_number DESC LIMIT ?"
        values = [*asked.values, limit + 1]
        rows = await self._reader.ask(lambda db: read_numbered(db, formats.HANDSHAKE, rest, values))
        return page_of(rows, limit)

    async def let_in_since(
        self, charge_point_id: str, since: datetime, *, limit: int = 1000
    ) -> list[HandshakeRecord]:
        rest = "WHERE charge_point_id = ? AND outcome = 'accepted' AND at >= ? ORDER BY row_number LIMIT ?"
        values = [charge_point_id, utc_text(since), limit]
        return await self._reader.ask(lambda db: read_all(db, formats.HANDSHAKE, rest, values))

    async def last_let_in(self, charge_point_id: str) -> HandshakeRecord | None:
        rest = "WHERE charge_point_id = ? AND outcome = 'accepted' ORDER BY row_number DESC LIMIT 1"
        found = await self._reader.ask(lambda db: read_all(db, formats.HANDSHAKE, rest, [charge_point_id]))
        return found[0] if found else None

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
        asked = Conditions()
        asked.ask_if("charge_point_id = ?", charge_point_id)
        asked.ask_if("type = ?", type)
        asked.ask_if("critical = ?", critical)
        asked.ask_if("received_at >= ?", since)
        asked.ask_if("received_at < ?", until)
        asked.ask_if("row_number < ?", before)
        rest = f"{asked} ORDER BY row_number DESC LIMIT ?"
        values = [*asked.values, limit + 1]
        rows = await self._reader.ask(lambda db: read_numbered(db, formats.SECURITY_EVENT, rest, values))
        return page_of(rows, limit)

    async def statuses(
        self,
        charge_point_id: str,
        connector_id: int | None = None,
        *,
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Found[ConnectorStatusRecord]:
        asked = Conditions()
        asked.ask("charge_point_id = ?", charge_point_id)
        asked.ask_if("connector_id = ?", connector_id)
        asked.ask_if("received_at >= ?", since)
        asked.ask_if("row_number < ?", before)
        rest = f"{asked} ORDER BY row_number DESC LIMIT ?"
        values = [*asked.values, limit + 1]
        rows = await self._reader.ask(lambda db: read_numbered(db, formats.STATUS, rest, values))
        return page_of(rows, limit)

    async def statuses_between(
        self, charge_point_id: str, since: datetime, until: datetime, *, limit: int = 2000
    ) -> list[ConnectorStatusRecord]:
        asked = _between(charge_point_id, "received_at", since, until)
        rest = f"{asked} ORDER BY row_number LIMIT ?"
        return await self._reader.ask(lambda db: read_all(db, formats.STATUS, rest, [*asked.values, limit]))

    async def connections_between(
        self, charge_point_id: str, since: datetime, until: datetime, *, limit: int = 500
    ) -> list[ConnectionRecord]:
        asked = Conditions()
        asked.ask("charge_point_id = ?", charge_point_id)
        asked.ask_if("opened_at <= ?", until)
        asked.ask_if("(closed_at IS NULL OR closed_at >= ?)", since)
        rest = f"{asked} ORDER BY connection LIMIT ?"
        return await self._reader.ask(
            lambda db: read_all(db, formats.CONNECTION, rest, [*asked.values, limit])
        )

    async def decisions_between(
        self, charge_point_id: str, since: datetime, until: datetime, *, limit: int = 500
    ) -> list[IdTagDecision]:
        asked = _between(charge_point_id, "at", since, until)
        rest = f"{asked} ORDER BY row_number LIMIT ?"
        return await self._reader.ask(lambda db: read_all(db, formats.DECISION, rest, [*asked.values, limit]))

    async def progress(
        self, charge_point_id: str, *, since: datetime | None = None, limit: int = 200
    ) -> list[ProgressRecord]:
        asked = Conditions()
        asked.ask("charge_point_id = ?", charge_point_id)
        asked.ask_if("received_at >= ?", since)
        rest = f"{asked} ORDER BY row_number DESC LIMIT ?"
        return await self._reader.ask(lambda db: read_all(db, formats.PROGRESS, rest, [*asked.values, limit]))

    # Messages.

    async def messages(
        self, wanted: MessageFilter, *, before: int | None = None, limit: int = 50
    ) -> Found[NumberedExchange]:
        return await self._reader.ask(lambda db: sqlite_messages.search(db, wanted, before, limit))

    async def messages_after(
        self, charge_point_id: str, number: int, *, limit: int = 500
    ) -> list[NumberedExchange]:
        return await self._reader.ask(lambda db: sqlite_messages.after(db, charge_point_id, number, limit))

    async def messages_after_each(
        self, numbers: Mapping[str, int], *, limit: int = 500
    ) -> dict[str, list[NumberedExchange]]:
        return await self._reader.ask(
            lambda db: {
                charge_point_id: sqlite_messages.after(db, charge_point_id, number, limit)
                for charge_point_id, number in numbers.items()
            }
        )

    async def message(self, number: int) -> NumberedExchange | None:
        return await self._reader.ask(lambda db: sqlite_messages.one(db, number))

    async def last_number(self, charge_point_id: str) -> int:
        return await self._reader.ask(lambda db: sqlite_messages.last_number(db, charge_point_id))

    # Transactions.

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
        asked = Conditions()
        asked.ask_if("transaction_id < ?", before)
        asked.ask_if("charge_point_id = ?", charge_point_id)
        asked.ask_if("id_tag = ?", id_tag)
        if is_open is not None:
            asked.ask("stop_received_at IS NULL" if is_open else "stop_received_at IS NOT NULL")
        asked.ask_if("start_received_at >= ?", since)
        asked.ask_if("start_received_at < ?", until)
        rest = f"{asked} ORDER BY transaction_id DESC LIMIT ?"
        values = [*asked.values, limit + 1]
        found = await self._reader.ask(lambda db: read_all(db, formats.TRANSACTION, rest, values))
        more = len(found) > limit
        return Found(found[:limit], found[limit - 1].transaction_id if more else None)

    async def transaction(self, transaction_id: int) -> TransactionRecord | None:
        rest = "WHERE transaction_id = ?"
        found = await self._reader.ask(lambda db: read_all(db, formats.TRANSACTION, rest, [transaction_id]))
        return found[0] if found else None

    async def meter_values(
        self, transaction: TransactionRecord, *, limit: int = 20_000
    ) -> list[NumberedValue]:
        return await self._reader.ask(lambda db: sqlite_questions.meter_values(db, transaction, limit))

    async def last_values(self, transactions: Sequence[TransactionRecord]) -> dict[int, MeterValueRecord]:
        return await self._reader.ask(lambda db: sqlite_questions.last_values(db, transactions))

    # Commands, files, id tags, configuration.

    async def commands(
        self,
        charge_point_id: str,
        *,
        action: str | None = None,
        text: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Found[CommandRecord]:
        asked = Conditions()
        asked.ask("charge_point_id = ?", charge_point_id)
        asked.ask_if("action = ?", action)
        asked.ask_like(["payload_text"], text)
        if before is not None:
            asked.ask("(queued_at, command_id) < (?, ?)", *before.split(" ", 1))
        rest = f"{asked} ORDER BY queued_at DESC, command_id DESC LIMIT ?"
        values = [*asked.values, limit + 1]
        found = await self._reader.ask(lambda db: read_all(db, formats.COMMAND, rest, values))
        return _by_time(found, limit, lambda each: (each.queued_at, each.command_id))

    async def command(self, charge_point_id: str, unique_id: str) -> CommandRecord | None:
        key = [f"{charge_point_id}/{unique_id}"]
        found = await self._reader.ask(lambda db: read_all(db, formats.COMMAND, "WHERE command_id = ?", key))
        return found[0] if found else None

    async def jobs(
        self,
        *,
        charge_point_id: str | None = None,
        kind: str | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Found[FileJobRecord]:
        asked = Conditions()
        asked.ask_if("charge_point_id = ?", charge_point_id)
        asked.ask_if("kind = ?", kind)
        if before is not None:
            asked.ask("(opened_at, job_id) < (?, ?)", *before.split(" ", 1))
        rest = f"{asked} ORDER BY opened_at DESC, job_id DESC LIMIT ?"
        values = [*asked.values, limit + 1]
        found = await self._reader.ask(lambda db: read_all(db, formats.JOB, rest, values))
        return _by_time(found, limit, lambda each: (each.opened_at, each.job_id))

    async def job(self, job_id: str) -> FileJobRecord | None:
        found = await self._reader.ask(lambda db: read_all(db, formats.JOB, "WHERE job_id = ?", [job_id]))
        return found[0] if found else None

    async def transfers(self, job: FileJobRecord, *, limit: int = 200) -> list[FileTransferRecord]:
        rest = "WHERE charge_point_id = ? AND job_id = ? ORDER BY row_number LIMIT ?"
        values = [job.charge_point_id, job.job_id, limit]
        return await self._reader.ask(lambda db: read_all(db, formats.TRANSFER, rest, values))

    async def id_tags(
        self, *, text: str | None = None, status: str | None = None, after: str | None = None, limit: int = 50
    ) -> Found[IdTagRecord]:
        asked = Conditions()
        asked.ask_if("id_tag > ?", after)
        asked.ask_if("status = ?", status)
        asked.ask_like(("id_tag", "parent_id_tag", "note"), text)
        rest = f"{asked} ORDER BY id_tag LIMIT ?"
        values = [*asked.values, limit + 1]
        found = await self._reader.ask(lambda db: read_all(db, formats.ID_TAG, rest, values))
        return Found(found[:limit], found[limit - 1].id_tag if len(found) > limit else None)

    async def configuration_changes(
        self,
        charge_point_id: str,
        *,
        key: str | None = None,
        until: datetime | None = None,
        firmware_version: str | None = None,
        limit: int = 5000,
    ) -> list[ConfigurationChangeRecord]:
        asked = Conditions()
        asked.ask("charge_point_id = ?", charge_point_id)
        asked.ask_if("key = ?", key)
        asked.ask_if("read_at <= ?", until)
        asked.ask_if("firmware_version = ?", firmware_version)
        rest = f"{asked} ORDER BY row_number DESC LIMIT ?"
        values = [*asked.values, limit]
        return await self._reader.ask(lambda db: read_all(db, formats.CONFIGURATION_CHANGE, rest, values))


def _between(charge_point_id: str, column: str, since: datetime, until: datetime) -> Conditions:
    asked = Conditions()
    asked.ask("charge_point_id = ?", charge_point_id)
    asked.ask_if(f"{column} >= ?", since)
    asked.ask_if(f"{column} <= ?", until)
    return asked


def _by_time(found: list[T], limit: int, place: Callable[[T], tuple[datetime, str]]) -> Found[T]:
    """A page of rows that were asked for with one more than fits on it."""
    if len(found) <= limit:
        return Found(found)
    at, name = place(found[limit - 1])
    return Found(found[:limit], f"{utc_text(at)} {name}")
