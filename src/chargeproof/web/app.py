"""The web application: what is asked over HTTP. Its pages and its API are put together here."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Litestar, asgi, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp, Receive, Scope, Send

from chargeproof import __version__


class Health(msgspec.Struct, frozen=True):
    """`status` is "ok" while this process serves; `connected_stations` counts open sockets of stations."""

    status: str
    version: str
    connected_stations: int


def create_app(
    *, connected_stations: Callable[[], int] = lambda: 0, file_site: ASGIApp | None = None
) -> Litestar:
    """`file_site` is mounted at /files. The API is described at /schema/openapi.json, without pages of it."""

    @get("/healthz", operation_id="get_health", summary="Whether this process serves", sync_to_thread=False)
    def healthz() -> Health:
        return Health("ok", __version__, connected_stations())

    handlers: list[Any] = [healthz]
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
