"""Which station gets in: security profile × credential × expected outcome, over real sockets.

The stations are written with the libraries `ocpp` and `websockets`; or simulated; or are openssl and curl.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ocpp.v16 import ChargePoint, call  # type: ignore[import-untyped]
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.server import OcppServer
from chargeproof.clock import LoopClock
from chargeproof.simulator.certificate_store import IDENTITY
from chargeproof.simulator.client import WebSocketDial
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.simulator.memory import Memory
from chargeproof.simulator.model import SecurityModel, load_model
from chargeproof.simulator.ports import DialCredentials, DialRefused, Wire
from chargeproof.simulator.station import SimulatedStation
from chargeproof.store import SqliteStore
from tests.central_system.openssl import s_client
from tests.central_system.raw_client import run
from tests.central_system.tls_files import TestAuthority, server_tls
from tests.files.places import curl

STATION = "CP-1"
PASSWORD = "0123456789abcdef0123"
REVOKED_DAYS = 91


@dataclass(frozen=True)
class Place:
    ws: str
    wss: str
    tls_port: int
    store: SqliteStore
    authority: TestAuthority
    stranger: TestAuthority
    revoked: Any


@asynccontextmanager
async def place(folder: Path, minimum: int) -> AsyncIterator[Place]:
    """A central system that knows the station's password, with a plain port and one for TLS."""
    authority, stranger = TestAuthority(folder), TestAuthority(folder, "stranger")
    revoked = authority.station(STATION, days=REVOKED_DAYS)
    tls = server_tls(authority, roots=(authority.root_file,), lists=(authority.revoke(revoked),))
    store = SqliteStore(":memory:")
    settings = CentralSystemSettings(minimum_security_profile=minimum)
    central_system = CentralSystem(store=store, bus=LocalBus(), clock=LoopClock(), settings=settings)
    await central_system.start()
    await central_system.set_password(STATION, PASSWORD)
    plain = OcppServer(central_system, host="127.0.0.1", port=0, on_refused=central_system.refused)
    secure = OcppServer(central_system, host="127.0.0.1", port=0, tls=tls, on_refused=central_system.refused)
    await plain.start()
    await secure.start()
    try:
        yield Place(
            f"ws://127.0.0.1:{plain.port}/ocpp",
            f"wss://localhost:{secure.port}/ocpp",
            secure.port,
            store,
            authority,
            stranger,
            revoked,
        )
    finally:
        await central_system.stop()
        await plain.stop()
        await secure.stop()
        await store.close()


class Station(ChargePoint):  # type: ignore[misc]
    """A station of another maker."""

    async def boots(self) -> str:
        listening = asyncio.create_task(self.start())
        answer = await self.call(
            call.BootNotification(charge_point_model="M", charge_point_vendor="V"), suppress=False
        )
        listening.cancel()
        return str(answer.status)


def identity_of(place: Place, certificate: str) -> Any:
    """A certificate and its key; None: the station has none."""
    of = place.authority.station
    return {  # type: ignore[no-untyped-call]
        "": lambda: None,
        "good": lambda: of(STATION),
        "RSA": lambda: of(STATION, kind="RSA", days=92),
        "other name": lambda: of("CP-2"),
        "expired": lambda: of(STATION, days=0),
        "revoked": lambda: place.revoked,
        "stranger's": lambda: place.stranger.station(STATION),
    }[certificate]()


async def outcome_of(place: Place, url: str, password: str, certificate: str) -> str:
    """The status of the answer; "no TLS" where the connection ends before it."""
    tls = place.authority.client_context(identity_of(place, certificate)) if url == place.wss else None
    address = f"{url}/{STATION}"
    if password:
        address = address.replace("://", f"://{STATION}:{password}@")
    try:
        async with connect(address, ssl=tls, subprotocols=["ocpp1.6"], proxy=None) as socket:  # type: ignore[list-item]
            assert await Station(STATION, socket).boots() == "Accepted"
            return "101"
    except InvalidStatus as refused:
        return str(refused.response.status_code)
    except (OSError, InvalidMessage):
        return "no TLS"


