"""/id-tags: cards and other id tags, one by one and as CSV."""

import csv
import io
from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter

from chargeproof.ocpp import AuthorizationStatus
from chargeproof.resources.id_tags import IdTag, IdTagWanted, ImportProblem, ImportResult
from chargeproof.store.records import IdTagRecord
from chargeproof.web.api.charge_points import DECIDES, READS
from chargeproof.web.api.downloads import attachment, csv_text
from chargeproof.web.api.paging import Cursor, Limit, Page, cursor_of, position_of
from chargeproof.web.api.parameters import is_beyond_the_calendar
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.problems import Problem, not_found

COLUMNS = ("id_tag", "status", "expires_at", "parent_id_tag", "note")
MOST_ROWS = 100_000
MOST_PROBLEMS = 100
IMPORT_BYTES = 16 * 1024 * 1024

Tag = Annotated[str, PathParameter(description="The id tag, of any case.", min_length=1, max_length=20)]


class _Row(msgspec.Struct, frozen=True):
    """A line of a file as it should be."""

    id_tag: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    parent_id_tag: Annotated[str, msgspec.Meta(min_length=1, max_length=20)] | None = None
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


@get("/id-tags", opt=READS, operation_id="list_id_tags", summary="Id tags, by tag")
async def list_id_tags(
    office: NamedDependency[Office],
    search: Annotated[
        str | None, QueryParameter(description="Part of tag, parent or note", max_length=200)
    ] = None,
    status: Annotated[AuthorizationStatus | None, QueryParameter(description="Only with this status")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[IdTag]:
    found = await office.queries.id_tags(
        text=search, status=status, after=position_of(cursor, str), limit=limit
    )
    return Page(
        [_tag_of(each) for each in found.items], None if found.next is None else cursor_of(found.next)
    )


@get(
    "/id-tags.csv",
    opt=READS,
    operation_id="export_id_tags",
    summary="All id tags as CSV, as they can be imported",
    media_type="text/csv",
)
async def export_id_tags(office: NamedDependency[Office]) -> Response[bytes]:
    text = csv_text(COLUMNS, [_tag_of(each) for each in await office.store.id_tags()])
    return Response(text, media_type="text/csv", headers=attachment("id-tags.csv"))


@get("/id-tags/{id_tag:str}", opt=READS, operation_id="get_id_tag", summary="One id tag")
async def get_id_tag(id_tag: Tag, office: NamedDependency[Office]) -> IdTag:
    return _tag_of(await _known(office, id_tag))


@put("/id-tags/{id_tag:str}", opt=DECIDES, operation_id="put_id_tag", summary="Keep or replace an id tag")
async def put_id_tag(
    request: PersonRequest, id_tag: Tag, office: NamedDependency[Office], data: JSONBody[IdTagWanted]
) -> IdTag:
    note(request, detail=data.status)
    record = _checked(_Row(id_tag, data.status, data.expires_at, data.parent_id_tag, data.note))
    if isinstance(record, str):
        raise Problem(400, "Wrong id tag", record)
    await office.store.put_id_tag(record)
    return _tag_of(record)


@delete("/id-tags/{id_tag:str}", opt=DECIDES, operation_id="delete_id_tag", summary="Forget an id tag")
async def delete_id_tag(id_tag: Tag, office: NamedDependency[Office]) -> None:
    if not await office.store.remove_id_tag(id_tag):
        raise _unknown(id_tag)


@post(
    "/id-tag-imports",
    opt={**DECIDES, "body_type": "text/csv"},
    operation_id="import_id_tags",
    summary="Take id tags from a CSV file (the body): all of it, or nothing when a line is wrong",
    description="The first line names the columns: id_tag, and any of status, expires_at, parent_id_tag, note.",
    status_code=200,
    request_max_body_size=IMPORT_BYTES,
    media_type=MediaType.JSON,
    responses={422: ResponseSpec(ImportResult, generate_examples=False, description="Lines are wrong")},
)
async def import_id_tags(
    request: PersonRequest,
    office: NamedDependency[Office],
    dry_run: Annotated[bool, QueryParameter(description="Only look for problems")] = False,
) -> Response[ImportResult]:
    rows, problems = read_tags(await request.body())
    note(request, subject=f"{len(rows)} rows", detail="only looked at" if dry_run else "")
    if problems:
        result = ImportResult(imported=0, added=0, changed=0, problems=tuple(problems[:MOST_PROBLEMS]))
        return Response(result, status_code=422)
    known = {each.id_tag.lower(): each for each in await office.store.id_tags()}
    added = sum(row.id_tag.lower() not in known for row in rows)
    changed = sum(known.get(row.id_tag.lower(), row) != row for row in rows)
    if not dry_run:
        note(request, detail=f"{added} added, {changed} changed")
        await office.store.put_id_tags(rows)
    return Response(
        ImportResult(imported=0 if dry_run else len(rows), added=added, changed=changed), status_code=200
    )


def read_tags(body: bytes) -> tuple[list[IdTagRecord], list[ImportProblem]]:
    """The rows of a file and what is wrong in it; lines count from 1, the heading included."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        return [], [ImportProblem(line=line, problem="This is not UTF-8; save the file as CSV UTF-8")]
    if "\x00" in text:
        return [], [ImportProblem(line=1, problem="This is no text file")]
    heading = text.partition("\n")[0]
    delimiter = "," if heading.count(",") >= heading.count(";") else ";"
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return _read_rows(reader)
    except csv.Error as error:
        return [], [ImportProblem(line=reader.reader.line_num or 1, problem=f"This is no CSV: {error}")]


def _read_rows(reader: "csv.DictReader[str]") -> tuple[list[IdTagRecord], list[ImportProblem]]:
    names = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = names
    if "id_tag" not in names or len(set(names)) != len(names) or not set(names) <= set(COLUMNS):
        problem = f"The first line must name the columns: id_tag, and any of {', '.join(COLUMNS[1:])}"
        return [], [ImportProblem(line=1, problem=problem)]
    rows: list[IdTagRecord] = []
    problems: list[ImportProblem] = []
    lines: dict[str, int] = {}
    for values in reader:
        line = reader.line_num
        record = _record_of(values)
        if isinstance(record, IdTagRecord) and record.id_tag.lower() in lines:
            record = f"{record.id_tag} stands in line {lines[record.id_tag.lower()]} already"
        if isinstance(record, str):
            problems.append(ImportProblem(line=line, problem=record))
            continue
        lines[record.id_tag.lower()] = line
        rows.append(record)
        if len(rows) > MOST_ROWS:
            return [], [ImportProblem(line=line, problem=f"More than {MOST_ROWS} rows; split the file")]
    return rows, problems


def _record_of(values: dict[str, str]) -> IdTagRecord | str:
    """The record of one line, or what is wrong with it."""
    if None in values or None in values.values():
        return "This line has another number of columns than the first"
    given = {name: _as_given(text) for name, text in values.items() if text.strip()}
    try:
        return _checked(msgspec.convert(given, _Row))
    except msgspec.ValidationError as error:
        return str(error)


def _as_given(text: str) -> str:
    """Without the apostrophe that an export puts in front of what looks like a formula."""
    plain = text.strip()
    return plain[1:] if plain[:1] == "'" and plain[1:2] in ("=", "+", "-", "@") else plain


def _checked(row: _Row) -> IdTagRecord | str:
    for name, text in (("id_tag", row.id_tag), ("parent_id_tag", row.parent_id_tag or "")):
        if not text.isprintable() or text != text.strip():
            return f"{name} holds characters that no card has (spaces around it, line ends, tabs)"
    if is_beyond_the_calendar(row.expires_at):
        return "The time in `expires_at` lies outside of the years 1 to 9999 in UTC"
    return IdTagRecord(
        id_tag=row.id_tag,
        status=row.status,
        expires_at=row.expires_at,
        parent_id_tag=row.parent_id_tag,
        note=row.note,
    )


def _tag_of(record: IdTagRecord) -> IdTag:
    return IdTag(
        id_tag=record.id_tag,
        status=record.status,
        expires_at=record.expires_at,
        parent_id_tag=record.parent_id_tag,
        note=record.note,
    )


async def _known(office: Office, id_tag: str) -> IdTagRecord:
    found = await office.store.id_tag(id_tag)
    if found is None:
        raise _unknown(id_tag)
    return found


def _unknown(id_tag: str) -> Problem:
    return not_found(f"No id tag {id_tag!r} is known here", "PUT keeps one")


ID_TAG_HANDLERS = [list_id_tags, export_id_tags, get_id_tag, put_id_tag, delete_id_tag, import_id_tags]
