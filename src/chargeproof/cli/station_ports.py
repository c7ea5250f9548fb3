"""The ports that stations connect to: one for ws, one for wss, or either alone."""

import logging

from chargeproof.central_system import CentralSystem
from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.proxies import Proxies, networks_in
from chargeproof.central_system.server import OcppServer
from chargeproof.central_system.tls import ServerTls
from chargeproof.cli import long_lived
from chargeproof.cli.securing import LOOK_AGAIN_S, is_only_tls
from chargeproof.settings import Settings

log = logging.getLogger(__name__)

FILES_FOR_THE_REST = 500
"""Files that are kept free beside the connections of stations."""


class StationPorts:
    """`start` and `stop` both; certificates are looked at while they are open."""

    def __init__(self, central_system: CentralSystem, settings: Settings, tls: ServerTls | None) -> None:
        self._central_system = central_system
        self._settings = settings
        self._tls = tls
        self._secure: OcppServer | None = None
        self._plain: OcppServer | None = None
        if tls is not None and is_only_tls(settings):
            self._secure = self._server(settings.ocpp_port, tls)
        else:
            self._plain = self._server(settings.ocpp_port, None)
            if tls is not None and settings.ocpp_tls_port >= 0:
                self._secure = self._server(settings.ocpp_tls_port, tls)

    async def start(self) -> None:
        """Raises UsageError if an address cannot be used."""
        for server in self._servers():
            await server.start()
        if self._tls is not None:
            self._tls.watch(LOOK_AGAIN_S)

    async def stop(self) -> None:
        if self._tls is not None:
            await self._tls.stop()
        for server in self._servers():
            await server.stop()

    def address(self, place: str) -> str:
        """What is entered into a station that shall connect in the usual way."""
        if self._plain is not None:
            return f"ws://{place}:{self._plain.port}/ocpp"
        return self.secure_address(place)

    def secure_address(self, place: str) -> str:
        """The one for TLS, "" without."""
        return f"wss://{place}:{self._secure.port}/ocpp" if self._secure is not None else ""

    @property
    def connections(self) -> int:
        return sum(server.connections for server in self._servers())

    @property
    def waiting(self) -> int:
        """Handshakes that wait to be let in."""
        return sum(server.gate.waiting for server in self._servers())

    def _servers(self) -> list[OcppServer]:
        return [server for server in (self._plain, self._secure) if server is not None]

    def _server(self, port: int, tls: ServerTls | None) -> OcppServer:
        return OcppServer(
            self._central_system,
            host=self._settings.host,
            port=port,
            tls=tls,
            limits=server_limits(self._settings),
            on_refused=self._central_system.refused,
            proxies=Proxies(networks_in(self._settings.trusted_proxies, "trusted_proxies")),
        )


def server_limits(settings: Settings) -> ServerLimits:
    """What one station may use, and how many may come."""
    return ServerLimits(
        max_connections=_most_connections(settings.max_connections),
        max_message_bytes=settings.max_message_bytes,
        handshakes_per_s=settings.handshakes_per_s,
        ping_interval_s=settings.ping_interval_s or None,
        ping_timeout_s=settings.ping_timeout_s,
    )


def _most_connections(wanted: int) -> int:
    """So many that the console, the store and uploads always have files left; the next one is told so (503)."""
    allowed = long_lived.files_allowed()
    most = max(allowed - FILES_FOR_THE_REST, allowed // 2)
    if most >= wanted:
        return wanted
    log.info(
        "%d stations at most can be connected, not %d: this process may open %d files. Raise that limit"
        " (ulimit -n, LimitNOFILE), or set max_connections",
        most,
        wanted,
        allowed,
    )
    return most
