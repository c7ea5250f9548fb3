"""What one commit makes durable, and who waits for it."""

from collections.abc import Callable
from typing import Any

from chargeproof.store.ports import StoreError

Durable = Callable[[StoreError | None], None]
Rows = dict[str, list[list[Any]]]
"""By the SQL that takes them, in the order in which each SQL came first."""


class Batch:
    """What one commit makes durable.

    failure: why it is doomed. trouble: what the driver said, when the commit itself failed.
    lasting_put_in: lasting rows that are in their tables, but not committed yet.
    """

    __slots__ = ("changes", "failure", "lasting", "lasting_put_in", "rows", "trouble", "waiting")

    def __init__(self) -> None:
        self.rows: Rows = {}
        self.lasting: Rows = {}
        self.lasting_put_in: list[Rows] = []
        self.changes = 0
        self.waiting: list[Durable] = []
        self.failure: StoreError | None = None
        self.trouble: Exception | None = None

    def __bool__(self) -> bool:
        return bool(self.rows or self.lasting or self.changes or self.lasting_put_in or self.failure)

    def size(self) -> int:
        parts = (self.rows, self.lasting, *self.lasting_put_in)
        return self.changes + sum(len(rows) for part in parts for rows in part.values())
