"""Everything that stations connect to, put together from the settings and taken apart again."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.metrics import Metrics
from chargeproof.central_system.retention import Retention, RetentionSettings
from chargeproof.central_system.tls import ServerTls
from chargeproof.cli.addresses import advertised_host
from chargeproof.cli.front_door import check_web_certificate, front_door
from chargeproof.cli.furnishing import Readiness, addresses_of, office_of, web_server
from chargeproof.cli.securing import Security, secure_files, security_of
from chargeproof.cli.sole_use import sole_use
from chargeproof.cli.station_ports import StationPorts
from chargeproof.clock import Clock
from chargeproof.errors import SettingsError, ToolError
from chargeproof.files.service import EmbeddedFileService, FileServerSettings
from chargeproof.settings import Settings
from chargeproof.store import SqliteStore
from chargeproof.testbed.run_desk import RunDesk
from chargeproof.web.office import Addresses, Office, leave
from chargeproof.web.server import WebServer

STORE_NAME = "chargeproof.db"


@dataclass(frozen=True)
class Serving:
    """A central system that serves, with its surroundings and its addresses.

    reload_certificates: read those of stations and of the console again; no connection is dropped.
    """

    central_system: CentralSystem
    store: SqliteStore
    data: Path
    addresses: Addresses
    first_password: str | None
    tls: ServerTls | None
    runs: RunDesk
    reload_certificates: Callable[[], None]


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
    async with AsyncExitStack() as stack:
        stack.enter_context(sole_use(data))
        secured = security_of(settings, data, clock, advertised)
        metrics = Metrics()
        store = SqliteStore(data / STORE_NAME, writer=settings.store_writer, on_commit=metrics.committed)
        stack.push_async_callback(store.close)
        door = await stack.enter_async_context(front_door(settings, store, clock))
        files = _files(settings, secured, data, clock, advertised)
        central_system = _central_system(settings, secured, store, files, clock)
        office = office_of(
            central_system,
            store,
            files,
            door,
            secured,
            settings=settings,
            sources=sources or {},
            data=data,
            clock=clock,
        )
        readiness = Readiness(central_system)
        web = web_server(office, files, metrics, readiness, advertised=advertised)
        await stack.enter_async_context(_open_doors(web, files))
        ports = await stack.enter_async_context(_open_ports(central_system, settings, secured.tls))
        stack.push_async_callback(leave, office)
        readiness.listening = True
        await stack.enter_async_context(_kept_up(metrics, central_system, store, ports, settings, clock))
        office.addresses.settle(addresses_of(settings, advertised, ports, web, files))
        await stack.enter_async_context(_open_desk(office, recovers_runs=recovers_runs))
        # Only now: who is told that a port is in use is told no password, and it is told once.
        password = await door.appoint() if makes_administrator else None
        yield _served(central_system, store, data, office, password, secured, web)


def _served(
    central_system: CentralSystem,
    store: SqliteStore,
    data: Path,
    office: Office,
    first_password: str | None,
    secured: Security,
    web: WebServer,
) -> Serving:
    return Serving(
        central_system=central_system,
        store=store,
        data=data,
        addresses=office.addresses.known,
        first_password=first_password,
        tls=secured.tls,
        runs=office.runs,
        reload_certificates=lambda: _reload(secured.tls, web),
    )


def _reload(tls: ServerTls | None, web: WebServer) -> None:
    if tls is not None:
        tls.reload()
    web.reload_certificate()


def _files(
    settings: Settings, secured: Security, data: Path, clock: Clock, advertised: str
) -> EmbeddedFileService:
    files = EmbeddedFileService(data / "files", clock=clock, settings=_file_settings(settings, advertised))
    secure_files(files, secured.tls)
    return files


def _central_system(
    settings: Settings, secured: Security, store: SqliteStore, files: EmbeddedFileService, clock: Clock
) -> CentralSystem:
    own = central_system_settings(settings, secured.credential_key)
    central_system = CentralSystem(store=store, bus=LocalBus(), clock=clock, settings=own, files=files)
    central_system.security.use(secured.authority, secured.embedded, secured.tls)
    return central_system


@asynccontextmanager
async def _open_doors(web: WebServer, files: EmbeddedFileService) -> AsyncIterator[None]:
    """What browsers and files come through."""
    async with AsyncExitStack() as stack:
        await web.start()
        stack.push_async_callback(web.stop)
        files.use_http_port(web.port, web.scheme)
        await files.start()
        stack.push_async_callback(files.stop)
        yield


@asynccontextmanager
async def _open_desk(office: Office, *, recovers_runs: bool) -> AsyncIterator[None]:
    """Runs end before the stations that are simulated for them."""
    try:
        await office.runs.open(recovers=recovers_runs)
        yield
    finally:
        await office.runs.close()
        await office.simulated.close()


@asynccontextmanager
async def _open_ports(
    central_system: CentralSystem, settings: Settings, tls: ServerTls | None
) -> AsyncIterator[StationPorts]:
    """At the end what is being handled is finished and every socket closed, then the ports are given back."""
    await central_system.start()
    ports = StationPorts(central_system, settings, tls)
    try:
        await ports.start()
        yield ports
    finally:
        await central_system.stop()
        await ports.stop()


@asynccontextmanager
async def _kept_up(
    metrics: Metrics,
    central_system: CentralSystem,
    store: SqliteStore,
    ports: StationPorts,
    settings: Settings,
    clock: Clock,
) -> AsyncIterator[None]:
    """It is measured, and what is too old is forgotten."""
    retention = Retention(store, clock, retention_settings(settings))
    retention.start()
    _measure(metrics, central_system, store, ports)
    try:
        yield
    finally:
        metrics.stop()
        await retention.stop()


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
        ftps_port=settings.ftps_port if settings.ftps_port >= 0 else None,
        max_upload_bytes=int(settings.upload_max_mb * 1_000_000),
        max_upload_files=settings.upload_max_files,
        job_lifetime_s=settings.file_job_h * 3600,
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
