"""Transactions on SQLite: begun exactly once, ended exactly once, every copy kept."""

from collections.abc import Sequence
from typing import Any

import msgspec

from chargeproof.ocpp.enums import AuthorizationStatus
from chargeproof.store import formats
from chargeproof.store.ports import Begun, Ended
from chargeproof.store.records import StartRecord, StopRecord, TransactionRecord
from chargeproof.store.sqlite_writes import SqliteWrites
from chargeproof.store.utc import utc_text

CLOCK_SET_SINCE = "2010-01-01"
"""A start that is dated before the protocol existed comes from a clock that was never set."""

# `IS` also finds fields that the station left out.
SAME_START = (
    formats.TRANSACTION.select
    + """
    WHERE charge_point_id = ? AND started_text IS ? AND connector_id IS ? AND id_tag IS ?
      AND meter_start_wh IS ?
      AND (start_unique_id = ? OR started_at >= ? OR (started_text IS NOT NULL AND stop_received_at IS NULL))
    ORDER BY transaction_id DESC LIMIT 1
"""
)
LATEST_START = "SELECT max(started_text) FROM transactions WHERE charge_point_id = ?"
OWN_TRANSACTION = formats.TRANSACTION.select + " WHERE transaction_id = ? AND charge_point_id = ?"
OPEN_WITH = (
    formats.TRANSACTION.select
    + """
    WHERE id_tag = ? AND stop_received_at IS NULL AND id_tag_status = ?
    ORDER BY transaction_id
"""
)
FIRST_STOP = (
    formats.STOP.select
    + """
    WHERE charge_point_id = ?1 AND told_transaction_id = ?2 AND transaction_id = ?2 AND repeated = 0
    ORDER BY row_number LIMIT 1
"""
)
# A stop of no transaction repeats another one when it is the same message or says the very same.
SAME_ORPHAN = (
    formats.STOP.select
    + """
    WHERE charge_point_id = ? AND told_transaction_id IS ? AND transaction_id IS NULL AND repeated = 0
      AND meter_stop_wh IS ? AND stopped_text IS ? AND (unique_id = ? OR stopped_text IS NOT NULL)
    ORDER BY row_number LIMIT 1
"""
)
END = """
    UPDATE transactions SET stopped_text = ?, stopped_at = ?, stop_received_at = ?, meter_stop_wh = ?,
        stop_reason = ?, stop_id_tag = ?
    WHERE transaction_id = ? AND stop_received_at IS NULL
"""

BEGIN = formats.START.insert_with("transaction_id")
LATEST_ID = """
    SELECT max(coalesce((SELECT max(transaction_id) FROM transactions), 0),
        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'transactions'), 0))
"""


def _key_of(start: StartRecord) -> tuple[object, ...]:
    """The values of `SAME_START`."""
    return (
        start.charge_point_id,
        start.started_text,
        start.connector_id,
        start.id_tag,
        start.meter_start_wh,
        start.start_unique_id,
        CLOCK_SET_SINCE,
    )


class SqliteTransactions(SqliteWrites):
    """The money side of the SQLite store.

    The numbers of transactions are given here. One of a commit that failed was never told, and is left out.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._transactions = int(self._connection.execute(LATEST_ID).fetchone()[0])

    async def find_start(self, start: StartRecord) -> TransactionRecord | None:
        if await self._is_later_than_all(start):
            return None
        return await self._one_transaction(SAME_START, _key_of(start))

    async def _is_later_than_all(self, start: StartRecord) -> bool:
        """Whether the station never sent this time before, and so not this start."""
        charge_point_id, text = start.charge_point_id, start.started_text
        if text is None:
            return False
        latest = self._recall.latest_start(charge_point_id)
        if latest is None:
            rows = await self.read(LATEST_START, (charge_point_id,))
            latest = rows[0][0] or ""
            self._recall.remember_start(charge_point_id, latest)
        return text > latest

    async def begin_transaction(self, start: StartRecord) -> Begun:
        found = await self.find_start(start)
        if found is not None:
            return Begun(found, repeated=True)
        self._transactions += 1
        begun = TransactionRecord(transaction_id=self._transactions, **msgspec.structs.asdict(start))
        row = formats.START.row(start)
        row.append(begun.transaction_id)
        self.write_later(BEGIN, row)
        self._recall.remember_begun(begun)
        if start.started_text is not None:
            self._recall.remember_start(start.charge_point_id, start.started_text)
        return Begun(begun, repeated=False)

    async def end_transaction(self, stop: StopRecord) -> Ended:
        found = None
        if stop.told_transaction_id is not None:
            key = (stop.told_transaction_id, stop.charge_point_id)
            found = self._recall.take_open(*key) or await self._one_transaction(OWN_TRANSACTION, key)
        # A transaction that is not ended yet has no stop of its own.
        is_open = found is not None and found.stop_received_at is None
        first = None if is_open else await self._first_stop(stop, found)
        kept = msgspec.structs.replace(
            stop, transaction_id=found.transaction_id if found else None, repeated=first is not None
        )
        # Its transaction may begin in this very batch, and must stand in the table when these rows come to it.
        self.write_later(BEGIN)
        self.write_later(formats.STOP.insert, formats.STOP.row(kept))
        if found is not None and is_open:
            found = self._end(found, stop)
        return Ended(found, first or kept, repeated=first is not None)

    async def open_transaction_elsewhere(
        self, id_tag: str, charge_point_id: str, connector_id: int | None
    ) -> TransactionRecord | None:
        for transaction in reversed(await self._open_with(id_tag)):
            if (transaction.charge_point_id, transaction.connector_id) != (charge_point_id, connector_id):
                return transaction
        return None

    async def _open_with(self, id_tag: str) -> Sequence[TransactionRecord]:
        """The transactions with this tag, told Accepted, that are not ended; oldest first."""
        found = self._recall.open_with(id_tag)
        if found is not None:
            return found
        rows = await self.read(OPEN_WITH, (id_tag, AuthorizationStatus.ACCEPTED))
        read = [formats.TRANSACTION.read(row) for row in rows]
        self._recall.remember_open_with(id_tag, read)
        return read

    def _end(self, transaction: TransactionRecord, stop: StopRecord) -> TransactionRecord:
        stopped_at = utc_text(stop.stopped_at) if stop.stopped_at else None
        received_at = utc_text(stop.stop_received_at)
        values = (stop.stopped_text, stopped_at, received_at, stop.meter_stop_wh, stop.reason, stop.id_tag)
        self.write_later(END, [*values, transaction.transaction_id])
        self._recall.forget_open(transaction)
        return msgspec.structs.replace(
            transaction,
            stopped_text=stop.stopped_text,
            stopped_at=stop.stopped_at,
            stop_received_at=stop.stop_received_at,
            meter_stop_wh=stop.meter_stop_wh,
            stop_reason=stop.reason,
            stop_id_tag=stop.id_tag,
        )

    async def _first_stop(self, stop: StopRecord, transaction: TransactionRecord | None) -> StopRecord | None:
        if transaction is not None:
            rows = await self.read(FIRST_STOP, (stop.charge_point_id, transaction.transaction_id))
        else:
            said = (stop.told_transaction_id, stop.meter_stop_wh, stop.stopped_text, stop.unique_id)
            rows = await self.read(SAME_ORPHAN, (stop.charge_point_id, *said))
        return formats.STOP.read(rows[0]) if rows else None

    async def _one_transaction(self, sql: str, values: tuple[Any, ...]) -> TransactionRecord | None:
        rows = await self.read(sql, values)
        return formats.TRANSACTION.read(rows[0]) if rows else None
