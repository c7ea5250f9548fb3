"""`/people`: who may log in, their API tokens, and who did what."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from chargeproof.web.api.audit import list_audit
from chargeproof.web.api.people import list_people
from chargeproof.web.api.tokens import list_tokens
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role


@get("/people", opt={"role": Role.VIEWER}, include_in_schema=False)
async def people_page(request: PersonRequest, office: NamedDependency[Office]) -> Response[str]:
    administers = request.user.may(Role.ADMINISTRATOR)
    data: dict[str, Any] = {
        "me": {"name": request.user.name, "role": request.user.role},
        "roles": [role for role in Role if request.user.may(role)],
        "tokens": await list_tokens.fn(request, office, owner="*" if administers else None),
        "people": await list_people.fn(office) if administers else None,
        "audit": await list_audit.fn(office) if administers else None,
    }
    return rendered(
        request,
        "drawn.html",
        title="People and API tokens",
        section="people",
        data=data,
        styles=("upkeep.css",),
        page_module="people.js",
    )


PEOPLE_PAGE_HANDLERS = [people_page]
