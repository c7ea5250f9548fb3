"""Files without sockets, for virtual time: a file service and the client of it in one."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from chargeproof.clock import Clock
from chargeproof.files.jobs import JobBook, OpenJob, Secrets, Transfer
from chargeproof.files.names import safe_name
from chargeproof.files.ports import FileListener, Job, Kind, Scheme, StoredFile

REMOTE = "memory"


class FileRefused(OSError):
    """The place does not exist, was closed, or does not allow this."""


class MemoryFileService:
    """A FileService whose URLs only its own `download` and `upload` understand.

    They have the shape of real ones, so that a station may take them apart. Raises FileRefused where a
    server would refuse.
    """

    def __init__(self, clock: Clock, *, max_upload_bytes: int = 256 * 1024 * 1024) -> None:
        self._book = JobBook(clock)
        self._max_upload_bytes = max_upload_bytes
        self._contents: dict[str, bytes] = {}
        self._places: dict[str, OpenJob] = {}

    async def offer_download(self, content: bytes | Path, name: str, scheme: Scheme = "http") -> Job:
        held = await asyncio.to_thread(content.read_bytes) if isinstance(content, Path) else content
        opened = self._open("download", scheme, safe_name(name))
        self._contents[opened.job.job_id] = held
        now = self._book.now()
        digest = hashlib.sha256(held).hexdigest()
        self._book.offer(opened, StoredFile(safe_name(name), len(held), digest, None, now, now, ""))
        return opened.job

    async def open_upload(self, scheme: Scheme) -> Job:
        opened = self._open("upload", scheme, "")
        self._book.publish(opened, "offered")
        return opened.job

    async def close_job(self, job_id: str) -> None:
        self._book.close(self._book.find(job_id))

    async def list_files(self, job_id: str) -> list[StoredFile]:
        return list(self._book.find(job_id).received)

    async def stored_content(self, job_id: str, name: str) -> bytes | Path | None:
        for number, stored in enumerate(self._book.received(job_id)):
            if stored.name == name:
                return self._contents[f"{job_id}/{number}"]
        return None

    def watch(self, listener: FileListener) -> Callable[[], None]:
        return self._book.watch(listener)

    async def download(self, url: str) -> bytes:
        """Fetch as a station would."""
        opened = self._find(url, "download")
        content = self._contents[opened.job.job_id]
        name = opened.offered.name if opened.offered else ""
        digest = hashlib.sha256(content).hexdigest()
        self._book.downloaded(opened, Transfer(name, len(content), digest, True, self._book.now(), REMOTE))
        return content

    async def upload(self, url: str, name: str, content: bytes) -> None:
        """Store as a station would, under `name` in the directory `url`."""
        opened = self._find(url, "upload")
        now = self._book.now()
        if len(content) > self._max_upload_bytes:
            detail = f"longer than {self._max_upload_bytes} bytes"
            self._book.refused(opened, Transfer(safe_name(name), 0, None, False, now, REMOTE, detail=detail))
            raise FileRefused(f"{name} is {detail}")
        digest = hashlib.sha256(content).hexdigest()
        self._contents[f"{opened.job.job_id}/{len(opened.received)}"] = content
        self._book.uploaded(opened, Transfer(safe_name(name), len(content), digest, True, now, REMOTE))

    def content_of(self, job_id: str, number: int = 0) -> bytes:
        """The content of an uploaded file, by its place in `list_files`."""
        return self._contents[f"{job_id}/{number}"]

    def _open(self, kind: Kind, scheme: Scheme, name: str) -> OpenJob:
        drawn = Secrets.draw()
        if scheme != "http":
            url = f"{scheme}://{drawn.user}:{drawn.password}@files.invalid/{name}"
        else:
            url = f"http://files.invalid/files/{drawn.token}/{name}"
        opened = self._book.add(self._book.new_id(), kind, scheme, url, drawn)
        self._places[_place(url)] = opened
        return opened

    def _find(self, url: str, kind: Kind) -> OpenJob:
        opened = self._places.get(_place(url))
        if opened is None:
            raise FileRefused("no such place: wrong address, user or password")
        if not opened.is_open:
            raise FileRefused("this place is closed")
        if opened.job.kind != kind:
            raise FileRefused(f"this place is for {opened.job.kind} only")
        return opened


def _place(url: str) -> str:
    parts = urlsplit(url)
    path = unquote(parts.path).rstrip("/")
    return f"{parts.scheme}://{unquote(parts.netloc)}{path}"
