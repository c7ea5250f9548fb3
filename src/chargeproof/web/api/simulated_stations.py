"""/simulated-stations: stations inside of this process, and hands at them."""

from collections.abc import Awaitable, Callable
from itertools import count

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from chargeproof.errors import UsageError
from chargeproof.ocpp import ChargePointErrorCode
from chargeproof.resources.simulated_stations import (
    HandWanted,
    SimulatedOutlet,
    SimulatedStationModel,
    SimulatedStationWanted,
)
from chargeproof.resources.simulated_stations import SimulatedStation as StationRow
from chargeproof.simulator.model import load_model, shipped_models
from chargeproof.simulator.ports import CannotBeDone, UnsupportedAct
from chargeproof.simulator.station import SimulatedStation
from chargeproof.web.api.charge_points import READS, check_id
from chargeproof.web.api.paging import Page
from chargeproof.web.api.parameters import StationId
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem, not_found

PLAYS = {"role": Role.TESTER}


@get(
    "/simulated-station-models",
    opt=READS,
    operation_id="list_simulated_station_models",
    summary="Models of simulated stations that come with the program",
    sync_to_thread=False,
)
def list_simulated_station_models() -> Page[SimulatedStationModel]:
    models = [(name, load_model(name)) for name in shipped_models()]
    return Page(
        [
            SimulatedStationModel(
                name=name,
                vendor=model.vendor,
                model=model.model,
                connectors=model.connectors,
                feature_profiles=list(model.feature_profiles),
            )
            for name, model in models
        ]
    )


@get(
    "/simulated-stations",
    opt=READS,
    operation_id="list_simulated_stations",
    summary="Simulated stations of this process, by id",
)
async def list_simulated_stations(office: NamedDependency[Office]) -> Page[StationRow]:
    return Page([simulated_row(office, each) for each in office.simulated.ids()])


@post(
    "/simulated-stations",
    opt=PLAYS,
    operation_id="start_simulated_station",
    summary="Start a simulated station; it boots and connects by itself",
    status_code=201,
)
async def start_simulated_station(
    request: PersonRequest,
    office: NamedDependency[Office],
    data: JSONBody[SimulatedStationWanted | None] = None,
) -> StationRow:
    data = data or SimulatedStationWanted()
    if data.model not in shipped_models():
        raise Problem(
            400,
            "No such model",
            f"There is no model {data.model!r}",
            f"There are {', '.join(shipped_models())}",
        )
    charge_point_id = data.charge_point_id or await _free_id(office)
    note(request, subject=charge_point_id, detail=f"model {data.model}")
    check_id(charge_point_id)
    if office.central_system.is_connected(charge_point_id):
        raise Problem(
            409,
            "Id in use",
            f"A station {charge_point_id!r} is connected; a second one would take its place",
            "Choose another id",
        )
    try:
        await office.simulated.start(charge_point_id, data.model)
    except UsageError as error:
        raise Problem(409, "Not started", error.what, error.remedy or None) from error
    return simulated_row(office, charge_point_id)


async def _free_id(office: Office) -> str:
    """The first of SIM-1, SIM-2, ... that no station has, nor had: a stranger's history is not continued."""
    for number in count(1):
        name = f"SIM-{number}"
        if office.simulated.get(name) is None and await office.store.charge_point(name) is None:
            return name
    raise AssertionError("numbers do not end")


@get(
    "/simulated-stations/{charge_point_id:str}",
    opt=READS,
    operation_id="get_simulated_station",
    summary="One simulated station as hands find it",
)
async def get_simulated_station(charge_point_id: StationId, office: NamedDependency[Office]) -> StationRow:
    return simulated_row(office, charge_point_id)


@delete(
    "/simulated-stations/{charge_point_id:str}",
    opt=PLAYS,
    operation_id="stop_simulated_station",
    summary="Cut the power of a simulated station and forget it",
)
async def stop_simulated_station(charge_point_id: StationId, office: NamedDependency[Office]) -> None:
    if not await office.simulated.stop(charge_point_id):
        raise _unknown(charge_point_id)


@post(
    "/simulated-stations/{charge_point_id:str}/acts",
    opt=PLAYS,
    operation_id="act_at_simulated_station",
    summary="Do something by hand; answers when the act is done, not when the station has reacted",
    status_code=200,
)
async def act_at_simulated_station(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[HandWanted],
) -> StationRow:
    note(request, detail=f"{data.act}, connector {data.connector_id}")
    station = _station(office, charge_point_id)
    try:
        await _acts(station, data)[data.act]()
    except CannotBeDone as error:
        raise Problem(409, "Cannot be done now", str(error)) from error
    except UnsupportedAct as error:
        raise Problem(400, "Cannot be done at this station", str(error)) from error
    return simulated_row(office, charge_point_id)


def _acts(station: SimulatedStation, asked: HandWanted) -> dict[str, Callable[[], Awaitable[None]]]:
    connector_id = asked.connector_id
    return {
        "plug_in": lambda: station.plug_in(connector_id),
        "unplug": lambda: station.unplug(connector_id),
        "present_card": lambda: station.present_card(_card(asked), connector_id),
        "provoke_error": lambda: station.provoke_error(connector_id, _error_code(asked)),
        "repair": lambda: station.repair(connector_id),
        "cut_mains": station.cut_mains,
        "occupy_bay": lambda: station.occupy_bay(connector_id, asked.occupied),
        "vehicle_ready": lambda: station.set_vehicle_ready(connector_id, asked.ready),
    }


def _card(asked: HandWanted) -> str:
    if asked.id_tag is None:
        raise Problem(400, "No card", "Presenting a card takes its `id_tag`")
    return asked.id_tag


def _error_code(asked: HandWanted) -> ChargePointErrorCode | None:
    if asked.error_code is None:
        return None
    try:
        return ChargePointErrorCode(asked.error_code)
    except ValueError as error:
        raise Problem(
            400,
            "No such error code",
            f"{asked.error_code!r} is no error code of OCPP 1.6",
            f"There are {', '.join(ChargePointErrorCode)}",
        ) from error


def _station(office: Office, charge_point_id: str) -> SimulatedStation:
    station = office.simulated.get(charge_point_id)
    if station is None:
        raise _unknown(charge_point_id)
    return station


def _unknown(charge_point_id: str) -> Problem:
    return not_found(
        f"No simulated station {charge_point_id!r} runs here", "POST /api/v1/simulated-stations starts one"
    )


def simulated_row(office: Office, charge_point_id: str) -> StationRow:
    """Raises Problem (404) where no such simulated station runs."""
    station = _station(office, charge_point_id)
    hardware = station.hardware
    return StationRow(
        charge_point_id=charge_point_id,
        model=office.simulated.model_of(charge_point_id) or station.model.model,
        vendor=station.model.vendor,
        running=station.running,
        online=station.online,
        fault=None if hardware.fault is None else str(hardware.fault.error_code),
        outlets=[
            SimulatedOutlet(
                connector_id=outlet.connector_id,
                plugged=outlet.plugged,
                vehicle_ready=outlet.vehicle.ready if outlet.vehicle else None,
                fault=None if outlet.fault is None else str(outlet.fault.error_code),
                bay_occupied=outlet.bay_occupied,
            )
            for outlet in hardware.outlets.values()
        ],
    )


SIMULATED_STATION_HANDLERS = [
    list_simulated_station_models,
    list_simulated_stations,
    start_simulated_station,
    get_simulated_station,
    stop_simulated_station,
    act_at_simulated_station,
]
