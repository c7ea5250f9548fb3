"""The web server inside our own loop."""

import signal
from typing import TypeVar

import httpx
import pytest
from litestar import Litestar

from chargeproof import __version__
from chargeproof.errors import ToolError, UsageError
from chargeproof.web.app import create_app
from chargeproof.web.server import WebServer
from tests.quiet_time import run

T = TypeVar("T")


async def get(path: str, app: Litestar | None = None) -> httpx.Response:
    server = WebServer(app or create_app(connected_stations=lambda: 3), host="127.0.0.1", port=0)
    await server.start()
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=100) as client:
            return await client.get(f"http://127.0.0.1:{server.port}{path}")
    finally:
        await server.stop()


def test_health_is_told_with_version_and_stations() -> None:
    response = run(get("/healthz"))
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "version": __version__, "connected_stations": 3}


def test_it_answers_in_scaled_time() -> None:
    assert run(get("/healthz"), speed=20).status_code == 200


def test_the_description_of_the_api_is_json_and_no_page_loads_anything_from_elsewhere() -> None:
    async def pages() -> list[httpx.Response]:
        return [await get(path) for path in ("/schema/openapi.json", "/schema", "/schema/swagger", "/")]

    description, *others = run(pages())
    assert description.json()["paths"]["/healthz"]["get"]["operationId"] == "get_health"
    pages_in_html = [page.text for page in others if "text/html" in page.headers.get("content-type", "")]
    assert not any(word in page for page in pages_in_html for word in ("//", "src=", "href="))


def test_the_signals_of_the_process_are_left_alone() -> None:
    async def main() -> tuple[object, object]:
        server = WebServer(create_app(), host="127.0.0.1", port=0)
        before = signal.getsignal(signal.SIGINT)
        await server.start()
        during = signal.getsignal(signal.SIGINT)
        await server.stop()
        return before, during

    before, during = run(main())
    assert before is during


def test_a_port_in_use_is_a_usage_error() -> None:
    async def main() -> str:
        server = WebServer(create_app(), host="127.0.0.1", port=0)
        await server.start()
        try:
            with pytest.raises(UsageError) as told:
                await WebServer(create_app(), host="127.0.0.1", port=server.port).start()
        finally:
            await server.stop()
        return str(told.value)

    assert "cannot start the web server: the port is in use" in run(main())


@pytest.mark.parametrize(("host", "port"), [("203.0.113.1", 0), ("no such host", 0), ("127.0.0.1", 70_000)])
def test_a_bad_address_is_a_usage_error(host: str, port: int) -> None:
    with pytest.raises(UsageError):
        run(WebServer(create_app(), host=host, port=port).start())


def test_an_application_that_does_not_start_is_a_tool_error() -> None:
    def fail() -> None:
        raise RuntimeError("broken")

    server = WebServer(Litestar(on_startup=[fail], logging_config=None), host="127.0.0.1", port=0)
    with pytest.raises(ToolError, match="the web application did not start"):
        run(server.start())


def test_a_stop_without_a_start_does_nothing() -> None:
    run(WebServer(create_app(), host="127.0.0.1", port=0).stop())
