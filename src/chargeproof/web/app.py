"""The web application: what is asked over HTTP. Its pages and its API are put together here."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from litestar import Litestar, Response, Router, asgi, get
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from chargeproof import __version__
from chargeproof.resources.server import Health, Readiness
from chargeproof.web.api import API_HANDLERS, API_PATH
from chargeproof.web.headers import add_headers
from chargeproof.web.hosts import host_check
from chargeproof.web.idempotency import Idempotency
from chargeproof.web.office import Office
from chargeproof.web.openapi.serving import DOCS_HANDLERS, DescriptionRenderer
from chargeproof.web.pages import PAGE_HANDLERS
from chargeproof.web.pages.errors import PAGE_EXCEPTION_HANDLERS, who_asks_for_nothing
from chargeproof.web.people.authentication import authentication
from chargeproof.web.people.guard import check_declarations, guard
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import EXCEPTION_HANDLERS
from chargeproof.web.rendering import template_config
from chargeproof.web.static_files import static
from chargeproof.web.strictness import StrictRequest, note_manners, refuse_what_is_passed_over
from chargeproof.web.whole_parts import WholeParts, slashes_back

MAX_BODY_BYTES = 1_048_576
"""Longest body of a request; a handler that takes files has its own `request_max_body_size`."""

Obstacles = Callable[[], Awaitable[list[str]]]
METRICS_TYPE = "text/plain; version=0.0.4"


async def _no_obstacles() -> list[str]:
    return []


def create_app(
    *,
    office: Office | None = None,
    connected_stations: Callable[[], int] = lambda: 0,
    file_site: ASGIApp | None = None,
    metrics: Callable[[], bytes] = lambda: b"",
    obstacles: Obstacles = _no_obstacles,
    hosts: Collection[str] = (),
    metrics_public: bool = True,
) -> Litestar:
    """`file_site` is mounted at /files. Without an `office` there is neither API nor console.

    hosts: the names under which browsers may ask for it; empty: any.
    """
    handlers = [*_for_machines(connected_stations, metrics, obstacles, metrics_public=metrics_public), static]
    if file_site is not None:
        handlers.append(_mounted(file_site))
    if office is not None:
        routes = [*API_HANDLERS, *DOCS_HANDLERS]
        api = Router(API_PATH, route_handlers=routes, before_request=refuse_what_is_passed_over)
        handlers += [api, *PAGE_HANDLERS]
    app = WholeParts(
        route_handlers=handlers,
        dependencies={"office": Provide(lambda: office, sync_to_thread=False)} if office is not None else {},
        guards=[guard],
        request_class=StrictRequest,
        middleware=_middleware(office, hosts),
        before_send=[add_headers],
        after_exception=[] if office is None else [who_asks_for_nothing(office.people)],
        exception_handlers=EXCEPTION_HANDLERS if office is None else PAGE_EXCEPTION_HANDLERS,
        template_config=template_config(),
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=OpenAPIConfig(
            title="chargeproof",
            version=__version__,
            render_plugins=[DescriptionRenderer()],
            openapi_router=Router(
                "/schema", route_handlers=[], opt={"public": True}, include_in_schema=False
            ),
        ),
        # Litestar sets up the logging of the whole process unless told not to.
        logging_config=None,
    )
    check_declarations(handlers_of(app))
    note_manners(app)
    return app


def _middleware(office: Office | None, hosts: Collection[str]) -> list[Callable[..., ASGIApp]]:
    """From the outside in. An answer that is given again is no second deed, so it is not recorded again."""
    found = [slashes_back(), host_check(hosts), authentication(office.people if office is not None else None)]
    if office is not None:
        key = office.central_system.settings.credential_key
        idempotency = Idempotency(office.people.store, office.clock, key)
        found += [idempotency.middleware(), office.audit.middleware()]
    return found


def handlers_of(app: Litestar) -> list[Any]:
    """Every handler that the application has, its own ones included."""
    found: list[Any] = []
    for route in app.routes:
        found.extend(route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler])
    return found


def _for_machines(
    connected_stations: Callable[[], int],
    metrics: Callable[[], bytes],
    obstacles: Obstacles,
    *,
    metrics_public: bool,
) -> list[Any]:
    @get(
        "/healthz",
        operation_id="get_health",
        summary="Whether this process serves",
        opt={"public": True},
        sync_to_thread=False,
    )
    def healthz() -> Health:
        return Health("ok", __version__, connected_stations())

    @get(
        "/readyz",
        operation_id="get_readiness",
        summary="Whether stations can be served now",
        opt={"public": True},
    )
    async def readyz() -> Response[Readiness]:
        found = await obstacles()
        return Response(Readiness(not found, found), status_code=503 if found else 200)

    @get(
        "/metrics",
        operation_id="get_metrics",
        summary="Numbers in the text format of Prometheus",
        media_type=METRICS_TYPE,
        opt={"public": True} if metrics_public else {"role": Role.VIEWER},
        sync_to_thread=False,
    )
    def metrics_page() -> bytes:
        return metrics()

    return [healthz, readyz, metrics_page]


def _mounted(site: ASGIApp) -> Any:
    @asgi("/files", is_mount=True, copy_scope=True, opt={"public": True, "stations": True})
    async def files(scope: Scope, receive: Receive, send: Send) -> None:
        await site(scope, receive, send)

    return files
