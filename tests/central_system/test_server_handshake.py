"""Opening handshakes: what the server makes of a request, and what it answers."""

import base64
import socket
from pathlib import Path

import pytest

from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.ports import Admission, Handshake
from chargeproof.central_system.server import OcppServer
from chargeproof.central_system.upgrade import lacks_connection_upgrade
from chargeproof.errors import UsageError
from chargeproof.testing.held_port import HeldPort
from tests.central_system.raw_client import (
    TEXT,
    RawClient,
    RememberingDesk,
    frame,
    request,
    run,
    serving,
)
from tests.central_system.tls_files import TestAuthority, server_tls

Answer = tuple[int, dict[str, str], bytes]


async def answer_to(desk: RememberingDesk, sent: bytes, limits: ServerLimits | None = None) -> Answer:
    async with serving(desk, limits) as server:
        client = await RawClient.connect(server.port)
        client.write(sent)
        answer = await client.response()
        client.writer.close()
        return answer


def handshake_from(sent: bytes) -> Handshake:
    desk = RememberingDesk()
    status, _, _ = run(answer_to(desk, sent))
    assert status == 101
    return desk.handshakes[0]


class TestWhatIsReported:
    @pytest.mark.parametrize(
        ("path", "charge_point_id"),
        [
            ("/STATION-1", "STATION-1"),
            ("/any/path/STATION-1", "STATION-1"),
            ("/ocpp/STATION%201/", "STATION 1"),
            ("/ocpp/a%2Fb", "a/b"),
            ("/ocpp/STATION-1?token=x", "STATION-1"),
            ("ws://localhost:9000/ocpp/STATION-1", "STATION-1"),
            ("/", ""),
            ("/ocpp", ""),
            ("/ocpp/", ""),
            ("/ocpp/ocpp", "ocpp"),
            ("/ocpp/%C3%A9t%C3%A9", "été"),
        ],
    )
    def test_the_id_is_the_last_segment_of_the_path(self, path: str, charge_point_id: str) -> None:
        handshake = handshake_from(request(path))
        assert (handshake.path, handshake.charge_point_id) == (path, charge_point_id)

    def test_credentials_are_read_and_kept_out_of_the_headers(self) -> None:
        basic = base64.b64encode(b"STATION-1:p:w\xff").decode()
        handshake = handshake_from(request(Authorization=f"Basic {basic}"))
        assert (handshake.user, handshake.password) == ("STATION-1", b"p:w\xff")
        assert not any(name.lower() == "authorization" for name, _ in handshake.headers)
        assert ("Host", "localhost") in handshake.headers

    def test_credentials_without_their_padding_are_read(self) -> None:
        basic = base64.b64encode(b"STATION-1:pw").decode().rstrip("=")
        assert handshake_from(request(Authorization=f"basic {basic}")).password == b"pw"

    @pytest.mark.parametrize("authorization", ["Bearer abc", "Basic ???", "Basic"])
    def test_credentials_that_cannot_be_read_are_none(self, authorization: str) -> None:
        handshake = handshake_from(request(Authorization=authorization))
        assert (handshake.user, handshake.password) == (None, None)

    def test_the_offered_subprotocols_keep_their_order(self) -> None:
        handshake = handshake_from(request(Sec_WebSocket_Protocol="ocpp2.0.1, ocpp1.6,ocpp1.5"))
        assert handshake.offered == ("ocpp2.0.1", "ocpp1.6", "ocpp1.5")

    def test_the_remote_address_has_its_port(self) -> None:
        handshake = handshake_from(request())
        host, _, port = handshake.remote.partition(":")
        assert host == "127.0.0.1"
        assert int(port) > 0
        assert handshake.tls is None

    def test_tls_is_named_with_its_cipher(self, tmp_path: Path) -> None:
        authority = TestAuthority(tmp_path)

        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                theirs = authority.client_context()
                client = await RawClient.connect(server.port, ssl=theirs, server_hostname="localhost")
                client.write(request())
                assert (await client.response())[0] == 101
                client.send(TEXT, b"hello")
                session = await desk.sessions.get()
                assert await session.messages.get() == "hello"
                assert (session.handshake.tls or "").startswith("TLSv1.")
                session.link.close(1000, "done")
                assert (await client.frame())[1] == b"\x03\xe8done"
                client.writer.close()

        run(main())