# profile asked | over | password | certificate | outcome | profile that the record shows
TABLE = [
    (0, "ws", PASSWORD, "", "101", 1),
    (0, "ws", "wrong", "", "401", 0),
    (0, "wss", PASSWORD, "", "101", 2),
    (0, "wss", "", "good", "101", 3),
    (0, "wss", PASSWORD, "expired", "403", 2),
    (1, "ws", PASSWORD, "", "101", 1),
    (1, "ws", "", "", "401", 0),
    (1, "ws", "wrong", "", "401", 0),
    (1, "wss", PASSWORD, "", "101", 2),
    (2, "ws", PASSWORD, "", "403", None),
    (2, "wss", PASSWORD, "", "101", 2),
    (2, "wss", "", "", "401", 0),
    (2, "wss", "wrong", "", "401", 0),
    (2, "wss", "", "good", "101", 3),
    (3, "ws", PASSWORD, "", "403", None),
    (3, "wss", PASSWORD, "", "403", 2),
    (3, "wss", "", "", "401", 0),
    (3, "wss", "", "good", "101", 3),
    (3, "wss", "", "RSA", "101", 3),
    (3, "wss", "", "other name", "403", 0),
    (3, "wss", "", "expired", "403", 0),
    (3, "wss", "", "revoked", "403", 0),
    (3, "wss", "", "stranger's", "no TLS", None),
]


@pytest.mark.parametrize(
    ("asked", "over", "password", "certificate", "outcome", "profile"),
    TABLE,
    ids=[f"profile {row[0]} over {row[1]}, row {number}" for number, row in enumerate(TABLE)],
)
def test_a_station_gets_in_as_the_table_says(
    tmp_path: Path,
    asked: int,
    over: str,
    password: str,
    certificate: str,
    outcome: str,
    profile: int | None,
) -> None:
    async def main() -> None:
        async with place(tmp_path, asked) as there:
            url = there.ws if over == "ws" else there.wss
            assert await outcome_of(there, url, password, certificate) == outcome
            seen = (await there.store.handshakes(limit=1))[0]
            assert seen.outcome == ("accepted" if outcome == "101" else "refused")
            assert bool(seen.hint) == (outcome != "101")
            if profile is not None:
                assert seen.security is not None
                assert seen.security.profile == profile

    run(main())


class WatchedDial:
    """The simulated station's way to the central system; tells what became of its first attempt."""

    def __init__(self, there: Place) -> None:
        self._dial = WebSocketDial(there.ws, tls_url_base=there.wss)
        self.outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(
        self, charge_point_id: str, subprotocols: Sequence[str], credentials: DialCredentials | None = None
    ) -> Wire:
        try:
            wire = await self._dial(charge_point_id, subprotocols, credentials)
        except DialRefused as refused:
            self._tell(str(refused.status))
            raise
        except OSError:
            self._tell("no TLS")
            raise
        self._tell("101")
        return wire

    def _tell(self, outcome: str) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


async def simulated_outcome(
    there: Place, profile: int, password: str, certificate: str, trusts: TestAuthority
) -> str:
    """Of a simulated station with the security extension that is set to this profile."""
    memory, dial = Memory(), WatchedDial(there)
    identity = identity_of(there, certificate)
    if identity is not None:
        memory[IDENTITY] = {"chain": identity.certificate.read_text(), "key": identity.key.read_text()}
    model = msgspec.structs.replace(
        load_model("secure"), security=SecurityModel(central_system_roots=(trusts.root_file.read_text(),))
    )
    model = model.with_key("SecurityProfile", value=str(profile)).with_key("AuthorizationKey", value=password)
    station = SimulatedStation(
        model, STATION, dial=dial, transfer=NetworkFileTransfer(), clock=LoopClock(), memory=memory
    )
    await station.power_on()
    try:
        return await dial.outcome
    finally:
        await station.power_off()


