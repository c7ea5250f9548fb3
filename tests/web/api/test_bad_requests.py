"""Bad input of every kind is refused with a sentence, and HEAD is answered as GET is."""

import base64
import gzip
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest

from chargeproof.web.api.paging import MAX_LIMIT, cursor_of
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import PROBLEM_TYPE
from tests.web.bench import WebBench
from tests.web.openapi import operations
from tests.web.people.visits import on_a_bench

T = TypeVar("T")
API = "/api/v1"
STATION = "CP-1"
HERE = f"{API}/charge-points/{STATION}"
JSON = {"content-type": "application/json"}


def as_administrator(test: Callable[[httpx.AsyncClient, WebBench], Awaitable[T]]) -> T:
    async def main(bench: WebBench) -> T:
        async with bench.client(Role.ADMINISTRATOR) as client:
            await client.patch(HERE, json={"registration": "Accepted"})
            await bench.office.store.flush()
            return await test(client, bench)

    return on_a_bench(main)


def sentence_in(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == PROBLEM_TYPE, answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["detail"][:1].isupper() or problem["detail"][:1] in "`'" or ":" in problem["detail"]
    return str(problem["detail"])


async def endless() -> AsyncIterator[bytes]:
    for _ in range(40):
        yield b" " * 65_536


WRONG: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "a parameter that is not there": (
        "GET",
        "/charge-points?onlne=true",
        {},
        400,
        "takes no parameter 'onlne'",
    ),
    "a parameter where none is": ("GET", "/models?limit=3", {}, 400, "takes no parameter 'limit'"),
    "a limit of none": ("GET", "/charge-points?limit=0", {}, 400, "limit: "),
    "a limit above all": ("GET", f"/runs?limit={MAX_LIMIT + 1}", {}, 400, "limit: "),
    "a limit in words": ("GET", "/audit?limit=many", {}, 400, "limit: "),
    "no truth value": ("GET", "/charge-points?online=perhaps", {}, 400, "online: "),
    "a time without a zone": ("GET", "/audit?since=2026-01-01T00:00:00", {}, 400, "has no zone"),
    "no time": ("GET", "/audit?since=yesterday", {}, 400, "since: "),
    "a time before all times": ("GET", "/messages?since=0001-01-01T00:00:00%2B14:00", {}, 400, "1 to 9999"),
    "a tag beyond all times": (
        "PUT",
        "/id-tags/CARD-1",
        {"json": {"expires_at": "9999-12-31T23:59:59-14:00"}},
        400,
        "1 to 9999",
    ),
    "an earlier time before all times": (
        "GET",
        f"/charge-points/{STATION}/configuration/differences?against=time:0001-01-01T00:00:00%2B14:00",
        {},
        400,
        "1 to 9999",
    ),
    "a parameter twice": ("GET", "/runs?limit=1&limit=2", {}, 400, "stands there more than once"),
    "a wait without an end": ("POST", "/charge-points/CP-1/commands?wait=1e9", {"json": {}}, 400, "wait: "),
    "half of a body": (
        "POST",
        "/runs",
        {"content": b'{"charge', "headers": JSON},
        400,
        "The body is no JSON: ",
    ),
    "another text": (
        "POST",
        "/runs",
        {"content": b'"\xff\xfe"', "headers": JSON},
        400,
        "The body is no JSON: ",
    ),
    "a deep body": ("POST", "/runs", {"content": b"[" * 100_000, "headers": JSON}, 400, ""),
    "no body": ("POST", "/runs", {}, 400, ""),
    "a list": ("POST", "/runs", {"json": []}, 400, "Expected `object`"),
    "an unknown field": ("POST", "/runs", {"json": {"charge_point_id": "A", "fast": True}}, 400, "fast"),
    "a table for JSON": (
        "POST",
        "/runs",
        {"content": b"a,b\n1,2\n", "headers": {"content-type": "text/csv"}},
        415,
        "is said to be 'text/csv'",
    ),
    "a form without its boundary": (
        "POST",
        "/firmware-files",
        {"content": b"--x", "headers": {"content-type": "multipart/form-data"}},
        400,
        "",
    ),
    "a form without its file": ("POST", "/firmware-files", {"files": {"other": b"x"}}, 400, "file"),
    "JSON for a form": ("POST", "/firmware-files", {"json": {}}, 415, "takes multipart/form-data"),
    "a packed body": (
        "POST",
        "/records",
        {"content": gzip.compress(b"{}"), "headers": {"content-encoding": "gzip"}},
        415,
        "'gzip' is not unpacked",
    ),
    "a long body": ("POST", "/runs", {"content": b" " * 2_000_000, "headers": JSON}, 413, "longer than"),
    "a body that does not end": (
        "POST",
        "/runs",
        {"content": endless(), "headers": JSON},
        413,
        "longer than",
    ),
    "a number that is none": ("GET", "/runs/one", {}, 404, "nothing at this address"),
    "a number above all": ("GET", f"/transactions/{2**70}", {}, 400, ""),
    "an id without an end": ("GET", f"/charge-points/{'A' * 300}", {}, 400, ""),
    "no such thing": ("GET", "/weather", {}, 404, "nothing at this address"),
    "another method": ("DELETE", "/runs", {}, 405, "does not take that method"),
    "a made-up method": ("BREW", "/runs", {}, 405, "does not take that method"),
    "a socket by HTTP": ("GET", "/events", {}, 426, "the address of a WebSocket"),
    "no record": ("POST", "/records", {"content": b"hello"}, 400, "cannot be judged"),
    "no table": ("POST", "/id-tag-imports?dry_run=perhaps", {"content": b"x"}, 400, "dry_run: "),
}


