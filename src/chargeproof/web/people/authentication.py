"""Finds out who a request comes from, before anything else looks at it."""

from collections.abc import Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send

from chargeproof.web.people.person import Doorkeeper


def authentication(doorkeeper: Doorkeeper | None) -> Callable[..., ASGIApp]:
    """The middleware that puts the person, or None, into `scope["user"]`."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def authenticated(scope: Scope, receive: Receive, send: Send) -> None:
            connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
            scope["user"] = await doorkeeper.person_behind(connection) if doorkeeper is not None else None
            scope["auth"] = None
            await app(scope, receive, send)

        return authenticated

    return wrap
