"""FTP as stations use it: curl and Python's own client against the embedded server."""

import asyncio
import hashlib
import io
import os
import socket
import struct
from collections.abc import Callable
from ftplib import FTP, error_perm, error_temp
from pathlib import Path

import pytest

from chargeproof.clock import LoopClock
from chargeproof.errors import ToolError, UsageError
from chargeproof.files.ports import UnknownJob
from chargeproof.files.service import EmbeddedFileService, FileServerSettings
from chargeproof.testing.held_port import HeldPort
from tests.files.places import as_ftp_client, curl, log_in, places, run

CONTENT = os.urandom(200_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class TestUpload:
    def test_curl_leaves_a_file(self, tmp_path: Path) -> None:
        source = tmp_path / "diagnostics.zip"
        source.write_bytes(CONTENT)

        async def main() -> None:
            async with places(tmp_path / "data") as (service, entries):
                job = await service.open_upload("ftp")
                assert (await curl("-T", str(source), job.url))[0] == 0
                entry = await entries.next("upload")
                (stored,) = await service.list_files(job.job_id)
            assert (stored.name, stored.size, stored.sha256) == ("diagnostics.zip", 200_000, DIGEST)
            assert stored.complete
            assert stored.path is not None
            assert stored.path.read_bytes() == CONTENT
            assert stored.began_at <= stored.ended_at
            assert stored.remote.startswith("127.0.0.1:")
            assert (entry.size, entry.sha256, entry.complete) == (200_000, DIGEST, True)
            assert (entry.began_at, entry.ended_at) == (stored.began_at, stored.ended_at)

        run(main())

    def test_entries_do_not_reveal_the_credentials(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path, advertised_host="files.example") as (service, entries):
                job = await service.open_upload("ftp")
                entry = await entries.next("offered")
                assert entry.url == f"ftp://files.example:{service.ftp_port}/"
                assert "@files.example:" in job.url

        run(main())

    def test_the_entry_is_published_before_the_client_hears_of_success(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("ftp")
                await as_ftp_client(job, lambda ftp: ftp.storbinary("STOR a", io.BytesIO(CONTENT)))
                kinds = [entries.queue.get_nowait().event for _ in range(entries.queue.qsize())]
                assert kinds == ["offered", "upload"]

        run(main())

    def test_the_same_name_again_overwrites_nothing(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.open_upload("ftp")

                def twice(ftp: FTP) -> None:
                    ftp.storbinary("STOR log.txt", io.BytesIO(b"first"))
                    ftp.storbinary("STOR log.txt", io.BytesIO(b"second"))
                    ftp.storbinary("STOU log.txt", io.BytesIO(b"third"))

                await as_ftp_client(job, twice)
                stored = await service.list_files(job.job_id)
            assert [file.name for file in stored] == ["log.txt", "log-2.txt", "log-3.txt"]
            contents = [file.path.read_bytes() for file in stored if file.path]
            assert contents == [b"first", b"second", b"third"]

        run(main())

    def test_a_cut_off_upload_can_be_resumed(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.open_upload("ftp")

                def in_two_parts(ftp: FTP) -> None:
                    ftp.storbinary("STOR log.txt", io.BytesIO(CONTENT[:1000]))
                    ftp.storbinary("STOR log.txt", io.BytesIO(CONTENT[900:]), rest=900)

                await as_ftp_client(job, in_two_parts)
                stored = await service.list_files(job.job_id)
            assert (stored[1].name, stored[1].size, stored[1].sha256) == ("log.txt", 200_000, DIGEST)

        run(main())

    def test_an_upload_over_the_limit_is_refused_and_the_session_ended(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path, max_upload_bytes=100_000) as (service, entries):
                other = await service.open_upload("ftp")
                job = await service.open_upload("ftp")
                await as_ftp_client(other, lambda ftp: ftp.storbinary("STOR a", io.BytesIO(b"kept")))

                def too_much(ftp: FTP) -> None:
                    ftp.storbinary("STOR small", io.BytesIO(b"kept too"))
                    with pytest.raises((error_perm, OSError)):
                        ftp.storbinary("STOR big", io.BytesIO(CONTENT * 10))
                    while True:  # the answer to the upload may be waiting still
                        try:
                            ftp.getresp()
                        except error_perm as error:
                            assert str(error).startswith("552")  # noqa: PT017 - or it was read already
                        except (EOFError, OSError):
                            break
                    ftp.close()

                await asyncio.to_thread(lambda: too_much(log_in(job)))
                refused = await entries.next("refused")
                assert refused.detail == "longer than the 100000 bytes that are allowed here"
                assert not refused.complete
                assert [file.name for file in await service.list_files(job.job_id)] == ["small"]
                assert [file.name for file in await service.list_files(other.job_id)] == ["a"]
                assert sorted(os.listdir(tmp_path / job.job_id)) == ["small"]

        run(main())


class TestCutOff:
    """A client that is killed closes everything at once; no reply ever reaches it."""

    @staticmethod
    def begin(ftp: FTP, content: bytes) -> socket.socket:
        ftp.voidcmd("TYPE I")
        data = ftp.transfercmd("STOR half")
        data.sendall(content)
        return data

    @pytest.mark.parametrize("order", ["data first", "control first", "reset"])
    def test_a_client_that_vanishes_leaves_an_incomplete_file(self, tmp_path: Path, order: str) -> None:
        def vanish(ftp: FTP) -> None:
            data = self.begin(ftp, CONTENT)
            assert ftp.sock is not None
            if order == "reset":
                for each in (data, ftp.sock):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            # The order matters: FTP marks the end of a file by closing its connection.
            if order == "data first":
                os_close_both(data, ftp)
            else:
                ftp.close()
                data.close()

        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("ftp")
                await asyncio.to_thread(lambda: vanish(log_in(job)))
                entry = await entries.next("upload")
                (stored,) = await service.list_files(job.job_id)
            assert not entry.complete
            assert not stored.complete
            assert entry.detail
            assert stored.size <= 200_000
            assert stored.path is not None
            assert hashlib.sha256(stored.path.read_bytes()).hexdigest() == stored.sha256

        run(main())

    def test_a_data_connection_that_is_reset_leaves_an_incomplete_file(self, tmp_path: Path) -> None:
        def reset_data(ftp: FTP) -> None:
            data = self.begin(ftp, CONTENT)
            data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            data.close()
            with pytest.raises(error_temp, match="426"):
                ftp.voidresp()

        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("ftp")
                await as_ftp_client(job, reset_data)
                entry = await entries.next("upload")
                assert (entry.complete, entry.detail) == (False, "the transfer was cut off")

        run(main())

    def test_a_job_that_is_closed_cuts_its_uploads_off(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("ftp")
                ftp = await asyncio.to_thread(log_in, job)
                data = await asyncio.to_thread(self.begin, ftp, b"some")
                await service.close_job(job.job_id)
                entry = await entries.next("upload")
                assert not entry.complete
                data.close()
                ftp.close()

        run(main())


def os_close_both(data: socket.socket, ftp: FTP) -> None:
    """Shut the control connection so that both ends arrive, then end the data connection."""
    assert ftp.sock is not None
    ftp.sock.shutdown(socket.SHUT_WR)
    data.close()
    ftp.close()


class TestWriteOnly:
    def test_an_upload_cannot_be_read_back_or_removed(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.open_upload("ftp")

                def try_everything(ftp: FTP) -> None:
                    ftp.storbinary("STOR a", io.BytesIO(b"secret"))
                    forbidden_acts: list[Callable[[], object]] = [
                        lambda: ftp.retrbinary("RETR a", print),
                        lambda: ftp.delete("a"),
                        lambda: ftp.rename("a", "b"),
                        lambda: ftp.mkd("folder"),
                        lambda: ftp.storbinary("APPE a", io.BytesIO(b"more")),
                        lambda: ftp.voidcmd("SITE CHMOD 777 a"),
                    ]
                    for forbidden in forbidden_acts:
                        with pytest.raises(error_perm, match="550"):
                            forbidden()

                await as_ftp_client(job, try_everything)
                (stored,) = await service.list_files(job.job_id)
                assert stored.path is not None
                assert stored.path.read_bytes() == b"secret"

        run(main())

    def test_other_jobs_cannot_be_seen(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                theirs = await service.open_upload("ftp")
                mine = await service.open_upload("ftp")
                await as_ftp_client(theirs, lambda ftp: ftp.storbinary("STOR theirs", io.BytesIO(b"x")))

                def look(ftp: FTP) -> list[str]:
                    for path in ("..", f"../{theirs.job_id}", f"/{theirs.job_id}", str(tmp_path)):
                        with pytest.raises(error_perm):
                            ftp.cwd(path) if path != ".." else ftp.nlst(f"../{theirs.job_id}")
                    return ftp.nlst()

                assert await as_ftp_client(mine, look) == []

        run(main())

    @pytest.mark.parametrize(
        "name",
        ["../escape", "../../escape", "/etc/escape", "a/../../escape", "..\\escape", "~/escape", "x/escape"],
    )
    def test_no_name_leads_out_of_the_folder(self, tmp_path: Path, name: str) -> None:
        async def main() -> str:
            async with places(tmp_path / "data") as (service, _):
                job = await service.open_upload("ftp")

                def store(ftp: FTP) -> None:
                    try:
                        ftp.storbinary(f"STOR {name}", io.BytesIO(b"x"))
                    except error_perm as error:
                        assert str(error).startswith("550")  # noqa: PT017 - either outcome is right

                await as_ftp_client(job, store)
                return job.job_id

        inside = tmp_path / "data" / run(main())
        assert [path for path in tmp_path.rglob("*escape*") if path.parent != inside] == []
        assert not Path("/etc/escape").exists()

    def test_strange_names_become_plain_ones(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.open_upload("ftp")
                name = "..hidden logs: é*?.tar.gz"
                await as_ftp_client(job, lambda ftp: ftp.storbinary(f"STOR {name}", io.BytesIO(b"x")))
                (stored,) = await service.list_files(job.job_id)
                assert stored.name == "hidden_logs_____.tar.gz"

        run(main())


class TestDownload:
    def test_curl_fetches_a_file(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.offer_download(CONTENT, "firmware 2.bin", "ftp")
                assert job.url.endswith("/firmware_2.bin")
                assert await curl(job.url) == (0, CONTENT)
                entry = await entries.next("download")
                assert (entry.name, entry.size, entry.sha256) == ("firmware_2.bin", 200_000, DIGEST)
                assert entry.complete
                assert entry.remote.startswith("127.0.0.1:")

        run(main())

    def test_a_download_cannot_be_written(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.offer_download(b"x", "f", "ftp")

                def write(ftp: FTP) -> None:
                    with pytest.raises(error_perm):
                        ftp.storbinary("STOR other", io.BytesIO(b"x"))

                await as_ftp_client(job, write)

        run(main())

    def test_a_download_that_is_broken_off_is_not_complete(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.offer_download(b"x" * 50_000_000, "f", "ftp")

                def break_off(ftp: FTP) -> None:
                    data = ftp.transfercmd("RETR f")
                    data.recv(10)
                    data.close()
                    with pytest.raises((error_temp, error_perm)):
                        ftp.voidresp()

                await as_ftp_client(job, break_off)
                assert not (await entries.next("download")).complete

        run(main())


class TestCredentials:
    def test_a_wrong_password_is_refused_and_told(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("ftp")
                wrong = job.url.replace("@", "x@")
                assert (await curl(wrong))[0] == 67
                assert (await entries.next("refused")).detail == "wrong password"
                assert (await curl(job.url.replace("ftp://u", "ftp://v")))[0] == 67
                assert (await curl(f"ftp://127.0.0.1:{service.ftp_port}/"))[0] == 67

        run(main())

    def test_a_closed_job_lets_nobody_in_and_keeps_what_it_has(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("ftp")
                await as_ftp_client(job, lambda ftp: ftp.storbinary("STOR a", io.BytesIO(b"kept")))
                session = await asyncio.to_thread(log_in, job)
                await service.close_job(job.job_id)
                await service.close_job(job.job_id)
                await entries.next("closed")
                with pytest.raises((EOFError, OSError)):
                    await asyncio.to_thread(session.voidcmd, "NOOP")
                session.close()
                assert (await curl(job.url))[0] == 67
                (stored,) = await service.list_files(job.job_id)
                assert stored.path is not None
                assert stored.path.read_bytes() == b"kept"
                with pytest.raises(UnknownJob):
                    await service.close_job("nothing")

        run(main())

    def test_a_job_expires_by_the_clock_of_the_loop(self, tmp_path: Path) -> None:
        async def main() -> str:
            async with places(tmp_path, job_lifetime_s=60) as (service, entries):
                job = await service.open_upload("ftp")
                detail = (await entries.next("closed")).detail
                assert (await curl(job.url))[0] == 67
                return detail

        assert run(main(), speed=1000) == "expired"


class TestSettings:
    def test_passive_ports_and_address_are_what_was_set(self, tmp_path: Path) -> None:
        async def main(port: int) -> None:
            passive = {"passive_ports": (port, port), "passive_address": "192.0.2.7"}
            async with places(tmp_path, **passive) as (service, _):
                job = await service.open_upload("ftp")
                answer = await as_ftp_client(job, lambda ftp: ftp.sendcmd("PASV"))
                assert f"(192,0,2,7,{port // 256},{port % 256})" in answer

        with HeldPort() as held:
            run(main(held.number))

    def test_a_port_in_use_is_a_usage_error(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                settings = FileServerSettings(bind_host="127.0.0.1", ftp_port=service.ftp_port)
                other = EmbeddedFileService(tmp_path, clock=LoopClock(), settings=settings)
                with pytest.raises(UsageError, match="cannot start the FTP server: the port is in use"):
                    await other.start()

        run(main())

    def test_without_an_ftp_port_there_is_no_ftp(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path, ftp_port=None) as (service, _):
                with pytest.raises(ToolError, match="there is no FTP server"):
                    await service.open_upload("ftp")

        run(main())

    def test_a_folder_that_cannot_be_made_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        service = EmbeddedFileService(tmp_path / "file" / "folder", clock=LoopClock())
        with pytest.raises(ToolError, match="the folder for files cannot be made"):
            run(service.start())
