"""API tokens: what they open, for how long, and that they are never mightier than their owner."""

from datetime import timedelta

import pytest

from chargeproof.web.people.roles import Role
from tests.web.bench import WebBench
from tests.web.people.routes import ask, ways_into
from tests.web.people.visits import ME, on_a_bench

TOKENS = "/api/v1/tokens"


async def new_token(bench: WebBench, owner: Role, **wanted: object) -> tuple[str, str]:
    """The token and its id."""
    async with await bench.browser(owner) as client:
        answer = await client.post(TOKENS, json={"label": "for a program", "role": owner, **wanted})
        assert answer.status_code == 201, answer.text
        return answer.json()["secret"], answer.json()["token"]["token_id"]


async def status_with(bench: WebBench, token: str, method: str = "GET", path: str = ME) -> int:
    async with bench.with_headers({"authorization": f"Bearer {token}"}) as client:
        return (await client.request(method, path)).status_code


def test_a_token_is_told_once_and_known_afterwards_by_what_is_no_secret() -> None:
    async def test(bench: WebBench) -> None:
        token, token_id = await new_token(bench, Role.TESTER, read_only=True)
        assert token.startswith("cp_")
        async with bench.with_headers({"authorization": f"bearer {token}"}) as client:
            me = (await client.get(ME)).json()
            assert (me["name"], me["role"], me["via"], me["read_only"]) == ("tester", "tester", "token", True)
            listed = await client.get(TOKENS)
            found = next(each for each in listed.json()["items"] if each["token_id"] == token_id)
            assert found["label"] == "for a program"
            assert found["used_at"] is not None
            assert token not in listed.text

    on_a_bench(test)


@pytest.mark.parametrize("role", list(Role))
def test_nobody_makes_a_token_above_their_own_role(role: Role) -> None:
    async def test(bench: WebBench) -> list[int]:
        async with await bench.browser(role) as client:
            return [
                (await client.post(TOKENS, json={"label": "x", "role": wanted})).status_code
                for wanted in Role
            ]

    allowed = list(Role).index(role) + 1
    assert on_a_bench(test) == [201] * allowed + [403] * (4 - allowed)


def test_a_token_can_do_no_more_than_its_owner_when_the_owner_is_given_a_lesser_role() -> None:
    async def test(bench: WebBench) -> list[int]:
        token, _ = await new_token(bench, Role.ADMINISTRATOR)
        async with bench.client(Role.ADMINISTRATOR) as boss:
            await boss.patch("/api/v1/people/viewer", json={"role": "administrator"})
            await boss.patch("/api/v1/people/administrator", json={"role": "viewer"})
        return [await status_with(bench, token), await status_with(bench, token, path="/api/v1/people")]

    assert on_a_bench(test) == [200, 403]


def test_a_token_that_only_reads_changes_nothing() -> None:
    async def test(bench: WebBench) -> list[str]:
        token, _ = await new_token(bench, Role.ADMINISTRATOR, read_only=True)
        async with bench.with_headers({"authorization": f"Bearer {token}"}) as client:
            ways = [way for way in ways_into(bench) if way.changes and way.role is not None]
            return [str(way) for way in ways if (await ask(client, way)).status_code != 403]

    assert on_a_bench(test) == []


def test_a_token_ends_when_its_time_is_up() -> None:
    async def test(bench: WebBench) -> list[int]:
        ends = bench.office.clock.now() + timedelta(hours=1)
        token, _ = await new_token(bench, Role.TESTER, expires_at=ends.isoformat())
        before = await status_with(bench, token)
        await bench.office.clock.sleep(3600)
        return [before, await status_with(bench, token)]

    assert on_a_bench(test) == [200, 401]


@pytest.mark.parametrize("expires_at", ["2025-12-31T00:00:00Z", "2027-01-01T00:00:00", "soon"])
def test_a_token_ends_in_the_future_at_a_time_with_its_zone(expires_at: str) -> None:
    async def test(bench: WebBench) -> int:
        async with await bench.browser(Role.TESTER) as client:
            wanted = {"label": "x", "role": "tester", "expires_at": expires_at}
            return (await client.post(TOKENS, json=wanted)).status_code

    assert on_a_bench(test) == 400


def test_a_token_makes_no_other() -> None:
    async def test(bench: WebBench) -> int:
        async with bench.client(Role.ADMINISTRATOR) as client:
            return (await client.post(TOKENS, json={"label": "x", "role": "viewer"})).status_code

    assert on_a_bench(test) == 409


def test_tokens_are_ended_by_their_owners_and_administrators_only() -> None:
    async def test(bench: WebBench) -> list[int]:
        token, token_id = await new_token(bench, Role.TESTER)
        found = []
        for role in (Role.OPERATOR, Role.ADMINISTRATOR):
            found.append(await status_with(bench, bench.tokens[role], "DELETE", f"{TOKENS}/{token_id}"))
        return [*found, await status_with(bench, token)]

    assert on_a_bench(test) == [404, 204, 401]


def test_the_tokens_of_others_are_for_administrators() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client(Role.OPERATOR) as client:
            assert (await client.get(TOKENS, params={"owner": "tester"})).status_code == 403
            assert (await client.get(TOKENS, params={"owner": "*"})).status_code == 403
            own = (await client.get(TOKENS)).json()["items"]
            assert {each["owner"] for each in own} == {"operator"}
        async with bench.client(Role.ADMINISTRATOR) as boss:
            every = (await boss.get(TOKENS, params={"owner": "*"})).json()["items"]
            assert {each["owner"] for each in every} == set(Role)
            one = (await boss.get(TOKENS, params={"owner": "tester"})).json()["items"]
            assert {each["owner"] for each in one} == {"tester"}

    on_a_bench(test)


@pytest.mark.parametrize("token", ["", "cp_", "cp_unknown", "Basic abc", "x" * 5000])
def test_what_is_no_token_opens_nothing(token: str) -> None:
    async def test(bench: WebBench) -> int:
        return await status_with(bench, token)

    assert on_a_bench(test) == 401
