"""The application on a real port, in real time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chargeproof.web.server import WebServer
from tests.web.bench import WebBench, web_bench


@asynccontextmanager
async def on_a_port() -> AsyncIterator[tuple[WebBench, str]]:
    """With its host and port."""
    async with web_bench() as bench:
        server = WebServer(bench.app, host="127.0.0.1", port=0)
        await server.start()
        try:
            yield bench, f"127.0.0.1:{server.port}"
        finally:
            await bench.office.events.stop()
            await server.stop()
