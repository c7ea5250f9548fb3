"""`/log-in` and `/log-out`, as plain forms that work without JavaScript."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.remote import is_encrypted, remote_of
from chargeproof.web.people.roles import Role
from chargeproof.web.people.sessions import COOKIE, ended_cookie, session_cookie
from chargeproof.web.problems import Problem

LONGEST_FIELD = 256


@get("/log-in", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def log_in_page(request: Request[Any, Any, Any], office: NamedDependency[Office]) -> Response[Any]:
    """Who is logged in already goes on."""
    target = place_here(request.query_params.get("next", "/"))
    if request.scope.get("user") is not None:
        return Redirect(target, status_code=303)
    return _door(request, office, target)


@post("/log-in", opt={"public": True, "audit": "log_in"}, include_in_schema=False, status_code=303)
async def log_in(request: Request[Any, Any, Any], office: NamedDependency[Office]) -> Response[Any]:
    form = await request.form()
    name, password, target = (
        str(form.get(field, ""))[:LONGEST_FIELD] for field in ("name", "password", "next")
    )
    note(request, who=name, subject=name)
    try:
        logged_in = await office.people.log_in(
            name,
            password,
            remote=remote_of(request),
            user_agent=request.headers.get("user-agent", ""),
            before=request.cookies.get(COOKIE, ""),
        )
    except Problem as problem:
        return _door(request, office, place_here(target), name=name, problem=problem)
    cookie = session_cookie(logged_in.secret, secure=is_encrypted(request))
    return Redirect(place_here(target), status_code=303, cookies=[cookie])


@post("/log-out", opt={"role": Role.VIEWER, "audit": "log_out"}, include_in_schema=False, status_code=303)
async def log_out(request: PersonRequest, office: NamedDependency[Office]) -> Response[Any]:
    note(request, subject=request.user.name)
    await office.people.sessions.end(request.cookies.get(COOKIE, ""))
    return Redirect("/log-in", status_code=303, cookies=[ended_cookie(secure=is_encrypted(request))])


def place_here(target: str) -> str:
    """A path of this server, whatever a link to the log-in says."""
    if (
        not target.startswith("/")
        or target.startswith(("//", "/\\"))
        or any(ord(each) < 32 for each in target)
    ):
        return "/"
    return target


def _door(
    request: Request[Any, Any, Any],
    office: Office,
    target: str,
    name: str = "",
    problem: Problem | None = None,
) -> Response[str]:
    return rendered(
        request,
        "log_in.html",
        title="Log in",
        styles=("stations.css",),
        status=problem.status if problem else 200,
        next=target,
        name=name,
        problem=problem,
        readable_by_others=office.addresses.known.exposed and not is_encrypted(request),
    )


DOOR_HANDLERS = [log_in_page, log_in, log_out]
