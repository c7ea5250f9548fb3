"""/charge-points: stations, who may come in, and what their connectors did."""

from typing import Annotated, Literal

from litestar import delete, get, patch, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from chargeproof.resources.charge_points import (
    AdmissionWanted,
    ChargePoint,
    Connector,
    ConnectorStatus,
    Handshake,
    PasswordWanted,
    WaitingStation,
)
from chargeproof.store.queries import ChargePointFilter
from chargeproof.web.api.paging import Cursor, Limit, Page, cursor_of, position_of
from chargeproof.web.api.parameters import Since, StationId, aware
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem, not_found
from chargeproof.web.rows.stations import (
    charge_point_of,
    handshake_of,
    status_of,
    waiting_stations,
)

READS = {"role": Role.VIEWER}
DECIDES = {"role": Role.OPERATOR}

Search = Annotated[
    str | None,
    QueryParameter(description="Part of id, vendor, model, serial number or firmware.", max_length=200),
]
Registration = Literal["Accepted", "Pending", "Rejected", "none"]


@get("/charge-points", opt=READS, operation_id="list_charge_points", summary="Stations, by id")
async def list_charge_points(
    office: NamedDependency[Office],
    search: Search = None,
    online: Annotated[bool | None, QueryParameter(description="Only those with a socket, or without")] = None,
    registration: Annotated[Registration | None, QueryParameter(description="Last told it")] = None,
    vendor: Annotated[str | None, QueryParameter(description="Only of this vendor.", max_length=200)] = None,
    model: Annotated[str | None, QueryParameter(description="Only of this model.", max_length=200)] = None,
    firmware_version: Annotated[
        str | None, QueryParameter(description="Only with this firmware.", max_length=200)
    ] = None,
    tls: Annotated[bool | None, QueryParameter(description="Only those that came over TLS, or not")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ChargePoint]:
    connected = tuple(office.central_system.connected_ids())
    wanted = ChargePointFilter(
        ids=connected if online is True else None,
        without=connected if online is False else None,
        text=search,
        registrations=() if registration is None else ("" if registration == "none" else registration,),
        vendor=vendor,
        model=model,
        firmware_version=firmware_version,
        tls=tls,
    )
    found = await office.queries.charge_points(wanted, after=position_of(cursor, str), limit=limit)
    items = [charge_point_of(row, office.central_system) for row in found.items]
    return Page(items, None if found.next is None else cursor_of(found.next))


@get(
    "/charge-points/{charge_point_id:str}", opt=READS, operation_id="get_charge_point", summary="One station"
)
async def get_charge_point(charge_point_id: StationId, office: NamedDependency[Office]) -> ChargePoint:
    return await charge_point_known(office, charge_point_id)


@patch(
    "/charge-points/{charge_point_id:str}",
    opt=DECIDES,
    operation_id="decide_admission",
    summary="Let a station in, keep it waiting or out; also one that never came",
)
async def decide_admission(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[AdmissionWanted],
) -> ChargePoint:
    note(request, detail=data.registration or "as the settings say")
    check_id(charge_point_id)
    await office.central_system.admit_station(charge_point_id, data.registration)
    office.events.station_changed(charge_point_id)
    return await charge_point_known(office, charge_point_id)


@put(
    "/charge-points/{charge_point_id:str}/password",
    opt=DECIDES,
    operation_id="set_charge_point_password",
    summary="The password that the station must send from now on; it is never shown",
    status_code=204,
)
async def set_password(
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[PasswordWanted],
) -> None:
    check_id(charge_point_id)
    await office.central_system.set_password(charge_point_id, data.password)
    office.events.station_changed(charge_point_id)


@delete(
    "/charge-points/{charge_point_id:str}/password",
    opt=DECIDES,
    operation_id="remove_charge_point_password",
    summary="Ask the station for no password any more",
)
async def remove_password(charge_point_id: StationId, office: NamedDependency[Office]) -> None:
    await charge_point_known(office, charge_point_id)
    await office.central_system.set_password(charge_point_id, None)
    office.events.station_changed(charge_point_id)


@get(
    "/charge-points/{charge_point_id:str}/connectors",
    opt=READS,
    operation_id="list_connectors",
    summary="Connectors as they last said; 0 is the station itself",
)
async def list_connectors(charge_point_id: StationId, office: NamedDependency[Office]) -> Page[Connector]:
    return Page(list((await charge_point_known(office, charge_point_id)).connectors))


@get(
    "/charge-points/{charge_point_id:str}/statuses",
    opt=READS,
    operation_id="list_statuses",
    summary="Every status of a connector, the newest first",
)
async def list_statuses(
    charge_point_id: StationId,
    office: NamedDependency[Office],
    connector_id: Annotated[
        int | None, QueryParameter(description="Only of this connector; 0: the station itself.", ge=0)
    ] = None,
    since: Since = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ConnectorStatus]:
    await charge_point_known(office, charge_point_id)
    found = await office.queries.statuses(
        charge_point_id,
        connector_id,
        since=aware(since, "since"),
        before=position_of(cursor, int),
        limit=limit,
    )
    return Page(
        [status_of(each) for each in found.items], None if found.next is None else cursor_of(found.next)
    )


@get(
    "/charge-points/{charge_point_id:str}/handshakes",
    opt=READS,
    operation_id="list_charge_point_handshakes",
    summary="Attempts of one id to connect, the newest first; also of ids that never came in",
)
async def list_charge_point_handshakes(
    charge_point_id: StationId, office: NamedDependency[Office], limit: Limit = 50, cursor: Cursor = None
) -> Page[Handshake]:
    return await _handshakes(office, charge_point_id, limit, cursor)


@get(
    "/handshakes",
    opt=READS,
    operation_id="list_handshakes",
    summary="Attempts to connect, the newest first",
)
async def list_handshakes(
    office: NamedDependency[Office],
    charge_point_id: Annotated[
        str | None, QueryParameter(description="Of this id; empty: paths without an id", max_length=500)
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Handshake]:
    return await _handshakes(office, charge_point_id, limit, cursor)


@get(
    "/waiting-stations",
    opt=READS,
    operation_id="list_waiting_stations",
    summary="Ids that tried to connect and were held or refused, with a hint what to change",
)
async def list_waiting_stations(office: NamedDependency[Office]) -> Page[WaitingStation]:
    attempts = await office.queries.attempts()
    held = await office.queries.held_stations()
    return Page(waiting_stations(attempts, held, office.central_system))


async def _handshakes(
    office: Office, charge_point_id: str | None, limit: int, cursor: str | None
) -> Page[Handshake]:
    found = await office.queries.handshakes(charge_point_id, before=position_of(cursor, int), limit=limit)
    items = [handshake_of(each) for each in found.items]
    return Page(items, None if found.next is None else cursor_of(found.next))


async def charge_point_known(office: Office, charge_point_id: str) -> ChargePoint:
    """Raises Problem (404) for a station that never came and was never admitted."""
    row = await office.queries.charge_point(charge_point_id)
    if row is None:
        raise not_found(
            f"No station {charge_point_id!r} is known here",
            "A station becomes known when it connects, or when it is admitted beforehand",
        )
    return charge_point_of(row, office.central_system)


def must_be_online(station: ChargePoint) -> None:
    """Raises Problem (409) for a station that is not connected."""
    if not station.online:
        raise Problem(
            409,
            "Not connected",
            f"The station {station.charge_point_id!r} is not connected",
            "Wait until it is",
        )


def check_id(charge_point_id: str) -> None:
    """Raises Problem (400) for what no station can be called."""
    if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in charge_point_id):
        raise Problem(400, "No such id", "An id of a station holds no control characters")
    if charge_point_id in (".", ".."):
        raise Problem(400, "No such id", "No station is called `.` or `..`: these are steps of a path")


CHARGE_POINT_HANDLERS = [
    list_charge_points,
    get_charge_point,
    decide_admission,
    set_password,
    remove_password,
    list_connectors,
    list_statuses,
    list_charge_point_handshakes,
    list_handshakes,
    list_waiting_stations,
]
