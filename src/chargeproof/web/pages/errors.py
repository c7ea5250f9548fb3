"""What goes wrong on the way to a page is a page too: strangers are sent to the log-in and back."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from chargeproof.errors import ChargeproofError
from chargeproof.web.pages.page import rendered
from chargeproof.web.problems import EXCEPTION_HANDLERS, Problem
from chargeproof.web.whole_parts import sent_path

MACHINES = ("/api/", "/static/", "/files/", "/schema/", "/healthz", "/readyz", "/metrics", "/live")

FOR_PEOPLE = "Look whether the address is whole, or begin at the stations"
"""In place of a remedy that is for programs."""


def is_for_a_person(request: Request[Any, Any, Any]) -> bool:
    """Whether a browser asks for a page: not a program, not a page's own module."""
    path = request.scope.get("path", "")
    return not path.startswith(MACHINES) and "text/html" in request.headers.get("accept", "")


def told_to_people(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A page for a person, the usual problem document for a program."""
    document = _usual_answer(request, error)
    if not is_for_a_person(request):
        return document
    if document.status_code == 401:
        return Redirect(f"/log-in?next={quote(_whole_path(request), safe='')}", status_code=303)
    problem = document.content
    remedy = FOR_PEOPLE if "/api/" in (problem.remedy or "") else problem.remedy
    return rendered(
        request, "error.html", title=problem.title, status=problem.status, problem=problem, remedy=remedy
    )


def _usual_answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    for kind in type(error).__mro__:
        if kind in EXCEPTION_HANDLERS:
            handler: Any = EXCEPTION_HANDLERS[kind]
            return handler(request, error)  # type: ignore[no-any-return]
    raise error


def _whole_path(request: Request[Any, Any, Any]) -> str:
    query = request.scope.get("query_string", b"").decode("latin-1")
    path = sent_path(request.scope)
    return f"{path}?{query}" if query else path


PAGE_EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Problem: told_to_people,
    HTTPException: told_to_people,
    ChargeproofError: told_to_people,
    Exception: told_to_people,
}
