"""A station's real clients against our servers and against other people's."""

import asyncio
import base64
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from chargeproof.central_system.ports import Admission
from chargeproof.simulator.client import SocketWire, WebSocketDial
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.simulator.ports import (
    Dial,
    DialRefused,
    FileTransfer,
    PingingWire,
    TlsRefused,
    TransferError,
    Wire,
)
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.raw_client import RememberingDesk, RememberingSession, run, serving
from tests.central_system.tls_files import TestAuthority, server_tls
from tests.files.places import Entries, places

CONTENT = b"0123456789" * 20_000


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[SocketWire, RememberingSession]]:
    desk = RememberingDesk()
    async with serving(desk) as server:
        dial = WebSocketDial(f"ws://127.0.0.1:{server.port}/ocpp/")
        wire = await dial("STATION 1", ["ocpp1.6"])
        yield wire, await desk.sessions.get()
        await wire.close()


class TestDialling:
    def test_it_asks_for_the_id_the_subprotocol_and_shows_its_password(self) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk) as server:
                dial: Dial = WebSocketDial(f"ws://127.0.0.1:{server.port}/any/path", password=b"p\xff:w")
                wire = await dial("STATION/1", ["ocpp2.0.1", "ocpp1.6"])
                await wire.close()
            (handshake,) = desk.handshakes
            assert handshake.charge_point_id == "STATION/1"
            assert handshake.path == "/any/path/STATION%2F1"
            assert handshake.offered == ("ocpp2.0.1", "ocpp1.6")
            assert (handshake.user, handshake.password) == ("STATION/1", b"p\xff:w")

        run(main())

    def test_without_a_password_there_are_no_credentials(self) -> None:
        async def main() -> None:
            async with connected() as (wire, session):
                assert session.handshake.user is None
                assert wire.subprotocol == "ocpp1.6"

        run(main())

    @pytest.mark.parametrize("status", [401, 404, 503])
    def test_an_http_answer_is_a_refusal(self, status: int) -> None:
        async def main() -> int:
            desk = RememberingDesk(lambda _: Admission(accepted=False, http_status=status))
            async with serving(desk) as server:
                with pytest.raises(DialRefused) as told:
                    await WebSocketDial(f"ws://127.0.0.1:{server.port}")("S", [])
            return told.value.status

        assert run(main()) == status

    def test_a_reset_is_an_os_error(self) -> None:
        async def main() -> None:
            desk = RememberingDesk(lambda _: Admission(accepted=False, reset=True))
            async with serving(desk) as server:
                with pytest.raises(ConnectionResetError):
                    await WebSocketDial(f"ws://127.0.0.1:{server.port}")("S", [])

        run(main())

    def test_no_server_is_an_os_error(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with pytest.raises(ConnectionRefusedError):
                run(WebSocketDial(f"ws://127.0.0.1:{unused.getsockname()[1]}")("S", []))

    def test_what_is_no_websocket_server_is_an_os_error(self) -> None:
        async def main() -> None:
            async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                writer.write(b"220 File server ready\r\n\r\n")
                writer.close()

            server = await asyncio.start_server(babble, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(ConnectionError, match="the handshake failed"):
                await WebSocketDial(f"ws://127.0.0.1:{port}")("S", [])
            server.close()
            await server.wait_closed()

        run(main())

    def test_tls_is_dialled_with_the_context_given(self, tmp_path: Path) -> None:
        authority = TestAuthority(tmp_path)

        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                url = f"wss://127.0.0.1:{server.port}"
                wire = await WebSocketDial(url, ssl_context=authority.client_context())("S", [])
                wire.send("x")
                assert await (await desk.sessions.get()).messages.get() == "x"
                await wire.close()
                with pytest.raises(TlsRefused):
                    await WebSocketDial(url)("S", [])

        run(main())


class TestWire:
    def test_messages_go_both_ways_also_in_scaled_time(self) -> None:
        async def main() -> None:
            async with connected() as (wire, session):
                wire.send("é" * 50_000)
                assert await session.messages.get() == "é" * 50_000
                session.link.send("answer")
                session.link.send("x" * 100_000)
                assert await wire.receive() == "answer"
                assert await wire.receive() == "x" * 100_000

        run(main())
        run(main(), speed=20)

    def test_a_ping_is_sent(self) -> None:
        async def main() -> None:
            async with connected() as (wire, session):
                assert isinstance(wire, PingingWire)
                wire.ping()
                wire.send("after the ping")
                assert await session.messages.get() == "after the ping"

        run(main())

    def test_the_end_is_received_as_none_after_what_came_before(self) -> None:
        async def main() -> None:
            async with connected() as (wire, session):
                session.link.send("last")
                session.link.close(1000, "done")
                assert await session.ending == (1000, "done", "central_system")
                assert [await wire.receive(), await wire.receive(), await wire.receive()] == [
                    "last",
                    None,
                    None,
                ]
                wire.send("into the void")
                await wire.close()

        run(main())

    def test_its_own_close_has_its_code(self) -> None:
        async def main() -> None:
            async with connected() as (wire, session):
                waiting = asyncio.create_task(wire.receive())
                await wire.close(1001)
                assert await session.ending == (1001, "", "charge_point")
                assert await waiting is None

        run(main())

    def test_a_loss_of_power_is_no_close(self) -> None:
        async def main() -> None:
            async with connected() as (wire, session):
                wire.abort()
                assert (await session.ending)[2] == "network"
                assert await wire.receive() is None

        run(main())

    def test_a_reset_ends_it(self) -> None:
        async def main() -> None:
            async with connected() as (wire, session):
                session.link.abort()
                assert await wire.receive() is None

        run(main())

    def test_another_librarys_server_is_understood(self) -> None:
        async def answer(connection: ServerConnection) -> None:
            assert connection.request is not None
            assert connection.request.headers["Authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
            assert await connection.recv() == "hello"
            await connection.send(["frag", "men", "ted"])
            await connection.send(b"\xff")
            await (await connection.ping())
            await connection.close(4000, "bye")

        def port_of(server: Server) -> int:
            return int(next(iter(server.sockets)).getsockname()[1])

        async def main() -> None:
            async with serve(answer, "127.0.0.1", 0) as server:
                dial = WebSocketDial(f"ws://127.0.0.1:{port_of(server)}", user="u", password="p")
                wire: Wire = await dial("S", [])
                wire.send("hello")
                assert [await wire.receive() for _ in range(3)] == ["fragmented", b"\xff", None]

        run(main())


class TestFileTransfer:
    @pytest.mark.parametrize("scheme", ["ftp", "http"])
    def test_files_go_both_ways(self, scheme: str, tmp_path: Path) -> None:
        async def main() -> None:
            transfer: FileTransfer = NetworkFileTransfer()
            async with places(tmp_path) as (service, _):
                offered = await service.offer_download(CONTENT, "new firmware.bin", scheme)  # type: ignore[arg-type]
                assert await transfer.download(offered.url) == CONTENT
                place = await service.open_upload(scheme)  # type: ignore[arg-type]
                await transfer.upload(place.url, "diagnostics.zip", CONTENT)
                (stored,) = await service.list_files(place.job_id)
                assert (stored.name, stored.size, stored.complete) == ("diagnostics.zip", 200_000, True)

        run(main())
        run(main(), speed=100)

    @pytest.mark.parametrize("scheme", ["ftp", "http"])
    def test_a_refusal_is_told_without_the_credentials(self, scheme: str, tmp_path: Path) -> None:
        async def main() -> None:
            transfer = NetworkFileTransfer(max_download_bytes=1000)
            async with places(tmp_path, max_upload_bytes=1000) as (service, _):
                place = await service.open_upload(scheme)  # type: ignore[arg-type]
                offered = await service.offer_download(CONTENT, "f", scheme)  # type: ignore[arg-type]
                await refused(transfer.upload(place.url, "big", CONTENT), "big could not be stored at")
                await refused(transfer.download(offered.url), "longer than 1000 bytes")
                for job in (place, offered):
                    await service.close_job(job.job_id)
                told = await refused(transfer.download(offered.url), "could not be fetched")
                secret = offered.url.split("/")[2 if scheme == "ftp" else 4].partition("@")[0]
                assert secret not in told

        run(main())

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("sftp://host/f", "no file transfer of the kind 'sftp'"),
            ("http:///f", "names no host"),
            ("http://host:port/f", "cannot be read"),
            ("ftp://127.0.0.1:1/f", "Connection refused"),
            ("http://127.0.0.1:1/f", "Connection refused"),
            ("ftp://127.0.0.1:1/a\nb/f", ""),
        ],
    )
    def test_an_address_that_leads_nowhere_is_told(self, url: str, reason: str) -> None:
        run(refused(NetworkFileTransfer().download(url), reason))

    def test_a_silent_server_is_given_up_also_in_virtual_time(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"ftp://127.0.0.1:{silent.getsockname()[1]}/f"
            transfer = NetworkFileTransfer(timeout_s=0.05)
            run_virtual(refused(transfer.download(url), "the server did not answer in time"))

    def test_a_station_that_loses_power_stops_its_upload(self, tmp_path: Path) -> None:
        async def main() -> None:
            begun, go_on = threading.Event(), threading.Event()

            class Slow(NetworkFileTransfer):
                def _check(self, size: int, stop: threading.Event) -> None:
                    begun.set()
                    go_on.wait(60)
                    super()._check(size, stop)

            async with places(tmp_path) as (service, entries):
                place = await service.open_upload("ftp")
                uploading = asyncio.create_task(Slow().upload(place.url, "half", CONTENT))
                await asyncio.to_thread(begun.wait, 60)
                uploading.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await uploading
                go_on.set()
                await incomplete(entries)

        run(main())


async def refused(attempt: Awaitable[object], reason: str) -> str:
    with pytest.raises(TransferError) as told:
        await attempt
    assert reason in str(told.value)
    return str(told.value)


async def incomplete(entries: Entries) -> None:
    entry = await entries.next("upload")
    assert (entry.name, entry.complete) == ("half", False)
