"""The one guard of the application: what a handler declares in its `opt` is what it takes to be let in.

`opt={"role": Role.TESTER}` takes that role, `opt={"public": True}` takes nothing.
"""

from collections.abc import Iterable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import WebSocketException
from litestar.handlers.base import BaseRouteHandler

from chargeproof.web.people.origin import check_csrf_token, refuse_other_sites
from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raises Problem: 401 for strangers, 403 for those who may not and for what other sites sent.

    A WebSocket is closed with 4401 and 4403 instead.
    """
    try:
        await _guard(connection, handler)
    except Problem as problem:
        if connection.scope["type"] == ScopeType.WEBSOCKET:
            raise WebSocketException(detail=problem.detail, code=4000 + problem.status) from problem
        raise


async def _guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    needed = needed_role(handler)
    if changes_something(connection.scope):
        refuse_other_sites(connection)
    if needed is None:
        return
    person: Person | None = connection.scope.get("user")
    if person is None:
        raise stranger(connection.headers.get("authorization"))
    if not person.may(needed):
        raise Problem(
            403,
            "Not allowed",
            f"This takes the role {needed}; {person.name} has the role {person.role}",
            "Ask an administrator for the role, or somebody who has it to do it",
        )
    if connection.scope["type"] == ScopeType.WEBSOCKET:
        if person.via == "session":
            refuse_other_sites(connection)
    elif changes_something(connection.scope):
        await _may_change(connection, person)


def changes_something(scope: Any) -> bool:
    return scope["type"] == "http" and scope["method"] not in READING_METHODS


async def _may_change(connection: ASGIConnection[Any, Any, Any, Any], person: Person) -> None:
    if person.read_only:
        raise Problem(
            403, "Not allowed", "This token only reads", "Use a token that was made without `read_only`"
        )
    if person.via == "session":
        await check_csrf_token(connection, person)


def stranger(authorization: str | None) -> Problem:
    detail = "This takes somebody who has logged in"
    if authorization is not None:
        is_token = authorization.lower().startswith("bearer ")
        detail = (
            "This token is not known here, or has ended" if is_token else "`Authorization` holds no token"
        )
    return Problem(
        401,
        "Not logged in",
        detail,
        "Log in, or send an API token as `Authorization: Bearer TOKEN`",
        headers={"www-authenticate": 'Bearer realm="chargeproof"'},
    )


def needed_role(handler: BaseRouteHandler) -> Role | None:
    """None: the handler is public. Raises ValueError when it declares nothing."""
    declared = handler.opt.get("role")
    if isinstance(declared, Role):
        return declared
    if handler.opt.get("public") is True or getattr(handler, "http_methods", None) == {"OPTIONS"}:
        return None  # OPTIONS, which Litestar adds, tells the methods of a path and no more
    raise ValueError(f"{handler} declares neither a role nor that it is public")


def check_declarations(handlers: Iterable[BaseRouteHandler]) -> None:
    """Raises ValueError for the first handler that does not say who may use it."""
    for handler in handlers:
        needed_role(handler)
