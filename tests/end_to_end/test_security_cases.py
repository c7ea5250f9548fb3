"""The certificate, log and firmware cases over real sockets: certificates both ways, a real file server."""

from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from chargeproof.acceptance.judge import judge
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.script import case_of
from chargeproof.acceptance.verdict import Outcome
from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem
from chargeproof.central_system.certificates import Authority
from chargeproof.central_system.server import OcppServer
from chargeproof.central_system.tls import ServerTls, TlsSettings
from chargeproof.clock import LoopClock
from chargeproof.simulator.certificate_store import IDENTITY, ROOTS
from chargeproof.simulator.certificates import new_key_pem, signing_request
from chargeproof.simulator.client import NetworkFileTransfer, WebSocketDial
from chargeproof.simulator.model import SecurityModel, StationModel, load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.store import SqliteStore
from chargeproof.testbed.no_site import NoSite
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.runner import Run
from chargeproof.testbed.simulated import FIRMWARE, FIRMWARE_FILE
from chargeproof.testbed.station import StationUnderTest
from chargeproof.testing.virtual_time import run_scaled
from chargeproof.trace import FileTransferred, HandshakeSeen, Trace
from tests.files.places import places

ID = "CP-1"
KEY = "00112233445566778899aabbccddeeff"
CASES = (74, 75, 76, 77, 79, 80, 81)
SPEED = 40


def model_of(authority: Authority) -> StationModel:
    """Security profile 3, with our root."""
    security = SecurityModel(central_system_roots=(authority.root_file.read_text(),))
    model = msgspec.structs.replace(load_model("secure"), security=security)
    return model.with_key("AuthorizationKey", value=KEY).with_key("SecurityProfile", value="3")


async def played(folder: Path) -> Trace:
    clock = LoopClock()
    authority = Authority(folder / "authority")
    identities = authority.server_identities(["localhost"])
    tls = ServerTls(TlsSettings(identities=identities, station_roots=(authority.station_roots_file,)), clock)
    async with AsyncExitStack() as stack:
        service, _ = await stack.enter_async_context(places(folder / "files"))
        store = SqliteStore()
        stack.push_async_callback(store.close)
        central_system = CentralSystem(store=store, bus=LocalBus(), clock=clock, files=service)
        await central_system.start()
        stack.push_async_callback(central_system.stop)
        central_system.security.use(authority, authority, tls)
        server = OcppServer(central_system, host="127.0.0.1", port=0, tls=tls)
        await server.start()
        stack.push_async_callback(server.stop)
        dial = WebSocketDial("ws://localhost:1/ocpp", tls_url_base=f"wss://localhost:{server.port}/ocpp")
        station = SimulatedStation(
            model_of(authority), ID, dial=dial, transfer=NetworkFileTransfer(), clock=clock
        )
        key = new_key_pem()
        chain = authority.sign_request(signing_request(key, ID, "Chargeproof"), ID)
        station.memory[IDENTITY] = {"chain": chain, "key": key}
        recorder = RunRecorder(clock, None)
        run = Run(
            station=StationUnderTest(
                ID,
                central_system=central_system,
                store=store,
                recorder=recorder,
                clock=clock,
                firmware={FIRMWARE_FILE: FIRMWARE},
            ),
            site=NoSite(),
            recorder=recorder,
            central_system=central_system,
            clock=clock,
            ask_profile=stated,
            functions=CASES,
        )
        await station.power_on()
        stack.push_async_callback(station.power_off)
        await run.play()
        assert station.crashes == []
        assert [len(pems) for pems in station.memory[ROOTS].values()] == [1, 0]
    return recorder.trace()


async def stated() -> Profile:
    return Profile(firmware_file=FIRMWARE_FILE, firmware_version="9.9.1")


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    return run_scaled(played(tmp_path_factory.mktemp("cases")), SPEED)


def test_a_lawful_station_passes_over_real_tls_and_with_real_files(trace: Trace) -> None:
    judgement = judge(trace)
    asked = {check.id for number in CASES for check in case_of(number).checks}
    said = {each.check.id: each.verdict for each in judgement.checks() if each.check.id in asked}
    assert {
        check: verdict.reason for check, verdict in said.items() if verdict.outcome is not Outcome.PASS
    } == {}
    assert set(said) == asked


def test_the_record_shows_the_certificates_and_the_files(trace: Trace) -> None:
    shown = [
        each.security.client_serial
        for each in trace.of(HandshakeSeen)
        if each.security is not None and each.security.client_serial
    ]
    assert len(set(shown)) == 3  # that of the factory, and two renewals
    events = [file.event for file in trace.of(FileTransferred)]
    assert events.count("upload") == 2
    assert "download" in events
