"""How much one node has to do."""

import msgspec


class Load(msgspec.Struct, frozen=True):
    """Sockets of this node, and what waits at them now."""

    connections: int
    ready: int
    requests_waiting: int
    commands_waiting: int
