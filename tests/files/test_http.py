"""Files over HTTP with curl, and the abuse that a public address invites."""

import asyncio
import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chargeproof.files.http import boundary_of, span_of
from chargeproof.files.ports import Job
from tests.files.places import curl, places, run

CONTENT = os.urandom(600_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


async def status_of(*arguments: str) -> int:
    _, output = await curl("--output", os.devnull, "--write-out", "%{http_code}", *arguments)
    return int(output)


async def raw(job: Job) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str]:
    parts = urlsplit(job.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    return reader, writer, parts.path


class TestDownload:
    def test_curl_fetches_a_file(self, tmp_path: Path) -> None:
        source = tmp_path / "source"
        source.write_bytes(CONTENT)

        async def main() -> None:
            async with places(tmp_path / "data") as (service, entries):
                job = await service.offer_download(source, "firmware.bin")
                offered = await entries.next("offered")
                assert (offered.name, offered.size, offered.sha256) == ("firmware.bin", 600_000, DIGEST)
                assert offered.url == job.url.replace(job.url.split("/")[4], "***")
                assert await curl(job.url) == (0, CONTENT)
                entry = await entries.next("download")
                assert (entry.size, entry.sha256, entry.complete) == (600_000, DIGEST, True)
                assert entry.remote.startswith("127.0.0.1:")
                assert entry.began_at is not None
                assert entry.ended_at is not None
                assert entry.began_at <= entry.ended_at

        run(main())

    @pytest.mark.parametrize(
        ("asked", "first", "end"), [("0-9", 0, 10), ("599990-", 599_990, 600_000), ("-5", 599_995, 600_000)]
    )
    def test_a_part_can_be_fetched(self, tmp_path: Path, asked: str, first: int, end: int) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.offer_download(CONTENT, "f")
                assert await curl("--range", asked, job.url) == (0, CONTENT[first:end])
                entry = await entries.next("download")
                assert (entry.size, entry.sha256, entry.complete) == (end - first, None, True)
                assert await status_of("--range", "600000-", job.url) == 416
                assert await status_of("--range", asked, job.url) == 206

        run(main())

    def test_head_tells_the_size_and_is_no_download(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.offer_download(CONTENT, "f")
                _, output = await curl("--head", job.url)
                assert b"content-length: 600000" in output.lower()
                assert [entries.queue.get_nowait().event for _ in range(entries.queue.qsize())] == ["offered"]

        run(main())

    def test_a_client_that_goes_away_has_not_got_it(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.offer_download(CONTENT * 100, "f")
                reader, writer, path = await raw(job)
                writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                await reader.readexactly(1000)
                writer.transport.abort()
                entry = await entries.next("download")
                assert not entry.complete
                assert entry.size is not None
                assert entry.size < 60_000_000

        run(main())

    def test_a_closed_job_offers_nothing(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.offer_download(CONTENT, "f")
                await service.close_job(job.job_id)
                assert await status_of(job.url) == 404
                assert not (tmp_path / job.job_id).exists()

        run(main())


class TestUpload:
    @pytest.mark.parametrize("how", ["put", "put into the directory", "post", "form"])
    def test_curl_leaves_a_file(self, tmp_path: Path, how: str) -> None:
        source = tmp_path / "diagnostics.zip"
        source.write_bytes(CONTENT)

        async def main() -> None:
            async with places(tmp_path / "data") as (service, entries):
                job = await service.open_upload("http")
                arguments = {
                    "put": ["--upload-file", str(source), job.url + "diagnostics.zip"],
                    "put into the directory": ["--upload-file", str(source), job.url],
                    "post": ["--data-binary", f"@{source}", job.url + "diagnostics.zip"],
                    "form": ["--form", "note=hello", "--form", f"file=@{source}", job.url],
                }[how]
                assert await status_of(*arguments) == 200
                entry = await entries.next("upload")
                (stored,) = await service.list_files(job.job_id)
                assert (stored.name, stored.size, stored.sha256) == ("diagnostics.zip", 600_000, DIGEST)
                assert stored.complete
                assert (entry.sha256, entry.complete) == (DIGEST, True)
                assert stored.path is not None
                assert stored.path.read_bytes() == CONTENT

        run(main())

    def test_an_upload_without_a_name_gets_one(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.open_upload("http")
                assert await status_of("--data-binary", "x", job.url.rstrip("/")) == 200
                assert await status_of("--data-binary", "y", job.url) == 200
                assert [file.name for file in await service.list_files(job.job_id)] == ["upload", "upload-2"]

        run(main())

    def test_nothing_can_be_read_back(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.open_upload("http")
                assert await status_of("--request", "PUT", "--data-binary", "x", job.url + "a") == 200
                assert await status_of(job.url + "a") == 404
                assert await status_of(job.url) == 404
                assert await status_of("--request", "DELETE", job.url + "a") == 405

        run(main())

    @pytest.mark.parametrize("announced", [True, False])
    def test_an_upload_over_the_limit_is_refused_and_nothing_else_lost(
        self, tmp_path: Path, announced: bool
    ) -> None:
        source = tmp_path / "big"
        source.write_bytes(CONTENT * 3)
        chunked = [] if announced else ["--header", "Transfer-Encoding: chunked"]

        async def main() -> None:
            async with places(tmp_path / "data") as (service, entries):
                job = await service.open_upload("http")
                assert await status_of("--data-binary", "kept", job.url + "small") == 200
                assert await status_of("--upload-file", str(source), *chunked, job.url) == 413
                refused = await entries.next("refused")
                assert (refused.name, refused.complete) == ("big", False)
                assert "longer than the 1000000 bytes" in refused.detail
                assert [file.name for file in await service.list_files(job.job_id)] == ["small"]
                assert os.listdir(tmp_path / "data" / job.job_id) == ["small"]

        run(main())

    def test_a_client_that_goes_away_leaves_an_incomplete_file(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("http")
                _, writer, path = await raw(job)
                writer.write(
                    f"PUT {path}half HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345".encode()
                )
                await writer.drain()
                writer.close()
                entry = await entries.next("upload")
                assert (entry.complete, entry.detail) == (False, "the transfer was cut off")
                (stored,) = await service.list_files(job.job_id)
                assert (stored.complete, stored.size) == (False, 5)

        run(main())

    def test_a_form_that_breaks_off_is_not_complete(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("http")
                form = '--b\r\nContent-Disposition: form-data; name="f"; filename="half"\r\n\r\nabc'
                kind = "Content-Type: multipart/form-data; boundary=b"
                assert await status_of("--header", kind, "--data-binary", form, job.url) == 400
                assert not (await entries.next("upload")).complete
                empty = '--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nabc\r\n--b--\r\n'
                assert await status_of("--header", kind, "--data-binary", empty, job.url) == 400

        run(main())

    def test_wrong_and_closed_places_are_not_found(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, _):
                job = await service.open_upload("http")
                download = await service.offer_download(b"x", "f")
                assert await status_of("--data-binary", "x", job.url.replace("/files/", "/files/0")) == 404
                assert await status_of("--data-binary", "x", download.url) == 404
                await service.close_job(job.job_id)
                assert await status_of("--data-binary", "x", job.url) == 404
                assert await service.list_files(job.job_id) == []

        run(main())

    @pytest.mark.parametrize(
        "name", ["../escape", "..%2F..%2Fescape", "%2e%2e/%2e%2e/escape", "..%5Cescape", "%2Fetc%2Fescape"]
    )
    def test_no_name_leads_out_of_the_folder(self, tmp_path: Path, name: str) -> None:
        async def main() -> str:
            async with places(tmp_path / "data") as (service, _):
                job = await service.open_upload("http")
                await status_of("--path-as-is", "--data-binary", "x", job.url + name)
                return job.job_id

        inside = tmp_path / "data" / run(main())
        assert [path for path in tmp_path.rglob("*escape*") if path.parent != inside] == []
        assert not Path("/etc/escape").exists()

    def test_the_advertised_address_is_in_the_url(self, tmp_path: Path) -> None:
        async def main() -> list[str]:
            async with places(tmp_path, advertised_host="fd00::1") as (service, _):
                service.use_http_port(8080)
                first = (await service.open_upload("http")).url
            async with places(tmp_path, http_url="https://files.example.org/x/") as (service, _):
                return [first, (await service.open_upload("http")).url]

        first, second = run(main())
        assert first.startswith("http://[fd00::1]:8080/files/")
        assert second.startswith("https://files.example.org/x/files/")


class TestHeaders:
    @pytest.mark.parametrize(
        ("header", "span"),
        [
            ("", (0, 10)),
            ("bytes=0-0", (0, 1)),
            ("bytes=4-", (4, 10)),
            ("bytes=-3", (7, 10)),
            ("bytes=-30", (0, 10)),
            ("bytes=2-99", (2, 10)),
            ("bytes=10-", None),
            ("bytes=5-4", None),
            ("bytes=-0", None),
            ("bytes=-", (0, 10)),
            ("bytes=0-1,3-4", (0, 10)),
            ("lines=1-2", (0, 10)),
        ],
    )
    def test_a_range_is_read_as_the_rfc_says(self, header: str, span: tuple[int, int] | None) -> None:
        assert span_of(header, 10) == span

    @pytest.mark.parametrize(
        ("header", "boundary"),
        [
            ("multipart/form-data; boundary=abc", "abc"),
            ('Multipart/Form-Data; charset=utf-8; boundary="a b"', "a b"),
            ("multipart/form-data", None),
            ("application/zip; boundary=abc", None),
        ],
    )
    def test_a_boundary_is_found_in_forms_only(self, header: str, boundary: str | None) -> None:
        assert boundary_of(header) == boundary


class TestLimits:
    def test_more_files_than_allowed_are_refused_and_told(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path, max_upload_files=2) as (service, entries):
                job = await service.open_upload("http")
                source = tmp_path / "source"
                source.write_bytes(b"x")
                codes = [await status_of("-T", str(source), f"{job.url}{name}") for name in "abc"]
                assert codes == [200, 200, 403]
                refused = await entries.next("refused")
                assert (refused.name, refused.detail) == ("c", "no more than 2 files are allowed here")
                assert len(await service.list_files(job.job_id)) == 2

        run(main())

    def test_a_job_expires_by_the_clock_of_the_loop(self, tmp_path: Path) -> None:
        async def main() -> list[int]:
            async with places(tmp_path, job_lifetime_s=60) as (service, entries):
                jobs = [await service.open_upload("http"), await service.offer_download(CONTENT, "f", "http")]
                assert [(await entries.next("closed")).detail for _ in jobs] == ["expired"] * 2
                return [await status_of("--data-binary", "x", jobs[0].url), await status_of(jobs[1].url)]

        assert run(main(), speed=1000) == [404, 404]

    def test_an_upload_ends_with_its_job(self, tmp_path: Path) -> None:
        async def main() -> None:
            async with places(tmp_path) as (service, entries):
                job = await service.open_upload("http")
                reader, writer, path = await raw(job)
                head = f"PUT {path}slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 600000\r\n\r\n"
                # No more than the server reads at once: with bytes unread, its end would be a reset.
                writer.write(head.encode() + CONTENT[:30_000])
                while not any((tmp_path / job.job_id).iterdir()):
                    await asyncio.to_thread(os.sched_yield)
                await service.close_job(job.job_id)
                writer.write(CONTENT[:1000])
                assert b" 408 " in await reader.readline()
                entry = await entries.next("upload")
                assert not entry.complete
                writer.close()

        run(main())
