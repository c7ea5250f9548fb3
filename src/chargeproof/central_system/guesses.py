"""Holds up whoever guesses the passwords of stations, and never the station at an address of its own.

Three counts of wrong passwords, each leaking away with time: of a station at an address, of an address, and of a
station at all addresses. The last two do not hold for a station at the address where it last proved itself, so
that a stranger elsewhere, or a neighbour behind the same address who goes through the ids, does not keep it out.
"""

from collections import OrderedDict
from collections.abc import Callable

from chargeproof.central_system.leaking import MAX_COUNTS, Leaking, network_of

OF_STATION_AT_ADDRESS = 20
OF_ADDRESS = 300
OF_STATION = 200


class Guesses:
    """Asked before a password is looked at, told what came of it. `remote` is "address:port"."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._here = Leaking(OF_STATION_AT_ADDRESS, monotonic)
        self._address = Leaking(OF_ADDRESS, monotonic)
        self._station = Leaking(OF_STATION, monotonic)
        self._proved: OrderedDict[str, str] = OrderedDict()

    def wait_s(self, charge_point_id: str, remote: str) -> float:
        """Seconds until the next password from there is looked at; 0: now."""
        network = network_of(address_in(remote))
        wait_s = self._here.wait_s((charge_point_id, network))
        if self._proved.get(charge_point_id) == network:
            return wait_s
        return max(wait_s, self._address.wait_s((network,)), self._station.wait_s((charge_point_id,)))

    def wrong(self, charge_point_id: str, remote: str) -> None:
        network = network_of(address_in(remote))
        self._here.add((charge_point_id, network))
        self._address.add((network,))
        self._station.add((charge_point_id,))

    def right(self, charge_point_id: str, remote: str) -> None:
        network = network_of(address_in(remote))
        self._here.clear((charge_point_id, network))
        self._proved[charge_point_id] = network
        self._proved.move_to_end(charge_point_id)
        if len(self._proved) > MAX_COUNTS:
            self._proved.popitem(last=False)

    def begin_anew(self, charge_point_id: str) -> None:
        """An operator has set a password: what was wrong before may be right now."""
        self._here.clear_all_of(charge_point_id)
        self._station.clear((charge_point_id,))


def address_in(remote: str) -> str:
    """Without the port: "127.0.0.1:50000", "[::1]:50000"."""
    return remote.rpartition(":")[0].strip("[]") or remote
