"""RFC 6455 as a peer sees it, section by section, held against our server and against a control.

What the control does not pass is no rule of the RFC but our reading of it, and does not stand here.
"""

import asyncio
import base64
import hashlib
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.central_system.echo_servers import EVERY_SERVER, MAX_MESSAGE_BYTES, EchoServer
from tests.central_system.raw_client import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    RawClient,
    frame,
    request,
    run,
)

Talk = Callable[[RawClient], Coroutine[Any, Any, None]]


@pytest.fixture(params=list(EVERY_SERVER))
def server(request: pytest.FixtureRequest) -> EchoServer:
    return EVERY_SERVER[request.param]


def talk(server: EchoServer, script: Talk) -> None:
    async def main() -> None:
        async with server() as port:
            client = await RawClient.open(port)
            try:
                await script(client)
            finally:
                client.writer.close()

    run(main())


def code_after(server: EchoServer, sent: bytes) -> int:
    async def main() -> int:
        async with server() as port:
            client = await RawClient.open(port)
            client.write(sent)
            return await client.close_code()

    return run(main())


def answer_to(server: EchoServer, sent: bytes) -> tuple[int, dict[str, str]]:
    async def main() -> tuple[int, dict[str, str]]:
        async with server() as port:
            client = await RawClient.connect(port)
            client.write(sent)
            status, headers, _ = await client.response()
            client.writer.close()
            return status, headers

    return run(main())


class TestSection4OpeningHandshake:
    def test_the_accept_value_is_the_hash_of_the_key(self, server: EchoServer) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        status, headers = answer_to(server, request(Sec_WebSocket_Key=key))
        guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        digest = hashlib.sha1((key + guid).encode(), usedforsecurity=False).digest()
        assert status == 101
        assert headers["sec-websocket-accept"] == base64.b64encode(digest).decode()
        assert headers["upgrade"].lower() == "websocket"
        assert headers["connection"].lower() == "upgrade"

    def test_one_of_the_offered_subprotocols_is_chosen(self, server: EchoServer) -> None:
        _, headers = answer_to(server, request(Sec_WebSocket_Protocol="other, ocpp1.6"))
        assert headers["sec-websocket-protocol"] == "ocpp1.6"

    def test_no_extension_is_agreed_to(self, server: EchoServer) -> None:
        _, headers = answer_to(server, request(Sec_WebSocket_Extensions="permessage-deflate"))
        assert "sec-websocket-extensions" not in headers

    def test_names_of_headers_and_tokens_have_no_case(self, server: EchoServer) -> None:
        sent = (
            request()
            .replace(b"Upgrade: websocket", b"UPGRADE: WebSocket")
            .replace(b": Upgrade", b": upgrade")
        )
        assert answer_to(server, sent)[0] == 101

    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(request(without="Upgrade"), id="no Upgrade"),
            pytest.param(request(without="Sec-WebSocket-Key"), id="no key"),
            pytest.param(request(Sec_WebSocket_Key="short"), id="a bad key"),
            pytest.param(request(Sec_WebSocket_Version="12"), id="another version"),
        ],
    )
    def test_what_is_no_handshake_is_refused_in_http(self, server: EchoServer, sent: bytes) -> None:
        status, _ = answer_to(server, sent)
        assert 400 <= status < 500


class TestSection5Framing:
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, MAX_MESSAGE_BYTES])
    def test_every_length_comes_back(self, server: EchoServer, size: int) -> None:
        async def script(client: RawClient) -> None:
            client.send(TEXT, b"x" * size)
            assert await client.frame() == (TEXT, b"x" * size)

        talk(server, script)

    def test_fragments_make_one_message_with_control_frames_between_them(self, server: EchoServer) -> None:
        async def script(client: RawClient) -> None:
            euro = "€".encode()
            client.send(TEXT, euro[:1], fin=False)
            client.send(PING, b"between")
            client.send(CONTINUATION, b"", fin=False)
            client.send(CONTINUATION, euro[1:])
            assert await client.frame() == (PONG, b"between")
            assert await client.frame() == (TEXT, euro)

        talk(server, script)

    def test_bytes_may_come_one_by_one(self, server: EchoServer) -> None:
        async def script(client: RawClient) -> None:
            for byte in frame(TEXT, b"slowly but surely"):
                client.write(bytes([byte]))
                await client.writer.drain()
            assert await client.frame() == (TEXT, b"slowly but surely")

        talk(server, script)

    @pytest.mark.parametrize("payload", [b"", b"x", b"x" * 125])
    def test_a_ping_is_answered_with_its_payload(self, server: EchoServer, payload: bytes) -> None:
        async def script(client: RawClient) -> None:
            client.send(PING, payload)
            assert await client.frame() == (PONG, payload)

        talk(server, script)

    def test_a_pong_that_nobody_asked_for_is_ignored(self, server: EchoServer) -> None:
        async def script(client: RawClient) -> None:
            client.send(PONG, b"unasked")
            client.send(TEXT, b"next")
            assert await client.frame() == (TEXT, b"next")

        talk(server, script)

    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(frame(TEXT, b"x", masked=False), id="5.1 not masked"),
            pytest.param(frame(TEXT, b"x", rsv=4), id="5.2 RSV1"),
            pytest.param(frame(TEXT, b"x", rsv=2), id="5.2 RSV2"),
            pytest.param(frame(PING, b"x", rsv=1), id="5.2 RSV3 of a control frame"),
            *(pytest.param(frame(code), id=f"5.2 opcode {code}") for code in (3, 7, 11, 15)),
            pytest.param(frame(CONTINUATION, b"x"), id="5.4 continuation of nothing"),
            pytest.param(frame(TEXT, b"x", fin=False) + frame(TEXT, b"y"), id="5.4 message within a message"),
            pytest.param(frame(PING, b"x", fin=False), id="5.5 fragmented ping"),
            pytest.param(frame(CLOSE, b"\x03\xe8", fin=False), id="5.5 fragmented close"),
            pytest.param(frame(PING, b"x" * 126), id="5.5 long ping"),
        ],
    )
    def test_a_broken_frame_is_1002(self, server: EchoServer, sent: bytes) -> None:
        assert code_after(server, sent) == 1002


