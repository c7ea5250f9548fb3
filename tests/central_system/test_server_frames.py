"""RFC 6455 on an open connection, section by section, with a client that breaks the rules by hand."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK

from chargeproof.central_system.limits import ServerLimits
from chargeproof.testing.virtual_time import run_scaled
from tests.central_system.raw_client import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Ending,
    RawClient,
    RememberingDesk,
    RememberingSession,
    frame,
    run,
    serving,
)

Talk = Callable[[RawClient, RememberingSession], Coroutine[Any, Any, None]]


@asynccontextmanager
async def connected(
    limits: ServerLimits | None = None,
) -> AsyncIterator[tuple[RawClient, RememberingSession]]:
    desk = RememberingDesk()
    async with serving(desk, limits) as server:
        client = await RawClient.open(server.port)
        try:
            yield client, await desk.sessions.get()
        finally:
            client.writer.close()


def talk(script: Talk, limits: ServerLimits | None = None) -> None:
    async def main() -> None:
        async with connected(limits) as (client, session):
            await script(client, session)

    run(main())


def ending_of(sent: bytes, limits: ServerLimits | None = None) -> tuple[int, Ending, list[str | bytes]]:
    """The close code that the peer sees, what the session is told, and the messages it got before."""

    async def main() -> tuple[int, Ending, list[str | bytes]]:
        async with connected(limits) as (client, session):
            client.write(sent)
            code = await client.close_code()
            ending = await session.ending
            return code, ending, [session.messages.get_nowait() for _ in range(session.messages.qsize())]

    return run(main())


class TestMessages:
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 300_000])
    def test_texts_of_every_size_go_both_ways(self, size: int) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            text = "é" * (size // 2) + "x" * (size % 2)
            client.send(TEXT, text.encode())
            assert await session.messages.get() == text
            session.link.send(text)
            assert await client.frame() == (TEXT, text.encode())

        talk(script)

    def test_fragments_are_joined_with_control_frames_between_them(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            euro = "€".encode()
            client.send(TEXT, b"a" + euro[:1], fin=False)
            client.send(PING, b"between")
            client.send(CONTINUATION, euro[1:2], fin=False)
            client.send(CONTINUATION, b"", fin=False)
            client.send(CONTINUATION, euro[2:] + b"z")
            assert await session.messages.get() == "a€z"
            assert await client.frame() == (PONG, b"between")

        talk(script)

    def test_binary_messages_are_handed_over_as_bytes(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            client.send(BINARY, b"[2]")
            client.send(BINARY, b"[", fin=False)
            client.send(CONTINUATION, b"3]")
            assert [await session.messages.get(), await session.messages.get()] == [b"[2]", b"[3]"]

        talk(script)

    def test_text_that_is_not_utf8_is_handed_over_as_bytes_and_the_socket_stays(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            client.send(TEXT, b"caf\xe9")
            client.send(TEXT, b"\xed\xa0", fin=False)
            client.send(CONTINUATION, b"\x80")
            client.send(TEXT, b"good")
            messages = [await session.messages.get() for _ in range(3)]
            assert messages == [b"caf\xe9", b"\xed\xa0\x80", "good"]

        talk(script)

    @pytest.mark.parametrize(
        "sent", [frame(TEXT, b"\xff"), frame(TEXT, b"\xc3", fin=False) + frame(CONTINUATION, b"x")]
    )
    def test_a_strict_server_closes_with_1007_for_it(self, sent: bytes) -> None:
        code, ending, messages = ending_of(sent, ServerLimits(strict_utf8=True))
        assert (code, ending[0], ending[2], messages) == (1007, 1007, "central_system", [])

    def test_a_fault_of_the_central_system_does_not_cost_the_connection(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            client.send(TEXT, b"fail")
            client.send(TEXT, b"next")
            assert [await session.messages.get(), await session.messages.get()] == ["fail", "next"]

        talk(script)


class TestLimits:
    LIMITS = ServerLimits(max_message_bytes=1000)

    @pytest.mark.parametrize(
        "sent",
        [
            frame(TEXT, b"x" * 1001),
            frame(TEXT, b"x" * 600, fin=False) + frame(CONTINUATION, b"x" * 600, fin=False),
            frame(TEXT, b"x" * 70_000)[:500],
        ],
    )
    def test_a_message_over_the_limit_is_1009_however_it_comes(self, sent: bytes) -> None:
        code, ending, messages = ending_of(sent, self.LIMITS)
        assert (code, ending[0], ending[2], messages) == (1009, 1009, "central_system", [])

    def test_a_message_of_the_limit_is_taken(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            client.send(TEXT, b"x" * 600, fin=False)
            client.send(CONTINUATION, b"x" * 400)
            client.send(TEXT, b"y" * 1000)
            assert len(await session.messages.get()) == 1000
            assert len(await session.messages.get()) == 1000

        talk(script, self.LIMITS)

    def test_a_peer_that_does_not_read_is_dropped(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            transport = client.writer.transport
            assert isinstance(transport, asyncio.Transport)
            transport.pause_reading()
            for _ in range(1000):
                session.link.send("x" * 100_000)
            code, reason, by = await session.ending
            assert (code, by) == (None, "network")
            assert "does not read" in reason

        talk(script, ServerLimits(max_unsent_bytes=50_000))


class TestBrokenFrames:
    @pytest.mark.parametrize(
        "sent",
        [
            pytest.param(frame(TEXT, b"x", masked=False), id="not masked"),
            pytest.param(frame(TEXT, b"x", rsv=4), id="RSV1"),
            pytest.param(frame(PING, b"x", rsv=1), id="RSV3 of a control frame"),
            pytest.param(frame(CONTINUATION, b"x"), id="continuation of nothing"),
            pytest.param(frame(TEXT, b"x", fin=False) + frame(TEXT, b"y"), id="message within a message"),
            pytest.param(frame(3, b"x"), id="unknown opcode"),
            pytest.param(frame(PING, b"x", fin=False), id="fragmented ping"),
            pytest.param(frame(PING, b"x" * 126), id="long ping"),
            pytest.param(frame(CLOSE, b"\x03"), id="close with half a code"),
            pytest.param(frame(CLOSE, b"\x03\xed"), id="close code 1005"),
            pytest.param(frame(CLOSE, b"\x03\xee"), id="close code 1006"),
            pytest.param(frame(CLOSE, b"\x00\x00"), id="close code 0"),
            pytest.param(frame(CLOSE, b"\x13\x88"), id="close code 5000"),
        ],
    )
    def test_a_broken_frame_closes_with_1002(self, sent: bytes) -> None:
        code, ending, messages = ending_of(sent)
        assert (code, ending[0], ending[2]) == (1002, 1002, "central_system")
        assert ending[1]
        assert messages == []

    def test_what_came_before_a_broken_frame_is_not_lost(self) -> None:
        code, _, messages = ending_of(frame(TEXT, b"one") + frame(TEXT, b"two") + frame(3))
        assert (code, messages) == (1002, ["one", "two"])

    def test_the_reason_reaches_a_peer_that_goes_on_sending(self) -> None:
        code, _, _ = ending_of(frame(TEXT, b"x", rsv=2) + b"\x00" * 200_000)
        assert code == 1002


class TestClosing:
    @pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
    def test_the_close_of_the_charge_point_is_answered_with_its_code(self, code: int) -> None:
        answered, ending, _ = ending_of(frame(CLOSE, code.to_bytes(2, "big") + b"bye"))
        assert answered == code
        assert ending == (code, "bye", "charge_point")

    def test_a_close_without_a_code_is_answered_without_one(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            client.send(CLOSE)
            assert await client.frame() == (CLOSE, b"")
            assert await session.ending == (None, "", "charge_point")

        talk(script)

    def test_our_close_waits_for_the_answer_and_discards_what_else_comes(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            session.link.close(1000, "ö" * 100)
            session.link.send("after our close")
            opcode, payload = await client.frame()
            assert opcode == CLOSE
            assert payload[2:].decode() == "ö" * 61
            client.send(TEXT, b"too late")
            assert not session.ending.done()
            client.send(CLOSE, payload[:2])
            assert await session.ending == (1000, "ö" * 100, "central_system")
            assert session.messages.empty()
            assert await client.reader.read() == b""

        talk(script)

    def test_a_peer_that_does_not_answer_our_close_is_reset(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            session.link.close(4001, "go")
            assert (await client.frame())[0] == CLOSE
            assert await session.ending == (4001, "go", "central_system")
            with pytest.raises(ConnectionResetError):
                await client.reader.read()

        talk(script, ServerLimits(close_timeout_s=0.02))

    def test_a_lost_connection_is_the_networks(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            client.writer.close()
            assert await session.ending == (None, "the connection was lost", "network")

        talk(script)

    def test_a_stop_closes_with_1001(self) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk) as server:
                client = await RawClient.open(server.port)
                session = await desk.sessions.get()
                stopping = asyncio.create_task(server.stop())
                opcode, payload = await client.frame()
                assert (opcode, payload[:2]) == (CLOSE, b"\x03\xe9")
                client.send(CLOSE, payload[:2])
                assert await client.reader.read() == b""
                client.writer.close()
                await stopping
                assert (await session.ending)[0] == 1001
                with pytest.raises(ConnectionRefusedError):
                    await RawClient.connect(server.port)

        run(main())

    def test_a_stop_does_not_wait_for_ever(self) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, ServerLimits(close_timeout_s=0.02)) as server:
                client = await RawClient.open(server.port)
                await desk.sessions.get()
            assert server.connections == 0
            client.writer.close()

        run(main())


class TestLiveness:
    LIMITS = ServerLimits(ping_interval_s=0.02, ping_timeout_s=0.02)

    def test_a_ping_is_answered_with_its_payload(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            client.send(PING, b"are you there")
            assert await client.frame() == (PONG, b"are you there")

        talk(script)

    def test_a_silent_peer_is_pinged_and_its_pong_reported(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            for _ in range(3):
                opcode, payload = await client.frame()
                assert opcode == PING
                client.send(PONG, payload)
                await session.pongs.get()
            assert not session.ending.done()

        talk(script, self.LIMITS)

    def test_a_peer_that_answered_pings_and_stops_is_gone(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            client.send(PONG)
            code, reason, by = await session.ending
            assert (code, by) == (None, "network")
            assert "no sign of life" in reason

        talk(script, self.LIMITS)

    def test_a_peer_that_never_answered_a_ping_is_kept(self) -> None:
        async def script(client: RawClient, session: RememberingSession) -> None:
            for _ in range(4):
                assert (await client.frame())[0] == PING
            client.send(TEXT, b"alive")
            assert await session.messages.get() == "alive"
            assert not session.ending.done()
            assert session.unanswered_pings == 1

        talk(script, self.LIMITS)

    def test_seconds_are_those_of_the_loop(self) -> None:
        async def main() -> float:
            loop = asyncio.get_running_loop()
            async with connected(ServerLimits(ping_interval_s=30, ping_timeout_s=30)) as (client, session):
                began = loop.time()
                client.send(PONG)
                await session.ending
                return loop.time() - began

        began = time.monotonic()
        assert run_scaled(main(), speed=1000) >= 60
        assert time.monotonic() - began < 30  # an idle machine needs 0.1 s; real seconds would be 60


class TestOtherPeoplesClient:
    def test_the_websockets_library_talks_to_us(self) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk) as server:
                url = f"ws://127.0.0.1:{server.port}/ocpp/STATION-1"
                async with connect(url, subprotocols=["ocpp1.6"]) as client:  # type: ignore[list-item]
                    assert client.subprotocol == "ocpp1.6"
                    session = await desk.sessions.get()
                    await client.send(["frag", "men", "ted"])
                    assert await session.messages.get() == "fragmented"
                    session.link.send("answer")
                    assert await client.recv() == "answer"
                    await (await client.ping())
                    session.link.close(1000, "done")
                    with pytest.raises(ConnectionClosedOK):
                        await client.recv()
                assert await session.ending == (1000, "done", "central_system")

        run(main())

    def test_it_sees_why_its_message_was_too_long(self) -> None:
        async def main() -> int:
            async with serving(RememberingDesk(), ServerLimits(max_message_bytes=1000)) as server:
                async with connect(f"ws://127.0.0.1:{server.port}/S") as client:
                    await client.send("x" * 500_000)
                    with pytest.raises(ConnectionClosedError) as told:
                        await client.recv()
                assert told.value.rcvd is not None
                return told.value.rcvd.code

        assert run(main()) == 1009

    def test_many_clients_at_once_get_their_own_answers(self) -> None:
        async def one(port: int, number: int, desk: RememberingDesk) -> None:
            client = await RawClient.open(port, f"/S{number}")
            client.send(TEXT, f"{number}".encode())
            opcode, payload = await client.frame()
            assert (opcode, payload) == (TEXT, f"{number} to S{number}".encode())
            client.writer.close()

        async def answer(desk: RememberingDesk) -> None:
            session = await desk.sessions.get()
            text = await session.messages.get()
            session.link.send(f"{text!s} to {session.handshake.charge_point_id}")

        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk) as server, asyncio.TaskGroup() as tasks:
                for number in range(200):
                    tasks.create_task(one(server.port, number, desk))
                    tasks.create_task(answer(desk))

        run(main())


def test_no_delay_is_set_so_that_small_answers_leave_at_once() -> None:
    async def script(client: RawClient, session: RememberingSession) -> None:
        transport = session.link._transport  # type: ignore[attr-defined]
        connection = transport.get_extra_info("socket")
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    talk(script)
