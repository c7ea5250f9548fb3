"""Forgetting on SQLite, in steps so small that nobody waits for them."""

import json
import time
from collections.abc import Sequence
from datetime import datetime

from chargeproof.store.formats import SAMPLED
from chargeproof.store.ports import PRUNE_STEP
from chargeproof.store.sqlite_transactions import SqliteTransactions
from chargeproof.store.utc import utc_text

STEP_S = 0.005
"""How long one step forgets in one table before it lets others go on."""
SLICE_ROWS = 10

# The number of the newest message says where counting goes on: no other message ever gets it.
NOT_THE_NEWEST = "row_number < (SELECT max(row_number) FROM exchanges)"

# Table, its number, its time, and which of its rows may be forgotten: not those that are the present state.
HISTORY = (
    ("exchanges", "row_number", "requested_at", NOT_THE_NEWEST),
    ("handshakes", "row_number", "at", "true"),
    ("decisions", "row_number", "at", "true"),
    ("flags", "row_number", "at", "true"),
    ("progress", "row_number", "received_at", "true"),
    ("security_events", "row_number", "received_at", "true"),
    (
        "statuses AS old",
        "row_number",
        "received_at",
        "EXISTS (SELECT 1 FROM statuses AS newer WHERE newer.charge_point_id = old.charge_point_id"
        " AND newer.connector_id = old.connector_id AND newer.row_number > old.row_number)",
    ),
    # Strangers that nobody ever let in or decided on.
    (
        "charge_points",
        "rowid",
        "last_seen_at",
        "accepted_at IS NULL AND admitted IS NULL AND credential IS NULL AND next_credential IS NULL"
        " AND security_profile IS NULL AND asked_security_profile IS NULL",
    ),
    # The newest number stays: it says where counting goes on.
    (
        "connections",
        "connection",
        "closed_at",
        "closed_at IS NOT NULL AND connection < (SELECT max(connection) FROM connections)",
    ),
)
KEEP_VALUES = (
    f"UPDATE meter_values SET sampled = {SAMPLED}, exchange = NULL, position = NULL"  # noqa: S608
    " WHERE exchange IN (SELECT value FROM json_each(?))"
)
"""Meter values are no frames: they stay when the request that holds them goes."""
FORGET_PLACES = (
    "DELETE FROM exchanges_by_station WHERE (charge_point_id, row_number) IN (SELECT charge_point_id, row_number"
    " FROM exchanges WHERE row_number IN (SELECT value FROM json_each(?)))"
)
BEFORE_EXCHANGES = (KEEP_VALUES, FORGET_PLACES)
FRAMES = (("exchanges", NOT_THE_NEWEST), ("handshakes", "true"), ("flags", "true"))


class SqlitePruning(SqliteTransactions):
    """What the retention of frames asks for. Rows stand in the order of arrival, so the oldest come first."""

    async def prune(self, before: datetime, *, limit: int = PRUNE_STEP) -> int:
        await self.read("SELECT 1")  # brings the rows that wait to their tables
        removed = 0
        for table, number, moment, forgettable in HISTORY:
            # Only the oldest rows are looked at: no index on the time, which each message would pay for.
            sql = f"""
                SELECT number FROM (
                    SELECT {number} AS number, {moment} AS moment FROM {table} WHERE {forgettable}
                    ORDER BY {number} LIMIT ?
                ) WHERE moment < ?
            """  # noqa: S608  the names are those above
            old = await self.look_up(sql, (limit, utc_text(before)))
            removed += await self._forget(table.split()[0], number, [row for (row,) in old])
        await self.flush()
        return removed

    async def prune_oldest_frames(self, *, limit: int = PRUNE_STEP) -> int:
        await self.read("SELECT 1")
        removed = 0
        for table, forgettable in FRAMES:
            sql = f"SELECT row_number FROM {table} WHERE {forgettable} ORDER BY row_number LIMIT ?"  # noqa: S608
            oldest = await self.look_up(sql, (limit,))
            removed += await self._forget(table, "row_number", [row for (row,) in oldest])
        await self.flush()
        return removed

    async def _forget(self, table: str, number: str, rows: Sequence[int]) -> int:
        """A slice of the rows at least, and more while there is time: a row may hold a megabyte."""
        statements = (
            *(BEFORE_EXCHANGES if table == "exchanges" else ()),
            f"DELETE FROM {table} WHERE {number} IN (SELECT value FROM json_each(?))",  # noqa: S608
        )
        removed, until_s = 0, time.perf_counter() + STEP_S
        while removed < len(rows) and (removed == 0 or time.perf_counter() < until_s):
            part = rows[removed : removed + SLICE_ROWS]
            for sql in statements:
                await self.change(sql, (json.dumps(part),))
            removed += len(part)
        return removed

    async def size_bytes(self) -> int:
        ((pages,),) = await self.look_up("PRAGMA page_count")
        ((free,),) = await self.look_up("PRAGMA freelist_count")
        ((size,),) = await self.look_up("PRAGMA page_size")
        return int((pages - free) * size)
