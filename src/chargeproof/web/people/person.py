"""Who a request comes from."""

from typing import Any, Literal, Protocol, TypeAlias

import msgspec
from litestar.connection import ASGIConnection, Request

from chargeproof.web.people.roles import Role, allows


class Person(msgspec.Struct, frozen=True):
    """Somebody who has shown who they are; `request.user` of every handler that is not public.

    via: a session of the console (cookie) or an API token. credential_id: which one, for the audit log; no secret.
    read_only: a token that must not change anything, whatever its role.
    csrf_token: what a request of this session must bring to change anything; empty for tokens.
    """

    name: str
    role: Role
    via: Literal["session", "token"]
    credential_id: str = ""
    read_only: bool = False
    csrf_token: str = ""

    def may(self, needed: Role) -> bool:
        return allows(self.role, needed)


class Doorkeeper(Protocol):
    """Knows people by what their requests bring."""

    async def person_behind(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Person | None:
        """None when the request brings nothing that is valid here."""
        ...


PersonRequest: TypeAlias = Request[Person, Any, Any]
"""The request of a handler that is not public."""
