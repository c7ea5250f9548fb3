"""The API with a simulated station that has come online, in virtual time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import httpx

from chargeproof.central_system import CentralSystemSettings
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.people.roles import Role
from tests.web.bench import WebBench, web_bench

STATION = "SIM-1"
HERE = f"/charge-points/{STATION}"


@dataclass(frozen=True)
class StationBench:
    """`api` asks under /api/v1 as an operator; `station` is online."""

    web: WebBench
    api: httpx.AsyncClient
    station: SimulatedStation

    def as_role(self, role: Role) -> httpx.AsyncClient:
        client = self.web.client(role)
        client.base_url = client.base_url.join("/api/v1")
        return client

    async def pass_time(self, seconds: float) -> None:
        await self.web.office.clock.sleep(seconds)

    async def get(self, path: str, status: int = 200, **parameters: Any) -> Any:
        """The JSON of an answer that has this status."""
        return told(await self.api.get(path, params=parameters), status)

    async def post(self, path: str, body: Any, status: int = 201, **parameters: Any) -> Any:
        return told(await self.api.post(path, json=body, params=parameters), status)

    async def put(self, path: str, body: Any, status: int = 200) -> Any:
        return told(await self.api.put(path, json=body), status)

    async def patch(self, path: str, body: Any, status: int = 200) -> Any:
        return told(await self.api.patch(path, json=body), status)

    async def delete(self, path: str, status: int = 204) -> Any:
        return told(await self.api.delete(path), status)


def told(answer: httpx.Response, status: int) -> Any:
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    if status >= 400 and answer.headers["content-type"] == "application/problem+json":
        problem = answer.json()
        assert problem["status"] == status
        assert problem["detail"], "a problem says in a sentence what was wrong"
        return problem
    return answer.json() if answer.content else None


@asynccontextmanager
async def station_bench(
    path: Path | str = ":memory:", settings: CentralSystemSettings | None = None
) -> AsyncIterator[StationBench]:
    async with web_bench(path, settings=settings) as web:
        station = await web.office.simulated.start(STATION, "lawful")
        async with web.client(Role.OPERATOR) as api:
            api.base_url = api.base_url.join("/api/v1")
            bench = StationBench(web, api, station)
            await bench.pass_time(30)
            yield bench


Scenario = Callable[[StationBench], Awaitable[None]]


def on_station_bench(**settings: Any) -> Callable[[Scenario], Callable[[], None]]:
    """A test in virtual time; `settings` are those of the central system."""

    def decorate(scenario: Scenario) -> Callable[[], None]:
        @wraps(scenario)
        def test() -> None:
            run_virtual(_run(scenario, CentralSystemSettings(**settings)))

        # What pytest would take for fixtures are the scenario's own parameters.
        del test.__dict__["__wrapped__"]
        return test

    return decorate


async def _run(scenario: Scenario, settings: CentralSystemSettings) -> None:
    async with station_bench(settings=settings) as bench:
        await scenario(bench)
