"""The web side of a central system that serves: its office, its server, and the addresses it is found at."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from chargeproof.central_system import CentralSystem
from chargeproof.central_system.metrics import Metrics
from chargeproof.central_system.proxies import networks_in
from chargeproof.cli.addresses import is_loopback
from chargeproof.cli.front_door import FrontDoor
from chargeproof.cli.own_places import OwnPlaces
from chargeproof.cli.securing import Security
from chargeproof.cli.station_ports import StationPorts
from chargeproof.clock import Clock
from chargeproof.files.service import EmbeddedFileService
from chargeproof.settings import Settings
from chargeproof.simulator.client import WebSocketDial
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.store import SqliteStore
from chargeproof.store.sqlite_queries import SqliteQueries
from chargeproof.testbed.questions import Profiles
from chargeproof.testbed.run_desk import RunDesk
from chargeproof.testbed.simulated_stations import SimulatedStations
from chargeproof.web.app import create_app
from chargeproof.web.hosts import allowed_hosts
from chargeproof.web.office import AddressBook, Addresses, Office, SecurityOffice, furnished
from chargeproof.web.server import WebServer

FIRMWARE = "firmware"
"""Folder of the firmware files in the folder for data."""


ASKED_AGAIN_S = 0.5


class Readiness:
    """Whether stations can be served now. Anybody may ask, and finding out writes to the disk: so not each time."""

    def __init__(self, central_system: CentralSystem) -> None:
        self._central_system = central_system
        self._asked: asyncio.Task[list[str]] | None = None
        self._asked_at_s = 0.0
        self.listening = False

    async def obstacles(self) -> list[str]:
        if not self.listening:
            return ["nothing listens for stations yet"]
        now_s = asyncio.get_running_loop().time()
        if self._asked is None or (self._asked.done() and now_s - self._asked_at_s >= ASKED_AGAIN_S):
            self._asked, self._asked_at_s = asyncio.create_task(self._central_system.obstacles()), now_s
        return await asyncio.shield(self._asked)


def office_of(
    central_system: CentralSystem,
    store: SqliteStore,
    files: EmbeddedFileService,
    door: FrontDoor,
    secured: Security,
    *,
    settings: Settings,
    sources: Mapping[str, str],
    data: Path,
    clock: Clock,
) -> Office:
    """Everything that handlers may use. Its address book is to be settled once everything listens."""
    addresses = AddressBook()
    simulated = SimulatedStations(
        dial=lambda: _dial(addresses.known),
        transfer=OwnPlaces(NetworkFileTransfer(), lambda: addresses.known),
        clock=clock,
    )
    office = Office(
        central_system=central_system,
        store=store,
        clock=clock,
        settings=settings,
        files=files,
        people=door.people,
        audit=door.audit,
        setting_sources=sources,
        addresses=addresses,
        security=SecurityOffice(secured.embedded, secured.signs, secured.tls),
        runs=_run_desk(data, central_system, clock, simulated, addresses),
    )
    return furnished(office, queries=SqliteQueries(store), firmware=data / FIRMWARE, simulated=simulated)


def _dial(addresses: Addresses) -> WebSocketDial:
    return WebSocketDial(addresses.ocpp, tls_url_base=addresses.ocpp_tls or None)


def _run_desk(
    data: Path,
    central_system: CentralSystem,
    clock: Clock,
    simulated: SimulatedStations,
    addresses: AddressBook,
) -> RunDesk:
    """Where acceptance runs are played in this program."""
    return RunDesk(
        folder=data / "runs",
        profiles=Profiles(data / "profiles"),
        central_system=central_system,
        store=central_system.store,
        clock=clock,
        simulated=simulated,
        firmware_folder=data / FIRMWARE,
        environment=lambda: {"address": addresses.known.ocpp},
    )


def web_server(
    office: Office, files: EmbeddedFileService, metrics: Metrics, readiness: Readiness, *, advertised: str
) -> WebServer:
    """The server of the console, the API and the stations' files; not started yet."""
    settings = office.settings
    only_this_machine = is_loopback(settings.host)
    app = create_app(
        office=office,
        connected_stations=lambda: len(office.central_system.connected_ids()),
        file_site=files.http_site,
        metrics=metrics.text,
        obstacles=readiness.obstacles,
        hosts=allowed_hosts(settings, only_this_machine=only_this_machine, advertised=advertised),
        metrics_public=settings.metrics_public or only_this_machine,
    )
    return WebServer(
        app,
        host=settings.host,
        port=settings.web_port,
        certificate=settings.web_tls_certificate,
        key=settings.web_tls_key,
        trusted_proxies=[str(each) for each in networks_in(settings.trusted_proxies, "trusted_proxies")],
    )


def addresses_of(
    settings: Settings, advertised: str, ports: StationPorts, web: WebServer, files: EmbeddedFileService
) -> Addresses:
    """Of what listens by now."""
    place = f"[{advertised}]" if ":" in advertised else advertised
    return Addresses(
        ocpp=ports.address(place),
        ocpp_tls=ports.secure_address(place),
        web=f"{web.scheme}://{place}:{web.port}",
        ftp=f"ftp://{place}:{files.ftp_port}",
        ftps=f"ftps://{place}:{files.ftps_port}" if files.ftps_port is not None else "",
        only_this_machine=is_loopback(settings.host),
    )
