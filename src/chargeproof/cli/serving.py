"""Everything that stations connect to, put together from the settings and taken apart again."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.metrics import Metrics
from chargeproof.central_system.retention import Retention, RetentionSettings
from chargeproof.central_system.tls import ServerTls
from chargeproof.cli.front_door import check_web_certificate, front_door
from chargeproof.cli.securing import security_of
from chargeproof.cli.station_ports import StationPorts
from chargeproof.clock import Clock
from chargeproof.errors import SettingsError, ToolError
from chargeproof.files.service import EmbeddedFileService, FileServerSettings
from chargeproof.settings import Settings
from chargeproof.simulator.client import NetworkFileTransfer, WebSocketDial
from chargeproof.store import SqliteStore
from chargeproof.store.sqlite_queries import SqliteQueries
from chargeproof.testbed.questions import Profiles
from chargeproof.testbed.run_desk import RunDesk
from chargeproof.testbed.simulated_stations import SimulatedStations
from chargeproof.web.app import create_app
from chargeproof.web.hosts import allowed_hosts
from chargeproof.web.office import AddressBook, Addresses, Office, furnished, leave
from chargeproof.web.server import WebServer

STORE_NAME = "chargeproof.db"
FIRMWARE = "firmware"
"""Folder of the firmware files in the folder for data."""
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104
DOCUMENTATION_HOST = "192.0.2.1"  # RFC 5737: nothing is sent to it


@dataclass(frozen=True)
class Serving:
    """A central system that serves, with its surroundings and its addresses."""

    central_system: CentralSystem
    store: SqliteStore
    data: Path
    addresses: Addresses
    first_password: str | None
    tls: ServerTls | None
    runs: RunDesk


class Readiness:
    """Whether stations can be served now."""

    def __init__(self, central_system: CentralSystem) -> None:
        self._central_system = central_system
        self.listening = False

    async def obstacles(self) -> list[str]:
        if not self.listening:
            return ["nothing listens for stations yet"]
        return await self._central_system.obstacles()


@asynccontextmanager
async def serving(
    settings: Settings,
    clock: Clock,
    *,
    recovers_runs: bool = True,
    makes_administrator: bool = False,
    sources: Mapping[str, str] | None = None,
) -> AsyncIterator[Serving]:
    """Serve until the block is left. Raises UsageError, SettingsError and ToolError for what cannot be had.

    makes_administrator: where nobody may log in yet. sources: where the settings come from.
    recovers_runs: end the runs that a dead program left, and put their stations back when they come.
    """
    check_web_certificate(settings)
    data = data_folder(settings)
    advertised = advertised_host(settings)
    secured = security_of(settings, data, clock, advertised)
    async with AsyncExitStack() as stack:
        metrics = Metrics()
        store = SqliteStore(data / STORE_NAME, writer=settings.store_writer, on_commit=metrics.committed)
        stack.push_async_callback(store.close)
        door = await stack.enter_async_context(
            front_door(settings, store, clock, makes_administrator=makes_administrator)
        )
        files = EmbeddedFileService(
            data / "files", clock=clock, settings=_file_settings(settings, advertised)
        )
        own = central_system_settings(settings, secured.credential_key)
        central_system = CentralSystem(store=store, bus=LocalBus(), clock=clock, settings=own, files=files)
        central_system.security.use(secured.authority, secured.signer)
        readiness = Readiness(central_system)
        addresses = AddressBook()
        simulated = SimulatedStations(
            dial=lambda: WebSocketDial(addresses.known.ocpp), transfer=NetworkFileTransfer(), clock=clock
        )
        runs = run_desk(data, central_system, clock, simulated, addresses)
        office = Office(
            central_system=central_system,
            store=store,
            clock=clock,
            settings=settings,
            files=files,
            people=door.people,
            audit=door.audit,
            setting_sources=sources or {},
            addresses=addresses,
            runs=runs,
        )
        office = furnished(
            office, queries=SqliteQueries(store), firmware=data / FIRMWARE, simulated=simulated
        )
        app = create_app(
            office=office,
            connected_stations=lambda: len(central_system.connected_ids()),
            file_site=files.http_site,
            metrics=metrics.text,
            obstacles=readiness.obstacles,
            hosts=allowed_hosts(
                settings, only_this_machine=is_loopback(settings.host), advertised=advertised
            ),
            metrics_public=settings.metrics_public or is_loopback(settings.host),
        )
        web = WebServer(
            app,
            host=settings.host,
            port=settings.web_port,
            certificate=settings.web_tls_certificate,
            key=settings.web_tls_key,
        )
        await web.start()
        stack.push_async_callback(web.stop)
        files.use_http_port(web.port, web.scheme)
        await files.start()
        stack.push_async_callback(files.stop)
        await central_system.start()
        ports = StationPorts(central_system, settings, secured.tls)
        stack.push_async_callback(_stop, central_system, ports)
        await ports.start()
        stack.push_async_callback(leave, office)
        readiness.listening = True
        retention = Retention(store, clock, retention_settings(settings))
        retention.start()
        stack.push_async_callback(retention.stop)
        _measure(metrics, central_system, store, ports)
        stack.callback(metrics.stop)
        place = f"[{advertised}]" if ":" in advertised else advertised
        known = Addresses(
            ocpp=ports.address(place),
            ocpp_tls=ports.secure_address(place),
            web=f"{web.scheme}://{place}:{web.port}",
            ftp=f"ftp://{place}:{files.ftp_port}",
            only_this_machine=is_loopback(settings.host),
        )
        addresses.settle(known)
        stack.push_async_callback(simulated.close)
        stack.push_async_callback(runs.close)
        await runs.open(recovers=recovers_runs)
        yield Serving(
            central_system=central_system,
            store=store,
            data=data,
            addresses=known,
            first_password=door.first_password,
            tls=secured.tls,
            runs=runs,
        )


def run_desk(
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


def _measure(
    metrics: Metrics, central_system: CentralSystem, store: SqliteStore, ports: StationPorts
) -> None:
    metrics.watch(
        central_system,
        {
            "chargeproof_store_rows_waiting": ("Rows that wait for a commit", lambda: store.waiting_rows),
            "chargeproof_sockets": (
                "TCP connections at the port of the stations",
                lambda: ports.connections,
            ),
            "chargeproof_handshakes_waiting": (
                "Handshakes that wait to be let in",
                lambda: ports.waiting,
            ),
        },
    )
    metrics.start()


async def _stop(central_system: CentralSystem, ports: StationPorts) -> None:
    """First what is being handled is finished and every socket closed, then the port is given back."""
    await central_system.stop()
    await ports.stop()


def data_folder(settings: Settings) -> Path:
    """The folder for data, made where it is missing. Raises ToolError where that or writing is impossible."""
    return writable_folder(Path(settings.data).expanduser(), "Choose another folder with --data")


def writable_folder(folder: Path, remedy: str) -> Path:
    """Make a folder and try it out. Raises ToolError."""
    probe = folder / ".chargeproof-probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ToolError(f"this folder cannot be written: {reason}", str(folder), remedy) from error
    return folder


def is_loopback(host: str) -> bool:
    """Whether nobody outside of this machine reaches that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def advertised_host(settings: Settings) -> str:
    """The address of this machine as stations see it: as set, as listened on, or as the network shows it."""
    if settings.advertised_host:
        return settings.advertised_host
    if settings.host not in EVERYWHERE:
        return settings.host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((DOCUMENTATION_HOST, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def central_system_settings(settings: Settings, credential_key: bytes) -> CentralSystemSettings:
    """What concerns the central system alone."""
    return CentralSystemSettings(
        unknown_stations=settings.unknown_stations,
        unknown_id_tags=settings.unknown_id_tags,
        allow_concurrent_use=settings.allow_concurrent_use,
        heartbeat_interval_s=settings.heartbeat_interval_s,
        registration_retry_s=settings.registration_retry_s,
        call_timeout_s=settings.call_timeout_s,
        queue_limit=settings.queue_limit,
        quiet=settings.quiet,
        allow_missing_subprotocol=settings.allow_missing_subprotocol,
        require_credentials=settings.require_credentials,
        minimum_security_profile=settings.minimum_security_profile,
        credential_key=credential_key,
    )


def retention_settings(settings: Settings) -> RetentionSettings:
    return RetentionSettings(
        keep_days=settings.frames_keep_days, max_bytes=int(settings.store_max_mb * 1_000_000)
    )


def _file_settings(settings: Settings, advertised: str) -> FileServerSettings:
    return FileServerSettings(
        bind_host=settings.host,
        advertised_host=advertised,
        ftp_port=settings.ftp_port,
        passive_ports=_port_range(settings.ftp_passive_ports),
    )


def _port_range(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    first, dash, last = text.partition("-")
    if dash and first.strip().isdecimal() and last.strip().isdecimal():
        low, high = int(first), int(last)
        if 0 < low <= high <= 65535:
            return low, high
    raise SettingsError(
        f"{text!r} is no range of ports", "ftp_passive_ports", 'Give the first and the last, as "60000-60100"'
    )
