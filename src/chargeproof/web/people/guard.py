"""The one guard of the application: what a handler declares in its `opt` is what it takes to be let in.

`opt={"role": Role.TESTER}` takes that role, `opt={"public": True}` takes nothing.
"""

from collections.abc import Iterable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem

READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raises Problem: 401 for strangers, 403 for those who may not."""
    needed = needed_role(handler)
    if needed is None:
        return
    person: Person | None = connection.scope.get("user")
    if person is None:
        raise Problem(
            401,
            "Not logged in",
            "This takes somebody who has logged in",
            "Log in, or send an API token as `Authorization: Bearer TOKEN`",
            headers={"www-authenticate": 'Bearer realm="chargeproof"'},
        )
    if not person.may(needed):
        raise Problem(
            403,
            "Not allowed",
            f"This takes the role {needed}; {person.name} has the role {person.role}",
            "Ask an administrator for the role, or somebody who has it to do it",
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
