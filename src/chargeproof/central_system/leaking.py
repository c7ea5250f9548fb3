"""Counts of what failed lately, by whom: they leak away with time, and there are only so many of them."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

WINDOW_S = 15 * 60.0
"""A full count is empty again after this long without failures."""
MAX_COUNTS = 20_000
"""Counts that are kept; beyond it the one longest unused is forgotten."""

Key = tuple[str, ...]


class Leaking:
    """Counts that leak: `capacity` failures run out in WINDOW_S."""

    def __init__(self, capacity: int, monotonic: Callable[[], float]) -> None:
        self._capacity = capacity
        self._monotonic = monotonic
        self._levels: OrderedDict[Key, tuple[float, float]] = OrderedDict()

    def level(self, key: Key) -> float:
        level, at_s = self._levels.get(key, (0.0, 0.0))
        return max(0.0, level - (self._monotonic() - at_s) * self._capacity / WINDOW_S)

    def add(self, key: Key) -> None:
        self._levels[key] = (min(self.level(key) + 1, 2.0 * self._capacity), self._monotonic())
        self._levels.move_to_end(key)
        if len(self._levels) > MAX_COUNTS:
            self._levels.popitem(last=False)

    def take_back(self, key: Key) -> None:
        self._levels[key] = (max(0.0, self.level(key) - 1), self._monotonic())

    def clear(self, key: Key) -> None:
        self._levels.pop(key, None)

    def clear_all_of(self, first: str) -> None:
        """The counts whose keys begin so."""
        for key in [key for key in self._levels if key[0] == first]:
            del self._levels[key]

    def wait_s(self, key: Key) -> float:
        """Seconds until one more failure fits; 0 when it does."""
        return max(0.0, (self.level(key) + 1 - self._capacity) * WINDOW_S / self._capacity)


def network_of(remote: str) -> str:
    """What one household can change its address within: an IPv6 /64, an IPv4 address."""
    try:
        address = ip_address(remote)
    except ValueError:
        return remote
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
