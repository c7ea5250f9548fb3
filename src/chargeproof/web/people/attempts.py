"""Slows down whoever guesses passwords, and never keeps out the right person at another address.

Three counts of failures, each leaking away with time: of a name at an address and of an address, which refuse
when full; and of a name at all addresses, which only makes everybody who uses that name wait a moment longer.
"""

from chargeproof.central_system.leaking import Leaking, network_of
from chargeproof.clock import Clock
from chargeproof.web.problems import Problem

OF_NAME_AT_ADDRESS = 8
OF_ADDRESS = 40
OF_NAME_UNSLOWED = 24
MAX_DELAY_S = 4.0


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
