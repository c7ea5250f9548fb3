"""Places where stations fetch firmware and leave diagnostics, as the rest of the product sees them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from chargeproof.trace import FileTransferred

Scheme = Literal["ftp", "ftps", "http"]
Kind = Literal["download", "upload"]
FileListener = Callable[[str, FileTransferred], None]
"""Told the job's id and an entry with n=0, on the event loop."""


class Job(msgspec.Struct, frozen=True):
    """One place for one purpose, with secrets of its own.

    `url` holds its credentials and is what the station is given: of a download the file, of an upload a
    directory, which ends in a slash.
    """

    job_id: str
    url: str
    scheme: Scheme
    kind: Kind


class StoredFile(msgspec.Struct, frozen=True):
    """What a station left. `size` in bytes; `path` is None where files are kept in memory.

    Not `complete`: the transfer was cut off, or the client did not wait to hear that it succeeded.
    """

    name: str
    size: int
    sha256: str
    path: Path | None
    began_at: datetime
    ended_at: datetime
    remote: str
    complete: bool = True


class UnknownJob(LookupError):
    """No job of that id was ever opened here."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f'no file job has the id "{job_id}"')


class FileService(Protocol):
    """Opens such places and tells what happens in them."""

    async def offer_download(self, content: bytes | Path, name: str, scheme: Scheme = "http") -> Job:
        """A file to be fetched, e.g. firmware."""
        ...

    async def open_upload(self, scheme: Scheme) -> Job:
        """A place that can be written but not read, e.g. for diagnostics."""
        ...

    async def close_job(self, job_id: str) -> None:
        """End it: its secrets open nothing any more. What was uploaded is kept. Raises UnknownJob."""
        ...

    async def list_files(self, job_id: str) -> list[StoredFile]:
        """What was uploaded, in order of arrival, also after the job was closed. Raises UnknownJob."""
        ...

    async def stored_content(self, job_id: str, name: str) -> bytes | Path | None:
        """What was uploaded under this name; None if it is not here (any more). Also of a job before a restart."""
        ...

    def watch(self, listener: FileListener) -> Callable[[], None]:
        """Hear of every job; call what is returned to hear no more."""
        ...
