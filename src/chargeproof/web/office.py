"""What the handlers of requests may use, put together once by the program that serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chargeproof.central_system import CentralSystem
from chargeproof.clock import Clock
from chargeproof.files.ports import FileService
from chargeproof.settings import Settings
from chargeproof.store.ports import Store
from chargeproof.web.people.audit import Audit
from chargeproof.web.people.people import People


@dataclass(frozen=True)
class Addresses:
    """Where this program is reached: what is entered into a station, and what is opened in a browser."""

    ocpp: str
    web: str
    ftp: str
    only_this_machine: bool = True

    @property
    def exposed(self) -> bool:
        """Others on the network can reach the console, and read what is said with it."""
        return not self.only_this_machine and not self.web.startswith("https://")

    def station_address(self, charge_point_id: str) -> str:
        return f"{self.ocpp}/{charge_point_id}"


@dataclass(frozen=True)
class Office:
    """Given to a handler that has a parameter `office: NamedDependency[Office]`."""

    central_system: CentralSystem
    store: Store
    clock: Clock
    settings: Settings
    files: FileService
    people: People
    audit: Audit
    queries: Any = None
    runs: Any = None
    events: Any = None
    setting_sources: Mapping[str, str] = field(default_factory=dict)
    addresses: "AddressBook" = field(default_factory=lambda: AddressBook())


class AddressBook:
    """The addresses are known only once everything listens; nobody asks before."""

    def __init__(self, addresses: Addresses | None = None) -> None:
        self._addresses = addresses

    def settle(self, addresses: Addresses) -> None:
        self._addresses = addresses

    @property
    def known(self) -> Addresses:
        if self._addresses is None:
            raise RuntimeError("the addresses are not known yet")
        return self._addresses
