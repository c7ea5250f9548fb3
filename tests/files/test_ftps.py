"""FTP within TLS: curl from the first byte on, Python's client after AUTH TLS; nothing in clear."""

import asyncio
import hashlib
import io
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ftplib import FTP, FTP_TLS, error_perm
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from chargeproof.clock import LoopClock
from chargeproof.errors import SettingsError
from chargeproof.files.ftps import ftps_context
from chargeproof.files.ports import Job
from chargeproof.files.service import EmbeddedFileService, FileServerSettings
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.simulator.ports import TransferError
from tests.central_system.tls_files import TestAuthority
from tests.files.places import Entries, curl, run

CONTENT = os.urandom(300_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    return TestAuthority(tmp_path)


def pairs(authority: TestAuthority, days: int = 90) -> list[tuple[Path, Path]]:
    made = [authority.server(kind, days=days) for kind in ("RSA", "ECDSA")]
    return [(each.certificate, each.key) for each in made]


@asynccontextmanager
async def place(
    folder: Path, authority: TestAuthority, **settings: Any
) -> AsyncIterator[tuple[EmbeddedFileService, Entries]]:
    made: dict[str, Any] = {"ftp_port": 0, "ftps_port": 0, "login_delay_s": 0} | settings
    service = EmbeddedFileService(folder / "data", clock=LoopClock(), settings=FileServerSettings(**made))
    service.use_certificates(pairs(authority))
    entries = Entries()
    service.watch(entries)
    await service.start()
    try:
        yield service, entries
    finally:
        await service.stop()


def log_in(job: Job, authority: TestAuthority) -> FTP_TLS:
    parts = urlsplit(job.url)
    client = FTP_TLS(timeout=60, context=ssl.create_default_context(cafile=str(authority.root_file)))  # noqa: S321
    try:
        client.connect(parts.hostname or "", parts.port or 0)
        client.login(parts.username or "", parts.password or "")
        client.prot_p()
    except BaseException:
        client.close()
        raise
    return client


class TestTransfers:
    def test_curl_leaves_a_file_in_tls_from_the_first_byte_on(
        self, tmp_path: Path, authority: TestAuthority
    ) -> None:
        source = tmp_path / "log.zip"
        source.write_bytes(CONTENT)

        async def main() -> None:
            async with place(tmp_path, authority) as (service, entries):
                job = await service.open_upload("ftps")
                assert job.url.startswith("ftps://")
                assert job.url.endswith(f"@127.0.0.1:{service.ftps_port}/")
                root = str(authority.root_file)
                assert (await curl("--cacert", root, "-T", str(source), job.url))[0] == 0
                entry = await entries.next("upload")
                assert (entry.size, entry.sha256, entry.complete) == (300_000, DIGEST, True)
                assert (entry.scheme, "@" in entry.url) == ("ftps", False)

        run(main())

    def test_curl_fetches_after_auth_tls(self, tmp_path: Path, authority: TestAuthority) -> None:
        async def main() -> None:
            async with place(tmp_path, authority) as (service, entries):
                job = await service.offer_download(CONTENT, "firmware.bin", "ftps")
                url = job.url.replace("ftps://", "ftp://")
                words = ("--ssl-reqd", "--cacert", str(authority.root_file), url)
                assert await curl(*words) == (0, CONTENT)
                entry = await entries.next("download")
                assert (entry.sha256, entry.complete) == (DIGEST, True)

        run(main())

    def test_pythons_client_leaves_a_file(self, tmp_path: Path, authority: TestAuthority) -> None:
        async def main() -> None:
            async with place(tmp_path, authority) as (service, _):
                job = await service.open_upload("ftps")

                def store() -> str:
                    with log_in(job, authority) as ftp:
                        return ftp.storbinary("STOR log.txt", io.BytesIO(CONTENT))

                assert (await asyncio.to_thread(store)).startswith("226")
                (stored,) = await service.list_files(job.job_id)
                assert (stored.name, stored.sha256, stored.complete) == ("log.txt", DIGEST, True)

        run(main())

    def test_a_simulated_station_leaves_and_fetches_files(
        self, tmp_path: Path, authority: TestAuthority
    ) -> None:
        async def main() -> None:
            async with place(tmp_path, authority) as (service, entries):
                station = NetworkFileTransfer(timeout_s=10).trusting(
                    lambda: [authority.root_file.read_text()]
                )
                job = await service.open_upload("ftps")
                await station.upload(job.url, "log.txt", CONTENT)
                left = await entries.next("upload")
                assert (left.sha256, left.complete) == (DIGEST, True)
                offer = await service.offer_download(CONTENT, "firmware.bin", "ftps")
                assert await station.download(offer.url) == CONTENT

        run(main())


class TestRefusals:
    def test_a_simulated_station_believes_only_its_own_roots(
        self, tmp_path: Path, authority: TestAuthority
    ) -> None:
        stranger = TestAuthority(tmp_path, "stranger")

        async def main() -> None:
            async with place(tmp_path, authority) as (service, _):
                offer = await service.offer_download(CONTENT, "firmware.bin", "ftps")
                transfer = NetworkFileTransfer(timeout_s=10)
                for roots in ([], [stranger.root_file.read_text()]):
                    with pytest.raises(TransferError, match=r"root certificate|verify failed"):
                        await transfer.trusting(lambda roots=roots: roots).download(offer.url)  # type: ignore[misc]

        run(main())

    def test_no_password_and_no_file_in_clear(self, tmp_path: Path, authority: TestAuthority) -> None:
        async def main() -> None:
            async with place(tmp_path, authority) as (service, _):
                job = await service.open_upload("ftps")
                parts = urlsplit(job.url)

                def in_clear() -> None:
                    with FTP(timeout=60) as ftp:  # noqa: S321
                        ftp.connect(parts.hostname or "", parts.port or 0)
                        with pytest.raises(error_perm, match="550 SSL/TLS required"):
                            ftp.login(parts.username or "", parts.password or "")
                    with log_in(job, authority) as ftp:
                        ftp.prot_c()
                        with pytest.raises(error_perm, match="550 SSL/TLS required"):
                            ftp.storbinary("STOR a", io.BytesIO(b"x"))

                await asyncio.to_thread(in_clear)

        run(main())

    def test_too_long_and_too_many_are_refused(self, tmp_path: Path, authority: TestAuthority) -> None:
        async def main() -> None:
            limits = {"max_upload_bytes": 1000, "max_upload_files": 2}
            async with place(tmp_path, authority, **limits) as (service, entries):
                job = await service.open_upload("ftps")

                def too_many() -> None:
                    with log_in(job, authority) as ftp:
                        for name in ("a", "b"):
                            ftp.storbinary(f"STOR {name}", io.BytesIO(b"x"))
                        with pytest.raises(error_perm, match="no more than 2 files"):
                            ftp.storbinary("STOR c", io.BytesIO(b"x"))

                await asyncio.to_thread(too_many)
                assert (await entries.next("refused")).detail == "no more than 2 files are allowed here"
                other = await service.open_upload("ftps")

                def too_long() -> None:
                    ftp = log_in(other, authority)
                    with pytest.raises((error_perm, OSError)):
                        ftp.storbinary("STOR a", io.BytesIO(CONTENT))
                    ftp.close()

                await asyncio.to_thread(too_long)
                assert "longer than the 1000 bytes" in (await entries.next("refused")).detail
                assert await service.list_files(other.job_id) == []

        run(main())

    def test_a_job_that_ended_knows_nobody(self, tmp_path: Path, authority: TestAuthority) -> None:
        async def main() -> None:
            async with place(tmp_path, authority) as (service, _):
                job = await service.open_upload("ftps")
                await service.close_job(job.job_id)
                with pytest.raises(error_perm, match="530"):
                    await asyncio.to_thread(log_in, job, authority)

        run(main())


class TestCertificates:
    def test_new_ones_serve_new_connections(self, tmp_path: Path, authority: TestAuthority) -> None:
        async def main() -> None:
            async with place(tmp_path, authority) as (service, _):
                job = await service.open_upload("ftps")

                def serial() -> str:
                    with log_in(job, authority) as ftp:
                        assert isinstance(ftp.sock, ssl.SSLSocket)
                        return str((ftp.sock.getpeercert() or {})["serialNumber"])

                before = await asyncio.to_thread(serial)
                service.use_certificates(pairs(authority, days=150))
                assert await asyncio.to_thread(serial) != before

        run(main())

    def test_a_key_of_another_certificate_is_refused_in_words(self, authority: TestAuthority) -> None:
        (rsa, _), (_, other) = pairs(authority)
        with pytest.raises(SettingsError, match="cannot be used for FTPS"):
            ftps_context([(rsa, other)])
