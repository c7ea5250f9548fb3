"""The application with something of everything in it, in a loop that goes on between requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import requests
from schemathesis.core.transport import Response

from chargeproof.central_system import CentralSystemSettings
from chargeproof.testing.virtual_time import VirtualTimeLoop
from chargeproof.web.people.roles import Role
from tests.web.bench import HERE, WebBench, web_bench
from tests.web.people.visits import log_in

STATION = "ACME-0042"
PROOFS = ("authorization", "cookie", "x-csrf-token")
"""What shows who asks is not made up, or everything would end at the door."""
WITH_A_SESSION = {"log_out", "change_own_password", "create_token"}


class Laboratory:
    """`there`: a path parameter of each name that leads to something; `run` is a run that has ended."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=VirtualTimeLoop)
        self._stack = AsyncExitStack()
        self.there: dict[str, Any] = {
            "name": "operator",
            "charge_point_id": STATION,
            "transaction_id": 1,
            "number": 1,
            "run_id": 1,
        }
        self.bench: WebBench = self.run(self._open())
        self.client = self.bench.client(Role.ADMINISTRATOR)
        self.document: dict[str, Any] = self.run(self.client.get("/schema/openapi.json")).json()

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    async def _open(self) -> WebBench:
        bench = await self._stack.enter_async_context(
            web_bench(settings=CentralSystemSettings(credential_key=bytes(range(32))))
        )
        async with bench.client(Role.ADMINISTRATOR) as client:
            client.base_url = client.base_url.join("/api/v1")
            await _station(bench, client)
            await _ended_run(bench, client)
            await _charging(bench, client)
            self.there |= await _things(bench, client)
        return bench

    def answer(self, case: Any) -> Response:
        sent = requests.Request(**case.as_transport_kwargs(base_url=HERE)).prepare()
        headers: Any = dict(sent.headers)
        content: Any = sent.body or b""
        request = httpx.Request(str(sent.method), str(sent.url), headers=headers, content=content)
        name = case.operation.definition.raw["operationId"]
        return Response.from_httpx(self.run(self.send(name, request)), verify=True)

    async def send(self, operation_id: str, sent: httpx.Request) -> httpx.Response:
        """As an administrator; by a session where a token will not do."""
        if operation_id not in WITH_A_SESSION:
            return await _sent(self.client, sent)
        async with self._visitor() as visitor:
            return await _sent(visitor, sent)

    @asynccontextmanager
    async def _visitor(self) -> AsyncIterator[httpx.AsyncClient]:
        async with self.bench.client() as visitor:
            await log_in(visitor, "tester")
            yield visitor

    def record(self) -> bytes:
        """Of the run that has ended."""
        answer: httpx.Response = self.run(self.client.get("/api/v1/runs/1/record.jsonl"))
        return answer.content

    def prompt_id(self) -> int:
        """Of the live run, once it asks for something."""
        return int(self.run(self._prompt_id()))

    async def _prompt_id(self) -> int:
        runs, number = self.bench.office.runs, self.there["live run"]
        async with asyncio.timeout(3600):
            while (state := runs.get(number)).prompt is None:
                await runs.changed(number, state.revision, 60)
        return state.prompt.id

    def close(self) -> None:
        self.run(self.client.aclose())
        self.run(self._stack.aclose())
        self._runner.close()


async def _sent(client: httpx.AsyncClient, sent: httpx.Request) -> httpx.Response:
    made_up = {name: value for name, value in sent.headers.items() if name not in PROOFS}
    headers = {**client.headers, **made_up}
    return await client.request(sent.method, sent.url, headers=headers, content=await sent.aread())


async def _done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def _station(bench: WebBench, client: httpx.AsyncClient) -> None:
    await _done(await client.post("/simulated-stations", json={"charge_point_id": STATION}))
    while not bench.office.central_system.is_ready(STATION):
        await bench.office.clock.sleep(1)


async def _ended_run(bench: WebBench, client: httpx.AsyncClient) -> None:
    await _done(
        await client.post("/runs", json={"charge_point_id": STATION, "functions": [4], "site": "none"})
    )
    while (state := bench.office.runs.get(1)).phase != "ended":
        await bench.office.runs.changed(1, state.revision, 60)


async def _charging(bench: WebBench, client: httpx.AsyncClient) -> None:
    await _done(await client.put("/id-tags/CARD", json={"status": "Accepted"}))
    acts: list[dict[str, object]] = [
        {"act": "plug_in", "connector_id": 1},
        {"act": "present_card", "connector_id": 1, "id_tag": "CARD"},
    ]
    for act in acts:
        await _done(await client.post(f"/simulated-stations/{STATION}/acts", json=act))
    await bench.office.clock.sleep(300)


async def _things(bench: WebBench, client: httpx.AsyncClient) -> dict[str, Any]:
    """What has a name or id of its own, by the names of the parameters."""
    here = f"/charge-points/{STATION}"
    await _done(await client.post(f"{here}/configuration/read", json={}))
    await _done(
        await client.put("/configuration-baselines/ACME One", json={"keys": {"HeartbeatInterval": "60"}})
    )
    await _done(await client.post("/firmware-files", files={"file": ("fw.bin", b"firmware")}))
    command = await _done(await client.post(f"{here}/commands?wait=30", json={"action": "ClearCache"}))
    job = await _done(await client.post(f"{here}/file-jobs", json={"kind": "diagnostics"}))
    await bench.office.clock.sleep(120)
    await bench.office.store.flush()
    job = await _done(await client.get(f"/file-jobs/{job['job_id']}"))
    tokens = await _done(await client.get("/tokens?owner=viewer"))
    change = await _done(await client.post(f"{here}/security/changes?wait=60", json={"kind": "password"}))
    await bench.office.security.embedded.sign_firmware(b"firmware")
    (certificate, *_) = (await _done(await client.get("/certificates")))["items"]
    return {
        "id_tag": "CARD",
        "command_id": command["command_id"],
        "job_id": job["job_id"],
        "token_id": tokens["items"][0]["token_id"],
        "change_id": change["change_id"],
        "serial": certificate["serial"],
        "live run": await _asking_run(bench, client),
        "job file": job["files"][0]["name"],
    }


async def _asking_run(bench: WebBench, client: httpx.AsyncClient) -> int:
    """The number of a run that waits for the answers about a model."""
    await _done(await client.post("/simulated-stations", json={"charge_point_id": "HANDS-1"}))
    start = {"charge_point_id": "HANDS-1", "functions": [11], "site": "person"}
    run: int = (await _done(await client.post("/runs", json=start)))["id"]
    return run
