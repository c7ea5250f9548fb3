"""The web application: what is asked over HTTP. Its pages and its API are put together here."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Litestar, Response, asgi, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp, Receive, Scope, Send

from chargeproof import __version__


class Health(msgspec.Struct, frozen=True):
    """`status` is "ok" while this process serves; `connected_stations` counts open sockets of stations."""

    status: str
    version: str
    connected_stations: int


class Readiness(msgspec.Struct, frozen=True):
    """`obstacles`: why stations cannot be served now; empty when they can."""

    ready: bool
    obstacles: list[str]


Obstacles = Callable[[], Awaitable[list[str]]]
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def _no_obstacles() -> list[str]:
    return []


def create_app(
    *,
    connected_stations: Callable[[], int] = lambda: 0,
    file_site: ASGIApp | None = None,
    metrics: Callable[[], bytes] = lambda: b"",
    obstacles: Obstacles = _no_obstacles,
) -> Litestar:
    """`file_site` is mounted at /files. The API is described at /schema/openapi.json, without pages of it."""

    @get("/healthz", operation_id="get_health", summary="Whether this process serves", sync_to_thread=False)
    def healthz() -> Health:
        return Health("ok", __version__, connected_stations())

    @get("/readyz", operation_id="get_readiness", summary="Whether stations can be served now")
    async def readyz() -> Response[Readiness]:
        found = await obstacles()
        return Response(Readiness(not found, found), status_code=503 if found else 200)

    @get(
        "/metrics",
        operation_id="get_metrics",
        summary="Numbers in the text format of Prometheus",
        media_type=METRICS_TYPE,
        sync_to_thread=False,
    )
    def metrics_page() -> bytes:
        return metrics()

    handlers: list[Any] = [healthz, readyz, metrics_page]
    if file_site is not None:
        handlers.append(_mounted(file_site))
    return Litestar(
        route_handlers=handlers,
        openapi_config=OpenAPIConfig(
            title="chargeproof", version=__version__, render_plugins=[JsonRenderPlugin()]
        ),
        # Litestar sets up the logging of the whole process unless told not to.
        logging_config=None,
    )


def _mounted(site: ASGIApp) -> Any:
    @asgi("/files", is_mount=True, copy_scope=True)
    async def files(scope: Scope, receive: Receive, send: Send) -> None:
        await site(scope, receive, send)

    return files
