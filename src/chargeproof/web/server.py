"""Runs a web application on uvicorn inside our own event loop."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import uvicorn

from chargeproof.errors import ToolError, UsageError, cannot_listen
from chargeproof.web.patience import MAX_CONNECTIONS, MAX_HEAD_BYTES, PatientProtocol

log = logging.getLogger(__name__)

BACKLOG = 2048
MAX_MESSAGE_BYTES = 65_536
"""Longest message of a browser on a WebSocket; what it sends is short."""


class WebServer:
    """`start` returns when requests are answered, `stop` when those under way are done."""

    def __init__(
        self,
        app: Any,
        *,
        host: str,
        port: int,
        stop_timeout_s: int = 5,
        certificate: str = "",
        key: str = "",
        trusted_proxies: Sequence[str] = (),
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """`certificate` and `key`: PEM files; with them it speaks https. `trusted_proxies`: addresses and
        networks of those whose X-Forwarded-For and X-Forwarded-Proto are believed."""
        self.scheme = "https" if certificate else "http"
        self._pair = (certificate, key)
        self._host = host
        self._port = port
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        config = uvicorn.Config(
            app,
            http=partial(PatientProtocol, waiting={}, max_connections=max_connections),  # type: ignore[arg-type]
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
            ws="websockets-sansio",
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            ssl_certfile=certificate or None,
            ssl_keyfile=key or None,
            timeout_graceful_shutdown=stop_timeout_s,
        )
        self._config = config
        self._server = _QuietServer(config)

    @property
    def port(self) -> int:
        """The port that is listened on, also when 0 was asked for."""
        return int(self._socket.getsockname()[1]) if self._socket is not None else self._port

    def reload_certificate(self) -> bool:
        """Read certificate and key again, for new connections. What cannot be used changes nothing."""
        if self._config.ssl is None:
            return False
        try:
            # Tried out first: a context that was given half of a new pair would show neither.
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*self._pair)
            self._config.ssl.load_cert_chain(*self._pair)
        except (OSError, ssl.SSLError) as error:
            log.error("the certificate of the console stays as it was: %s", error)
            return False
        log.info("the certificate of the console was read again")
        return True

    async def start(self) -> None:
        """Raises UsageError if the address cannot be used, ToolError if the application does not start."""
        self._socket = self._bind()
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="web")
        waiting = asyncio.create_task(self._server.ready.wait())
        await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._task.done():
            self._socket.close()
            await self._task

    async def stop(self) -> None:
        if self._task is None:
            return
        self._server.should_exit = True
        await self._task
        self._task = None

    def _bind(self) -> socket.socket:
        if not 0 <= self._port <= 65535:
            raise UsageError(f"port {self._port} does not exist", remedy="Choose a port from 1 to 65535")
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            return socket.create_server((self._host, self._port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise cannot_listen("the web server", self._host, self._port, error) from error


class _QuietServer(uvicorn.Server):
    """Leaves the signals of the process alone, and says when it is ready."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:  # uvicorn's way to say that the application failed
            raise ToolError("the web application did not start", remedy="Its log says why") from error
        self.ready.set()
