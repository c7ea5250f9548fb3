"""The web application in the test's own loop: real handlers, a real store, and a visitor of any role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import httpx
from litestar import Litestar
from litestar.connection import ASGIConnection

from chargeproof.bus import LocalBus
from chargeproof.central_system import CentralSystem, CentralSystemSettings
from chargeproof.clock import LoopClock
from chargeproof.files.memory import MemoryFileService
from chargeproof.settings import Settings
from chargeproof.store import SqliteStore
from chargeproof.web.app import create_app
from chargeproof.web.office import AddressBook, Addresses, Office
from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role

HERE = "http://127.0.0.1:8080"


class Visitors:
    """Somebody whose token is the name of a role has that role."""

    async def person_behind(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Person | None:
        word = connection.headers.get("authorization", "").removeprefix("Bearer ")
        return Person(f"a {word}", Role(word), "token") if word in list(Role) else None


@dataclass(frozen=True)
class WebBench:
    """`client(role)` speaks to the application as somebody with that role; without one as a stranger."""

    office: Office
    app: Litestar

    def client(self, role: Role | None = None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {role}"} if role is not None else {}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=cast(Any, self.app)),
            base_url=HERE,
            headers=headers,
            trust_env=False,
        )


@asynccontextmanager
async def web_bench(path: Path | str = ":memory:", **parts: Any) -> AsyncIterator[WebBench]:
    """`parts` replace parts of the office. Run it in virtual time."""
    clock = LoopClock()
    store = SqliteStore(path)
    central_system = CentralSystem(store=store, bus=LocalBus(), clock=clock, settings=CentralSystemSettings())
    office = Office(
        central_system=central_system,
        store=store,
        clock=clock,
        settings=Settings(),
        files=MemoryFileService(clock),
        people=Visitors(),
        addresses=AddressBook(Addresses("ws://127.0.0.1:9000/ocpp", HERE, "ftp://127.0.0.1:2121")),
    )
    await central_system.start()
    try:
        office = replace(office, **parts)
        yield WebBench(office, create_app(office=office))
    finally:
        await central_system.stop()
        await store.close()
