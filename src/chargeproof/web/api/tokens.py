"""API tokens: for programs that act for a person."""

from datetime import UTC
from typing import Annotated

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from chargeproof.resources.people import MadeToken, Token, TokenWanted
from chargeproof.store.people import TokenRecord
from chargeproof.web.api.paging import Page
from chargeproof.web.api.parameters import within_the_calendar
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem

TokenId = Annotated[str, PathParameter(description="`token_id` of a token.")]
VIEWER = {"role": Role.VIEWER}


def token_of(record: TokenRecord) -> Token:
    return Token(
        token_id=record.token_id,
        owner=record.owner,
        label=record.label,
        role=Role(record.role),
        read_only=record.read_only,
        created_at=record.created_at,
        expires_at=record.expires_at,
        used_at=record.used_at,
    )


@get("/tokens", operation_id="list_tokens", summary="My API tokens", opt=VIEWER)
async def list_tokens(
    request: PersonRequest,
    office: NamedDependency[Office],
    owner: Annotated[
        str | None,
        QueryParameter(max_length=64, description="Administrators: those of this person; `*`: all."),
    ] = None,
) -> Page[Token]:
    return Page(
        items=[token_of(record) for record in await office.people.tokens.seen_by(request.user, owner)]
    )


@post(
    "/tokens", operation_id="create_token", summary="Make an API token", opt={**VIEWER, "secret_answer": True}
)
async def create_token(
    request: PersonRequest, office: NamedDependency[Office], data: JSONBody[TokenWanted]
) -> MadeToken:
    """For people who have logged in: a token makes no other."""
    if request.user.via != "session":
        raise Problem(409, "Conflict", "A token makes no other token", "Log in for this")
    wanted = within_the_calendar(data.expires_at, "expires_at")
    expires_at = wanted.astimezone(UTC) if wanted is not None else None
    secret, record = await office.people.tokens.issue(
        request.user, data.label, data.role, read_only=data.read_only, expires_at=expires_at
    )
    note(request, subject=record.token_id, detail=f"{data.label}, role {data.role}")
    return MadeToken(secret=secret, token=token_of(record))


@delete("/tokens/{token_id:str}", operation_id="revoke_token", summary="End an API token", opt=VIEWER)
async def revoke_token(request: PersonRequest, office: NamedDependency[Office], token_id: TokenId) -> None:
    """One's own; administrators anybody's."""
    record = await office.people.tokens.revoke(request.user, token_id)
    note(request, detail=f"{record.label}, of {record.owner}")


TOKEN_HANDLERS = [list_tokens, create_token, revoke_token]
