"""Headers that every answer has, whatever made it; one that sets its own keeps it."""

from typing import Any

from litestar.types import Message

POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For what is no page: pages have a policy of their own, with a nonce."""

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cache-control", b"no-store"),
)


async def add_headers(message: Message, scope: Any) -> None:
    """A hook on what is sent. Stations are spared: some take only so many headers."""
    if message["type"] != "http.response.start" or is_for_stations(scope):
        return
    headers = list(message["headers"])
    there = {name.lower() for name, _ in headers}
    message["headers"] = [*headers, *((name, value) for name, value in HEADERS if name not in there)]


def is_for_stations(scope: Any) -> bool:
    """Whether the handler says so: `opt={"stations": True}`."""
    handler = scope.get("route_handler")
    return handler is not None and bool(handler.opt.get("stations"))
