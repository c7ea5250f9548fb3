"""What a client takes and what it sends: agreed on by the headers, or refused with what would do."""

from dataclasses import replace

import httpx

from chargeproof.web.people.roles import Role
from chargeproof.web.problems import PROBLEM_TYPE
from tests.web.bench import WebBench
from tests.web.people.routes import ask, ways_into
from tests.web.people.visits import on_a_bench, recorded

API = "/api/v1"
A_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
JSON_TAKEN = [
    "*/*",
    "application/*",
    "application/json",
    "Application/JSON; charset=utf-8",
    "text/html, application/json;q=0.1",
    "application/problem+json, application/json",
    A_BROWSER,
    "",
    "json",
    "*/json",
    "application/json;q=high",
    "application/json;q=7",
]
JSON_LEFT_OUT = [
    "text/csv",
    "text/*",
    "application/xml, text/html;q=0.9",
    "application/json;q=0",
    "*/*, application/json;q=0",
    "application/*;q=0.0, text/html",
]


def test_whoever_takes_json_in_any_way_is_answered() -> None:
    answers = asked_with([(accept, "/charge-points") for accept in JSON_TAKEN])
    assert {accept: answer.status_code for accept, answer in zip(JSON_TAKEN, answers, strict=True)} == (
        dict.fromkeys(JSON_TAKEN, 200)
    )


def test_whoever_takes_no_json_is_told_what_there_is() -> None:
    for answer in asked_with([(accept, "/charge-points") for accept in JSON_LEFT_OUT]):
        assert (answer.status_code, answer.headers["content-type"]) == (406, PROBLEM_TYPE)
        assert "application/json" in answer.json()["detail"]
        assert "Accept" in answer.json()["remedy"]


EXPORTS = {
    ("text/csv", "/transactions.csv"): 200,
    (A_BROWSER, "/transactions.csv"): 200,
    ("application/json", "/transactions.csv"): 406,
    ("text/*;q=0.2", "/id-tags.csv"): 200,
    ("text/html", "/docs"): 200,
    ("application/json", "/docs"): 406,
}


def test_an_export_is_what_its_address_says() -> None:
    found = [answer.status_code for answer in asked_with([*EXPORTS])]
    assert dict(zip(EXPORTS, found, strict=True)) == EXPORTS


def test_several_headers_are_one_list() -> None:
    async def test(bench: WebBench) -> int:
        async with bench.client(Role.VIEWER) as client:
            accept = [("accept", "text/html"), ("accept", "application/json")]
            del client.headers["accept"]
            return (await client.get(f"{API}/charge-points", headers=accept)).status_code

    assert on_a_bench(test) == 200


def test_nothing_is_done_for_who_could_not_read_the_answer() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client(Role.OPERATOR) as client:
            wanted = {"registration": "Accepted"}
            nobody = await client.patch(
                f"{API}/charge-points/CP-1", json=wanted, headers={"accept": "text/csv"}
            )
            assert nobody.status_code == 406
            assert (await client.get(f"{API}/charge-points/CP-1")).status_code == 404
            silent = await client.delete(f"{API}/id-tags/CARD", headers={"accept": "text/csv"})
            assert silent.status_code == 404  # where nothing is answered, nothing is refused
        assert [each.outcome for each in await recorded(bench)] == ["refused", "refused"]

    on_a_bench(test)


BODIES = {
    "": 200,
    "application/json": 200,
    "APPLICATION/JSON;Charset=UTF-8": 200,
    "application/merge-patch+json": 200,
    "application/json; charset=utf-16": 415,
    "application/x-www-form-urlencoded": 415,
    "text/plain": 415,
    "nonsense": 415,
}


def test_a_body_is_what_it_is_said_to_be() -> None:
    async def test(bench: WebBench) -> dict[str, int]:
        body, found = b'{"registration": "Accepted"}', {}
        async with bench.client(Role.OPERATOR) as client:
            for name in BODIES:
                headers = {"content-type": name} if name else {}
                answer = await client.patch(f"{API}/charge-points/CP-1", content=body, headers=headers)
                found[name] = answer.status_code
        return found

    assert on_a_bench(test) == BODIES


def test_options_and_a_wrong_method_name_the_same_methods_everywhere() -> None:
    async def test(bench: WebBench) -> list[str]:
        wrong = []
        ways = [way for way in ways_into(bench) if way.path.startswith(API) and way.method != "WS"]
        async with bench.client(Role.ADMINISTRATOR) as client:
            for way in ways:
                methods = {each.method for each in ways if each.path == way.path} | {"OPTIONS"}
                methods |= {"HEAD"} if "GET" in methods else set()
                told = await ask(client, replace(way, method="OPTIONS"))
                refused = await ask(client, replace(way, method="BREW"))
                expected = ", ".join(sorted(methods))
                if [told.status_code, refused.status_code] != [204, 405]:
                    wrong.append(f"{way}: {told.status_code}, {refused.status_code}")
                if {told.headers["allow"], refused.headers["allow"]} != {expected}:
                    wrong.append(f"{way}: {told.headers['allow']}; {refused.headers['allow']}")
        return wrong

    assert on_a_bench(test) == []


def asked_with(questions: list[tuple[str, str]]) -> list[httpx.Response]:
    """With these values of `Accept`, at these paths."""

    async def test(bench: WebBench) -> list[httpx.Response]:
        async with bench.client(Role.VIEWER) as client:
            return [
                await client.get(f"{API}{path}", headers={"accept": accept}) for accept, path in questions
            ]

    return on_a_bench(test)
