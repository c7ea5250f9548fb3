"""/commands: what can be sent to stations, and what became of it."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from chargeproof.ocpp import PayloadError, Request, decode_request
from chargeproof.resources.charge_points import ChargePoint
from chargeproof.resources.commands import AvailableCommand, Command, CommandSchema, CommandWanted
from chargeproof.resources.places import place
from chargeproof.testbed.command_forms import SECURITY, command_forms, form_of, profile_of
from chargeproof.web.api.charge_points import READS, charge_point_known
from chargeproof.web.api.paging import Cursor, Limit, Page, cursor_of, position_of
from chargeproof.web.api.parameters import StationId
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import Person, PersonRequest
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem, not_found
from chargeproof.web.rows.commands import command_of, effect_in_history, shown

MAX_WAIT_S = 300
WHILE_PENDING = frozenset(
    {"GetConfiguration", "ChangeConfiguration", "TriggerMessage", "ExtendedTriggerMessage", "Reset"}
)
"""What S§4.2 lets a central system send to a station that was told Pending."""

CommandId = Annotated[str, PathParameter(description="`command_id` of a command.", max_length=100)]
Wait = Annotated[
    float,
    QueryParameter(
        ge=0, le=MAX_WAIT_S, description="Seconds to wait for its end; 0: answer at once, as it stands."
    ),
]


@get(
    "/commands/schemas",
    opt=READS,
    operation_id="list_command_schemas",
    summary="Every command as a form: JSON schema, words, whether it can do harm, and what shows that it was done",
)
async def list_command_schemas() -> Page[CommandSchema]:
    return Page(list(command_forms()))


@get(
    "/charge-points/{charge_point_id:str}/commands/available",
    opt=READS,
    operation_id="list_available_commands",
    summary="Which commands can work now, and why others cannot",
)
async def list_available_commands(
    charge_point_id: StationId, office: NamedDependency[Office]
) -> Page[AvailableCommand]:
    station = await charge_point_known(office, charge_point_id)
    return Page(await available_commands(office, station))


@get(
    "/charge-points/{charge_point_id:str}/commands",
    opt=READS,
    operation_id="list_commands",
    summary="Commands to a station, the newest first",
)
async def list_commands(
    charge_point_id: StationId,
    office: NamedDependency[Office],
    action: Annotated[
        str | None, QueryParameter(description="Only with this action.", max_length=100)
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Command]:
    await charge_point_known(office, charge_point_id)
    found = await office.queries.commands(
        charge_point_id, action=action, before=_place(position_of(cursor, str)), limit=limit
    )
    items = []
    for record in found.items:
        here = office.commands.find(charge_point_id, record.unique_id)
        effect = None if here is not None else await effect_in_history(office.queries, record)
        items.append(shown(here) if here is not None else command_of(record, effect))
    return Page(items, None if found.next is None else cursor_of(found.next))


@get(
    "/charge-points/{charge_point_id:str}/commands/{command_id:str}",
    opt=READS,
    operation_id="get_command",
    summary="One command: its state, its answer, and whether its effect was seen",
)
async def get_command(
    charge_point_id: StationId, command_id: CommandId, office: NamedDependency[Office]
) -> Command:
    here = office.commands.find(charge_point_id, command_id)
    if here is not None:
        return shown(here)
    record = await office.queries.command(charge_point_id, command_id)
    if record is None:
        raise not_found(f"No command {command_id!r} was sent to {charge_point_id!r}")
    return command_of(record, await effect_in_history(office.queries, record))


@post(
    "/charge-points/{charge_point_id:str}/commands",
    opt={"role": Role.TESTER},
    operation_id="send_command",
    summary="Send a command; those that can do harm take the role operator",
    status_code=201,
)
async def send_command(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[CommandWanted],
    wait: Wait = 0,
) -> Response[Command]:
    note(request, detail=data.action)
    message = read_command(data)
    check_allowed(request.user, data.action)
    await charge_point_known(office, charge_point_id)
    command = await office.commands.send(
        charge_point_id,
        message,
        timeout_s=data.timeout_s,
        wait_s=wait,
        while_pending=data.action in WHILE_PENDING,
    )
    here = place("api", "v1", "charge-points", charge_point_id, "commands", command.command_id)
    note(request, detail=f"{data.action}: {command.state}")
    return Response(shown(command), status_code=201, headers={"location": here})


def read_command(wanted: CommandWanted) -> Request:
    """The typed message. Raises Problem that names the field."""
    if form_of(wanted.action) is None:
        raise Problem(
            400,
            "No such command",
            f"A central system sends no {wanted.action!r}",
            f"There are {', '.join(form.action for form in command_forms())}",
        )
    try:
        return decode_request(wanted.action, msgspec.json.encode(wanted.payload))
    except PayloadError as error:
        raise Problem(
            400,
            "Wrong payload",
            f"payload: {error}",
            "GET /api/v1/commands/schemas has the schema of every payload",
        ) from error


def check_allowed(person: Person, action: str) -> None:
    """Raises Problem (403) when a person may not send what can do harm."""
    form = form_of(action)
    if form is not None and form.destructive and not person.may(Role.OPERATOR):
        raise Problem(
            403,
            "Not allowed",
            f"{form.title} can do harm, so it takes the role operator; {person.name} has the role {person.role}",
            "Ask an administrator for the role, or somebody who has it to send it",
        )


async def available_commands(office: Office, station: ChargePoint) -> list[AvailableCommand]:
    profiles = await supported_profiles(office, station.charge_point_id)
    return [
        AvailableCommand(action=form.action, available=not reason, reason=reason)
        for form in command_forms()
        for reason in [why_not(form.action, station, profiles)]
    ]


async def supported_profiles(office: Office, charge_point_id: str) -> frozenset[str] | None:
    """What the station said of SupportedFeatureProfiles (S§9.1.29); None while that was not read."""
    for record in await office.store.configuration(charge_point_id):
        if record.key == "SupportedFeatureProfiles" and record.value is not None:
            return frozenset(name.strip() for name in record.value.split(","))
    return None


def why_not(action: str, station: ChargePoint, profiles: frozenset[str] | None) -> str:
    """Why a command cannot work now, "" if nothing speaks against it."""
    if not station.online:
        return "The station is not connected"
    profile = profile_of(action)
    if profiles is not None and profile not in (SECURITY, "Core") and profile not in profiles:
        return f"The station does not support the feature profile {profile} (SupportedFeatureProfiles)"
    if action == "RemoteStopTransaction" and not any(each.transaction_id for each in station.connectors):
        return "No transaction is open at this station"
    if not station.ready and not (action in WHILE_PENDING and station.registration == "Pending"):
        return "The station has not been accepted yet: it waits for an answer to its BootNotification"
    return ""


def _place(position: str | None) -> str | None:
    """Raises Problem for a cursor that names no place in this list."""
    if position is not None and " " not in position:
        raise Problem(400, "No such cursor", "The cursor is not one that this list gave")
    return position


COMMAND_HANDLERS = [
    list_command_schemas,
    list_available_commands,
    list_commands,
    get_command,
    send_command,
]