@pytest.mark.parametrize(("method", "path", "sent", "status", "words"), WRONG.values(), ids=WRONG.keys())
def test_it_is_refused_with_a_sentence(
    method: str, path: str, sent: dict[str, Any], status: int, words: str
) -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> httpx.Response:
        return await client.request(method, API + path, **sent)

    answer = as_administrator(test)
    assert answer.status_code == status, answer.text
    assert words in sentence_in(answer)


def _text(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


TAMPERED = [
    "abc",
    "!!!",
    "",
    "=",
    _text({"a": 1}),
    _text([1]),
    _text(None),
    _text(True),
    cursor_of(2**70),
    "x" * 1001,
]
FOREIGN = [cursor_of("no number"), cursor_of(17)]


def test_no_list_takes_a_cursor_that_it_did_not_give() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> list[str]:
        run = {"charge_point_id": "NOBODY", "functions": [4], "site": "none", "wait_s": 1}
        assert (await client.post(f"{API}/runs", json=run)).status_code == 201
        document = (await client.get("/schema/openapi.json")).json()
        wrong = []
        for method, path, operation in operations(document):
            if "cursor" not in {each["name"] for each in operation.get("parameters", [])}:
                continue
            there = re.sub(r"\{(\w+)\}", lambda match: {"run_id": "1"}.get(match[1], STATION), path)
            assert (await client.request(method, there)).status_code == 200, there
            for cursor in TAMPERED:
                answer = await client.request(method, there, params={"cursor": cursor})
                if answer.status_code != 400 or "cursor" not in sentence_in(answer):
                    wrong.append(f"{there} {cursor[:40]!r}: {answer.status_code} {answer.text[:200]}")
            found = [
                (await client.request(method, there, params={"cursor": cursor})).status_code
                for cursor in FOREIGN
            ]
            assert sorted(found) in ([200, 400], [400, 400]), there
        return wrong

    assert as_administrator(test) == []


def test_head_is_answered_as_get_and_says_so() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> list[int]:
        refused = await client.delete(f"{API}/runs")
        assert {"GET", "HEAD", "POST"} <= set(refused.headers["allow"].split(", "))
        paths = ("/healthz", f"{API}/runs", f"{API}/runs/7", "/static/console.css", f"{API}/docs")
        return [(await client.head(path)).status_code for path in paths]

    assert as_administrator(test) == [200, 200, 404, 200, 200]


def test_who_sends_a_token_that_is_none_is_told_that_it_is_none() -> None:
    async def test(client: httpx.AsyncClient, bench: WebBench) -> list[str]:
        ways = ("Bearer cp_old", "Basic YTpi")
        answers = [await client.get(f"{API}/runs", headers={"authorization": way}) for way in ways]
        assert {answer.status_code for answer in answers} == {401}
        return [sentence_in(answer) for answer in answers]

    assert as_administrator(test) == [
        "This token is not known here, or has ended",
        "`Authorization` holds no token",
    ]
