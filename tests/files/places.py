"""A running file service with both protocols, and clients of other people's making."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ftplib import FTP
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from chargeproof.clock import LoopClock
from chargeproof.files.ports import Job
from chargeproof.files.service import EmbeddedFileService, FileServerSettings
from chargeproof.trace import FileTransferred
from chargeproof.web.app import create_app
from chargeproof.web.server import WebServer
from tests.quiet_time import run as run

T = TypeVar("T")


class Entries:
    """The entries that a service published, to be waited for."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[FileTransferred] = asyncio.Queue()

    def __call__(self, job_id: str, entry: FileTransferred) -> None:
        assert entry.job == job_id
        assert entry.n == 0
        self.queue.put_nowait(entry)

    async def next(self, event: str) -> FileTransferred:
        """The next entry with that event; others are passed over."""
        while (entry := await self.queue.get()).event != event:
            pass
        return entry


@asynccontextmanager
async def places(folder: Path, **settings: Any) -> AsyncIterator[tuple[EmbeddedFileService, Entries]]:
    made: dict[str, Any] = {
        "bind_host": "127.0.0.1",
        "ftp_port": 0,
        "login_delay_s": 0,
        "max_upload_bytes": 1_000_000,
    }
    service = EmbeddedFileService(folder, clock=LoopClock(), settings=FileServerSettings(**(made | settings)))
    entries = Entries()
    service.watch(entries)
    await service.start()
    web = WebServer(create_app(file_site=service.http_site), host="127.0.0.1", port=0)
    await web.start()
    service.use_http_port(web.port)
    try:
        yield service, entries
    finally:
        await service.stop()
        await web.stop()


async def curl(*arguments: str) -> tuple[int, bytes]:
    """Exit code and standard output."""
    process = await asyncio.create_subprocess_exec(
        "curl",
        "--silent",
        "--max-time",
        "60",
        "--noproxy",
        "*",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output


def log_in(job: Job) -> FTP:
    parts = urlsplit(job.url)
    client = FTP(timeout=60)  # noqa: S321 - stations have nothing better
    client.connect(parts.hostname or "", parts.port or 21)
    client.login(parts.username or "", parts.password or "")
    return client


async def as_ftp_client(job: Job, talk: Callable[[FTP], T]) -> T:
    """Log in to the job's place and talk, in a thread."""

    def whole() -> T:
        with log_in(job) as client:
            return talk(client)

    return await asyncio.to_thread(whole)
