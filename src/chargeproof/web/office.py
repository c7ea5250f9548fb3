"""What the handlers of requests may use, put together once by the program that serves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from chargeproof.central_system import CentralSystem
from chargeproof.central_system.embedded_authority import EmbeddedAuthority
from chargeproof.central_system.tls import ServerTls
from chargeproof.clock import Clock
from chargeproof.files.firmware_shelf import FirmwareShelf
from chargeproof.files.ports import FileService
from chargeproof.resources.commands import Command
from chargeproof.settings import Settings
from chargeproof.store.ports import Store
from chargeproof.store.queries import Queries
from chargeproof.testbed.command_desk import CommandDesk
from chargeproof.testbed.run_desk import RunDesk
from chargeproof.testbed.security_changes import SecurityChanges
from chargeproof.testbed.simulated_stations import SimulatedStations
from chargeproof.web.live_sources import LiveEvents
from chargeproof.web.people.audit import Audit
from chargeproof.web.people.people import People
from chargeproof.web.rows.commands import shown


@dataclass(frozen=True)
class Addresses:
    """Where this program is reached: what is entered into a station, and what is opened in a browser.

    ocpp_tls, ftps: of the ports for TLS, where there are some.
    """

    ocpp: str
    web: str
    ftp: str
    only_this_machine: bool = True
    ocpp_tls: str = ""
    ftps: str = ""

    @property
    def exposed(self) -> bool:
        """Others on the network can reach the console, and read what is said with it."""
        return not self.only_this_machine and not self.web.startswith("https://")

    def station_address(self, charge_point_id: str) -> str:
        return f"{self.ocpp}/{charge_point_id}"


@dataclass(frozen=True)
class SecurityOffice:
    """signs: who signs certificates of stations. tls: None where stations are served without."""

    embedded: EmbeddedAuthority
    signs: Literal["embedded", "command", "nobody"] = "embedded"
    tls: ServerTls | None = None


_FURNISHED: Any = None
"""What `furnished` puts in."""


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
    security: SecurityOffice
    queries: Queries = _FURNISHED
    runs: RunDesk = _FURNISHED
    events: LiveEvents = _FURNISHED
    commands: CommandDesk = _FURNISHED
    simulated: SimulatedStations = _FURNISHED
    shelf: FirmwareShelf = _FURNISHED
    changes: SecurityChanges = _FURNISHED
    setting_sources: Mapping[str, str] = field(default_factory=dict)
    addresses: "AddressBook" = field(default_factory=lambda: AddressBook())


def furnished(office: Office, *, queries: Queries, firmware: Path, simulated: SimulatedStations) -> Office:
    """The office with everything that its handlers need besides the central system itself.

    firmware: the folder of the files for stations.
    """
    events = LiveEvents(office.central_system, queries, office.clock)
    if office.runs is not None:
        office.runs.listen(lambda happened: events.publish(happened.topic, happened.kind, happened.data))

    def tell_without_secrets(topic: str, kind: str, data: Any) -> None:
        events.publish(topic, kind, shown(data) if isinstance(data, Command) else data)

    return replace(
        office,
        queries=queries,
        events=events,
        commands=CommandDesk(office.central_system, office.clock, tell_without_secrets),
        simulated=simulated,
        changes=SecurityChanges(office.central_system, office.clock, events.publish),
        shelf=FirmwareShelf(firmware),
    )


async def leave(office: Office) -> None:
    """Before the central system stops: nobody listens, sends or simulates any more."""
    await office.events.stop()
    await office.commands.stop()
    await office.changes.stop()
    await office.simulated.close()
    await office.queries.close()


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
