"""What a run leaves: the report in every form, its record, comparisons, and models with their newest run."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from chargeproof.acceptance.forms.entry_rows import EntryRow, entry_rows
from chargeproof.acceptance.redaction import redact_record
from chargeproof.acceptance.report_schema import Comparison
from chargeproof.testbed.reading import Reading, read_file
from chargeproof.testbed.run_models import ModelRow
from chargeproof.web.api.downloads import attachment
from chargeproof.web.api.paging import Cursor, Limit, Page, page_of, position_of
from chargeproof.web.api.runs import READS, RunId, as_problems
from chargeproof.web.office import Office
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem, not_found

MEDIA_TYPES: dict[str, str] = {
    "json": "application/json",
    "html": "text/html",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown",
    "xml": "application/xml",
}
OPENED_IN_PLACE = ("html", "pdf", "json")
# The report is a page of its own: nothing of ours around it, and only its own script, by its hash.
REPORT_POLICY = (
    "sandbox allow-scripts allow-popups; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
Download = Annotated[bool, QueryParameter(description="As a file to be kept, not to be opened in place.")]


def _report_handler(form: str) -> Any:
    @get(
        f"/runs/{{run_id:int}}/report.{form}",
        opt=READS,
        operation_id=f"get_run_report_{form}",
        summary=f"The report of a run, {form.upper()}",
        media_type=MEDIA_TYPES[form],
    )
    async def get_report(
        run_id: RunId, office: NamedDependency[Office], download: Download = False
    ) -> Response[bytes]:
        with as_problems():
            state, folder = office.runs.get(run_id), office.runs.folder_of(run_id)
        content = await _read(folder / f"report.{form}")
        if content is None:
            raise not_found(
                f"Run {run_id} has no report yet" if not state.has_report else f"There is no report.{form}",
                "It is there when the run has ended",
            )
        headers = {"content-security-policy": REPORT_POLICY} if form == "html" else {}
        if download or form not in OPENED_IN_PLACE:
            headers |= attachment(f"{state.charge_point_id}-run-{run_id}.{form}")
        return Response(content, media_type=MEDIA_TYPES[form], headers=headers)

    return get_report


@get(
    "/runs/{run_id:int}/record.jsonl",
    opt=READS,
    operation_id="get_run_record",
    summary="The record of a run, without secrets; as it was written only for an operator",
    media_type="application/jsonl",
)
async def get_record(
    request: PersonRequest,
    run_id: RunId,
    office: NamedDependency[Office],
    raw: Annotated[bool, QueryParameter(description="As it was written, secrets included.")] = False,
) -> Response[bytes]:
    if raw and not request.user.may(Role.OPERATOR):
        raise Problem(
            403, "Forbidden", "The record with its secrets takes the role operator", "Leave out raw=true"
        )
    with as_problems():
        state, folder = office.runs.get(run_id), office.runs.folder_of(run_id)
    content = await _read(folder / "record.jsonl")
    if content is None:
        raise not_found(f"Run {run_id} has no record", "A run has one as soon as its station has come")
    if not raw:
        content = await asyncio.to_thread(_without_secrets, content)
    headers = attachment(f"{state.charge_point_id}-run-{run_id}-record.jsonl")
    return Response(content, media_type="application/jsonl", headers=headers)


def _without_secrets(content: bytes) -> bytes:
    lines = content.decode(errors="surrogateescape").splitlines()
    text = "".join(f"{line}\n" for line in redact_record(lines))
    return text.encode(errors="surrogateescape")


@get(
    "/runs/{run_id:int}/entries",
    opt=READS,
    operation_id="list_run_entries",
    summary="The record of a run as rows to read, in order",
)
async def list_entries(
    run_id: RunId,
    office: NamedDependency[Office],
    limit: Limit = 200,
    cursor: Cursor = None,
    before: Annotated[
        int | None, QueryParameter(ge=1, description="The last ones before this number, still in order.")
    ] = None,
) -> Page[EntryRow]:
    after = position_of(cursor, int) or 0
    with as_problems():
        folder = office.runs.folder_of(run_id)
        found = await asyncio.to_thread(_rows, folder / "record.jsonl", after, before, limit)
    return page_of(found, limit, lambda row: row.n) if before is None else Page(found[-limit:])


def _rows(record: Path, after: int, before: int | None, limit: int) -> list[EntryRow]:
    try:
        content = record.read_bytes()
    except OSError:
        return []
    if b"\n" not in content:  # begun, and its first line not yet written
        return []
    trace, _ = read_file(record, content, Reading(format="record"))
    if before is None:
        wanted = [entry.n for entry in trace.entries if entry.n > after][: limit + 1]
    else:
        wanted = [entry.n for entry in trace.entries if entry.n < before][-limit:]
    if not wanted:
        return []
    return entry_rows(trace, None, only=(wanted[0], wanted[-1]))[0]


@get(
    "/comparison",
    opt=READS,
    operation_id="compare_runs",
    summary="Two runs beside each other: what is new, fixed, unchanged",
)
async def compare_runs(
    office: NamedDependency[Office],
    a: Annotated[int, QueryParameter(ge=1, description="The earlier run.")],
    b: Annotated[int, QueryParameter(ge=1, description="The later run.")],
) -> Comparison:
    with as_problems():
        compared: Comparison = await asyncio.to_thread(office.runs.compare, a, b)
    return compared


@get(
    "/models",
    opt=READS,
    operation_id="list_models",
    summary="Vendor, model and firmware with the newest run of each",
)
async def list_models(office: NamedDependency[Office]) -> Page[ModelRow]:
    return Page([*office.runs.models()])


async def _read(path: Path) -> bytes | None:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError:
        return None


REPORT_HANDLERS: list[Any] = [
    *(_report_handler(form) for form in MEDIA_TYPES),
    get_record,
    list_entries,
    compare_runs,
    list_models,
]
