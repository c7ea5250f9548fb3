"""File jobs as rows: what was offered, what came of it, step by step."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from chargeproof.resources.files import FileJob, JobFile, JobKind, JobStep
from chargeproof.store.queries import Queries
from chargeproof.store.records import (
    CommandRecord,
    FileJobRecord,
    FileTransferRecord,
    ProgressRecord,
)

Kind = Literal["firmware", "diagnostics"]
"""What a list is narrowed down to: fetched, or left; signed or not."""
SUBJECTS: dict[JobKind, str] = {
    "firmware": "firmware",
    "diagnostics": "diagnostics",
    "signed_firmware": "signed firmware",
    "log": "log",
}
ACTIONS: dict[JobKind, str] = {
    "firmware": "UpdateFirmware",
    "diagnostics": "GetDiagnostics",
    "signed_firmware": "SignedUpdateFirmware",
    "log": "GetLog",
}
TOLD_WITHIN = timedelta(seconds=30)
"""How soon after a place is offered its command goes out."""
STORED_KINDS = {"firmware": "download", "diagnostics": "upload"}


def kind_of(job: FileJobRecord) -> JobKind:
    if job.request_id is not None:
        return "signed_firmware" if job.kind == "download" else "log"
    return "firmware" if job.kind == "download" else "diagnostics"


async def file_job_of(queries: Queries, job: FileJobRecord) -> FileJob:
    """With everything that the record holds about it."""
    kind = kind_of(job)
    transfers = await queries.transfers(job)
    commands = await queries.commands(job.charge_point_id, limit=200)
    command = _command_of(job, kind, commands.items)
    later = await queries.jobs(charge_point_id=job.charge_point_id, kind=job.kind, limit=100)
    until = min((each.opened_at for each in later.items if each.opened_at > job.opened_at), default=None)
    progress = await queries.progress(job.charge_point_id, since=job.opened_at, limit=500)
    return _assembled(job, kind, transfers, command, _own(job, progress, kind, until))


def _command_of(job: FileJobRecord, kind: JobKind, commands: Sequence[CommandRecord]) -> CommandRecord | None:
    fitting = [
        each
        for each in commands
        if each.action == ACTIONS[kind] and timedelta(0) <= each.queued_at - job.opened_at <= TOLD_WITHIN
    ]
    return min(fitting, key=lambda each: each.queued_at, default=None)


def _own(
    job: FileJobRecord, progress: Sequence[ProgressRecord], kind: JobKind, until: datetime | None
) -> list[ProgressRecord]:
    """Oldest first. Without a number, what is told after the next job of this kind was opened is about that one."""
    return [
        each
        for each in reversed(progress)
        if each.subject == SUBJECTS[kind]
        and (
            each.request_id == job.request_id
            if each.request_id is not None
            else until is None or each.received_at < until
        )
    ]


def _assembled(
    job: FileJobRecord,
    kind: JobKind,
    transfers: Sequence[FileTransferRecord],
    command: CommandRecord | None,
    progress: Sequence[ProgressRecord],
) -> FileJob:
    steps = [
        JobStep(at=each.at, by="file_server", step=each.event, detail=_detail(each)) for each in transfers
    ]
    if not any(step.step == "offered" for step in steps):
        steps.append(JobStep(at=job.opened_at, by="file_server", step="offered"))
    if command is not None:
        at = command.ended_at or command.sent_at or command.queued_at
        steps.append(
            JobStep(at=at, by="operator", step=f"{command.action}: {command.state}", detail=command.detail)
        )
    steps += [JobStep(at=each.received_at, by="station", step=each.status) for each in progress]
    steps.sort(key=lambda step: step.at)
    closed = next((each.at for each in transfers if each.event == "closed"), job.closed_at)
    newest = next((step for step in reversed(steps) if step.step != "closed"), steps[-1])
    return FileJob(
        job_id=job.job_id,
        charge_point_id=job.charge_point_id,
        kind=kind,
        request_id=job.request_id,
        scheme=job.scheme,
        opened_at=job.opened_at,
        closed_at=closed,
        state=newest.step,
        command_id=command.unique_id if command else None,
        steps=steps,
        files=[_file(each) for each in transfers if each.event in ("upload", "download")],
    )


def _detail(transfer: FileTransferRecord) -> str:
    size = "" if transfer.size is None else f"{transfer.size} bytes"
    cut = "" if transfer.complete else "cut off"
    return ", ".join(part for part in (transfer.name, size, cut, transfer.detail) if part)


def _file(transfer: FileTransferRecord) -> JobFile:
    return JobFile(
        name=transfer.name,
        size=transfer.size,
        sha256=transfer.sha256,
        complete=transfer.complete,
        at=transfer.at,
        remote=transfer.remote,
        downloadable=transfer.event == "upload",
    )
