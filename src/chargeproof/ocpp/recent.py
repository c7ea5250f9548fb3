"""A memory for the most recent things only."""

from typing import TypeVar

V = TypeVar("V")


class Recent(dict[str, V]):
    """Values by id; beyond ``size`` of them, the oldest is forgotten. Put them in with ``put``."""

    __slots__ = ("_size",)

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def take(self, unique_id: str) -> V | None:
        """The value, which is forgotten."""
        return self.pop(unique_id, None)

    def put(self, unique_id: str, value: V) -> None:
        """Remember a value as the newest."""
        self.pop(unique_id, None)
        self[unique_id] = value
        while len(self) > self._size:
            del self[next(iter(self))]
