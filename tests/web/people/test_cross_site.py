"""What pages of other sites can make a browser do here: nothing."""

import pytest

from chargeproof.web.people.roles import Role
from tests.web.bench import HERE, WebBench
from tests.web.people.routes import ask, socket_status, ways_into
from tests.web.people.visits import ME, log_in, on_a_bench

CHANGE = ("PATCH", "/api/v1/people/viewer", {"role": "tester"})


def test_nothing_is_changed_by_a_session_without_its_token() -> None:
    async def test(bench: WebBench) -> list[str]:
        async with await bench.browser(Role.ADMINISTRATOR) as client:
            del client.headers["x-csrf-token"]
            ways = [way for way in ways_into(bench) if way.changes and way.role is not None]
            assert ways
            return [str(way) for way in ways if (await ask(client, way)).status_code != 403]

    assert on_a_bench(test) == []


@pytest.mark.parametrize("token", ["", "0" * 64, "wrong", None])
def test_a_wrong_token_is_as_good_as_none(token: str | None) -> None:
    async def test(bench: WebBench) -> int:
        async with await bench.browser(Role.ADMINISTRATOR) as client, bench.client() as other:
            await log_in(other)
            stolen = other.headers["x-csrf-token"]  # of another session
            value = stolen if token is None else token
            client.headers["x-csrf-token"] = value
            return (await client.request(CHANGE[0], CHANGE[1], json=CHANGE[2])).status_code

    assert on_a_bench(test) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "", "origin": "http://elsewhere.example"}, 403),
        ({"origin": "http://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": HERE}, 200),
        ({}, 200),
    ],
)
def test_a_change_comes_from_our_own_pages_or_from_a_program(headers: dict[str, str], status: int) -> None:
    async def test(bench: WebBench) -> int:
        async with await bench.browser(Role.ADMINISTRATOR) as client:
            del client.headers["sec-fetch-site"]
            return (await client.request(CHANGE[0], CHANGE[1], json=CHANGE[2], headers=headers)).status_code

    assert on_a_bench(test) == status


def test_another_site_cannot_log_a_browser_in() -> None:
    async def test(bench: WebBench) -> int:
        async with bench.client() as client:
            client.headers["sec-fetch-site"] = "cross-site"
            return (await log_in(client)).status_code

    assert on_a_bench(test) == 403


def test_a_token_needs_no_token_of_a_session() -> None:
    async def test(bench: WebBench) -> int:
        async with bench.client(Role.ADMINISTRATOR) as client:
            return (await client.request(CHANGE[0], CHANGE[1], json=CHANGE[2])).status_code

    assert on_a_bench(test) == 200


def test_a_plain_form_brings_the_token_in_a_field() -> None:
    async def test(bench: WebBench) -> list[int]:
        async with await bench.browser(Role.VIEWER) as client:
            token = client.headers.pop("x-csrf-token")
            wrong = await client.post("/log-out", data={"csrf_token": "x"})
            right = await client.post("/log-out", data={"csrf_token": token})
            return [wrong.status_code, right.status_code]

    assert on_a_bench(test) == [403, 303]


@pytest.mark.parametrize(
    ("origin", "status"), [(HERE, 101), ("http://elsewhere.example", 403), ("null", 403)]
)
def test_a_live_page_of_another_site_hears_nothing(origin: str, status: int) -> None:
    async def test(bench: WebBench) -> list[int]:
        async with await bench.browser(Role.VIEWER) as client:
            headers = {"cookie": client.headers["cookie"], "origin": origin}
            sockets = [way for way in ways_into(bench) if way.method == "WS"]
            assert sockets
            return [await socket_status(way, bench, headers) for way in sockets]

    assert set(on_a_bench(test)) == {status}


def test_a_request_with_a_token_is_not_taken_by_its_cookie() -> None:
    async def test(bench: WebBench) -> int:
        async with await bench.browser(Role.ADMINISTRATOR) as client:
            client.headers["authorization"] = "Bearer cp_nothing"
            return (await client.get(ME)).status_code

    assert on_a_bench(test) == 401
