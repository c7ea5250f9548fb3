"""An index by station that is written late: in bulk, sorted, a slice with each commit.

An ordinary index by station has one growing end for each station, so that messages of a hundred stations
change a hundred pages, at every commit. Here the places of some thousand rows are gathered and then written
together, so that each page takes many of them. Rows whose places are not written yet (those above `up_to`)
stand at the end of their table, where a reader looks through them.
"""

import sqlite3
from operator import itemgetter

from sqlalchemy import Table

from chargeproof.store.rows import storable

MERGE_AT_ROWS = 4096
"""Rows gathered before their places are written; a reader looks through twice as many at most."""
SLICE_ROWS = 32
"""Places that one commit writes at least, and twice as many as it has rows."""

_station = itemgetter(0)


class LateIndex:
    """The index `{table}_by_station` on `charge_point_id` and `row_number` of a table.

    Its tables stand in the schema. Rows must get their numbers in the order of `note`.
    """

    def __init__(self, table: str) -> None:
        self.table = table
        self._waiting: list[tuple[str, int]] = []
        self._merging: list[tuple[str, int]] = []
        self._written = self._durable = 0
        # The names come from the schema, never from outside.
        self._insert = f"INSERT OR IGNORE INTO {table}_by_station VALUES (?, ?)"  # noqa: S608
        self._up_to = f"INSERT OR REPLACE INTO late_indexes VALUES ('{table}', ?)"  # noqa: S608

    def open(self, connection: sqlite3.Connection) -> int:
        """Write what a crash left out; the highest number that a row ever had."""
        sql = (
            f"INSERT OR IGNORE INTO {self.table}_by_station"  # noqa: S608
            f" SELECT charge_point_id, row_number FROM {self.table} WHERE row_number > ({up_to(self.table)})"
            " ORDER BY charge_point_id, row_number"
        )
        latest = f"SELECT max(({up_to(self.table)}), coalesce((SELECT max(row_number) FROM {self.table}), 0))"  # noqa: S608
        highest = int(connection.execute(latest).fetchone()[0])
        if highest > int(connection.execute(up_to(self.table)).fetchone()[0]):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(sql)
            connection.execute(self._up_to, (highest,))
            connection.execute("COMMIT")
        return highest

    def note(self, charge_point_id: str, row_number: int) -> None:
        """A row is on its way to the table."""
        name = charge_point_id if charge_point_id.isascii() else storable(charge_point_id)
        self._waiting.append((name, row_number))

    def write(self, connection: sqlite3.Connection, rows: int) -> None:
        """Write a slice in the transaction of a commit of so many rows. Raises sqlite3.Error."""
        if not self._merging:
            if len(self._waiting) < MERGE_AT_ROWS:
                return
            self._take()
        self._write(connection, max(SLICE_ROWS, 2 * rows))

    def write_all(self, connection: sqlite3.Connection) -> None:
        """Write all that waits in one transaction of its own. Raises sqlite3.Error."""
        self._waiting[:0] = self._merging
        if self._waiting:
            self._take()
            connection.execute("BEGIN IMMEDIATE")
            self._write(connection, len(self._merging))
            connection.execute("COMMIT")
            self.settle(committed=True)

    def settle(self, *, committed: bool) -> None:
        """The transaction of the last `write` is through, or was rolled back."""
        if not committed:
            self._written = self._durable
            return
        self._durable = self._written
        if self._durable == len(self._merging):
            self._merging = []
            self._written = self._durable = 0

    def _take(self) -> None:
        self._merging, self._waiting = self._waiting, []
        self._highest = self._merging[-1][1]
        self._merging.sort(key=_station)
        self._written = self._durable = 0

    def _write(self, connection: sqlite3.Connection, places: int) -> None:
        connection.executemany(self._insert, self._merging[self._written : self._written + places])
        self._written = min(self._written + places, len(self._merging))
        if self._written == len(self._merging):
            connection.execute(self._up_to, (self._highest,))


def up_to(table: str) -> str:
    """SQL: the number of the last row whose place is written, like those of all before it."""
    return f"SELECT coalesce(max(up_to), 0) FROM late_indexes WHERE name = '{table}'"  # noqa: S608


def by_station(of: Table) -> str:
    """SQL to stand after FROM in place of the table, for questions about one station.

    Its rows come by the index, those at the end by looking; both in the order of their numbers.
    """
    table = of.name
    rest = [name for name in of.columns.keys() if name not in ("charge_point_id", "row_number")]  # noqa: SIM118
    placed = ", ".join(["place.row_number", "place.charge_point_id", *(f'item."{name}"' for name in rest)])
    plain = ", ".join(["row_number", "charge_point_id", *(f'"{name}"' for name in rest)])
    return (
        f"(SELECT {placed} FROM {table}_by_station AS place CROSS JOIN {table} AS item"  # noqa: S608
        " ON item.row_number = place.row_number AND item.charge_point_id = place.charge_point_id"
        f" WHERE place.row_number <= ({up_to(table)})"
        f" UNION ALL SELECT {plain} FROM {table} WHERE row_number > ({up_to(table)})) AS {table}"
    )
