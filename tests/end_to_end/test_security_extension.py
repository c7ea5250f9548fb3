"""The security extension over real sockets: TLS both ways, files, certificates that are asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem
from chargeproof.central_system.certificates import Authority
from chargeproof.central_system.server import OcppServer
from chargeproof.central_system.tls import ServerTls, TlsSettings
from chargeproof.clock import LoopClock
from chargeproof.ocpp import ChangeConfiguration, Request
from chargeproof.ocpp.security import ExtendedTriggerMessage
from chargeproof.ocpp.security_enums import ExtendedMessageTrigger, LogType
from chargeproof.simulator.client import WebSocketDial
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.simulator.model import SecurityModel, StationModel, load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.store import SqliteStore
from chargeproof.trace import Entry
from tests.files.places import places
from tests.quiet_time import run

KEY = "00112233445566778899aabbccddeeff"
ID = "CP-1"
SPEED = 20
LIMIT_S = 60.0 * SPEED


@dataclass
class Place:
    """A central system on two ports, and a station."""

    central_system: CentralSystem
    store: SqliteStore
    station: SimulatedStation
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, _entry: Entry) -> None:
        self.news.set()

    async def until(self, so: Callable[[], bool]) -> None:
        """Wait for entries until it is so."""
        async with asyncio.timeout(LIMIT_S):
            while not so():
                self.news.clear()
                await self.news.wait()

    async def online(self, connection: int) -> None:
        """The station is ready on its connection of that number."""
        await self.until(
            lambda: (
                self.station.online
                and self.central_system.is_ready(ID)
                and self.central_system._connections >= connection
            )
        )

    async def ask(self, request: Request) -> Any:
        result = await self.central_system.call(ID, request)
        assert result.confirmation is not None, result
        return result.confirmation

    async def told(self, subject: str, last: str) -> list[str]:
        """The progress of a subject, once it has come to `last`."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                await self.store.flush()
                kept = [one.status for one in await self.store.progress(ID) if one.subject == subject]
                if last in kept:
                    return kept[::-1]
                self.news.clear()
                await self.news.wait()


def model_of(authority: Authority) -> StationModel:
    root = authority.root_file.read_text()
    security = SecurityModel(central_system_roots=(root,), manufacturer_roots=(root,))
    model = msgspec.structs.replace(load_model("secure"), security=security)
    return model.with_key("AuthorizationKey", value=KEY).with_key("SecurityProfile", value="1")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def place(folder: Path, authority: Authority, server: Authority | None = None) -> AsyncIterator[Place]:
    clock = LoopClock()
    tls = ServerTls(
        TlsSettings(
            identities=(server or authority).server_identities(["localhost"]),
            station_roots=(authority.station_roots_file,),
        ),
        clock,
    )
    async with AsyncExitStack() as stack:
        service, _ = await stack.enter_async_context(places(folder / "files"))
        store = SqliteStore()
        stack.push_async_callback(store.close)
        central_system = CentralSystem(store=store, bus=LocalBus(), clock=clock, files=service)
        await central_system.start()
        stack.push_async_callback(central_system.stop)
        central_system.security.use(authority, authority)
        await central_system.set_password(ID, KEY)
        plain = OcppServer(central_system, host="127.0.0.1", port=0)
        secured = OcppServer(central_system, host="127.0.0.1", port=0, tls=tls)
        for listening in (plain, secured):
            await listening.start()
            stack.push_async_callback(listening.stop)
        dial = WebSocketDial(
            f"ws://localhost:{plain.port}/ocpp", tls_url_base=f"wss://localhost:{secured.port}/ocpp"
        )
        station = SimulatedStation(
            model_of(authority), ID, dial=dial, transfer=NetworkFileTransfer(), clock=clock
        )
        made = Place(central_system, store, station)
        central_system.watch("*", made.heard)
        await station.power_on()
        stack.push_async_callback(station.power_off)
        await made.online(1)
        yield made
        assert station.crashes == []


def test_a_station_goes_from_a_password_to_a_certificate_of_its_own(
    authority: Authority, tmp_path: Path
) -> None:
    async def scene() -> None:
        async with place(tmp_path, authority) as here:
            await here.ask(ChangeConfiguration(key="SecurityProfile", value="2"))
            await here.online(2)
            signing = ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE
            await here.ask(ExtendedTriggerMessage(requested_message=signing))
            certificates = here.station.secured().certificates
            await here.until(lambda: certificates.identity is not None)
            await here.ask(ChangeConfiguration(key="SecurityProfile", value="3"))
            await here.online(3)
            await here.store.flush()
            shown = [one.tls for one in reversed(await here.store.connections(ID))]
            assert shown[0] is None
            assert all(tls is not None and tls.startswith("TLSv1.3") for tls in shown[1:])

    run(scene(), SPEED)


@pytest.mark.parametrize("scheme", ["http", "ftp"])
def test_a_security_log_and_signed_firmware_come_through(
    authority: Authority, tmp_path: Path, scheme: Any
) -> None:
    async def scene() -> None:
        async with place(tmp_path, authority) as here:
            desk = here.central_system.security
            await desk.get_log(ID, LogType.SECURITY_LOG, scheme=scheme)
            assert await here.told("log", "Uploaded") == ["Uploading", "Uploaded"]
            (log_file,) = (tmp_path / "files").glob("*/*SecurityLog*")
            assert "StartupOfTheDevice" in log_file.read_text()
            await desk.update_firmware(ID, b"version: 5.0.0\ncode", "firmware.bin", scheme=scheme)
            statuses = await here.told("signed firmware", "Installed")
            assert statuses[:3] == ["Downloading", "Downloaded", "SignatureVerified"]
            assert here.station.firmware.version == "5.0.0"

    run(scene(), SPEED)


def test_a_server_of_another_authority_is_refused_by_the_station(
    authority: Authority, tmp_path: Path
) -> None:
    async def scene() -> None:
        stranger = Authority(tmp_path / "stranger")
        async with place(tmp_path, authority, stranger) as here:
            await here.ask(ChangeConfiguration(key="SecurityProfile", value="2"))
            await here.online(2)  # on the plain port again
            async with asyncio.timeout(LIMIT_S):
                while "InvalidCentralSystemCertificate" not in await events(here):
                    here.news.clear()
                    await here.news.wait()
            assert here.station.configuration.text("SecurityProfile") == "1"
            assert [one.tls for one in await here.store.connections(ID)] == [None, None]

    run(scene(), SPEED)


async def events(here: Place) -> list[str]:
    await here.store.flush()
    return [one.type for one in await here.store.security_events(ID)]
