"""Which file job belongs to which station, so that transfers land in the right record."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chargeproof.central_system.recorder import Recorder
from chargeproof.clock import Clock
from chargeproof.files.ports import FileService, Job, Scheme
from chargeproof.store import Store
from chargeproof.store.records import FileJobRecord, FileTransferRecord
from chargeproof.trace import FileTransferred

JOBS_REMEMBERED = 1024
UNBOOKED_KEPT = 64


class FileDesk:
    """Opens jobs on behalf of a station and keeps what happens in them. Needs `files` for everything."""

    def __init__(self, files: FileService | None, store: Store, recorder: Recorder, clock: Clock) -> None:
        self._files = files
        self._store = store
        self._recorder = recorder
        self._clock = clock
        self._stations: dict[str, str] = {}
        self._being_booked = 0
        self._unbooked: list[tuple[str, FileTransferred]] = []
        self._unwatch: Callable[[], None] | None = None

    def start(self) -> None:
        if self._files is not None:
            self._unwatch = self._files.watch(self._happened)

    def stop(self) -> None:
        if self._unwatch is not None:
            self._unwatch()

    async def offer_download(
        self,
        charge_point_id: str,
        content: bytes | Path,
        name: str,
        scheme: Scheme = "http",
        *,
        request_id: int | None = None,
    ) -> Job:
        opening = self._service.offer_download(content, name, scheme)
        return await self._book(charge_point_id, opening, request_id)

    async def open_upload(
        self, charge_point_id: str, scheme: Scheme, *, request_id: int | None = None
    ) -> Job:
        return await self._book(charge_point_id, self._service.open_upload(scheme), request_id)

    async def content_of(self, job_id: str) -> bytes | None:
        """The first file that was left there; None while there is none."""
        for stored in await self._service.list_files(job_id):
            content = await self._service.stored_content(job_id, stored.name)
            return await asyncio.to_thread(content.read_bytes) if isinstance(content, Path) else content
        return None

    async def close_job(self, job_id: str) -> None:
        await self._service.close_job(job_id)

    @property
    def _service(self) -> FileService:
        if self._files is None:
            raise RuntimeError("this central system was made without a file service")
        return self._files

    async def _book(
        self, charge_point_id: str, opening: Coroutine[Any, Any, Job], request_id: int | None
    ) -> Job:
        # What happens while a job opens is told before its id is known here.
        self._being_booked += 1
        try:
            job = await opening
        finally:
            self._being_booked -= 1
        self._stations[job.job_id] = charge_point_id
        while len(self._stations) > JOBS_REMEMBERED:
            del self._stations[next(iter(self._stations))]
        self._store.record_job(
            FileJobRecord(
                job_id=job.job_id,
                charge_point_id=charge_point_id,
                kind=job.kind,
                scheme=job.scheme,
                url=without_credentials(job.url),
                opened_at=self._clock.now(),
                request_id=request_id,
            )
        )
        waiting, self._unbooked = self._unbooked, []
        for job_id, transferred in waiting:
            self._happened(job_id, transferred)
        return job

    def _happened(self, job_id: str, transferred: FileTransferred) -> None:
        charge_point_id = self._stations.get(job_id)
        if charge_point_id is None and self._being_booked and len(self._unbooked) < UNBOOKED_KEPT:
            self._unbooked.append((job_id, transferred))
            return
        self._recorder.file(charge_point_id, transferred)
        self._store.record_transfer(
            FileTransferRecord(
                job_id=job_id,
                charge_point_id=charge_point_id or "",
                at=transferred.at,
                event=transferred.event,
                name=transferred.name,
                size=transferred.size,
                sha256=transferred.sha256,
                complete=transferred.complete,
                remote=transferred.remote,
                detail=transferred.detail,
            )
        )


def without_credentials(url: str) -> str:
    """A URL without user and password; of a path that is itself the secret nothing but the host is left."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{parts.scheme}://{host}:{parts.port}/" if parts.port else f"{parts.scheme}://{host}/"