class TestSection7Closing:
    @pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1011, 3000, 4999])
    def test_a_close_is_answered_with_its_code_and_the_connection_ends(
        self, server: EchoServer, code: int
    ) -> None:
        assert code_after(server, frame(CLOSE, code.to_bytes(2, "big") + "adé".encode())) == code

    def test_a_close_without_a_code_is_answered(self, server: EchoServer) -> None:
        async def script(client: RawClient) -> None:
            client.send(CLOSE)
            assert (await client.frame())[0] == CLOSE
            assert await client.reader.read() == b""

        talk(server, script)

    def test_what_comes_after_a_close_is_not_answered(self, server: EchoServer) -> None:
        async def script(client: RawClient) -> None:
            client.write(frame(CLOSE, b"\x03\xe8") + frame(TEXT, b"too late") + frame(PING, b"too late"))
            assert (await client.frame())[0] == CLOSE
            assert await client.reader.read() == b""

        talk(server, script)

    @pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
    def test_a_code_that_must_not_be_sent_is_1002(self, server: EchoServer, code: int) -> None:
        assert code_after(server, frame(CLOSE, code.to_bytes(2, "big"))) == 1002

    def test_a_close_of_one_byte_is_1002(self, server: EchoServer) -> None:
        assert code_after(server, frame(CLOSE, b"\x03")) == 1002


class TestSection8Utf8:
    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(frame(TEXT, b"\xff"), id="no UTF-8 at all"),
            pytest.param(frame(TEXT, b"\xc3"), id="half a character"),
            pytest.param(frame(TEXT, b"\xed\xa0\x80"), id="a surrogate"),
            pytest.param(frame(TEXT, b"\xf4\x90\x80\x80"), id="beyond Unicode"),
            pytest.param(frame(TEXT, b"\xc0\xaf"), id="longer than needed"),
            pytest.param(
                frame(TEXT, b"\xc3", fin=False) + frame(CONTINUATION, b"x"), id="broken by a fragment"
            ),
        ],
    )
    def test_text_that_is_not_utf8_is_1007(self, server: EchoServer, sent: bytes) -> None:
        assert code_after(server, sent) == 1007

    def test_a_reason_that_is_not_utf8_fails_the_connection(self, server: EchoServer) -> None:
        assert code_after(server, frame(CLOSE, b"\x03\xe8\xff")) in (1002, 1007)

    def test_characters_of_every_length_come_back(self, server: EchoServer) -> None:
        async def script(client: RawClient) -> None:
            text = "a é € 😀 \x00".encode()
            client.send(TEXT, text)
            assert await client.frame() == (TEXT, text)

        talk(server, script)


class TestSection10Limits:
    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(frame(TEXT, b"x" * (MAX_MESSAGE_BYTES + 1)), id="in one frame"),
            pytest.param(
                frame(TEXT, b"x" * 60_000, fin=False) + frame(CONTINUATION, b"x" * 60_000), id="in fragments"
            ),
            pytest.param(b"\x81\xff" + (2**62).to_bytes(8, "big") + b"mask", id="announced only"),
        ],
    )
    def test_a_message_over_the_limit_is_1009(self, server: EchoServer, sent: bytes) -> None:
        assert code_after(server, sent) == 1009

    def test_many_peers_get_their_own_answers(self, server: EchoServer) -> None:
        async def one(port: int, number: int) -> None:
            client = await RawClient.open(port)
            client.send(TEXT, str(number).encode())
            assert await client.frame() == (TEXT, str(number).encode())
            client.send(CLOSE, b"\x03\xe8")
            await client.close_code()

        async def main() -> None:
            async with server() as port:
                await asyncio.gather(*(one(port, number) for number in range(50)))

        run(main())
