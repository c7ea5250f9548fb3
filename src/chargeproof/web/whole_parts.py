"""Addresses whose parts may hold anything: `/charge-points/A%2FB` is the station `A/B`.

A server hands an application its path decoded, so that a slash in a name looks like the end of it. What was sent
is still there as `raw_path`; it is taken apart before it is decoded.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

FILES = "/files/"
"""What is mounted there knows the methods of HTTP itself."""
HELD = "\udc2f"
"""Stands for a slash inside of a part while an address is routed: nothing that is sent decodes to half a pair."""


class WholeParts(Litestar):
    """Routes by the parts of an address as they were sent. Goes with the middleware `slashes_back`.

    HEAD is asked as GET is, and the server sends no body.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope.get("method") == "HEAD" and not scope["path"].startswith(FILES):
            scope = {**scope, "method": "GET"}
        if b"%2f" in scope.get("raw_path", b"").lower():
            parts = sent_path(scope).split("/")
            scope["path"] = "/".join(unquote(part).replace("/", HELD) for part in parts)
        await super().__call__(scope, receive, send)


def slashes_back() -> Callable[..., ASGIApp]:
    """The middleware behind the routing: what handlers get holds slashes again."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def whole(scope: Scope, receive: Receive, send: Send) -> None:
            if HELD in scope["path"]:
                parameters: dict[str, Any] = scope["path_params"]
                scope["path"] = scope["path"].replace(HELD, "/")
                scope["path_params"] = {name: _with_slashes(value) for name, value in parameters.items()}
            await app(scope, receive, send)

        return whole

    return wrap


def _with_slashes(value: Any) -> Any:
    return value.replace(HELD, "/") if isinstance(value, str) else value


def sent_path(scope: Any) -> str:
    """The path as it was asked for, percent-encoded, without the query."""
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        return quote(scope.get("path", ""), errors="replace")
    return raw.decode("latin-1").partition("?")[0]
