"""A POST that comes again with its key is answered as before and carried out once."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest

from chargeproof.web.idempotency import MAX_REQUEST_BYTES, Idempotency
from chargeproof.web.people.roles import Role
from tests.web.bench import WebBench
from tests.web.people.visits import on_a_bench, recorded

T = TypeVar("T")

PEOPLE = "/api/v1/people"
KEY = {"idempotency-key": "key-1"}


def as_administrator(test: Callable[[httpx.AsyncClient, WebBench], Awaitable[T]]) -> T:
    async def with_client(bench: WebBench) -> T:
        async with bench.client(Role.ADMINISTRATOR) as client:
            return await test(client, bench)

    return on_a_bench(with_client)


def person(name: str = "ada") -> dict[str, Any]:
    return {"json": {"name": name, "role": "viewer"}}


def test_the_same_request_gets_the_same_answer_and_is_done_once() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> None:
        first = await client.post(PEOPLE, headers=KEY, **person())
        again = await client.post(PEOPLE, headers=KEY, **person())
        without = await client.post(PEOPLE, **person())
        assert (first.status_code, again.status_code, without.status_code) == (201, 201, 409)
        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        done = [record for record in await recorded(bench) if record.outcome == "done"]
        assert len(done) == 1

    as_administrator(test)


def test_at_the_same_time_it_is_done_once_too() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> set[bytes]:
        answers = await asyncio.gather(*(client.post(PEOPLE, headers=KEY, **person()) for _ in range(5)))
        assert {answer.status_code for answer in answers} == {201}
        return {answer.content for answer in answers}

    assert len(as_administrator(test)) == 1


def test_the_key_of_another_request_is_a_conflict() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> list[int]:
        await client.post(PEOPLE, headers=KEY, **person())
        other = await client.post(PEOPLE, headers=KEY, **person("bob"))
        elsewhere = await client.post("/api/v1/tokens", headers=KEY, **person())
        return [other.status_code, elsewhere.status_code]

    assert as_administrator(test) == [409, 409]


def test_somebody_elses_key_is_another_key() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> None:
        await bench.office.people.set_role("operator", Role.ADMINISTRATOR)
        first = await client.post(f"{PEOPLE}/viewer/password", headers=KEY, json={})
        async with await bench.browser(Role.OPERATOR) as other:
            second = await other.post(f"{PEOPLE}/viewer/password", headers=KEY, json={})
        assert second.status_code == 200
        assert first.json()["password"] != second.json()["password"]

    as_administrator(test)


def test_answers_with_secrets_are_in_no_store_and_others_are() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> None:
        store = bench.office.people.store
        await client.post(PEOPLE, headers=KEY, **person())
        kept = await store.kept_answer("administrator", "key-1")
        assert kept is not None
        assert (kept.status, kept.body) == (None, b"")
        refused = await client.post(
            "/api/v1/charge-points/CP-1/commands", headers={"idempotency-key": "key-2"}, json={"action": "x"}
        )
        kept = await store.kept_answer("administrator", "key-2")
        assert kept is not None
        assert (kept.status, kept.body) == (refused.status_code, refused.content)

    as_administrator(test)


def test_a_request_that_was_cut_off_by_a_restart_is_not_done_again_silently() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> httpx.Response:
        await client.post(PEOPLE, headers=KEY, **person())
        kept = await bench.office.people.store.kept_answer("administrator", "key-1")
        assert kept is not None
        forgotten = [each for each in _memories(bench) if each._secret]
        assert forgotten
        for memory in forgotten:
            memory._secret.clear()  # what a restart does
        return await client.post(PEOPLE, headers=KEY, **person())

    answer = as_administrator(test)
    assert answer.status_code == 409
    assert answer.json()["title"] == "Outcome unknown"


def _memories(_bench: WebBench) -> list[Idempotency]:
    return [found for found in gc.get_objects() if isinstance(found, Idempotency)]


def test_after_a_day_a_key_is_new_again() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> list[int]:
        first = await client.post(PEOPLE, headers=KEY, **person())
        await bench.office.clock.sleep(24 * 3600 + 1)
        return [first.status_code, (await client.post(PEOPLE, headers=KEY, **person())).status_code]

    assert as_administrator(test) == [201, 409]  # done anew, and refused by the name that is taken


def test_an_answer_about_the_sender_is_not_kept() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> list[int]:
        async with bench.client(Role.VIEWER) as viewer:
            first = await viewer.post(PEOPLE, headers=KEY, **person())
            await bench.office.people.set_role("viewer", Role.ADMINISTRATOR)
            # The token stays a viewer's; a session has the new role.
        async with await bench.browser(Role.VIEWER) as promoted:
            second = await promoted.post(PEOPLE, headers=KEY, **person())
        return [first.status_code, second.status_code]

    assert as_administrator(test) == [403, 201]


def test_an_error_of_ours_is_not_kept() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> None:
        bench.office.people._passwords._waiting = 64
        assert (await client.post(PEOPLE, headers=KEY, **person())).status_code == 503
        bench.office.people._passwords._waiting = 0
        assert (await client.post(PEOPLE, headers=KEY, **person())).status_code == 201

    as_administrator(test)


@pytest.mark.parametrize("key", ["", "x" * 129, "tab\there"])
def test_a_key_that_is_none_is_told_so(key: str) -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> int:
        return (await client.post(PEOPLE, headers={"idempotency-key": key}, **person())).status_code

    assert as_administrator(test) == 400


def test_a_long_body_cannot_have_a_key() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> int:
        body = b"x" * (MAX_REQUEST_BYTES + 1)
        return (await client.post("/api/v1/records", headers=KEY, content=body)).status_code

    assert as_administrator(test) == 413


def test_strangers_have_no_keys() -> None:
    async def test(bench: WebBench) -> int:
        async with bench.client() as client:
            return (await client.post(PEOPLE, headers=KEY, **person())).status_code

    assert on_a_bench(test) == 401
