"""/firmware-files and /file-jobs: what stations fetch, and what they leave."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from litestar import Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import JSONBody, MultipartBody, PathParameter, QueryParameter
from litestar.response import File

from chargeproof.central_system.ports import FirmwareSignature
from chargeproof.errors import ToolError, UsageError
from chargeproof.files.firmware_shelf import MAX_BYTES, ShelfFile
from chargeproof.files.ports import UnknownJob
from chargeproof.ocpp import GetDiagnostics, Request, UpdateFirmware
from chargeproof.resources.files import FileJob, FileJobWanted, FirmwareFile
from chargeproof.store.records import FileJobRecord
from chargeproof.web.api.charge_points import DECIDES, READS, charge_point_known, must_be_online
from chargeproof.web.api.downloads import attachment
from chargeproof.web.api.paging import Cursor, Limit, Page, cursor_of, position_of
from chargeproof.web.api.parameters import OfStation, StationId, within_the_calendar
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.problems import Problem, not_found
from chargeproof.web.rows.file_jobs import STORED_KINDS, Kind, file_job_of

FORM_BYTES = 64 * 1024
OCTETS = "application/octet-stream"

FileName = Annotated[str, PathParameter(description="The name of a file.", min_length=1, max_length=200)]
JobId = Annotated[str, PathParameter(description="`job_id` of a job.", min_length=1, max_length=100)]


@dataclass
class FirmwareUpload:
    """A form with one file."""

    file: UploadFile


@get("/firmware-files", opt=READS, operation_id="list_firmware_files", summary="Firmware files, by name")
async def list_firmware_files(office: NamedDependency[Office]) -> Page[FirmwareFile]:
    return Page([_firmware_of(each) for each in await office.shelf.files()])


@post(
    "/firmware-files",
    opt=DECIDES,
    operation_id="upload_firmware_file",
    summary="Keep a firmware file, to be offered to stations",
    status_code=201,
    request_max_body_size=MAX_BYTES + FORM_BYTES,
)
async def upload_firmware_file(
    request: PersonRequest, office: NamedDependency[Office], data: MultipartBody[FirmwareUpload]
) -> FirmwareFile:
    note(request, subject=data.file.filename)
    try:
        kept = await office.shelf.put(
            data.file.filename, data.file.file, request.user.name, office.clock.now()
        )
    except UsageError as error:
        raise Problem(409 if "there is" in error.what else 400, "Not kept", str(error)) from error
    note(request, subject=kept.name, detail=f"{kept.size} bytes, SHA-256 {kept.sha256}")
    return _firmware_of(kept)


@get(
    "/firmware-files/{name:str}",
    opt=READS,
    operation_id="download_firmware_file",
    summary="One firmware file",
    media_type=OCTETS,
)
async def download_firmware_file(name: FileName, office: NamedDependency[Office]) -> File:
    return _sent(office.shelf.path_of(await _on_shelf(office, name)), name)


@delete(
    "/firmware-files/{name:str}",
    opt=DECIDES,
    operation_id="delete_firmware_file",
    summary="Delete a firmware file; jobs that offer it go on with their own copy",
)
async def delete_firmware_file(name: FileName, office: NamedDependency[Office]) -> None:
    if not await office.shelf.remove(name):
        raise _no_firmware(name)


@get("/file-jobs", opt=READS, operation_id="list_file_jobs", summary="Jobs with files, the newest first")
async def list_file_jobs(
    office: NamedDependency[Office],
    charge_point_id: OfStation = None,
    kind: Annotated[Kind | None, QueryParameter(description="firmware or diagnostics")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[FileJob]:
    before = position_of(cursor, str)
    if before is not None and " " not in before:
        raise Problem(400, "No such cursor", "The cursor is not one that this list gave")
    stored = None if kind is None else STORED_KINDS[kind]
    found = await office.queries.jobs(
        charge_point_id=charge_point_id, kind=stored, before=before, limit=limit
    )
    items = [await file_job_of(office.queries, job) for job in found.items]
    return Page(items, None if found.next is None else cursor_of(found.next))


@post(
    "/charge-points/{charge_point_id:str}/file-jobs",
    opt=DECIDES,
    operation_id="start_file_job",
    summary="Have a station fetch firmware, or leave its diagnostics or a log, at a place of its own",
    status_code=201,
)
async def start_file_job(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[FileJobWanted],
) -> FileJob:
    what = f"{data.kind} {data.file or data.log_type or ''}".rstrip()
    note(request, detail=what)
    must_be_online(await charge_point_known(office, charge_point_id))
    job_id, message = await _opened(office, charge_point_id, data)
    note(request, detail=f"{what}, job {job_id}")
    await office.commands.send(charge_point_id, message, wait_s=5)
    await office.store.flush()
    return await file_job_of(office.queries, await _job(office, job_id))


@get(
    "/file-jobs/{job_id:str}",
    opt=READS,
    operation_id="get_file_job",
    summary="One job with its steps and files",
)
async def get_file_job(job_id: JobId, office: NamedDependency[Office]) -> FileJob:
    return await file_job_of(office.queries, await _job(office, job_id))


@delete(
    "/file-jobs/{job_id:str}",
    opt=DECIDES,
    operation_id="close_file_job",
    summary="End a job: its address opens nothing any more; what was uploaded is kept",
)
async def close_file_job(request: PersonRequest, job_id: JobId, office: NamedDependency[Office]) -> None:
    note(request, detail=(await _job(office, job_id)).charge_point_id)
    try:
        await office.central_system.files.close_job(job_id)
    except UnknownJob:
        return  # it ended with an earlier run of this program


@get(
    "/file-jobs/{job_id:str}/files/{name:str}",
    opt=READS,
    operation_id="download_job_file",
    summary="A file that a station left",
    media_type=OCTETS,
)
async def download_job_file(
    job_id: JobId, name: FileName, office: NamedDependency[Office]
) -> Response[bytes] | File:
    await _job(office, job_id)
    content = await office.files.stored_content(job_id, name)
    if content is None:
        raise not_found(f"The job {job_id!r} left no file {name!r} here")
    if isinstance(content, Path):
        return _sent(content, name)
    return Response(content, media_type=OCTETS, headers=attachment(name))


async def _opened(office: Office, charge_point_id: str, wanted: FileJobWanted) -> tuple[str, Request]:
    """A place for the file, and the command that tells the station about it. Raises Problem."""
    _check_fields(wanted)
    try:
        if wanted.kind in ("diagnostics", "log"):
            return await _place_for_upload(office, charge_point_id, wanted)
        return await _place_of_firmware(office, charge_point_id, wanted)
    except (ToolError, UsageError) as error:
        raise Problem(409, "Not possible now", error.what, error.remedy or None) from error


async def _place_for_upload(
    office: Office, charge_point_id: str, wanted: FileJobWanted
) -> tuple[str, Request]:
    if wanted.log_type is not None:
        prepared = await office.central_system.security.log_wanted(
            charge_point_id,
            wanted.log_type,
            scheme=wanted.scheme,
            oldest=wanted.since,
            latest=wanted.until,
            retries=wanted.retries,
            retry_interval_s=wanted.retry_interval_s,
        )
        return prepared.job.job_id, prepared.request
    job = await office.central_system.files.open_upload(charge_point_id, wanted.scheme)
    return job.job_id, GetDiagnostics(
        location=job.url,
        retries=wanted.retries,
        retry_interval=wanted.retry_interval_s,
        start_time=wanted.since,
        stop_time=wanted.until,
    )


async def _place_of_firmware(
    office: Office, charge_point_id: str, wanted: FileJobWanted
) -> tuple[str, Request]:
    file = await _on_shelf(office, wanted.file or "")
    path = office.shelf.path_of(file)
    retrieve_date = wanted.retrieve_at or office.clock.now()
    if wanted.kind == "signed_firmware":
        prepared = await office.central_system.security.update_wanted(
            charge_point_id,
            await asyncio.to_thread(path.read_bytes),
            file.name,
            signature=_signature(wanted),
            scheme=wanted.scheme,
            retrieve_at=retrieve_date,
            install_at=wanted.install_at,
            retries=wanted.retries,
            retry_interval_s=wanted.retry_interval_s,
        )
        return prepared.job.job_id, prepared.request
    job = await office.central_system.files.offer_download(charge_point_id, path, file.name, wanted.scheme)
    return job.job_id, UpdateFirmware(
        location=job.url,
        retrieve_date=retrieve_date,
        retries=wanted.retries,
        retry_interval=wanted.retry_interval_s,
    )


def _signature(wanted: FileJobWanted) -> FirmwareSignature | None:
    if wanted.signature is None or wanted.signing_certificate is None:
        return None
    return FirmwareSignature(certificate_pem=wanted.signing_certificate, signature=wanted.signature)


def _check_fields(wanted: FileJobWanted) -> None:
    """Raises Problem (400) for what does not belong together."""
    for name in ("retrieve_at", "install_at", "since", "until"):
        within_the_calendar(getattr(wanted, name), name)
    if wanted.kind in ("firmware", "signed_firmware") and wanted.file is None:
        raise Problem(400, "No file", "Firmware needs a file", "Name one of GET /api/v1/firmware-files")
    if (wanted.kind == "log") != (wanted.log_type is not None):
        raise Problem(400, "Wrong payload", "`log_type` belongs to the kind `log`", "Give both or none")
    given = [each is not None for each in (wanted.signature, wanted.signing_certificate)]
    if any(given) and not (all(given) and wanted.kind == "signed_firmware"):
        raise Problem(
            400,
            "Wrong payload",
            "`signature` and `signing_certificate` belong together, and to the kind `signed_firmware`",
            "Give both, or none to have the file signed here",
        )


async def _job(office: Office, job_id: str) -> FileJobRecord:
    found = await office.queries.job(job_id)
    if found is None:
        raise not_found(f"There is no file job {job_id!r}")
    return found


async def _on_shelf(office: Office, name: str) -> ShelfFile:
    found = await office.shelf.find(name)
    if found is None:
        raise _no_firmware(name)
    return found


def _no_firmware(name: str) -> Problem:
    return not_found(f"There is no firmware file {name!r}", "GET /api/v1/firmware-files names them")


def _firmware_of(file: ShelfFile) -> FirmwareFile:
    return msgspec.convert(msgspec.structs.asdict(file), FirmwareFile)


def _sent(path: Path, name: str) -> File:
    return File(path=path, media_type=OCTETS, headers=attachment(name))


FILE_HANDLERS = [
    list_firmware_files,
    upload_firmware_file,
    download_firmware_file,
    delete_firmware_file,
    list_file_jobs,
    start_file_job,
    get_file_job,
    close_file_job,
    download_job_file,
]
