"""The client before the real application, in one process and in virtual time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx

from chargeproof.central_system import CentralSystemSettings
from chargeproof.client import Client
from chargeproof.web.people.roles import Role
from tests.web.bench import HERE, PASSWORD, WebBench, web_bench


def client_of(bench: WebBench, role: Role = Role.OPERATOR) -> Client:
    """With the token of somebody with that role."""
    return Client(HERE, token=bench.tokens[role], transport=transport_of(bench))


def with_password(bench: WebBench, role: Role) -> Client:
    return Client(HERE, name=role, password=PASSWORD, transport=transport_of(bench))


def transport_of(bench: WebBench) -> httpx.AsyncBaseTransport:
    return httpx.ASGITransport(app=cast(Any, bench.app))


@asynccontextmanager
async def served(role: Role = Role.OPERATOR) -> AsyncIterator[tuple[WebBench, Client]]:
    """Passwords of stations are kept, as they are where a program serves."""
    settings = CentralSystemSettings(credential_key=bytes(range(32)))
    async with web_bench(settings=settings) as bench, client_of(bench, role) as client:
        yield bench, client


async def with_station(bench: WebBench, client: Client, charge_point_id: str | None = None) -> str:
    """One that was started through the client and is ready."""
    row = await client.simulated_stations.start(charge_point_id)
    while not bench.office.central_system.is_ready(row.charge_point_id):
        await bench.office.clock.sleep(1)
    return row.charge_point_id
