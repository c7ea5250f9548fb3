"""`/stations/{id}/security`: how a station is secured, and how that is changed."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from chargeproof.web.api.certificates import list_certificates
from chargeproof.web.api.files import list_file_jobs
from chargeproof.web.api.parameters import StationId
from chargeproof.web.api.security import list_station_security_events
from chargeproof.web.office import Office
from chargeproof.web.pages.files import file_places
from chargeproof.web.pages.page import rendered
from chargeproof.web.pages.station import STYLES, head_of
from chargeproof.web.people.roles import Role
from chargeproof.web.rows.security import roots_on_station, station_security

EVENTS = 50
JOBS = 10


@get("/stations/{charge_point_id:str}/security", opt={"role": Role.VIEWER}, include_in_schema=False)
async def security_page(
    request: Request[Any, Any, Any], charge_point_id: StationId, office: NamedDependency[Office]
) -> Response[str]:
    data = await head_of(office, charge_point_id)
    data["security"] = await station_security(office, charge_point_id)
    data["certificates"] = await list_certificates.fn(office, name=charge_point_id, purpose="station")
    data["roots"] = await roots_on_station(office, charge_point_id)
    data["events"] = await list_station_security_events.fn(charge_point_id, office, limit=EVENTS)
    data["jobs"] = await list_file_jobs.fn(office, charge_point_id=charge_point_id, limit=JOBS)
    data["places"] = file_places(office)
    return rendered(
        request,
        "station.html",
        title=charge_point_id,
        section="stations",
        data=data,
        styles=(*STYLES, "upkeep.css", "security.css"),
        charge_point_id=charge_point_id,
        page_module="security.js",
    )


STATION_SECURITY_HANDLERS = [security_page]
