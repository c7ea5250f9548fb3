"""Every way into the application, found by walking its routes, and how it answers whom."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from litestar.routes import HTTPRoute, WebSocketRoute

from chargeproof.web.people.guard import needed_role
from chargeproof.web.people.roles import Role
from tests.web.bench import HERE, WebBench

LIKELY = {
    "charge_point_id": "CP-1",
    "connector_id": "1",
    "transaction_id": "1",
    "run_id": "1",
    "number": "1",
    "name": "nobody",
}
UNLIKELY = "999"


@dataclass(frozen=True)
class Way:
    """One method of one path. `role` None: public."""

    method: str
    path: str
    role: Role | None
    handler: Any

    @property
    def changes(self) -> bool:
        return self.method not in ("GET", "WS")

    @property
    def filled(self) -> str:
        """The path with something likely for each parameter."""
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: LIKELY.get(match[1], UNLIKELY), self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def ways_into(bench: WebBench) -> list[Way]:
    """All but OPTIONS, which Litestar adds, and what is mounted for stations."""
    return list(_ways(bench))


def _ways(bench: WebBench) -> Iterator[Way]:
    for route in bench.app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(handler.http_methods - {"OPTIONS"}):
                    yield Way(str(method), route.path_format, needed_role(handler), handler)
        elif isinstance(route, WebSocketRoute):
            yield Way("WS", route.path_format, needed_role(route.route_handler), route.route_handler)


async def status_of(way: Way, bench: WebBench, headers: httpx.Headers | None) -> int:
    """What somebody who shows these headers, or a stranger, is answered."""
    if way.method == "WS":
        return await socket_status(way, bench, dict(headers or {}))
    async with bench.with_headers(dict(headers or {})) as client:
        return (await ask(client, way)).status_code


async def ask(client: httpx.AsyncClient, way: Way, **sent: Any) -> httpx.Response:
    return await client.request(way.method, way.filled, **sent)


async def socket_status(way: Way, bench: WebBench, headers: dict[str, str]) -> int:
    """101 when the WebSocket is accepted, else 4000 less than the code that it is closed with."""
    sent = {"host": HERE.removeprefix("http://"), **headers}
    scope: Any = {
        "type": "websocket",
        "path": way.filled,
        "raw_path": way.filled.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "subprotocols": [],
        "client": ("127.0.0.1", 50000),
        "scheme": "ws",
        "root_path": "",
    }
    heard: list[Any] = []
    said = _said()

    async def receive() -> Any:
        return await anext(said)

    async def send(message: Any) -> None:
        heard.append(message)

    app: Any = bench.app
    await app(scope, receive, send)
    first = heard[0]
    return 101 if first["type"] == "websocket.accept" else int(first["code"]) - 4000


async def _said() -> AsyncIterator[Any]:
    yield {"type": "websocket.connect"}
    while True:
        yield {"type": "websocket.disconnect", "code": 1000}
