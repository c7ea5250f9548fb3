"""The people who may log in."""

from typing import Annotated

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from chargeproof.resources.people import (
    Account,
    AccountWanted,
    MadeAccount,
    MadePassword,
    NewPasswordWanted,
    RoleWanted,
)
from chargeproof.store.people import AccountRecord
from chargeproof.web.api.paging import Page
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role

Name = Annotated[str, PathParameter(description="What they log in as.")]
ADMINISTRATOR = {"role": Role.ADMINISTRATOR}
SECRET = {**ADMINISTRATOR, "secret_answer": True}


def account_of(record: AccountRecord) -> Account:
    return Account(
        name=record.name,
        role=Role(record.role),
        created_at=record.created_at,
        changed_at=record.changed_at,
        logged_in_at=record.logged_in_at,
    )


@get("/people", operation_id="list_people", summary="Everybody who may log in", opt=ADMINISTRATOR)
async def list_people(office: NamedDependency[Office]) -> Page[Account]:
    return Page(items=[account_of(record) for record in await office.people.store.accounts()])


@get("/people/{name:str}", operation_id="get_person", summary="One person", opt=ADMINISTRATOR)
async def get_person(office: NamedDependency[Office], name: Name) -> Account:
    return account_of(await office.people.account(name))


@post("/people", operation_id="add_person", summary="Let somebody in", opt=SECRET)
async def add_person(
    request: PersonRequest, office: NamedDependency[Office], data: JSONBody[AccountWanted]
) -> MadeAccount:
    note(request, subject=data.name, detail=f"role {data.role}")
    record, password = await office.people.add(data.name, data.role, data.password)
    return MadeAccount(account=account_of(record), password=password)


@patch(
    "/people/{name:str}",
    operation_id="change_person",
    summary="Give somebody another role",
    opt=ADMINISTRATOR,
)
async def change_person(
    request: PersonRequest,
    office: NamedDependency[Office],
    name: Name,
    data: JSONBody[RoleWanted],
) -> Account:
    """All their sessions end."""
    note(request, detail=f"role {data.role}")
    return account_of(await office.people.set_role(name, data.role))


@post(
    "/people/{name:str}/password",
    operation_id="reset_password",
    summary="Give somebody a new password",
    opt=SECRET,
    status_code=200,
)
async def reset_password(
    office: NamedDependency[Office], name: Name, data: JSONBody[NewPasswordWanted]
) -> MadePassword:
    """All their sessions end."""
    return MadePassword(password=await office.people.set_password(name, data.password))


@delete(
    "/people/{name:str}", operation_id="remove_person", summary="Let somebody in no more", opt=ADMINISTRATOR
)
async def remove_person(office: NamedDependency[Office], name: Name) -> None:
    """Their sessions and tokens end."""
    await office.people.remove(name)


@delete(
    "/people/{name:str}/sessions",
    operation_id="end_sessions",
    summary="Log somebody out everywhere",
    opt=ADMINISTRATOR,
)
async def end_sessions(office: NamedDependency[Office], name: Name) -> None:
    account = await office.people.account(name)
    await office.people.sessions.end_all_of(account.name)


PEOPLE_HANDLERS = [
    list_people,
    get_person,
    add_person,
    change_person,
    reset_password,
    remove_person,
    end_sessions,
]
