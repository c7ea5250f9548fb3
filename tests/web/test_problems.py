"""Every error is an application/problem+json document with a sentence."""

from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx
import msgspec
import pytest
from litestar import get, post
from litestar.params import JSONBody

from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.app import create_app
from chargeproof.web.people.guard import check_declarations
from chargeproof.web.people.roles import Role, allows
from chargeproof.web.problems import PROBLEM_TYPE, Problem, ProblemDocument
from tests.web.bench import HERE

T = TypeVar("T")


class Cable(msgspec.Struct, forbid_unknown_fields=True):
    connector_id: int


@post("/cables", opt={"public": True})
async def plug_in(data: JSONBody[Cable]) -> None:
    if data.connector_id == 0:
        raise Problem(409, "Conflict", "Connector 0 is the station itself", "Choose a connector from 1")
    raise RuntimeError("secret of the program")


async def answer(method: str, path: str, **sent: Any) -> httpx.Response:
    app = create_app()
    app.register(plug_in)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=HERE, trust_env=False) as client:
        return await client.request(method, path, **sent)


def run(main: Coroutine[Any, Any, T]) -> T:
    return run_virtual(main)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "sentence"),
    [
        ("GET", "/nowhere", {}, 404, "There is nothing at this address"),
        ("DELETE", "/healthz", {}, 405, "does not take that method"),
        ("POST", "/cables", {"json": {"connector_id": "one"}}, 400, "connector_id"),
        ("POST", "/cables", {"json": {"connector": 1}}, 400, "connector"),
        ("POST", "/cables", {"content": b"{"}, 400, ""),
        (
            "POST",
            "/cables",
            {"content": b'"' + b"x" * 2_000_000 + b'"'},
            413,
            "longer than this address takes",
        ),
        ("POST", "/cables", {"json": {"connector_id": 0}}, 409, "Connector 0 is the station itself"),
        ("POST", "/cables", {"json": {"connector_id": 1}}, 500, "its log has the details"),
    ],
)
def test_an_error_says_what_was_wrong(
    method: str, path: str, sent: dict[str, Any], status: int, sentence: str
) -> None:
    response = run(answer(method, path, **sent))
    assert response.status_code == status
    assert response.headers["content-type"].startswith(PROBLEM_TYPE)
    document = msgspec.json.decode(response.content, type=ProblemDocument)
    assert (document.status, document.instance) == (status, path)
    assert document.detail
    assert sentence in document.detail
    assert "secret" not in response.text


def test_a_handler_that_declares_nothing_is_refused_at_start() -> None:
    @get("/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(ValueError, match="declares neither a role"):
        check_declarations([forgotten])


def test_roles_are_ordered() -> None:
    allowed = [(role, needed) for role in Role for needed in Role if allows(role, needed)]
    assert len(allowed) == 10
    assert all(allows(Role.ADMINISTRATOR, needed) for needed in Role)
