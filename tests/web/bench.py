"""The web application in the test's own loop: real handlers, a real store, and a visitor of any role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import httpx
from argon2 import PasswordHasher
from litestar import Litestar

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.central_system.embedded_authority import EmbeddedAuthority
from chargeproof.clock import Clock, LoopClock
from chargeproof.files.memory import MemoryFileService
from chargeproof.settings import Settings
from chargeproof.store import SqlitePeopleStore, SqliteStore
from chargeproof.store.sqlite_queries import SqliteQueries
from chargeproof.testbed.memory_dial import MemoryDial
from chargeproof.testbed.questions import Profiles
from chargeproof.testbed.run_desk import RunDesk
from chargeproof.testbed.simulated import MemoryTransfer
from chargeproof.testbed.simulated_stations import SimulatedStations
from chargeproof.web.app import create_app
from chargeproof.web.office import AddressBook, Addresses, Office, SecurityOffice, furnished, leave
from chargeproof.web.people.audit import Audit
from chargeproof.web.people.passwords import Passwords
from chargeproof.web.people.people import People
from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role
from chargeproof.web.people.sessions import COOKIE

HERE = "http://127.0.0.1:8080"


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "right-horse-battery"


@dataclass(frozen=True)
class WebBench:
    """Somebody with each role is there, called as the role: with a token and PASSWORD. folder: of its files."""

    office: Office
    app: Litestar
    tokens: dict[Role, str]
    folder: Path

    def client(self, role: Role | None = None) -> httpx.AsyncClient:
        """A program with the token of somebody with that role; without one, a stranger."""
        return self.with_headers({"authorization": f"Bearer {self.tokens[role]}"} if role is not None else {})

    async def browser(self, role: Role) -> httpx.AsyncClient:
        """A browser in which somebody with that role has logged in, on one of our pages."""
        logged_in = await self.office.people.log_in(role, PASSWORD, remote="127.0.0.1")
        return self.with_headers(
            {
                "cookie": f"{COOKIE}={logged_in.secret}",
                "x-csrf-token": logged_in.person.csrf_token,
                "sec-fetch-site": "same-origin",
            }
        )

    def with_headers(self, headers: dict[str, str]) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=cast(Any, self.app)),
            base_url=HERE,
            headers=headers,
            trust_env=False,
        )


@asynccontextmanager
async def web_bench(
    path: Path | str = ":memory:", *, settings: CentralSystemSettings | None = None, **parts: Any
) -> AsyncIterator[WebBench]:
    """`parts` replace parts of the office. Run it in virtual time."""
    clock = LoopClock()
    store = SqliteStore(path)
    files = MemoryFileService(clock)
    folder = TemporaryDirectory(prefix="chargeproof-test-")
    central_system = CentralSystem(
        store=store, bus=LocalBus(), clock=clock, settings=settings or CentralSystemSettings(), files=files
    )
    book = SqlitePeopleStore(store)
    people = People(book, clock, passwords=Passwords(CHEAP))
    simulated = SimulatedStations(
        dial=lambda: MemoryDial(central_system), transfer=MemoryTransfer(files), clock=clock
    )
    runs = _run_desk(Path(folder.name), central_system, clock, simulated)
    office = Office(
        central_system=central_system,
        store=store,
        clock=clock,
        settings=Settings(),
        files=files,
        people=people,
        audit=Audit(book, clock),
        security=SecurityOffice(EmbeddedAuthority(Path(folder.name) / "certificates", clock.now)),
        runs=runs,
        addresses=AddressBook(Addresses("ws://127.0.0.1:9000/ocpp", HERE, "ftp://127.0.0.1:2121")),
    )
    office = replace(
        furnished(
            office, queries=SqliteQueries(store), firmware=Path(folder.name) / "firmware", simulated=simulated
        ),
        **parts,
    )
    await central_system.start()
    try:
        await runs.open()
        yield WebBench(office, create_app(office=office), await everybody(people), Path(folder.name))
    finally:
        await runs.close()
        people.close()
        await leave(office)
        folder.cleanup()
        await central_system.stop()
        await store.close()


def _run_desk(
    folder: Path, central_system: CentralSystem, clock: Clock, simulated: SimulatedStations
) -> RunDesk:
    return RunDesk(
        folder=folder / "runs",
        profiles=Profiles(folder / "profiles"),
        central_system=central_system,
        store=central_system.store,
        clock=clock,
        simulated=simulated,
        firmware_folder=folder / "firmware",
    )


async def everybody(people: People) -> dict[Role, str]:
    """Somebody with each role, and a token of each."""
    await people.begin(makes_administrator=False)
    tokens = {}
    for role in Role:
        if await people.store.account(role) is None:  # a store may be opened again
            await people.add(role, role, PASSWORD)
        tokens[role], _ = await people.tokens.issue(
            Person(role, role, "session"), "for tests", role, read_only=False, expires_at=None
        )
    return tokens
