"""What one peer of the WebSocket server may use of us."""

import msgspec


class ServerLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one peer may use of us, and how long we wait for it. Seconds and bytes.

    ping_interval_s: a ping after so long without any frame; None: never. ping_timeout_s: a peer that has
    answered a ping on this connection, and is silent for so long after the next one, is gone. Stations that
    answer no ping at all (L-24) are left to TCP keepalive.
    handshakes_per_s: how many new connections are let in, after a burst; others wait, and are told to come
    again (503) when they would wait for longer than handshake_timeout_s. 0: all at once.
    max_unsent_bytes: a peer that lets more than this pile up does not read and is dropped.
    strict_utf8: close with 1007 for text that is not UTF-8 instead of handing over the bytes (L-11).
    require_connection_upgrade: refuse requests without Connection: Upgrade (L-02).
    """

    max_connections: int = 20_000
    max_message_bytes: int = 1024 * 1024
    max_unsent_bytes: int = 1024 * 1024
    read_buffer_bytes: int = 2048
    backlog: int = 4096
    handshake_timeout_s: float = 10.0
    handshakes_per_s: float = 0
    handshake_burst: int = 100
    close_timeout_s: float = 5.0
    ping_interval_s: float | None = 30.0
    ping_timeout_s: float = 30.0
    strict_utf8: bool = False
    require_connection_upgrade: bool = False
