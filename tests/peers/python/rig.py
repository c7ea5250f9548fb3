"""The rig's verbs at the station: what hands do at the parking place, over HTTP."""

from typing import TYPE_CHECKING, Any

from tests.peers.python.charging import CannotBeDone
from tests.peers.python.http_port import Answer, Route
from tests.peers.python.outlet import Outlet

if TYPE_CHECKING:
    from tests.peers.python.station import Station

PREFIX = "/api/v1/"


def rig_of(station: "Station") -> Route:
    """200: done. 409: not now. 501: not here. ``detail`` says why."""

    async def route(method: str, path: str, query: dict[str, str], _body: Any) -> Answer:
        verb = path.removeprefix(PREFIX)
        if method != "POST" or verb == path:
            return 404, {"detail": f"there is no {method} {path}"}
        try:
            return await _do(station, verb, query)
        except CannotBeDone as error:
            return 409, {"detail": str(error)}

    return route


async def _do(station: "Station", verb: str, query: dict[str, str]) -> Answer:
    match verb:
        case "plugin":
            station.charging.plug_in(_outlet(station, query))
        case "plugout":
            station.charging.unplug(_outlet(station, query))
        case "authorize":
            station.spawn(station.charging.present_card(_outlet(station, query), query["id"]))
        case "state":
            _fault(station, query)
        case "reboot":
            await station.lose_mains()
        case _:
            return 501, {"detail": f"this rig has no {verb}"}
    return 200, {"detail": "done"}


def _outlet(station: "Station", query: dict[str, str]) -> Outlet:
    return station.charging.outlets[int(query["connector_id"])]


def _fault(station: "Station", query: dict[str, str]) -> None:
    faulted = query["faulted"].lower() == "true"
    if int(query["connector_id"]) == 0:
        station.station_error = "InternalError" if faulted else "NoError"
        station.report_station()
    elif faulted:
        station.charging.break_down(_outlet(station, query), "GroundFailure")
    else:
        station.charging.repair(_outlet(station, query))
