"""Places for files, as somebody attacks them who knows one job's secret and wants more."""

import asyncio
import contextlib
import ftplib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import pytest

from chargeproof.files.ftp import MAX_CONNECTIONS_OF_ADDRESS
from chargeproof.files.ports import Job
from tests.files.places import as_ftp_client, places, run
from tests.hostile.intruder import STRANGER

NAMES = {
    "up": "../../evil",
    "absolute": "/etc/cron.d/evil",
    "of Windows": "..\\..\\evil",
    "a drive": "C:\\evil",
    "a share": "\\\\elsewhere\\evil",
    "a device": "/dev/null",
    "hidden": ".profile",
    "the folder": ".",
    "above": "..",
    "of the shell": "$(touch evil);`touch evil`|evil",
    "a home": "~root/evil",
    "an option": "-rf",
    "a stream": "evil.txt::$DATA",
    "reserved": "CON",
    "long": "n" * 5000,
    "of other letters": "д" * 200 + "\u202egpj.exe",
    "markup": "<img src=x onerror=alert(1)>.html",
    "a formula": "=cmd|' /C calc'!A0.csv",
    "an escape": "a\x1b[2Jb",
    "a null": "a\0/../../evil",
    "dots and slashes": "....//....//evil",
    "encoded": "%2e%2e%2f%2e%2e%2fevil",
    "encoded twice": "%252e%252e%252fevil",
    "overlong": "%c0%ae%c0%ae/evil",
}
OUTSIDE = ("../", "..", "/", "/etc/passwd", "//etc/passwd", "../../chargeproof.db", "~", "-R /", "C:\\")


def only_below(folder: Path, job: Job) -> list[str]:
    """The names of the job's files; whatever else was made under `folder` fails."""
    everything = [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]
    assert all(path.parent == folder / "files" / job.job_id for path in everything), everything
    assert not [path.name for path in everything if path.name.startswith(".") or not path.name.isascii()]
    return [path.name for path in everything]


def test_no_name_over_http_leads_out_of_its_place(tmp_path: Path) -> None:
    async def main() -> None:
        async with places(tmp_path / "files") as (service, _):
            job = await service.open_upload("http")
            parts = urlsplit(job.url)
            for name in NAMES.values():
                raw = name if name.startswith("%") else "".join(f"%{byte:02x}" for byte in name.encode())
                for method in ("PUT", "POST"):
                    answer = await asked(parts.port or 0, f"{method} {parts.path}{raw}", b"x")
                    assert answer.startswith(b"HTTP/1.1 2") or answer.startswith(b"HTTP/1.1 4"), (
                        name,
                        answer,
                    )
            assert len(only_below(tmp_path, job)) == len(await service.list_files(job.job_id)) > len(NAMES)

    run(main())


def test_no_name_in_a_form_leads_out_of_its_place(tmp_path: Path) -> None:
    async def main() -> None:
        async with places(tmp_path / "files") as (service, _):
            job = await service.open_upload("http")
            parts = urlsplit(job.url)
            for name in NAMES.values():
                shown = name.replace("\\", "\\\\").replace('"', '\\"').encode()
                form = (
                    b'--x\r\nContent-Disposition: form-data; name="f"; filename="'
                    + shown
                    + b'"\r\n\r\ny\r\n--x--\r\n'
                )
                kind = "Content-Type: multipart/form-data; boundary=x\r\n"
                answer = await asked(parts.port or 0, f"POST {parts.path}", form, kind)
                assert answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4")), (name, answer)
            assert only_below(tmp_path, job)

    run(main())