# profile asked | profile of the station | password | certificate | root it trusts | outcome | profile in the record
SIMULATED = [
    (0, 0, "", "", "ours", "401", 0),
    (1, 1, PASSWORD, "", "ours", "101", 1),
    (1, 1, "wrong", "", "ours", "401", 0),
    (2, 1, PASSWORD, "", "ours", "403", None),
    (1, 2, PASSWORD, "", "ours", "101", 2),
    (2, 2, PASSWORD, "", "ours", "101", 2),
    (2, 2, "wrong", "", "ours", "401", 0),
    (2, 2, PASSWORD, "", "stranger's", "no TLS", None),
    (3, 2, PASSWORD, "", "ours", "403", 2),
    (2, 3, "", "good", "ours", "101", 3),
    (3, 3, "", "good", "ours", "101", 3),
    (3, 3, "", "revoked", "ours", "403", 0),
    (3, 3, "", "expired", "ours", "403", 0),
    (3, 3, "", "other name", "ours", "403", 0),
    (3, 3, "", "good", "stranger's", "no TLS", None),
]


@pytest.mark.parametrize(
    ("asked", "own", "password", "certificate", "root", "outcome", "profile"),
    SIMULATED,
    ids=[f"profile {row[0]} for one with {row[1]}, row {number}" for number, row in enumerate(SIMULATED)],
)
def test_a_simulated_station_gets_in_as_its_table_says(
    tmp_path: Path,
    asked: int,
    own: int,
    password: str,
    certificate: str,
    root: str,
    outcome: str,
    profile: int | None,
) -> None:
    async def main() -> None:
        async with place(tmp_path, asked) as there:
            trusts = there.authority if root == "ours" else there.stranger
            assert await simulated_outcome(there, own, password, certificate, trusts) == outcome
            seen = (await there.store.handshakes(limit=1))[0]
            assert seen.outcome == ("accepted" if outcome == "101" else "refused")
            if profile is not None:
                assert seen.security is not None
                assert seen.security.profile == profile

    run(main(), speed=20)


UPGRADE = (
    f"GET /ocpp/{STATION} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)


CLOSE = b"\x88\x80\x00\x00\x00\x00"
"""A masked frame that ends the connection, so that s_client does not read for ever."""


@pytest.mark.parametrize(
    ("asked", "password", "certificate", "status"),
    [
        (2, PASSWORD, "", "101 "),
        (2, "", "", "401 "),
        (2, "wrong", "", "401 "),
        (2, "", "good", "101 "),
        (3, PASSWORD, "", "403 "),
        (3, "", "good", "101 "),
        (3, "", "RSA", "101 "),
        (3, "", "revoked", "403 "),
    ],
)
def test_openssl_gets_in_as_its_table_says(
    tmp_path: Path, asked: int, password: str, certificate: str, status: str
) -> None:
    async def main() -> None:
        async with place(tmp_path, asked) as there:
            basic = base64.b64encode(f"{STATION}:{password}".encode()).decode()
            extra = f"Authorization: Basic {basic}\r\n\r\n" if password else "\r\n"
            request = (UPGRADE.removesuffix("\r\n") + extra).encode() + CLOSE
            identity = identity_of(there, certificate)
            root = there.authority.root_file
            seen = await s_client(there.tls_port, root=root, identity=identity, request=request)
            assert f"HTTP/1.1 {status}" in seen.text

    run(main())


def test_openssl_and_curl_hear_the_same(tmp_path: Path) -> None:
    async def main() -> None:
        async with place(tmp_path, 3) as there:
            root = there.authority.root_file
            wrong = there.authority.station("CP-2")
            refused = await s_client(there.tls_port, root=root, identity=wrong, request=UPGRADE.encode())
            assert "403 Forbidden" in refused.text
            words = ["--http1.1", "--cacert", str(root), "--output", "-", "--write-out", "%{http_code}"]
            for line in UPGRADE.split("\r\n")[2:6]:
                words += ["--header", line]
            words += ["--user", f"{STATION}:{PASSWORD}", f"https{there.wss[3:]}/{STATION}"]
            code, output = await curl(*words)
            assert (code, output[-3:]) == (0, b"403")

    run(main())