class TestAcceptance:
    def test_the_subprotocol_is_echoed_if_it_was_offered(self) -> None:
        _, headers, _ = run(answer_to(RememberingDesk(), request()))
        assert headers["sec-websocket-protocol"] == "ocpp1.6"

    @pytest.mark.parametrize(
        "sent", [request(without="Sec-WebSocket-Protocol"), request(Sec_WebSocket_Protocol="x")]
    )
    def test_a_subprotocol_that_was_not_offered_is_not_answered(self, sent: bytes) -> None:
        status, headers, _ = run(answer_to(RememberingDesk(), sent))
        assert status == 101
        assert "sec-websocket-protocol" not in headers

    def test_the_key_is_answered_as_the_rfc_says(self) -> None:
        _, headers, _ = run(answer_to(RememberingDesk(), request()))
        assert headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    def test_a_request_without_connection_upgrade_is_tolerated_and_can_be_told_apart(self) -> None:
        assert lacks_connection_upgrade(handshake_from(request(without="Connection")))
        assert lacks_connection_upgrade(handshake_from(request(Connection="keep-alive")))
        assert not lacks_connection_upgrade(handshake_from(request(Connection="keep-alive, Upgrade")))

    def test_a_strict_server_refuses_a_request_without_connection_upgrade(self) -> None:
        desk = RememberingDesk()
        limits = ServerLimits(require_connection_upgrade=True)
        status, _, body = run(answer_to(desk, request(without="Connection"), limits))
        assert status == 400
        assert b"Connection: Upgrade" in body
        assert "Connection: Upgrade" in desk.refused[0][1].reason

    def test_bare_line_feeds_are_tolerated(self) -> None:
        assert handshake_from(request().replace(b"\r\n", b"\n")).charge_point_id == "STATION-1"

    def test_a_request_may_come_byte_by_byte_with_frames_at_its_heels(self) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk) as server:
                client = await RawClient.connect(server.port)
                sent = request() + b"".join(frame(TEXT, b"%d" % number * 900) for number in range(9))
                for at in range(0, len(sent), 7):
                    client.write(sent[at : at + 7])
                    await client.writer.drain()
                session = await desk.sessions.get()
                assert [await session.messages.get() for _ in range(9)] == [f"{n}" * 900 for n in range(9)]
                client.writer.close()

        run(main())

    def test_frames_in_the_same_segment_as_the_request_are_delivered(self) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk) as server:
                client = await RawClient.connect(server.port)
                client.write(request() + frame(TEXT, b"early" * 2000))
                session = await desk.sessions.get()
                assert await session.messages.get() == "early" * 2000
                client.writer.close()

        run(main())