async def asked(port: int, what: str, body: bytes, headers: str = "") -> bytes:
    """Exactly this request; the answer's head."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    headers += f"Host: 127.0.0.1\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    writer.write(f"{what} HTTP/1.1\r\n{headers}\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    return answer


def test_no_name_over_ftp_leads_out_of_its_place(tmp_path: Path) -> None:
    def attack(client: ftplib.FTP) -> None:
        for name in [name for name in NAMES.values() if "\n" not in name]:
            with contextlib.suppress(ftplib.Error, OSError, ValueError):
                with client.transfercmd(f"STOR {name}") as data:
                    data.sendall(b"x")
                client.voidresp()

    async def main() -> None:
        async with places(tmp_path / "files") as (service, _):
            job = await service.open_upload("ftp")
            await as_ftp_client(job, attack)
            assert only_below(tmp_path, job)

    run(main())


Attack = Callable[[ftplib.FTP], object]
COMMANDS = [
    f"{verb} {place}" for verb in ("CWD", "RETR", "SIZE", "MDTM", "DELE", "RMD", "MKD") for place in OUTSIDE
]
MORE = [
    "SITE CHMOD 777 x",
    "SITE EXEC id",
    "RNFR x",
    "RNTO ../x",
    "SMNT /",
    "STAT /etc",
    "MLST /etc/passwd",
    "MFMT 20200101000000 x",
    "EPRT |1|10.9.8.7|80|",
    "PORT 10,9,8,7,0,80",
    "PORT 127,0,0,1,0,22",
    "ALLO 99999999999",
]


def test_nothing_of_the_machine_is_reached_over_ftp(tmp_path: Path) -> None:
    """Neither other folders, nor other hosts: a server that opens connections to wherever it is told is a tool."""
    (tmp_path / "files").mkdir()
    (tmp_path / "secret").write_text("secret")

    def attack(client: ftplib.FTP) -> list[str]:
        granted = []
        for command in [*COMMANDS, *MORE]:
            with contextlib.suppress(ftplib.Error):
                answer = client.sendcmd(command)
                granted.append(f"{command}: {answer}")
        granted.append(client.pwd())
        return granted

    async def main() -> list[str]:
        async with places(tmp_path / "files") as (service, _):
            upload = await service.open_upload("ftp")
            download = await service.offer_download(b"firmware", "firmware.bin", "ftp")
            other = await service.open_upload("ftp")
            (tmp_path / "files" / upload.job_id / "link").symlink_to(tmp_path / "secret")
            granted = await as_ftp_client(upload, attack) + await as_ftp_client(download, attack)
            assert os.listdir(tmp_path / "files" / other.job_id) == []
            assert (tmp_path / "secret").read_text() == "secret"
            return granted

    harmless = ("CWD /: 250", "CWD ..: 250", "CWD ../: 250", "CWD ~: ", "ALLO", "/")
    told = [each for each in run(main()) if not each.startswith(harmless)]
    assert told == []


def log_in_as(place: SplitResult, password: str) -> None:
    with ftplib.FTP(timeout=60) as client:  # noqa: S321 - stations have nothing better
        client.connect(place.hostname or "", place.port or 0)
        client.login(place.username or "", password)


def test_the_secret_of_one_job_opens_no_other(tmp_path: Path) -> None:
    async def main() -> None:
        async with places(tmp_path) as (service, _):
            mine = [await service.open_upload("http"), await service.open_upload("ftp")]
            theirs = await service.offer_download(b"firmware of another", "f.bin", "http")
            by_ftp = await service.offer_download(b"firmware of another", "f.bin", "ftp")
            token = urlsplit(mine[0].url).path.split("/")[2]
            secret = urlsplit(theirs.url).path.split("/")[2]
            port = urlsplit(theirs.url).port or 0
            for path in (
                f"{token}/f.bin",
                f"{token}/../{secret[:-1]}/f.bin",
                f"{secret.upper()}x/f.bin",
                "/f.bin",
            ):
                answer = await asked(port, f"GET /files/{path}", b"")
                assert answer.startswith(b"HTTP/1.1 404"), path
            assert (await asked(port, f"PUT /files/{secret}/f.bin", b"x")).startswith(b"HTTP/1.1 404")
            password = urlsplit(mine[1].url).password or ""
            with pytest.raises(ftplib.error_perm, match="530"):
                await asyncio.to_thread(log_in_as, urlsplit(by_ftp.url), password)

    run(main())


def test_who_guesses_secrets_of_jobs_is_cut_off(tmp_path: Path) -> None:
    def guess(port: int) -> list[str]:
        answers = []
        with socket.create_connection(("127.0.0.1", port), 60, source_address=(STRANGER, 0)) as connection:
            talk = connection.makefile("rwb", buffering=0)
            talk.readline()
            for number in range(5):
                with contextlib.suppress(OSError):
                    talk.write(f"USER u{number:010x}\r\n".encode())
                    talk.readline()
                    talk.write(b"PASS guess\r\n")
                    answers.append(talk.readline().decode()[:3])
        return answers

    async def main() -> list[str]:
        async with places(tmp_path) as (service, _):
            return await asyncio.to_thread(guess, service.ftp_port or 0)

    answers = run(main())
    assert answers[:3] == ["530"] * 3
    assert set(answers[3:]) <= {""}  # the connection was ended


def test_an_address_that_holds_connections_leaves_room_for_stations(tmp_path: Path) -> None:
    async def main() -> None:
        async with places(tmp_path) as (service, _):
            job = await service.open_upload("ftp")
            port = service.ftp_port or 0
            held = [
                await asyncio.open_connection("127.0.0.1", port, local_addr=(STRANGER, 0)) for _ in range(600)
            ]
            greetings = [await reader.read(3) for reader, _ in held]
            assert greetings.count(b"220") == MAX_CONNECTIONS_OF_ADDRESS
            assert await as_ftp_client(job, lambda client: client.pwd()) == "/"
            for _, writer in held:
                writer.transport.abort()

    run(main())


@pytest.mark.parametrize("size", ["-1", "1e3", "18446744073709551616", "1_0", "٣", ""])
def test_no_length_gets_around_the_limit(tmp_path: Path, size: str) -> None:
    async def main() -> bytes:
        async with places(tmp_path, max_upload_bytes=1000) as (service, _):
            job = await service.open_upload("http")
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(job.url).port or 0)
            head = (
                f"PUT {urlsplit(job.url).path}x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n\r\n"
            )
            writer.write(head.encode() + b"x" * 100_000)
            answer = await reader.read(12)
            writer.transport.abort()
            return answer

    assert run(main()) in (b"HTTP/1.1 400", b"HTTP/1.1 413")
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) == 0
