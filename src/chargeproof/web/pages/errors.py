"""What goes wrong on the way to a page is a page too: strangers are sent to the log-in and back."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap, Scope

from chargeproof.errors import ChargeproofError
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.person import Doorkeeper
from chargeproof.web.problems import EXCEPTION_HANDLERS, Problem
from chargeproof.web.whole_parts import sent_path

MACHINES = ("/api/", "/static/", "/files/", "/schema/", "/healthz", "/readyz", "/metrics", "/live")

FOR_PEOPLE = "Check that the address is complete, or begin at the stations"
"""In place of a remedy that is for programs."""
NO_PAGE = ("No such page", "There is no page at this address")
"""Title and detail where a program is told that there is nothing, or not by this method."""
OUR_ERROR = ("This page failed", "That is an error of the program, not of yours; the stations are served on")
FOR_OUR_ERROR = (
    "Try again; if it stays, tell who runs this server the reference: the log has the details under it"
)


def is_for_a_person(request: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether a browser asks for a page: not a program, not a page's own module."""
    path = request.scope.get("path", "")
    return not path.startswith(MACHINES) and "text/html" in request.headers.get("accept", "")


def who_asks_for_nothing(doorkeeper: Doorkeeper) -> Callable[[Exception, Scope], Awaitable[None]]:
    """A hook before the answer to an error: where no route was found, nobody has looked yet who it is."""

    async def look(error: Exception, scope: Scope) -> None:
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        if isinstance(error, HTTPException) and scope.get("user") is None and is_for_a_person(connection):
            scope["user"] = await doorkeeper.person_behind(connection)

    return look


def told_to_people(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A page for a person, the usual problem document for a program."""
    document = _usual_answer(request, error)
    if not is_for_a_person(request):
        return document
    if document.status_code == 401:
        return Redirect(f"/log-in?next={quote(_whole_path(request), safe='')}", status_code=303)
    problem = document.content
    title, detail = problem.title, problem.detail
    remedy = FOR_PEOPLE if "/api/" in (problem.remedy or "") else problem.remedy
    if isinstance(error, HTTPException) and problem.status in (404, 405):
        (title, detail), remedy = NO_PAGE, FOR_PEOPLE
    if problem.reference:
        (title, detail), remedy = OUR_ERROR, FOR_OUR_ERROR
    return rendered(
        request,
        "error.html",
        title=title,
        status=problem.status,
        detail=detail,
        remedy=remedy,
        reference=problem.reference,
        again=_whole_path(request) if problem.status >= 500 and request.method == "GET" else "",
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
