"""How a server is."""

import msgspec


class Health(msgspec.Struct, frozen=True):
    """`status` is "ok" while this process serves; `connected_stations` counts open sockets of stations."""

    status: str
    version: str
    connected_stations: int


class Readiness(msgspec.Struct, frozen=True):
    """`obstacles`: why stations cannot be served now; empty when they can."""

    ready: bool
    obstacles: list[str]
