"""Logging in and out, and who one is."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from chargeproof.resources.people import LogIn, Me, OwnPasswordWanted
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import Person, PersonRequest
from chargeproof.web.people.remote import is_encrypted, remote_of
from chargeproof.web.people.roles import Role
from chargeproof.web.people.sessions import COOKIE, ended_cookie, session_cookie
from chargeproof.web.problems import Problem


def me(person: Person, expires_at: datetime | None = None) -> Me:
    return Me(
        name=person.name,
        role=person.role,
        via=person.via,
        read_only=person.read_only,
        csrf_token=person.csrf_token,
        expires_at=expires_at,
    )


@post(
    "/session",
    operation_id="log_in",
    summary="Log in with a name and a password",
    opt={"public": True, "limited": True},
    status_code=201,
)
async def log_in(
    request: Request[Any, Any, Any], office: NamedDependency[Office], data: JSONBody[LogIn]
) -> Response[Me]:
    """The session comes in a cookie. Programs use API tokens instead."""
    note(request, who=data.name, subject=data.name)
    logged_in = await office.people.log_in(
        data.name,
        data.password,
        remote=remote_of(request),
        user_agent=request.headers.get("user-agent", ""),
        before=request.cookies.get(COOKIE, ""),
    )
    return Response(
        me(logged_in.person, logged_in.expires_at),
        status_code=201,
        cookies=[session_cookie(logged_in.secret, secure=is_encrypted(request))],
        headers={"cache-control": "no-store"},
    )


@get(
    "/session",
    operation_id="get_session",
    summary="Who I am",
    opt={"role": Role.VIEWER},
    sync_to_thread=False,
)
def get_session(request: PersonRequest) -> Me:
    return me(request.user)


@delete("/session", operation_id="log_out", summary="Log out", opt={"role": Role.VIEWER})
async def log_out(
    request: PersonRequest,
    office: NamedDependency[Office],
    everywhere: Annotated[bool, QueryParameter(description="Also end all other sessions of mine.")] = False,
) -> Response[None]:
    note(request, subject=request.user.name, detail="everywhere" if everywhere else "")
    secret = _session_secret(request)
    await office.people.sessions.end(secret)
    if everywhere:
        await office.people.sessions.end_all_of(request.user.name)
    return Response(None, status_code=204, cookies=[ended_cookie(secure=is_encrypted(request))])


@put(
    "/session/password",
    operation_id="change_own_password",
    summary="Change my password",
    opt={"role": Role.VIEWER, "limited": True},
    status_code=204,
)
async def change_own_password(
    request: PersonRequest, office: NamedDependency[Office], data: JSONBody[OwnPasswordWanted]
) -> None:
    """All other sessions of mine end."""
    note(request, subject=request.user.name)
    secret = _session_secret(request)
    await office.people.confirm(request.user, data.current_password, remote=remote_of(request))
    await office.people.set_password(request.user.name, data.new_password, but=secret)


def _session_secret(request: PersonRequest) -> str:
    if request.user.via != "session":
        raise Problem(
            409, "Conflict", "A token has no session", "Log in for this, or remove the token to end its use"
        )
    return request.cookies[COOKIE]


SESSION_HANDLERS = [log_in, get_session, log_out, change_own_password]
