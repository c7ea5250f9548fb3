"""/charge-points/{id}/security: how a station is secured, what is asked of it, and changes over the wire."""

from datetime import datetime
from typing import Annotated

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from chargeproof.central_system.security_profiles import MUTUAL_TLS, NEEDS_TLS, UNSECURED
from chargeproof.errors import UsageError
from chargeproof.resources.security import (
    RequiredProfileWanted,
    SecurityChange,
    SecurityChangeWanted,
    SecurityEvent,
    StationSecurity,
)
from chargeproof.testbed.security_changes import check_raise
from chargeproof.web.api.charge_points import (
    DECIDES,
    READS,
    charge_point_known,
    check_id,
    must_be_online,
)
from chargeproof.web.api.commands import Wait
from chargeproof.web.api.paging import Cursor, Limit, Page, cursor_of, position_of
from chargeproof.web.api.parameters import OfStation, Since, StationId, Until, aware
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.problems import Problem, not_found
from chargeproof.web.rows.security import event_of, station_security, tls_address
from chargeproof.web.rows.security_changes import security_changes

ChangeId = Annotated[str, PathParameter(description="`change_id` of a change.", max_length=100)]
EventType = Annotated[str | None, QueryParameter(description="Only of this type", max_length=50)]
Critical = Annotated[bool | None, QueryParameter(description="Only critical ones, or only the others")]


@get(
    "/charge-points/{charge_point_id:str}/security",
    opt=READS,
    operation_id="get_station_security",
    summary="How a station is secured: profile, TLS, certificate, password, and what is asked of it",
)
async def get_station_security(
    charge_point_id: StationId, office: NamedDependency[Office]
) -> StationSecurity:
    await charge_point_known(office, charge_point_id)
    return await station_security(office, charge_point_id)


@put(
    "/charge-points/{charge_point_id:str}/security/required-profile",
    opt=DECIDES,
    operation_id="set_required_profile",
    summary="The security profile that a station must at least use from its next connection on",
)
async def set_required_profile(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[RequiredProfileWanted],
) -> StationSecurity:
    check_id(charge_point_id)
    note(request, detail=f"profile {'as for all' if data.profile is None else data.profile}")
    await office.central_system.security_of_stations.set_profile(charge_point_id, data.profile)
    office.events.station_changed(charge_point_id)
    return await station_security(office, charge_point_id)


@get(
    "/charge-points/{charge_point_id:str}/security/changes",
    opt=READS,
    operation_id="list_security_changes",
    summary="Changes of password, profile and certificate, by whomever they were commanded, the newest first",
)
async def list_security_changes(
    charge_point_id: StationId, office: NamedDependency[Office]
) -> Page[SecurityChange]:
    await charge_point_known(office, charge_point_id)
    return Page(await security_changes(office, charge_point_id))


@get(
    "/charge-points/{charge_point_id:str}/security/changes/{change_id:str}",
    opt=READS,
    operation_id="get_security_change",
    summary="One change: its states, and whether a connection proved it",
)
async def get_security_change(
    charge_point_id: StationId, change_id: ChangeId, office: NamedDependency[Office]
) -> SecurityChange:
    changes = await security_changes(office, charge_point_id)
    found = next((each for each in changes if each.change_id == change_id), None)
    if found is None:
        raise not_found(f"No change {change_id!r} was begun at {charge_point_id!r}")
    return found


@post(
    "/charge-points/{charge_point_id:str}/security/changes",
    opt=DECIDES,
    operation_id="start_security_change",
    summary="Change the password, raise the profile or renew the certificate over the wire",
    status_code=201,
)
async def start_security_change(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[SecurityChangeWanted],
    wait: Wait = 0,
) -> Response[SecurityChange]:
    """Proved is what a connection used; a station that accepts has proved nothing yet."""
    station = await charge_point_known(office, charge_point_id)
    note(request, detail=data.kind if data.profile is None else f"{data.kind} {data.profile}")
    _check_fields(data)
    let_in = await office.queries.last_let_in(charge_point_id)
    used = let_in.security.profile if let_in is not None and let_in.security is not None else UNSECURED
    must_be_online(station)
    try:
        if data.kind == "profile":
            check_raise(data.profile, used)
            await _check_ready_for(office, charge_point_id, data.profile or UNSECURED)
        change = await office.changes.start(charge_point_id, data, present_profile=used, wait_s=wait)
    except UsageError as error:
        raise Problem(
            409, "Not possible now", f"{error.what[:1].upper()}{error.what[1:]}", error.remedy
        ) from error
    return Response(change, status_code=201)


def _check_fields(wanted: SecurityChangeWanted) -> None:
    """Raises Problem (400) for what does not belong together."""
    if (wanted.kind == "profile") != (wanted.profile is not None):
        raise Problem(400, "Wrong payload", "`profile` belongs to the kind `profile`", "Give both or none")
    if wanted.password is not None and wanted.kind != "password":
        raise Problem(400, "Wrong payload", "`password` belongs to the kind `password`", "Leave it out")


async def _check_ready_for(office: Office, charge_point_id: str, profile: int) -> None:
    """Raises UsageError where the station could not come back with that profile."""
    security = office.security
    if profile >= NEEDS_TLS and not tls_address(office):
        raise UsageError(
            "this server has no port for TLS", remedy="Set ocpp_tls_port, and give the station its address"
        )
    passwords = office.central_system.security_of_stations.credentials.kept(charge_point_id)
    if profile < MUTUAL_TLS and not any(passwords):
        raise UsageError("no password of this station is kept here", remedy="Change its password first")
    if profile == MUTUAL_TLS and security.signs == "embedded":
        now = office.clock.now()
        issued = await security.embedded.issued()
        if not any(
            each.name == charge_point_id and each.revoked_at is None and each.expires_at > now
            for each in issued
            if each.purpose == "station"
        ):
            raise UsageError(
                "no valid certificate was issued for this station", remedy="Renew its certificate first"
            )


@get(
    "/charge-points/{charge_point_id:str}/security-events",
    opt=READS,
    operation_id="list_station_security_events",
    summary="Security events of a station, the newest first",
)
async def list_station_security_events(
    charge_point_id: StationId,
    office: NamedDependency[Office],
    type: EventType = None,
    critical: Critical = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SecurityEvent]:
    await charge_point_known(office, charge_point_id)
    return await _events(office, charge_point_id, type, critical, since, until, limit, cursor)


@get(
    "/security-events",
    opt=READS,
    operation_id="list_security_events",
    summary="Security events of all stations, the newest first",
)
async def list_security_events(
    office: NamedDependency[Office],
    charge_point_id: OfStation = None,
    type: EventType = None,
    critical: Critical = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[SecurityEvent]:
    return await _events(office, charge_point_id, type, critical, since, until, limit, cursor)


async def _events(
    office: Office,
    charge_point_id: str | None,
    type: str | None,
    critical: bool | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    cursor: str | None,
) -> Page[SecurityEvent]:
    found = await office.queries.security_events(
        charge_point_id,
        type=type,
        critical=critical,
        since=aware(since, "since"),
        until=aware(until, "until"),
        before=position_of(cursor, int),
        limit=limit,
    )
    return Page(
        [event_of(each) for each in found.items], None if found.next is None else cursor_of(found.next)
    )


SECURITY_HANDLERS = [
    get_station_security,
    set_required_profile,
    list_security_changes,
    get_security_change,
    start_security_change,
    list_station_security_events,
    list_security_events,
]
