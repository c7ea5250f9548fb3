"""Whom a proxy in front of the stations' port connects for: believed only of proxies that were named."""

from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from chargeproof.central_system.guesses import address_in
from chargeproof.central_system.tcp import address_of
from chargeproof.errors import SettingsError

Network = IPv4Network | IPv6Network


class Proxies:
    """Networks of proxies whose X-Forwarded-For is believed; none by default."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def client_behind(self, remote: str, forwarded: str | None) -> str:
        """The nearest hop that is no proxy of ours, as "address:0"; `remote` itself where nothing is believed."""
        if not forwarded or not self._trust(address_in(remote)):
            return remote
        for hop in reversed(forwarded.split(",")):
            address = hop.strip().strip("[]")
            with suppress(ValueError):
                ip_address(address)
                if not self._trust(address):
                    return address_of((address, 0))
                continue
            break  # what is no address may have been made up, and all before it too
        return remote

    def _trust(self, address: str) -> bool:
        with suppress(ValueError):
            found = ip_address(address)
            return any(found in network for network in self._networks)
        return False


def networks_in(text: str, setting: str) -> list[Network]:
    """Addresses and networks separated by commas. Raises SettingsError."""
    try:
        return [ip_network(each.strip()) for each in text.split(",") if each.strip()]
    except ValueError as error:
        raise SettingsError(
            str(error), setting, 'Name addresses or networks, as "10.0.0.5, 10.1.0.0/24"'
        ) from error