class TestRefusal:
    @pytest.mark.parametrize("status", [400, 403, 404, 429, 503])
    def test_a_refusal_is_http_with_the_hint_as_text(self, status: int) -> None:
        refusal = Admission(accepted=False, http_status=status, reason="No", hint="Register the station")
        answered, headers, body = run(answer_to(RememberingDesk(lambda _: refusal), request()))
        assert answered == status
        assert body == b"No. Register the station\n"
        assert headers["content-type"].startswith("text/plain")
        assert headers["connection"] == "close"

    def test_401_asks_for_basic_credentials(self) -> None:
        refusal = Admission(accepted=False, http_status=401)
        _, headers, _ = run(answer_to(RememberingDesk(lambda _: refusal), request()))
        assert headers["www-authenticate"].startswith("Basic realm=")

    def test_a_browser_is_told_what_this_address_is_for(self) -> None:
        desk = RememberingDesk()
        status, headers, body = run(answer_to(desk, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"))
        assert status == 426
        assert b"ws://HOST:PORT" in body
        assert headers["upgrade"] == "websocket"
        assert desk.handshakes == []
        assert desk.refused[0][0].path == "/"

    @pytest.mark.parametrize(
        ("sent", "status"),
        [
            (request().replace(b"GET", b"POST"), 405),
            (request().replace(b"HTTP/1.1", b"HTTP/1.0"), 505),
            (request(without="Sec-WebSocket-Key"), 400),
            (request(Sec_WebSocket_Key="c2hvcnQ="), 400),
            (request(Sec_WebSocket_Version="8"), 426),
            (b"\x00\x01 hello\r\n\r\n", 400),
            (b"GET /x HTTP/1.1\r\nno colon\r\n\r\n", 400),
            (b"GET /x HTTP/1.1\r\nA: " + b"x" * 20_000, 431),
        ],
    )
    def test_a_broken_request_is_answered_and_reported(self, sent: bytes, status: int) -> None:
        desk = RememberingDesk()
        answered, _, body = run(answer_to(desk, sent))
        assert answered == status
        assert body
        assert [admission.http_status for _, admission in desk.refused] == [status]

    def test_a_fault_of_the_central_system_is_answered_with_500(self) -> None:
        def fail(_: Handshake) -> Admission:
            raise RuntimeError("broken")

        assert run(answer_to(RememberingDesk(fail), request()))[0] == 500

    def test_a_slow_request_is_given_up(self) -> None:
        desk = RememberingDesk()
        limits = ServerLimits(handshake_timeout_s=0.02)
        status, _, _ = run(answer_to(desk, request()[:-2], limits))
        assert status == 408
        assert desk.refused[0][1].http_status == 408

    def test_connections_over_the_limit_are_told_to_come_later(self) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, ServerLimits(max_connections=1)) as server:
                first = await RawClient.open(server.port)
                second = await RawClient.connect(server.port)
                status, headers, _ = await second.response()
                assert (status, headers["retry-after"]) == (503, "30")
                first.send(TEXT, b"still here")
                assert await (await desk.sessions.get()).messages.get() == "still here"
                second.writer.close()
                first.writer.close()

        run(main())


class TestOutOfReach:
    def test_the_client_sees_a_tcp_reset_and_not_a_byte(self) -> None:
        async def main() -> None:
            desk = RememberingDesk(lambda _: Admission(accepted=False, reset=True))
            async with serving(desk) as server:
                client = await RawClient.connect(server.port)
                client.write(request())
                with pytest.raises(ConnectionResetError):
                    await client.reader.read(1)
            assert len(desk.handshakes) == 1

        run(main())

    def test_an_open_socket_is_reset_too(self) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk) as server:
                client = await RawClient.open(server.port)
                session = await desk.sessions.get()
                session.link.abort()
                session.link.send("lost")
                with pytest.raises(ConnectionResetError):
                    await client.reader.read(1)
                assert await session.ending == (None, "reset by the central system", "central_system")

        run(main())


class TestAddress:
    def test_a_port_in_use_is_said_with_what_to_do(self) -> None:
        async def main() -> str:
            async with serving(RememberingDesk()) as server:
                other = OcppServer(RememberingDesk(), host="127.0.0.1", port=server.port)
                with pytest.raises(UsageError) as told:
                    await other.start()
                return str(told.value)

        assert "the port is in use. End the program" in run(main())

    @pytest.mark.parametrize(
        ("host", "port"), [("203.0.113.1", 0), ("no such host", 0), ("127.0.0.1", 70_000)]
    )
    def test_a_bad_address_is_a_usage_error(self, host: str, port: int) -> None:
        with pytest.raises(UsageError):
            run(OcppServer(RememberingDesk(), host=host, port=port).start())

    def test_the_real_port_is_known_and_free_again_after_the_stop(self) -> None:
        async def main(port: int) -> int:
            server = OcppServer(RememberingDesk(), host="127.0.0.1", port=port)
            await server.start()
            listened_on = server.port
            await server.stop()
            return listened_on

        with HeldPort() as held:
            assert run(main(held.number)) == held.number
            with socket.create_server(("127.0.0.1", held.number)):
                pass
        assert run(main(0)) > 0

    def test_a_stop_ends_connections_that_never_said_a_word(self) -> None:
        async def main() -> None:
            async with serving(RememberingDesk()) as server:
                silent = await RawClient.connect(server.port)
                later = await RawClient.open(server.port)  # connections are accepted in their order
                later.writer.close()
            assert server.connections == 0
            silent.writer.close()

        run(main())
