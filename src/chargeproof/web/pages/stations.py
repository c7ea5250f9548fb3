"""`/`: all stations, those that wait, and how the first one is connected."""

from typing import Any

import segno
from litestar import Request, Response, get
from litestar.di import NamedDependency

from chargeproof.store.queries import ChargePointFilter
from chargeproof.web.api.paging import cursor_of
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.roles import Role
from chargeproof.web.rows.stations import charge_point_of, waiting_stations

FIRST = 100


@get("/", opt={"role": Role.VIEWER}, include_in_schema=False)
async def stations_page(request: Request[Any, Any, Any], office: NamedDependency[Office]) -> Response[str]:
    seq = await office.events.seq("stations")
    found = await office.queries.charge_points(ChargePointFilter(), limit=FIRST)
    attempts = await office.queries.attempts()
    held = await office.queries.held_stations()
    address = office.addresses.known.ocpp
    data = {
        "seq": seq,
        "stations": {
            "items": [charge_point_of(row, office.central_system) for row in found.items],
            "next": None if found.next is None else cursor_of(found.next),
        },
        "waiting": waiting_stations(attempts, held, office.central_system),
        "address": address,
        "only_this_machine": office.addresses.known.only_this_machine,
        "qr": qr_code(address + "/"),
    }
    return rendered(
        request, "stations.html", title="Stations", section="stations", data=data, styles=("stations.css",)
    )


def qr_code(text: str) -> str:
    """An SVG element that scales with its place; black, for a white ground."""
    picture = segno.make(text, error="m", micro=False)
    return picture.svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)


STATIONS_HANDLERS = [stations_page]
