"""A memory for the most recent things only."""

from collections.abc import Iterator
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Values by id; beyond ``size`` of them, the oldest is forgotten."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: dict[str, V] = {}

    def __contains__(self, unique_id: str) -> bool:
        return unique_id in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, unique_id: str) -> V | None:
        """The value, which is kept."""
        return self._values.get(unique_id)

    def take(self, unique_id: str) -> V | None:
        """The value, which is forgotten."""
        return self._values.pop(unique_id, None)

    def put(self, unique_id: str, value: V) -> None:
        """Remember a value as the newest."""
        self._values.pop(unique_id, None)
        self._values[unique_id] = value
        while len(self._values) > self._size:
            del self._values[next(iter(self._values))]

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
