"""Slows down whoever guesses passwords, and never keeps out the right person at another address.

Three counts of failures, each leaking away with time: of a name at an address and of an address, which refuse
when full; and of a name at all addresses, which only makes everybody who uses that name wait a moment longer.
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from chargeproof.clock import Clock
from chargeproof.web.problems import Problem

WINDOW_S = 15 * 60.0
"""A full count is empty again after this long without failures."""
OF_NAME_AT_ADDRESS = 8
OF_ADDRESS = 40
OF_NAME_UNSLOWED = 24
MAX_DELAY_S = 4.0
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

    def wait_s(self, key: Key) -> float:
        """Seconds until one more failure fits; 0 when it does."""
        return max(0.0, (self.level(key) + 1 - self._capacity) * WINDOW_S / self._capacity)


class Attempts:
    """Asked before a password is checked, told afterwards."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._here = Leaking(OF_NAME_AT_ADDRESS, clock.monotonic)
        self._address = Leaking(OF_ADDRESS, clock.monotonic)
        self._name = Leaking(OF_NAME_UNSLOWED, clock.monotonic)

    async def let_in(self, name: str, remote: str) -> None:
        """Count the attempt as failed until `succeeded`. Raises Problem 429 with Retry-After."""
        network = network_of(remote)
        wait_s = max(self._here.wait_s((name, network)), self._address.wait_s((network,)))
        if wait_s > 0:
            raise Problem(
                429,
                "Too many attempts",
                f"Too many log-ins failed from {remote}",
                f"Try again in {wait_s / 60:.0f} min, or from another device"
                if wait_s > 90
                else f"Try again in {wait_s:.0f} s, or from another device",
                headers={"retry-after": str(int(wait_s) + 1)},
            )
        # Before the check, so that attempts at once are counted too.
        self._here.add((name, network))
        self._address.add((network,))
        delay_s = min(MAX_DELAY_S, 0.25 * max(0.0, self._name.level((name,)) - OF_NAME_UNSLOWED))
        self._name.add((name,))
        if delay_s > 0:
            await self._clock.sleep(delay_s)

    def succeeded(self, name: str, remote: str) -> None:
        self._here.clear((name, network_of(remote)))
        # One who knows one password must not be free to guess others.
        self._address.take_back((network_of(remote),))
        self._name.take_back((name,))


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
