"""Whatever is sent to the API, good or bad: no error of ours, and every answer is as described."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response

from chargeproof.testing.virtual_time import VirtualTimeLoop
from chargeproof.web.people.roles import Role
from tests.web.bench import HERE, WebBench, web_bench
from tests.web.people.visits import log_in

EXAMPLES = 6
"""For each operation, of good requests and again of bad ones. The seed is the name of the operation."""
STATION = "ACME-0042"
THERE = {
    "charge_point_id": STATION,
    "transaction_id": 1,
    "number": 1,
    "connector_id": 1,
    "id_tag": "CARD",
    "run_id": 1,
    "name": "operator",
}
"""Things that exist, so that operations on them are not all about what does not."""
PROOFS = ("authorization", "cookie", "x-csrf-token")
"""What shows who asks is not made up, or everything would end at the door."""
WITH_A_SESSION = {"log_out", "change_own_password", "create_token"}


class Laboratory:
    """The application with a station that has charged, in a loop that goes on between requests."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=VirtualTimeLoop)
        self._stack = AsyncExitStack()
        self.bench: WebBench = self._run(self._open())
        self.client = self.bench.client(Role.ADMINISTRATOR)
        self.document: dict[str, Any] = self._run(self.client.get("/schema/openapi.json")).json()

    def _run(self, work: Any) -> Any:
        return self._runner.run(work)

    async def _open(self) -> WebBench:
        bench = await self._stack.enter_async_context(web_bench())
        async with bench.client(Role.ADMINISTRATOR) as client:
            stations = "/api/v1/simulated-stations"
            answer = await client.post(stations, json={"charge_point_id": STATION})
            assert answer.status_code == 201, answer.text
            while not bench.office.central_system.is_ready(STATION):
                await bench.office.clock.sleep(1)
            run = {"charge_point_id": STATION, "functions": [4], "site": "none"}
            assert (await client.post("/api/v1/runs", json=run)).status_code == 201
            while (state := bench.office.runs.get(1)).phase != "ended":
                await bench.office.runs.changed(1, state.revision, 60)
            await client.put("/api/v1/id-tags/CARD", json={"status": "Accepted"})
            acts: list[dict[str, object]] = [
                {"act": "plug_in", "connector_id": 1},
                {"act": "present_card", "connector_id": 1, "id_tag": "CARD"},
            ]
            for act in acts:
                assert (await client.post(f"{stations}/{STATION}/acts", json=act)).status_code < 300
            await bench.office.clock.sleep(300)
        return bench

    def answer(self, case: Any) -> Response:
        response: httpx.Response = self._run(self._answer(case))
        return Response.from_httpx(response, verify=True)

    async def _answer(self, case: Any) -> httpx.Response:
        sent = requests.Request(**case.as_transport_kwargs(base_url=HERE)).prepare()
        if case.operation.definition.raw["operationId"] not in WITH_A_SESSION:
            return await self._send(self.client, sent)
        async with self.bench.client() as visitor:
            await log_in(visitor, "tester")
            return await self._send(visitor, sent)

    async def _send(self, client: httpx.AsyncClient, sent: Any) -> httpx.Response:
        made_up = {name.lower(): value for name, value in sent.headers.items() if name.lower() not in PROOFS}
        headers = {**client.headers, **made_up}
        return await client.request(sent.method, sent.url, headers=headers, content=sent.body)

    def close(self) -> None:
        self._run(self.client.aclose())
        self._run(self._stack.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    found = Laboratory()
    yield found
    found.close()


load_all_checks()
OUR_CHECKS = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_no_request_breaks_the_api_or_is_answered_in_another_way_than_described(
    mode: GenerationMode, laboratory: Laboratory
) -> None:
    schema = schemathesis.openapi.from_dict(laboratory.document)
    found: list[Any] = list(schema.get_all_operations())
    operations = [result.ok() for result in found]
    assert len(operations) > 80
    failures: list[str] = []
    # What takes things away comes last, or the rest would find nothing.
    for operation in sorted(operations, key=lambda each: bool(each.method.upper() == "DELETE")):
        try:
            probe(operation, mode, laboratory)
        except FailureGroup as group:
            failures += [f"{operation.label}: {error}" for error in group.exceptions]
    assert failures == [], "\n\n".join(failures)


def probe(operation: Any, mode: GenerationMode, laboratory: Laboratory) -> None:
    """Raises FailureGroup with what is wrong with the answer to the simplest request that shows it."""

    named = {each.name for each in operation.path_parameters}
    there = {name: value for name, value in THERE.items() if name in named}
    fixed = {"path_parameters": there} if mode.is_positive and there else {}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def test(case: Any) -> None:
        case.validate_response(laboratory.answer(case), checks=OUR_CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong with a request that takes nothing
        test()
