"""What a file service remembers of its jobs, and what it tells of them. Used on the event loop only."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from chargeproof.clock import Clock
from chargeproof.files.names import without_secrets
from chargeproof.files.ports import FileListener, Job, Kind, Scheme, StoredFile, UnknownJob
from chargeproof.trace import FileTransferred

logger = logging.getLogger(__name__)

Event = Literal["offered", "download", "upload", "refused", "closed"]


class Transfer(msgspec.Struct, frozen=True):
    """One transfer as it ended. `size` counts the bytes that passed."""

    name: str
    size: int
    sha256: str | None
    complete: bool
    began_at: datetime
    remote: str
    path: Path | None = None
    detail: str = ""


class OpenJob:
    """A job with its secrets and what it has received."""

    def __init__(self, job: Job, user: str, password: str, token: str) -> None:
        self.job = job
        self.user = user
        self.password = password
        self.token = token
        self.is_open = True
        self.offered: StoredFile | None = None
        self.received: list[StoredFile] = []
        self.expiry: asyncio.TimerHandle | None = None

    @property
    def visible_url(self) -> str:
        return without_secrets(self.job.url, self.token)


class Secrets(msgspec.Struct, frozen=True):
    """Drawn for one job: an FTP user with its password, or a token in an HTTP path."""

    user: str
    password: str
    token: str

    @classmethod
    def draw(cls) -> "Secrets":
        # Lower case and digits only: stations mangle anything else in the credentials of a URL.
        return cls(f"u{secrets.token_hex(5)}", secrets.token_hex(10), secrets.token_hex(16))


class JobBook:
    """All jobs by id, their watchers, and the entries that tell of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[str, OpenJob] = {}
        self._by_token: dict[str, OpenJob] = {}
        self._listeners: list[FileListener] = []

    def now(self) -> datetime:
        return self._clock.now()

    def new_id(self) -> str:
        return secrets.token_hex(8)

    def add(self, job_id: str, kind: Kind, scheme: Scheme, url: str, drawn: Secrets) -> OpenJob:
        opened = OpenJob(Job(job_id, url, scheme, kind), drawn.user, drawn.password, drawn.token)
        self._jobs[job_id] = opened
        self._by_token[drawn.token] = opened
        return opened

    def find(self, job_id: str) -> OpenJob:
        try:
            return self._jobs[job_id]
        except KeyError:
            raise UnknownJob(job_id) from None

    def received(self, job_id: str) -> list[StoredFile]:
        """What a job has received; nothing of a job that is not known."""
        found = self._jobs.get(job_id)
        return [] if found is None else found.received

    def open_by_token(self, token: str, kind: Kind) -> OpenJob | None:
        """The open job of that kind with that token."""
        opened = self._by_token.get(token)
        return opened if opened is not None and opened.is_open and opened.job.kind == kind else None

    def open_jobs(self) -> list[OpenJob]:
        return [opened for opened in self._jobs.values() if opened.is_open]

    def offer(self, opened: OpenJob, stored: StoredFile) -> None:
        opened.offered = stored
        self.publish(opened, "offered", name=stored.name, size=stored.size, sha256=stored.sha256)

    def close(self, opened: OpenJob, detail: str = "") -> None:
        if not opened.is_open:
            return
        opened.is_open = False
        del self._by_token[opened.token]
        if opened.expiry is not None:
            opened.expiry.cancel()
        self.publish(opened, "closed", detail=detail)

    def uploaded(self, opened: OpenJob, transfer: Transfer) -> None:
        ended_at = self._clock.now()
        stored = StoredFile(
            name=transfer.name,
            size=transfer.size,
            sha256=transfer.sha256 or "",
            path=transfer.path,
            began_at=transfer.began_at,
            ended_at=ended_at,
            remote=transfer.remote,
            complete=transfer.complete,
        )
        opened.received.append(stored)
        self._publish_transfer(opened, "upload", transfer, ended_at)

    def downloaded(self, opened: OpenJob, transfer: Transfer) -> None:
        self._publish_transfer(opened, "download", transfer, self._clock.now())

    def refused(self, opened: OpenJob, transfer: Transfer) -> None:
        self._publish_transfer(opened, "refused", transfer, self._clock.now())

    def watch(self, listener: FileListener) -> Callable[[], None]:
        self._listeners.append(listener)

        def unwatch() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unwatch

    def _publish_transfer(
        self, opened: OpenJob, event: Event, transfer: Transfer, ended_at: datetime
    ) -> None:
        self.publish(
            opened,
            event,
            name=transfer.name,
            size=transfer.size,
            sha256=transfer.sha256,
            complete=transfer.complete,
            began_at=transfer.began_at,
            ended_at=ended_at,
            remote=transfer.remote,
            detail=transfer.detail,
        )

    def publish(
        self,
        opened: OpenJob,
        event: Event,
        *,
        name: str = "",
        size: int | None = None,
        sha256: str | None = None,
        complete: bool = True,
        began_at: datetime | None = None,
        ended_at: datetime | None = None,
        remote: str = "",
        detail: str = "",
    ) -> None:
        entry = FileTransferred(
            at=self._clock.now(),
            mono=self._clock.monotonic(),
            job=opened.job.job_id,
            event=event,
            url=opened.visible_url,
            scheme=opened.job.scheme,
            name=name,
            size=size,
            sha256=sha256,
            complete=complete,
            began_at=began_at,
            ended_at=ended_at,
            remote=remote,
            detail=detail,
        )
        for listener in tuple(self._listeners):
            try:
                listener(opened.job.job_id, entry)
            except Exception:
                logger.exception("a watcher of file transfers failed")
