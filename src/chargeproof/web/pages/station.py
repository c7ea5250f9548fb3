"""`/stations/{id}`: one station with its messages, configuration, transactions and runs as tabs."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from chargeproof.ocpp.deviations import RULES
from chargeproof.ocpp.registry import REQUESTS
from chargeproof.store.queries import MessageFilter
from chargeproof.web.api.charge_points import charge_point_known
from chargeproof.web.api.commands import list_commands
from chargeproof.web.api.configuration import get_configuration, list_baselines
from chargeproof.web.api.messages import FILTER, Wanted
from chargeproof.web.api.paging import cursor_of
from chargeproof.web.api.parameters import StationId
from chargeproof.web.api.runs import list_runs
from chargeproof.web.api.simulated_stations import simulated_row
from chargeproof.web.api.transactions import list_transactions
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.roles import Role
from chargeproof.web.rows.messages import message_of
from chargeproof.web.rows.stations import status_of

READS = {"role": Role.VIEWER}
FIRST = 100
LATEST_COMMANDS = 20
STYLES = ("stations.css", "log.css", "transactions.css", "configuration.css", "runs.css")
TIMELINE = timedelta(hours=6)
TIMELINE_ROWS = 500


@get("/stations/{charge_point_id:str}", opt=READS, include_in_schema=False, dependencies=FILTER)
async def station_page(
    request: Request[Any, Any, Any],
    charge_point_id: StationId,
    office: NamedDependency[Office],
    wanted: Wanted,
) -> Response[str]:
    data = await head_of(office, charge_point_id)
    found = await office.queries.messages(_of(charge_point_id, wanted), limit=FIRST)
    data["messages"] = {
        "items": [message_of(each) for each in found.items],
        "next": None if found.next is None else cursor_of(found.next),
    }
    is_simulated = office.simulated.get(charge_point_id) is not None
    data["simulated"] = simulated_row(office, charge_point_id) if is_simulated else None
    data["words"] = words_of_rules()
    data["actions"] = sorted(REQUESTS)
    return _tab(request, charge_point_id, "station.js", data)


@get("/stations/{charge_point_id:str}/configuration", opt=READS, include_in_schema=False)
async def configuration_page(
    request: Request[Any, Any, Any], charge_point_id: StationId, office: NamedDependency[Office]
) -> Response[str]:
    data = await head_of(office, charge_point_id)
    data["configuration"] = await get_configuration.fn(charge_point_id, office)
    data["baselines"] = await list_baselines.fn(office)
    return _tab(request, charge_point_id, "configuration.js", data)


@get("/stations/{charge_point_id:str}/transactions", opt=READS, include_in_schema=False)
async def station_transactions_page(
    request: Request[Any, Any, Any], charge_point_id: StationId, office: NamedDependency[Office]
) -> Response[str]:
    data = await head_of(office, charge_point_id)
    data["transactions"] = await list_transactions.fn(office, charge_point_id, limit=FIRST)
    return _tab(request, charge_point_id, "station_transactions.js", data)


@get("/stations/{charge_point_id:str}/runs", opt=READS, include_in_schema=False)
async def station_runs_page(
    request: Request[Any, Any, Any], charge_point_id: StationId, office: NamedDependency[Office]
) -> Response[str]:
    seq = await office.events.seq("runs")
    data = await head_of(office, charge_point_id)
    data["seq"]["runs"] = seq
    data["runs"] = await list_runs.fn(office, charge_point_id=charge_point_id, limit=FIRST)
    return _tab(request, charge_point_id, "station_runs.js", data)


async def head_of(office: Office, charge_point_id: str) -> dict[str, Any]:
    """What the head of every page of a station shows, and the numbers from which it is kept fresh."""
    names = ("stations", "messages", "commands", "transactions")
    topics = ("stations", f"messages:{charge_point_id}", f"commands:{charge_point_id}", "transactions")
    seq = {name: await office.events.seq(topic) for name, topic in zip(names, topics, strict=True)}
    station = await charge_point_known(office, charge_point_id)
    since = office.clock.now() - TIMELINE
    statuses = await office.queries.statuses(charge_point_id, since=since, limit=TIMELINE_ROWS)
    return {
        "seq": seq,
        "station": station,
        "statuses": [status_of(each) for each in statuses.items],
        "commands": await list_commands.fn(charge_point_id, office, limit=LATEST_COMMANDS),
    }


def words_of_rules() -> dict[str, str]:
    """What each rule asks for, for those who read a deviation."""
    return {name: rule.asks for name, rule in RULES.items()}


def _of(charge_point_id: str, wanted: MessageFilter) -> MessageFilter:
    return msgspec.structs.replace(wanted, charge_point_id=charge_point_id)


def _tab(
    request: Request[Any, Any, Any], charge_point_id: str, module: str, data: dict[str, Any]
) -> Response[str]:
    return rendered(
        request,
        "station.html",
        title=charge_point_id,
        section="stations",
        data=data,
        styles=STYLES,
        charge_point_id=charge_point_id,
        page_module=module,
    )


STATION_HANDLERS = [station_page, configuration_page, station_transactions_page, station_runs_page]
