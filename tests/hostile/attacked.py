"""The program that is attacked: put together as `chargeproof serve` puts it together, in a thread of its own."""

import asyncio
import io
import logging
import ssl
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from chargeproof.cli.logs import LogFormat, _formatter
from chargeproof.cli.serving import Serving, serving
from chargeproof.clock import LoopClock
from chargeproof.settings import Settings
from tests.hostile.intruder import STRANGER

T = TypeVar("T")

PATIENCE_S = 60
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: to find the certificates of others takes its time."""


class Attacked:
    """`start` returns when it serves. `log` is what it would have written to stderr, in each form."""

    def __init__(self, data: Path, **settings: Any) -> None:
        ports = {"ocpp_port": 0, "web_port": 0, "ftp_port": 0}
        self.settings = Settings(data=str(data), **(ports | settings))
        self.logs: dict[LogFormat, io.StringIO] = {"text": io.StringIO(), "json": io.StringIO()}
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="attacked")
        self._handlers = [self._handler(form, stream) for form, stream in self.logs.items()]
        self._served: Serving | None = None

    def start(self) -> None:
        for handler in self._handlers:
            logging.getLogger("chargeproof").addHandler(handler)
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)
        assert self._served is not None
        addresses = self._served.addresses
        self.url, self.ftp_port = addresses.web, urlsplit(addresses.ftp).port or 0
        self.web_port, self.ocpp_port = urlsplit(addresses.web).port or 0, urlsplit(addresses.ocpp).port or 0
        self.password = self._served.first_password or ""
        self.admin = self.visitor()
        answer = self.admin.post("/api/v1/session", json={"name": "admin", "password": self.password})
        self.admin.headers["x-csrf-token"] = answer.raise_for_status().json()["csrf_token"]

    def stop(self) -> None:
        self.admin.close()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)
        for handler in self._handlers:
            logging.getLogger("chargeproof").removeHandler(handler)

    @property
    def serving(self) -> Serving:
        assert self._served is not None
        return self._served

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Have the program's own loop do it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def visitor(self, *, address: str = "127.0.0.1", **headers: str) -> httpx.Client:
        """A stranger's HTTP client, from that address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.HTTPTransport(verify=NO_TLS, local_address=address)
        return httpx.Client(base_url=self.url, transport=transport, headers=named, timeout=PATIENCE_S)

    def stranger(self) -> httpx.Client:
        return self.visitor(address=STRANGER)

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Asked by the administrator; it must be granted."""
        answer = self.admin.request(method, f"/api/v1{path}", json=body)
        assert not answer.is_error, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with serving(self.settings, LoopClock(), makes_administrator=True) as self._served:
            self._ready.set()
            await self._stop.wait()

    @staticmethod
    def _handler(form: LogFormat, stream: io.StringIO) -> logging.Handler:
        handler = logging.StreamHandler(stream)
        handler.setFormatter(_formatter(form))
        return handler
