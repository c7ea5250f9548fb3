"""Where a request comes from. The server has read what a proxy on this machine says of it already."""

from typing import Any

from litestar.connection import ASGIConnection


def remote_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The address without its port."""
    return remote_of_scope(connection.scope)


def remote_of_scope(scope: Any) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def is_encrypted(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    return str(connection.scope.get("scheme")) in ("https", "wss")
