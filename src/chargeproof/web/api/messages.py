"""/messages: what stations and the central system said to each other."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from litestar.response import Stream

from chargeproof.resources.messages import Message
from chargeproof.store.queries import MessageFilter, Queries
from chargeproof.web.api.charge_points import READS, charge_point_known
from chargeproof.web.api.downloads import attachment, cell
from chargeproof.web.api.paging import Cursor, Limit, Page, cursor_of, position_of
from chargeproof.web.api.parameters import Since, StationId, Until, aware
from chargeproof.web.office import Office
from chargeproof.web.problems import Problem, not_found
from chargeproof.web.rows.messages import message_of

EXPORT_STEP = 500
EXPORT_LIMIT = 1_000_000

Number = Annotated[int, PathParameter(description="The permanent number of a message.", ge=1, le=2**63 - 1)]
Action = Annotated[
    str | None,
    QueryParameter(
        description="Actions, separated by commas, such as `Authorize,MeterValues`.", max_length=1000
    ),
]
Kind = Annotated[
    str | None,
    QueryParameter(
        description="What became of it, by commas: answered, call_error, timed_out, lost, late, malformed.",
        max_length=200,
    ),
]
Caller = Annotated[
    Literal["charge_point", "central_system"] | None, QueryParameter(description="Who sent the request.")
]
UniqueId = Annotated[str | None, QueryParameter(name="id", description="The message id.", max_length=500)]
Text = Annotated[str | None, QueryParameter(description="Part of the request or the answer.", max_length=500)]
Deviating = Annotated[
    bool | None, QueryParameter(description="Only messages with deviations, or only those without.")
]
KINDS = ("answered", "call_error", "timed_out", "lost", "late", "malformed")


async def message_filter(
    action: Action = None,
    kind: Kind = None,
    caller: Caller = None,
    unique_id: UniqueId = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    deviating: Deviating = None,
) -> MessageFilter:
    """The filter of a list of messages, as a dependency. Raises Problem for what makes no sense."""
    outcomes = _listed(kind)
    unknown = [each for each in outcomes if each not in KINDS]
    if unknown:
        raise Problem(
            400, "No such kind", f"No message is of the kind {unknown[0]!r}", f"There are {', '.join(KINDS)}"
        )
    return MessageFilter(
        actions=_listed(action),
        outcomes=outcomes,
        caller=caller,
        unique_id=unique_id,
        text=text,
        since=aware(since, "since"),
        until=aware(until, "until"),
        deviating=deviating,
    )


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else ()


Wanted = NamedDependency[MessageFilter]
FILTER: dict[str, Callable[..., Any]] = {"wanted": message_filter}


@get(
    "/charge-points/{charge_point_id:str}/messages",
    opt=READS,
    operation_id="list_messages",
    summary="Messages of a station, the newest first; a search may give a short page with a `next`",
    dependencies=FILTER,
)
async def list_messages(
    charge_point_id: StationId,
    office: NamedDependency[Office],
    wanted: Wanted,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Message]:
    await charge_point_known(office, charge_point_id)
    return await _page(office, _of(charge_point_id, wanted), limit, cursor)


@get(
    "/messages",
    opt=READS,
    operation_id="list_all_messages",
    summary="Messages of all stations, the newest first; a search may give a short page with a `next`",
    dependencies=FILTER,
)
async def list_all_messages(
    office: NamedDependency[Office], wanted: Wanted, limit: Limit = 50, cursor: Cursor = None
) -> Page[Message]:
    return await _page(office, wanted, limit, cursor)


@get(
    "/charge-points/{charge_point_id:str}/messages/{number:int}",
    opt=READS,
    operation_id="get_message",
    summary="One message by its permanent number",
)
async def get_message(charge_point_id: StationId, number: Number, office: NamedDependency[Office]) -> Message:
    found = await office.queries.message(number)
    if found is None or found.exchange.charge_point_id != charge_point_id:
        raise not_found(
            f"{charge_point_id!r} has no message {number}",
            "Old messages are forgotten after `frames_keep_days`",
        )
    return message_of(found)


@get(
    "/charge-points/{charge_point_id:str}/messages.jsonl",
    opt=READS,
    operation_id="export_messages_jsonl",
    summary="Messages as JSON lines, the newest first",
    dependencies=FILTER,
    media_type="application/jsonl",
)
async def export_jsonl(charge_point_id: StationId, office: NamedDependency[Office], wanted: Wanted) -> Stream:
    await charge_point_known(office, charge_point_id)
    lines = _export(office.queries, _of(charge_point_id, wanted), _json_lines)
    return Stream(
        lines, media_type="application/jsonl", headers=attachment(f"{charge_point_id}-messages.jsonl")
    )


@get(
    "/charge-points/{charge_point_id:str}/messages.csv",
    opt=READS,
    operation_id="export_messages_csv",
    summary="Messages as CSV, the newest first",
    dependencies=FILTER,
    media_type="text/csv",
)
async def export_csv(charge_point_id: StationId, office: NamedDependency[Office], wanted: Wanted) -> Stream:
    await charge_point_known(office, charge_point_id)
    lines = _export(office.queries, _of(charge_point_id, wanted), _csv_lines, _csv_head())
    return Stream(lines, media_type="text/csv", headers=attachment(f"{charge_point_id}-messages.csv"))


def _of(charge_point_id: str, wanted: MessageFilter) -> MessageFilter:
    return msgspec.structs.replace(wanted, charge_point_id=charge_point_id)


async def _page(office: Office, wanted: MessageFilter, limit: int, cursor: str | None) -> Page[Message]:
    found = await office.queries.messages(wanted, before=position_of(cursor, int), limit=limit)
    return Page(
        [message_of(each) for each in found.items], None if found.next is None else cursor_of(found.next)
    )


async def _export(
    queries: Queries, wanted: MessageFilter, form: Callable[[list[Message]], bytes], head: bytes = b""
) -> AsyncIterator[bytes]:
    """Page after page, so that neither the store nor the memory ever holds it all."""
    yield head
    before: int | None = None
    given = 0
    while given < EXPORT_LIMIT:
        found = await queries.messages(wanted, before=before, limit=EXPORT_STEP)
        given += len(found.items)
        if found.items:
            yield form([message_of(each) for each in found.items])
        if not isinstance(found.next, int):
            return
        before = found.next


def _json_lines(messages: list[Message]) -> bytes:
    return b"".join(_encoder.encode(each) + b"\n" for each in messages)


COLUMNS = ("number", "requested_at", "answered_at", "latency_ms", "caller", "action", "unique_id", "outcome",
           "about", "deviations", "request", "answer")  # fmt: skip


def _csv_head() -> bytes:
    return (",".join(COLUMNS) + "\r\n").encode()


def _csv_lines(messages: list[Message]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    for each in messages:
        row = msgspec.to_builtins(each)
        row["deviations"] = "; ".join(f"{found.rule} {found.where}" for found in each.deviations)
        writer.writerow([cell(row[name]) for name in COLUMNS])
    return out.getvalue().encode()


_encoder = msgspec.json.Encoder()

MESSAGE_HANDLERS = [list_messages, list_all_messages, get_message, export_jsonl, export_csv]
