"""A very small HTTP server: one request per connection, JSON out. For the rig's verbs and for control."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = tuple[int, Any]
Route = Callable[[str, str, dict[str, str], Any], Awaitable[Answer]]

_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 409: "Conflict", 501: "Not Implemented"}


async def serve_http(route: Route, port: int = 0) -> tuple[asyncio.Server, int]:
    """Answer every request with ``route(method, path, query, body)`` on loopback; returns the real port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await _response(reader, route))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    return server, int(server.sockets[0].getsockname()[1])


async def _response(reader: asyncio.StreamReader, route: Route) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    try:
        told = json.loads(body) if body else None
        status, content = await route(method, parts.path, dict(parse_qsl(parts.query)), told)
    except (ValueError, KeyError, TypeError) as error:
        status, content = 400, {"detail": f"{type(error).__name__}: {error}"}
    text = json.dumps(content, default=float).encode()  # the library reads some numbers as Decimal
    lines = [
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}",
        "Content-Type: application/json",
        f"Content-Length: {len(text)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + text
