"""Which station gets in: security profile × credential × expected outcome, over real sockets.

The stations are written with the libraries `ocpp` and `websockets`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ocpp.v16 import ChargePoint, call  # type: ignore[import-untyped]
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.server import OcppServer
from chargeproof.clock import LoopClock
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


UPGRADE = (
    f"GET /ocpp/{STATION} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)


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
