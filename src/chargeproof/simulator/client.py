"""A station's real network: its WebSocket client, behind the ports of the simulator."""

import asyncio
import base64
import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from picows import (
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    ws_connect,
)

from chargeproof.simulator.ports import DialCredentials, DialRefused
from chargeproof.simulator.tls import TLS_FROM_PROFILE, tls_context, tls_refused

HANDSHAKE_TIMEOUT_S = 60.0
CLOSE_TIMEOUT_S = 5.0
MAX_MESSAGE_BYTES = 1024 * 1024


class SocketWire(WSListener):
    """The station's end of a WebSocket; a `PingingWire`.

    `subprotocol` is what the central system chose, None if it chose nothing.
    """

    def __init__(self, subprotocol: str | None) -> None:
        self.subprotocol = subprotocol
        self._transport: WSTransport | None = None
        self._messages: deque[str | bytes] = deque()
        self._arrived = asyncio.Event()
        self._fragments = bytearray()
        self._kind = WSMsgType.TEXT
        self._closed = asyncio.Event()

    # For the station.

    def send(self, text: str) -> None:
        if self._transport is not None and not self._closed.is_set():
            self._transport.send(WSMsgType.TEXT, text)

    def send_as_is(self, content: str | bytes) -> None:
        """A text message whose bytes need not be UTF-8: for stations that are meant to misbehave."""
        if isinstance(content, str):
            content = content.encode("utf-8", "surrogatepass")
        if self._transport is not None and not self._closed.is_set():
            self._transport.send(WSMsgType.TEXT, content)

    def ping(self) -> None:
        if self._transport is not None and not self._closed.is_set():
            self._transport.send_ping(b"")

    async def receive(self) -> str | bytes | None:
        while not self._messages:
            if self._closed.is_set():
                return None
            self._arrived.clear()
            await self._arrived.wait()
        return self._messages.popleft()

    async def close(self, code: int = 1000) -> None:
        """Shake hands to close; the connection is dropped if the central system does not answer."""
        if self._transport is None or self._closed.is_set():
            return
        self._transport.send_close(code)  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._closed.wait()
        except TimeoutError:
            self.abort()
            await self._closed.wait()

    def abort(self) -> None:
        """Drop the connection without a word, as a loss of power does."""
        if self._transport is not None:
            self._transport.disconnect(False)

    # For picows.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                code = frame.get_payload_as_bytes()[:2]
                if code:
                    transport.send_close(int.from_bytes(code, "big"))  # type: ignore[arg-type]
                else:
                    transport.send(WSMsgType.CLOSE, None)
            transport.disconnect()
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._join(kind, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._closed.set()
        self._arrived.set()

    def pause_writing(self) -> None:
        pass  # a station has few and small messages; they wait

    def resume_writing(self) -> None:
        pass

    def _join(self, kind: WSMsgType, frame: WSFrame) -> None:
        if kind != WSMsgType.CONTINUATION:
            self._kind = kind
            self._fragments.clear()
        self._fragments += frame.get_payload_as_memoryview()
        if len(self._fragments) > MAX_MESSAGE_BYTES:
            self.abort()
        elif frame.fin:
            self._messages.append(_message(bytes(self._fragments), self._kind))
            self._fragments.clear()
            self._arrived.set()


class WebSocketDial:
    """Connects to `url_base`/CHARGE_POINT_ID, e.g. ws://127.0.0.1:9000/ocpp.

    `user` defaults to the charge point's id when there is a password (J§6.2.1). `ssl_context` is for
    wss only. With credentials, password and TLS are those of their security profile: profiles 0 and 1 dial
    `url_base`, 2 and 3 dial `tls_url_base`, which is `url_base` too unless given.
    Raises OSError where no connection comes about, TlsRefused where the station does not trust the other
    end, DialRefused for an HTTP answer.
    """

    def __init__(
        self,
        url_base: str,
        *,
        user: str | None = None,
        password: str | bytes | None = None,
        ssl_context: ssl.SSLContext | None = None,
        tls_url_base: str | None = None,
    ) -> None:
        self._url_base = url_base.rstrip("/")
        self._tls_url_base = (tls_url_base or url_base).rstrip("/")
        self._user = user
        self._password = password
        self._ssl_context = ssl_context

    async def __call__(
        self, charge_point_id: str, subprotocols: Sequence[str], credentials: DialCredentials | None = None
    ) -> SocketWire:
        url_base, password, context = self._url_base, self._password, self._ssl_context
        user = self._user
        if credentials is not None:
            password, user = credentials.password, credentials.user
            if credentials.profile >= TLS_FROM_PROFILE:
                url_base, context = self._tls_url_base, tls_context(credentials)
                if not url_base.startswith("wss:"):
                    raise ConnectionError(f"security profile {credentials.profile} needs an address with wss")
        headers = list(_authorization(user or charge_point_id, password))
        if subprotocols:
            headers.append(("Sec-WebSocket-Protocol", ", ".join(subprotocols)))
        try:
            _, wire = await ws_connect(
                _wire,
                f"{url_base}/{quote(charge_point_id, safe='')}",
                ssl_context=context,
                websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S,
                max_frame_size=MAX_MESSAGE_BYTES,
                extra_headers=headers,
                max_redirects=0,
                read_buffer_init_size=4096,
            )
        except ssl.SSLError as error:
            raise tls_refused(error) from error
        except WSHandshakeError as error:
            if error.response is not None and error.response.status != 101:
                raise DialRefused(int(error.response.status)) from error
            raise ConnectionError(f"the handshake failed: {error}") from error
        except WSError as error:
            raise ConnectionError(f"the handshake failed: {error}") from error
        if not isinstance(wire, SocketWire):
            # picows sees a connection that is lost within the handshake as one that came about.
            raise ConnectionResetError("the connection was lost within the handshake")
        return wire


def _authorization(user: str, password: str | bytes | None) -> Iterator[tuple[str, str]]:
    if password is not None:
        secret = password.encode() if isinstance(password, str) else password
        yield "Authorization", "Basic " + base64.b64encode(user.encode() + b":" + secret).decode()


def _wire(_request: WSUpgradeRequest, response: WSUpgradeResponse) -> SocketWire:
    return SocketWire(response.headers.get("Sec-WebSocket-Protocol"))


def _message(content: bytes, kind: WSMsgType) -> str | bytes:
    if kind != WSMsgType.TEXT:
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content
