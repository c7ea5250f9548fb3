"""The store on SQLite: one file (or memory), this process the only one that writes to it."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from chargeproof.ocpp.enums import RegistrationStatus
from chargeproof.store import formats
from chargeproof.store.ports import DEFAULT_LIMIT, StoreError
from chargeproof.store.records import (
    BaselineRecord,
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
    Record,
    SecurityEventRecord,
    StopRecord,
    TransactionRecord,
)
from chargeproof.store.rows import RowFormat
from chargeproof.store.sqlite_file import explain
from chargeproof.store.sqlite_pruning import SqlitePruning
from chargeproof.store.sqlite_writes import SEEN
from chargeproof.store.utc import utc_text

TRANSACTION = f"{formats.TRANSACTION.select} WHERE transaction_id = ?"

R = TypeVar("R", bound=Record)

NEWEST = "row_number DESC"
LAST_STATUSES = "row_number IN (SELECT max(row_number) FROM statuses GROUP BY charge_point_id, connector_id)"


class SqliteStore(SqlitePruning):
    """`SqliteStore(path)` opens, creates or upgrades; without a path it lives in memory. Raises StoreError.

    Made anywhere, used from one event loop. Fulfils `store.ports.Store`.
    """

    async def transaction(self, transaction_id: int) -> TransactionRecord | None:
        return await self._one_transaction(TRANSACTION, (transaction_id,))

    async def transactions(
        self, charge_point_id: str | None = None, *, open_only: bool = False, limit: int = DEFAULT_LIMIT
    ) -> list[TransactionRecord]:
        extra = "stop_received_at IS NULL" if open_only else ""
        return await self._find(
            formats.TRANSACTION, {"charge_point_id": charge_point_id}, "transaction_id DESC", limit, extra
        )

    async def put_id_tag(self, id_tag: IdTagRecord) -> None:
        await self.put_id_tags([id_tag])

    async def put_id_tags(self, id_tags: Sequence[IdTagRecord]) -> None:
        for id_tag in id_tags:
            # All of one turn go into one commit.
            self.write_later(formats.ID_TAG.upsert, formats.ID_TAG.row(id_tag))
        self._recall.forget_id_tags()
        await self.flush()
        self._recall.forget_id_tags()

    async def remove_id_tag(self, id_tag: str) -> bool:
        removed = (await self.change("DELETE FROM id_tags WHERE id_tag = ?", (id_tag,))).rowcount
        self._recall.forget_id_tags()
        await self.flush()
        return removed > 0

    async def id_tag(self, id_tag: str) -> IdTagRecord | None:
        if self._recall.knows_id_tag(id_tag):
            return self._recall.id_tag(id_tag)
        found = await self._one(formats.ID_TAG, "id_tag", id_tag)
        self._recall.remember_id_tag(id_tag, found)
        return found

    async def id_tags(self) -> list[IdTagRecord]:
        return await self._find(formats.ID_TAG, {}, "id_tag", -1)

    async def put_baseline(self, baseline: BaselineRecord) -> None:
        await self.change(formats.BASELINE.upsert, formats.BASELINE.row(baseline))
        await self.flush()

    async def remove_baseline(self, name: str) -> bool:
        removed = (await self.change("DELETE FROM baselines WHERE name = ?", (name,))).rowcount
        await self.flush()
        return removed > 0

    async def baselines(self) -> list[BaselineRecord]:
        return await self._find(formats.BASELINE, {}, "name", -1)

    async def admit(
        self, charge_point_id: str, decision: RegistrationStatus | None, at: datetime
    ) -> ChargePointRecord:
        await self._set(charge_point_id, "admitted", decision, at)
        found = await self.charge_point(charge_point_id)
        if found is None:
            raise StoreError(f"the decision on {charge_point_id} was not kept", where=self._path)
        await self.flush()
        return found

    async def set_credential(
        self, charge_point_id: str, digest: bytes | None, at: datetime, *, following: bytes | None = None
    ) -> None:
        await self._set(charge_point_id, "credential", digest, at)
        await self._set(charge_point_id, "next_credential", following, at)
        await self.flush()

    async def set_security_profile(
        self, charge_point_id: str, profile: int | None, at: datetime, *, asked: int | None = None
    ) -> None:
        await self._set(charge_point_id, "security_profile", profile, at)
        await self._set(charge_point_id, "asked_security_profile", asked, at)
        await self.flush()

    async def charge_point(self, charge_point_id: str) -> ChargePointRecord | None:
        found = await self._find(
            formats.CHARGE_POINT, {"charge_point_id": charge_point_id}, "charge_point_id", 1
        )
        return found[0] if found else None

    async def charge_points(self) -> list[ChargePointRecord]:
        return await self._find(formats.CHARGE_POINT, {}, "charge_point_id", -1)

    async def last_connection(self) -> int:
        return int((await self.read("SELECT coalesce(max(connection), 0) FROM connections"))[0][0])

    async def interrupted_commands(self) -> list[CommandRecord]:
        return await self._find(formats.COMMAND, {}, "queued_at", -1, "state IN ('queued', 'sent')")

    async def handshakes(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[HandshakeRecord]:
        return await self._find(formats.HANDSHAKE, {"charge_point_id": charge_point_id}, NEWEST, limit)

    async def connections(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[ConnectionRecord]:
        return await self._find(
            formats.CONNECTION, {"charge_point_id": charge_point_id}, "connection DESC", limit
        )

    async def exchanges(
        self, charge_point_id: str | None = None, *, action: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> list[ExchangeRecord]:
        wanted = {"charge_point_id": charge_point_id, "action": action}
        return await self._find(formats.EXCHANGE, wanted, NEWEST, limit)

    async def connector_statuses(self, charge_point_id: str) -> list[ConnectorStatusRecord]:
        wanted = {"charge_point_id": charge_point_id}
        return await self._find(formats.STATUS, wanted, "connector_id", -1, LAST_STATUSES)

    async def status_history(
        self, charge_point_id: str, connector_id: int | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[ConnectorStatusRecord]:
        wanted = {"charge_point_id": charge_point_id, "connector_id": connector_id}
        return await self._find(formats.STATUS, wanted, NEWEST, limit)

    async def meter_values(
        self, charge_point_id: str, transaction_id: int | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[MeterValueRecord]:
        wanted = {"charge_point_id": charge_point_id, "transaction_id": transaction_id}
        return await self._find(formats.METER_VALUE, wanted, NEWEST, limit)

    async def decisions(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[IdTagDecision]:
        return await self._find(formats.DECISION, {"charge_point_id": charge_point_id}, NEWEST, limit)

    async def configuration(self, charge_point_id: str) -> list[ConfigurationRecord]:
        return await self._find(formats.CONFIGURATION, {"charge_point_id": charge_point_id}, "key", -1)

    async def progress(self, charge_point_id: str, *, limit: int = DEFAULT_LIMIT) -> list[ProgressRecord]:
        return await self._find(formats.PROGRESS, {"charge_point_id": charge_point_id}, NEWEST, limit)

    async def security_events(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[SecurityEventRecord]:
        return await self._find(formats.SECURITY_EVENT, {"charge_point_id": charge_point_id}, NEWEST, limit)

    async def last_request_id(self) -> int:
        return int((await self.read("SELECT coalesce(max(request_id), 0) FROM file_jobs"))[0][0])

    async def flags(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[FlagRecord]:
        return await self._find(formats.FLAG, {"charge_point_id": charge_point_id}, NEWEST, limit)

    async def stops(self, charge_point_id: str, *, limit: int = DEFAULT_LIMIT) -> list[StopRecord]:
        return await self._find(formats.STOP, {"charge_point_id": charge_point_id}, NEWEST, limit)

    async def commands(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[CommandRecord]:
        return await self._find(
            formats.COMMAND, {"charge_point_id": charge_point_id}, "queued_at DESC, rowid DESC", limit
        )

    async def jobs(
        self, charge_point_id: str | None = None, *, limit: int = DEFAULT_LIMIT
    ) -> list[FileJobRecord]:
        return await self._find(
            formats.JOB, {"charge_point_id": charge_point_id}, "opened_at DESC, rowid DESC", limit
        )

    async def transfers(self, job_id: str, *, limit: int = DEFAULT_LIMIT) -> list[FileTransferRecord]:
        return await self._find(formats.TRANSFER, {"job_id": job_id}, NEWEST, limit)

    async def _set(self, charge_point_id: str, column: str, value: Any, at: datetime) -> None:
        await self.change(SEEN, (charge_point_id, utc_text(at), None))
        # The column is named in this file, never outside.
        sql = f"UPDATE charge_points SET {column} = ? WHERE charge_point_id = ?"  # noqa: S608
        await self.change(sql, (value, charge_point_id))

    async def _one(self, form: RowFormat[R], key: str, value: Any) -> R | None:
        """The row with this key, from a table that only `change` writes to."""
        found = self._read_all(form, await self.look_up(f"{form.select} WHERE {key} = ?", (value,)))
        return found[0] if found else None

    async def _find(
        self, form: RowFormat[R], wanted: dict[str, Any], order: str, limit: int, extra: str = ""
    ) -> list[R]:
        """Rows whose columns have the wanted values; a value None asks for nothing. -1: no limit."""
        asked = {name: value for name, value in wanted.items() if value is not None}
        conditions = [f"{name} = ?" for name in asked] + ([extra] if extra else [])
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        select = form.select_of_station if "charge_point_id" in asked else form.select
        rows = await self.read(f"{select}{where} ORDER BY {order} LIMIT ?", [*asked.values(), limit])
        return self._read_all(form, rows)

    def _read_all(self, form: RowFormat[R], rows: Sequence[tuple[Any, ...]]) -> list[R]:
        try:
            return [form.read(row) for row in rows]
        except (ValueError, sqlite3.Error) as error:
            raise explain(error, self._path) from error
