"""The HTTP request that opens a WebSocket (RFC 6455 section 4), read with more patience than the RFC asks.

Sans I/O: bytes in, a request or a refusal out. Stations write HTTP by hand; what can be understood is
taken, and what cannot is answered with a sentence that their makers can act on.
"""

import base64
import binascii
import math
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

import msgspec

from chargeproof.central_system.ports import Admission, Handshake, TlsSeen

BASE = "ocpp"
"""The path of the address that people enter into stations; each adds its id."""
MAX_HEAD_BYTES = 16 * 1024
DOTS = (".", "..")
"""Steps of a path (RFC 3986 section 3.3); programs leave them out on the way."""
CHARGE_POINT_URL = "ws://HOST:PORT/any/path/CHARGE_POINT_ID"
WRONG_CREDENTIALS = (
    "The user name must be the charge point id, and the password the one that is kept here for it. "
    "The central system shows why this attempt was refused"
)
"""Strangers are not told which of the two was wrong, nor which ids are known."""


class UpgradeRequest(msgspec.Struct, frozen=True):
    """Request line and headers; names as sent, values without the white space around them.

    values: by the name in small letters; those of a header that was sent more than once joined by commas.
    """

    method: str
    target: str
    version: str
    headers: tuple[tuple[str, str], ...]
    values: dict[str, str]

    def value(self, name: str) -> str | None:
        """All values of a header joined by commas, None if it was not sent."""
        return self.values.get(name)

    def tokens(self, name: str) -> tuple[str, ...]:
        """The comma-separated words of a header, in order."""
        return tuple([word for part in self.values.get(name, "").split(",") if (word := part.strip())])


class BadRequest(Exception):
    """These bytes are no HTTP request; the message says what is wrong with them."""


def split_head(received: bytes) -> tuple[bytes, bytes] | None:
    """The head of a request and what follows it, or None while the head is not complete."""
    ends = [(at, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := received.find(mark)) >= 0]
    if not ends:
        return None
    at, length = min(ends)
    return received[:at], received[at + length :]


def read_request(head: bytes) -> UpgradeRequest:
    """Raises BadRequest. Bytes that are not UTF-8 become backslash escapes, so that they can be recorded."""
    lines = head.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")
    words = lines[0].split()
    if len(words) != 3 or not words[2].upper().startswith("HTTP/"):
        raise BadRequest(
            "the first line is not an HTTP request line such as GET /ocpp/CHARGE_POINT_ID HTTP/1.1"
        )
    headers: list[tuple[str, str]] = []
    values: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest(f"a header line has no name and colon: {line[:60]!r}")
        value, key = value.strip(), name.lower()
        headers.append((name, value))
        values[key] = f"{values[key]}, {value}" if key in values else value
    return UpgradeRequest(words[0], words[1], words[2].upper(), tuple(headers), values)


def handshake_of(
    request: UpgradeRequest, remote: str, tls: str | None, secured: TlsSeen | None = None
) -> Handshake:
    authorization, headers = request.value("authorization"), request.headers
    if authorization is not None:
        headers = tuple((key, value) for key, value in headers if key.lower() != "authorization")
    user, password = _basic_credentials(authorization or "")
    return Handshake(
        path=request.target,
        charge_point_id=charge_point_id_of(request.target),
        offered=request.tokens("sec-websocket-protocol"),
        user=user,
        password=password,
        remote=remote,
        tls=tls,
        headers=headers,
        secured=secured,
    )


def charge_point_id_of(target: str) -> str:
    """The last segment of the path that is not empty, percent-decoded: J§3.1.1.

    The address as stations are told it, with nothing at its end, names none.
    """
    path = target.partition("?")[0].partition("#")[0]
    if not path.startswith("/") or path.startswith("//"):  # as a proxy would ask
        with suppress(ValueError):
            path = urlsplit(target).path
    segments = [segment for segment in path.split("/") if segment]
    named = unquote(segments[-1]) if segments else ""
    return "" if named in DOTS or segments == [BASE] else named


def refusal_of(request: UpgradeRequest, *, require_connection_upgrade: bool) -> Admission | None:
    """Why this request cannot open a WebSocket at all, whoever sent it; None if it can."""
    if request.method != "GET":
        return _refusal(405, f"a WebSocket is opened with GET, not {request.method}")
    if request.version != "HTTP/1.1":
        return _refusal(505, f"a WebSocket needs HTTP/1.1, not {request.version}")
    upgrade = {token.lower() for token in request.tokens("upgrade")}
    connection = {token.lower() for token in request.tokens("connection")}
    if "websocket" not in upgrade:
        return _refusal(
            426,
            "this is an OCPP 1.6 WebSocket address and the request has no header Upgrade: websocket. "
            f"Charge stations connect to {CHARGE_POINT_URL}",
        )
    if require_connection_upgrade and "upgrade" not in connection:
        return _refusal(400, "the request has no header Connection: Upgrade (RFC 6455 section 4.2.1)")
    if request.value("sec-websocket-version") != "13":
        return _refusal(426, "the header Sec-WebSocket-Version must be 13")
    if not _is_key(request.value("sec-websocket-key")):
        return _refusal(400, "the header Sec-WebSocket-Key must be 16 bytes in base64, sent once")
    return None


def lacks_connection_upgrade(handshake: Handshake) -> bool:
    """Whether a station left out Connection: Upgrade, which this server tolerates (L-02)."""
    return not any(
        name.lower() == "connection" and "upgrade" in value.lower() for name, value in handshake.headers
    )


def http_answer(admission: Admission, try_again_s: float = 30) -> bytes:
    """The HTTP response of a refusal, with the hint as its text."""
    try:
        phrase = HTTPStatus(admission.http_status).phrase
    except ValueError:
        phrase = "Refused"
    text = ". ".join(part for part in (admission.reason, admission.hint) if part) or phrase
    if admission.http_status == HTTPStatus.UNAUTHORIZED:
        text = WRONG_CREDENTIALS
    body = f"{text}\n".encode("utf-8", "replace")
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        *_headers_of_status(admission.http_status, try_again_s),
    ]
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {admission.http_status} {phrase}\r\n{lines}\r\n".encode("ascii") + body


def _headers_of_status(status: int, try_again_s: float) -> Iterable[tuple[str, str]]:
    if status == HTTPStatus.UNAUTHORIZED:
        yield "WWW-Authenticate", 'Basic realm="OCPP", charset="UTF-8"'
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        yield "Allow", "GET"
    elif status == HTTPStatus.UPGRADE_REQUIRED:
        yield "Upgrade", "websocket"
        yield "Sec-WebSocket-Version", "13"
    elif status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        yield "Retry-After", str(math.ceil(try_again_s))


def _refusal(status: int, reason: str) -> Admission:
    return Admission(accepted=False, http_status=status, reason=reason)


def _is_key(text: str | None) -> bool:
    try:
        return len(base64.b64decode(text or "", validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def _basic_credentials(authorization: str) -> tuple[str | None, bytes | None]:
    """User and password of HTTP Basic, (None, None) if there are none that can be read."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None, None
    encoded = encoded.strip()
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None, None
    user, colon, password = decoded.partition(b":")
    if not colon:
        return None, None
    return user.decode("utf-8", "replace"), password
