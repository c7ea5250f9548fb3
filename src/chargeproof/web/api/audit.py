"""Who did what."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from chargeproof.resources.people import AuditEntry, Outcome
from chargeproof.store.people import AuditFilter, NumberedAudit
from chargeproof.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, page_of, position_of
from chargeproof.web.api.parameters import Since, Until, aware
from chargeproof.web.office import Office
from chargeproof.web.people.roles import Role

Who = Annotated[str | None, QueryParameter(description="Only what they did, by name.", max_length=200)]
Action = Annotated[str | None, QueryParameter(description="Only this operation, by its id.", max_length=200)]
Text = Annotated[str | None, QueryParameter(description="Part of subject or detail.", max_length=200)]
HowEnded = Annotated[Outcome | None, QueryParameter(description="Only what ended so.")]


def entry_of(numbered: NumberedAudit) -> AuditEntry:
    return msgspec.convert({"number": numbered.number, **msgspec.structs.asdict(numbered.record)}, AuditEntry)


@get(
    "/audit",
    operation_id="list_audit",
    summary="Who did what, newest first",
    opt={"role": Role.ADMINISTRATOR},
)
async def list_audit(
    office: NamedDependency[Office],
    who: Who = None,
    action: Action = None,
    outcome: HowEnded = None,
    text: Text = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AuditEntry]:
    wanted = AuditFilter(
        who=who,
        action=action,
        outcome=outcome,
        text=text,
        since=aware(since, "since"),
        until=aware(until, "until"),
        before=position_of(cursor, int),
    )
    found = await office.people.store.audit(wanted, limit + 1)
    return page_of([entry_of(each) for each in found], limit, lambda entry: entry.number)


AUDIT_HANDLERS = [list_audit]
