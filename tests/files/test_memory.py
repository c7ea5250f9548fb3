"""Files without sockets, in virtual time."""

import hashlib
from pathlib import Path

import pytest

from chargeproof.clock import LoopClock
from chargeproof.files.memory import FileRefused, MemoryFileService
from chargeproof.files.names import numbered_name, safe_name, without_secrets
from chargeproof.files.ports import FileService, Scheme, UnknownJob
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import FileTransferred


@pytest.mark.parametrize("scheme", ["ftp", "http"])
class TestMemoryFileService:
    def test_what_is_uploaded_is_listed_and_told(self, scheme: Scheme) -> None:
        async def main() -> None:
            clock = LoopClock()
            service = MemoryFileService(clock)
            told: list[FileTransferred] = []
            stop = service.watch(lambda _job_id, entry: told.append(entry))
            job = await service.open_upload(scheme)
            await clock.sleep(60)
            await service.upload(job.url, "logs/diagnostics.zip", b"content")
            (stored,) = await service.list_files(job.job_id)
            assert (stored.name, stored.size, stored.path) == ("diagnostics.zip", 7, None)
            assert stored.sha256 == hashlib.sha256(b"content").hexdigest()
            assert stored.began_at == clock.now()
            assert service.content_of(job.job_id) == b"content"
            stop()
            await service.close_job(job.job_id)
            assert [(entry.event, entry.mono) for entry in told] == [("offered", 0), ("upload", 60)]
            assert not any(secret in told[0].url for secret in job.url.split("/")[2:] if len(secret) > 15)

        run_virtual(main())

    def test_what_is_offered_can_be_fetched(self, scheme: Scheme, tmp_path: Path) -> None:
        source = tmp_path / "firmware.bin"
        source.write_bytes(b"new")

        async def main() -> list[tuple[str, int | None]]:
            service: MemoryFileService = MemoryFileService(LoopClock())
            told: list[tuple[str, int | None]] = []
            service.watch(lambda _job_id, entry: told.append((entry.event, entry.size)))
            job = await service.offer_download(source, "firmware.bin", scheme)
            assert job.url.endswith("/firmware.bin")
            assert await service.download(job.url) == b"new"
            return told

        assert run_virtual(main()) == [("offered", 3), ("download", 3)]

    def test_it_refuses_what_a_server_would(self, scheme: Scheme) -> None:
        async def main() -> None:
            service = MemoryFileService(LoopClock(), max_upload_bytes=3)
            upload = await service.open_upload(scheme)
            download = await service.offer_download(b"x", "f", scheme)
            for attempt in (
                service.upload(upload.url, "f", b"long"),
                service.upload(download.url, "f", b"x"),
                service.download(upload.url),
                service.download(upload.url.replace("//", "//x")),
            ):
                with pytest.raises(FileRefused):
                    await attempt
            await service.close_job(upload.job_id)
            with pytest.raises(FileRefused, match="closed"):
                await service.upload(upload.url, "f", b"x")
            with pytest.raises(UnknownJob):
                await service.list_files("nothing")
            assert await service.list_files(upload.job_id) == []

        run_virtual(main())


def test_it_is_a_file_service() -> None:
    async def main() -> None:
        service: FileService = MemoryFileService(LoopClock())
        assert (await service.open_upload("ftp")).kind == "upload"

    run_virtual(main())


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("diagnostics.zip", "diagnostics.zip"),
        ("/a/b\\c.log", "c.log"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (".profile", "profile"),
        ("a\x00b\n.txt", "a_b_.txt"),
        ("x" * 500, "x" * 120),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_numbers_come_before_the_ending() -> None:
    assert [numbered_name("a.zip", n) for n in (1, 2)] == ["a.zip", "a-2.zip"]
    assert numbered_name("log", 3) == "log-3"


def test_secrets_are_left_out_of_urls() -> None:
    assert without_secrets("ftp://user:word@host:21/f") == "ftp://host:21/f"
    assert without_secrets("http://host/files/token/f", "token") == "http://host/files/***/f"
