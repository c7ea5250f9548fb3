"""The description at /schema/openapi.json, and as a page that loads nothing from elsewhere."""

import json
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.enums import MediaType
from litestar.openapi.plugins import OpenAPIRenderPlugin

from chargeproof.web.openapi.document import description_of
from chargeproof.web.openapi.page import sections_of
from chargeproof.web.pages.page import rendered

OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.1"


class DescriptionRenderer(OpenAPIRenderPlugin):
    """Instead of what Litestar knows by itself."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=MediaType.JSON)
        self._document: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        if self._document is None:
            self._document = json.dumps(document_of(request.app)).encode()
        return self._document


def document_of(app: Litestar) -> dict[str, Any]:
    """Made once: it takes a while."""
    known: dict[str, Any] | None = app.state.get("openapi_document")
    if known is None:
        known = description_of(app)
        app.state["openapi_document"] = known
    return known


@get(
    "/docs",
    opt={"public": True},
    include_in_schema=False,
    media_type=MediaType.HTML,
    sync_to_thread=False,
)
def api_docs(request: Request[Any, Any, Any]) -> Response[str]:
    """For people: every operation with what it takes and gives."""
    document = document_of(request.app)
    return rendered(
        request,
        "api_docs.html",
        title="API",
        section="api",
        styles=("api_docs.css",),
        sections=sections_of(document),
        info=document["info"],
    )


DOCS_HANDLERS = [api_docs]
