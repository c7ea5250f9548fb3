"""`/id-tags`: the cards that are known here."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from chargeproof.web.api.id_tags import list_id_tags
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.roles import Role

FIRST = 100


@get("/id-tags", opt={"role": Role.VIEWER}, include_in_schema=False)
async def id_tags_page(request: Request[Any, Any, Any], office: NamedDependency[Office]) -> Response[str]:
    return rendered(
        request,
        "drawn.html",
        title="Id tags",
        section="id-tags",
        data={"id_tags": await list_id_tags.fn(office, limit=FIRST)},
        styles=("upkeep.css",),
        page_module="id_tags.js",
    )


ID_TAG_PAGE_HANDLERS = [id_tags_page]
