"""/records: judging as a service. A record or a log is sent, the report comes back, and nothing is kept."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Literal

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter, RawBody

from chargeproof.acceptance.forms.writing import FORMS
from chargeproof.testbed.reading import Format, Reading
from chargeproof.testbed.results import Judged, judge_content
from chargeproof.web.api.run_reports import MEDIA_TYPES
from chargeproof.web.api.runs import READS, as_problems
from chargeproof.web.negotiation import check_accepts_one_of
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.problems import Problem

MAX_RECORD_BYTES = 64 * 1024 * 1024
_JUDGES = ThreadPoolExecutor(1, "judge")
"""Judging a large record takes a processor for a while; stations go first, so one at a time."""


@post(
    "/records",
    opt={**READS, "forms": True},
    operation_id="judge_record",
    summary="Judge a record.jsonl, or a log of another system; the body is the file itself",
    status_code=200,
    request_max_body_size=MAX_RECORD_BYTES,
)
async def judge_record(
    request: PersonRequest,
    body: RawBody,
    office: NamedDependency[Office],
    format: Annotated[Format, QueryParameter(description="How the file is written; auto looks.")] = "auto",
    charge_point_id: Annotated[
        str | None,
        QueryParameter(max_length=255, description="Whose messages to judge, in a log of several."),
    ] = None,
    form: Annotated[
        Literal["json", "html", "pdf", "docx", "md", "xml"] | None,
        QueryParameter(description="Of the report; without it, what `Accept` likes best, else JSON."),
    ] = None,
) -> Response[bytes]:
    made = [media_type for name, media_type in MEDIA_TYPES.items() if form in (None, name)]
    media_type = check_accepts_one_of(request.headers.getall("accept", []), made)
    note(request, subject=charge_point_id or "a record", detail=f"{len(body)} bytes")
    if not body:
        raise Problem(
            400, "Bad request", "There is no record in the body", "Send the file itself as the body"
        )
    with as_problems():
        judging = partial(
            judge_content,
            body,
            name="the record that was sent",
            judged_at=office.clock.now(),
            reading=Reading(format, charge_point_id),
        )
        loop = asyncio.get_running_loop()
        judged = await loop.run_in_executor(_JUDGES, judging)
        content = await loop.run_in_executor(_JUDGES, _in_form, judged, media_type)
    headers = {"x-chargeproof-note": judged.note.encode("ascii", "replace").decode()} if judged.note else {}
    return Response(content, media_type=media_type, headers=headers)


def _in_form(judged: Judged, media_type: str) -> bytes:
    form = next(name for name, each in MEDIA_TYPES.items() if each == media_type)
    return FORMS[f"report.{form}"](judged.report, judged.trace)


RECORD_HANDLERS = [judge_record]
