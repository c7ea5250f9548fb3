"""The HTTP heads that open a WebSocket, passed on as they came but for the upstream's name and path."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from chargeproof.central_system.upgrade import UpgradeRequest, split_head
from chargeproof.errors import UsageError

__all__ = ["Answer", "Upstream", "passed_on", "read_answer", "split_head", "upstream_of"]


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the present central system is. ``path`` is put before what stations ask for."""

    host: str
    port: int
    is_tls: bool
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the header Host has them."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.is_tls else 80) else f"{name}:{self.port}"

    def __str__(self) -> str:
        return f"{'wss' if self.is_tls else 'ws'}://{self.authority}{self.path}"


def upstream_of(url: str) -> Upstream:
    """Raises UsageError for what is no address of a central system."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("ws", "wss") or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(
            "this is no address of a central system", url, "Give one such as wss://ocpp.example.org/ocpp"
        )
    if parts.username is not None:
        raise UsageError("the upstream's address holds credentials", remedy="Stations send their own")
    is_tls = parts.scheme == "wss"
    return Upstream(parts.hostname, port or (443 if is_tls else 80), is_tls, parts.path.rstrip("/"))


def passed_on(head: bytes, request: UpgradeRequest, upstream: Upstream) -> bytes:
    """The request's head for the upstream: the same bytes, with its Host and its path."""
    newline = b"\r\n" if b"\r\n" in head else b"\n"
    lines = head.split(newline)
    target = request.target
    if upstream.path and target != upstream.path and not target.startswith(f"{upstream.path}/"):
        target = upstream.path + ("" if target.startswith("/") else "/") + target
    lines[0] = lines[0].replace(request.target.encode(), target.encode(), 1)
    host = b"Host: " + upstream.authority.encode("idna" if not upstream.authority.isascii() else "ascii")
    found = [index for index, line in enumerate(lines) if line[:5].lower() == b"host:"]
    for index in found:
        lines[index] = host
    if not found:
        lines.insert(1, host)
    return newline.join(lines) + newline * 2


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of the upstream's answer, as far as the record tells of it."""

    status: int
    subprotocol: str | None
    extensions: str


def read_answer(head: bytes) -> Answer | None:
    """None for what is no HTTP answer."""
    first, *rest = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].upper().startswith("HTTP/") or not words[1].isdecimal():
        return None
    headers: dict[str, list[str]] = {}
    for line in rest:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    chosen = headers.get("sec-websocket-protocol", [""])[0]
    return Answer(int(words[1]), chosen or None, ", ".join(headers.get("sec-websocket-extensions", [])))
