"""The API with a simulated station that has the security extension, over TLS as facts, in virtual time."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from chargeproof.central_system import CentralSystemSettings
from chargeproof.central_system.certificates import Authority
from chargeproof.central_system.embedded_authority import EmbeddedAuthority
from chargeproof.central_system.station_trust import StationTrust
from chargeproof.clock import LoopClock
from chargeproof.simulator.model import SecurityModel, StationModel, load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.memory_dial import MemoryDial, MemoryTls
from chargeproof.testbed.simulated import MemoryTransfer
from chargeproof.testing.virtual_time import VIRTUAL_EPOCH, run_virtual
from chargeproof.web.office import AddressBook, Addresses, SecurityOffice
from chargeproof.web.people.roles import Role
from tests.web.api.station_bench import StationBench
from tests.web.bench import HERE, WebBench, web_bench

STATION = "SAFE-1"
PLACE = f"/charge-points/{STATION}"
KEY = bytes(range(32))
ADDRESSES = Addresses(
    "ws://localhost:9000/ocpp", HERE, "ftp://localhost:2121", ocpp_tls="wss://localhost:9443/ocpp"
)
Scene = Callable[[StationBench], Awaitable[None]]


def secure_model(*manufacturer_roots: str, attempts: int = 3) -> StationModel:
    """As it ships, with these roots of its maker. attempts: to connect with new settings before it falls back."""
    security = SecurityModel(manufacturer_roots=manufacturer_roots, attempts=attempts)
    return msgspec.structs.replace(load_model("secure"), security=security)


def make_authority(folder: Path) -> Path:
    """The files of one, with certificates for a server."""
    authority = Authority(folder / "made", lambda: VIRTUAL_EPOCH)
    authority.server_identities(["localhost"])
    return authority.folder


@asynccontextmanager
async def secure_bench(
    made: Path,
    folder: Path,
    *,
    store: Path | str = ":memory:",
    model: StationModel | None = None,
    password: str | None = None,
    addresses: Addresses = ADDRESSES,
) -> AsyncIterator[StationBench]:
    """made: the files of an authority, since its keys take a second to make; they are copied.

    password: of the station, as it is known here.
    """
    shutil.copytree(made, folder / "certificates")
    embedded = EmbeddedAuthority(folder / "certificates", LoopClock().now)
    authority = embedded.made()
    settings = CentralSystemSettings(credential_key=KEY)
    parts = {"security": SecurityOffice(embedded), "addresses": AddressBook(addresses)}
    async with web_bench(store, settings=settings, **parts) as web, web.client(Role.OPERATOR) as api:
        web.office.central_system.security.use(authority, authority)
        api.base_url = api.base_url.join("/api/v1")
        if password is not None:
            await web.office.central_system.set_password(STATION, password)
        chosen = model or secure_model(authority.root_file.read_text())
        station = _station(web, authority, chosen)
        await station.power_on()
        bench = StationBench(web, api, station)
        await bench.pass_time(30)
        yield bench
        assert station.crashes == []
        await station.power_off()


def _station(web: WebBench, authority: Authority, model: StationModel) -> SimulatedStation:
    office = web.office
    shown = authority.server_identities(["localhost"])[1].certificate.read_text()
    tls = MemoryTls(shown, StationTrust([authority.station_roots_file]), office.clock)
    return SimulatedStation(
        model,
        STATION,
        dial=MemoryDial(office.central_system, tls=tls),
        transfer=MemoryTransfer(office.files),  # type: ignore[arg-type]
        clock=office.clock,
    )


def on_secure_bench(made: Path, folder: Path, scene: Scene) -> None:
    async def main() -> None:
        async with secure_bench(made, folder) as bench:
            await scene(bench)

    run_virtual(main())
