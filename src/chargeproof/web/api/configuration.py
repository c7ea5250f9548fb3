"""/configuration: the keys of a station, what they were, what they should be, and how they are changed."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from chargeproof.acceptance.configuration_keys import is_secret
from chargeproof.resources.configuration import (
    ApplyWanted,
    Baseline,
    BaselineWanted,
    ChangeResults,
    Configuration,
    ConfigurationChange,
    Differences,
    Key,
    KeyResult,
    ReadWanted,
    Value,
)
from chargeproof.store.records import BaselineRecord, ChargePointRecord
from chargeproof.testbed.configuration_desk import (
    ConfigurationDesk,
    change_of,
    differences_of,
    fitting_baseline,
    table_of,
)
from chargeproof.web.api.charge_points import DECIDES, READS, charge_point_known
from chargeproof.web.api.paging import Limit, Page
from chargeproof.web.api.parameters import StationId, within_the_calendar
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem, not_found

MOST_KEYS = 500
Name = Annotated[str, PathParameter(description="The name of a baseline.", min_length=1, max_length=100)]
Against = Annotated[
    str,
    QueryParameter(
        description="`baseline:NAME`, `time:2026-01-31T12:00:00Z`, `firmware:VERSION` or `station:ID`.",
        min_length=1,
        max_length=300,
    ),
]


@get(
    "/charge-points/{charge_point_id:str}/configuration",
    opt=READS,
    operation_id="get_configuration",
    summary="Every key as last read, with what is expected and when it last changed; secrets are masked",
)
async def get_configuration(
    charge_point_id: StationId,
    office: NamedDependency[Office],
    baseline: Annotated[
        str | None,
        QueryParameter(description="Compare with this one, not the one that fits.", max_length=100),
    ] = None,
) -> Configuration:
    return await _table(office, charge_point_id, baseline)


@post(
    "/charge-points/{charge_point_id:str}/configuration/read",
    opt={"role": Role.TESTER},
    operation_id="read_configuration",
    summary="Ask the station for its keys anew",
    status_code=200,
)
async def read_configuration(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[ReadWanted],
) -> Configuration:
    note(request, detail=", ".join(data.keys) or "all keys")
    await charge_point_known(office, charge_point_id)
    command = await _desk(office).read(charge_point_id, data.keys)
    if command.state != "answered":
        raise Problem(
            409,
            "Not read",
            f"The station did not tell its configuration: {command.state}"
            + (f", {command.detail}" if command.detail else ""),
            "See its messages, and try again when it is connected",
        )
    return await _table(office, charge_point_id, None)


@patch(
    "/charge-points/{charge_point_id:str}/configuration",
    opt=DECIDES,
    operation_id="change_configuration",
    summary="Change keys, with a result for each; what was taken is read back",
)
async def change_configuration(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[dict[Key, Value]],
) -> ChangeResults:
    note(request, detail=", ".join(data))
    await charge_point_known(office, charge_point_id)
    if not data or len(data) > MOST_KEYS:
        raise Problem(400, "Nothing to change", f"Give 1 to {MOST_KEYS} keys, as {{key: value}}")
    return _results(request, await _desk(office).change(charge_point_id, data))


@get(
    "/charge-points/{charge_point_id:str}/configuration/history",
    opt=READS,
    operation_id="list_configuration_changes",
    summary="Values that readings showed for the first time, the newest first",
)
async def list_configuration_changes(
    charge_point_id: StationId,
    office: NamedDependency[Office],
    key: Annotated[str | None, QueryParameter(description="Only of this key.", max_length=50)] = None,
    limit: Limit = 50,
) -> Page[ConfigurationChange]:
    await charge_point_known(office, charge_point_id)
    found = await office.queries.configuration_changes(charge_point_id, key=key, limit=limit)
    return Page([change_of(each) for each in found])


@get(
    "/charge-points/{charge_point_id:str}/configuration/differences",
    opt=READS,
    operation_id="list_configuration_differences",
    summary="How the keys differ from a baseline, an earlier time, another firmware or another station",
)
async def list_configuration_differences(
    charge_point_id: StationId, office: NamedDependency[Office], against: Against
) -> Differences:
    await charge_point_known(office, charge_point_id)
    return await _differences(office, charge_point_id, against)


@post(
    "/charge-points/{charge_point_id:str}/configuration/apply",
    opt=DECIDES,
    operation_id="apply_configuration",
    summary="Write every key that differs, with a result for each",
    status_code=200,
)
async def apply_configuration(
    request: PersonRequest,
    charge_point_id: StationId,
    office: NamedDependency[Office],
    data: JSONBody[ApplyWanted],
) -> ChangeResults:
    note(request, detail=data.against)
    await charge_point_known(office, charge_point_id)
    found = await _differences(office, charge_point_id, data.against)
    wanted = {key.lower() for key in data.keys}
    there, _, _ = await _values(office, charge_point_id, data.against)
    values = {key.lower(): value for key, value in there.items()}
    changes = {
        each.key: values[each.key.lower()] or ""
        for each in found.items
        if each.may_be_applied and (not wanted or each.key.lower() in wanted)
    }
    return _results(request, await _desk(office).change(charge_point_id, changes), data.against)


@get("/configuration-baselines", opt=READS, operation_id="list_baselines", summary="Baselines, by name")
async def list_baselines(office: NamedDependency[Office]) -> Page[Baseline]:
    return Page([_baseline_of(each) for each in await office.store.baselines()])


@get(
    "/configuration-baselines/{name:str}",
    opt=READS,
    operation_id="get_baseline",
    summary="One baseline",
)
async def get_baseline(name: Name, office: NamedDependency[Office]) -> Baseline:
    return _baseline_of(await _baseline(office, name))


@put(
    "/configuration-baselines/{name:str}",
    opt=DECIDES,
    operation_id="put_baseline",
    summary="Keep or replace a baseline; also with the values that a station has now",
)
async def put_baseline(
    request: PersonRequest, name: Name, office: NamedDependency[Office], data: JSONBody[BaselineWanted]
) -> Baseline:
    secret = next((key for key in data.keys if is_secret(key)), None)
    if secret is not None:
        raise Problem(
            400,
            "Secret key",
            f"{secret} holds a secret, which no baseline keeps",
            "Leave it out of the baseline",
        )
    keys = dict(data.keys)
    station = None
    if data.from_charge_point is not None:
        station = await _station(office, data.from_charge_point)
        keys = {**await _writable_values(office, data.from_charge_point), **keys}
    record = BaselineRecord(
        name=name,
        vendor=data.vendor or (station.vendor if station else None),
        model=data.model or (station.model if station else None),
        firmware_version=data.firmware_version,
        keys=keys,
        note=data.note,
        changed_at=office.clock.now(),
        changed_by=request.user.name,
    )
    note(request, detail=", ".join(keys))
    await office.store.put_baseline(record)
    return _baseline_of(record)


@delete(
    "/configuration-baselines/{name:str}",
    opt=DECIDES,
    operation_id="delete_baseline",
    summary="Delete a baseline",
)
async def delete_baseline(name: Name, office: NamedDependency[Office]) -> None:
    if not await office.store.remove_baseline(name):
        raise _no_baseline(name)


def _desk(office: Office) -> ConfigurationDesk:
    return ConfigurationDesk(office.commands, office.store, office.queries)


def _results(request: PersonRequest, items: list[KeyResult], *about: str) -> ChangeResults:
    note(request, detail=", ".join([*about, *(f"{each.key} {each.result}" for each in items)]))
    return ChangeResults(items=items, reboot_required=any(each.result == "RebootRequired" for each in items))


async def _table(office: Office, charge_point_id: str, baseline: str | None) -> Configuration:
    station = await _station(office, charge_point_id)
    chosen = (
        fitting_baseline(await office.store.baselines(), station)
        if baseline is None
        else await _baseline(office, baseline)
    )
    keys = await office.store.configuration(charge_point_id)
    changes = await office.queries.configuration_changes(charge_point_id)
    return table_of(station, keys, changes, chosen)


async def _differences(office: Office, charge_point_id: str, against: str) -> Differences:
    there, words, expected_only = await _values(office, charge_point_id, against)
    here = await office.store.configuration(charge_point_id)
    return Differences(
        charge_point_id=charge_point_id,
        against=words,
        items=differences_of(here, there, expected_only=expected_only),
    )


async def _values(
    office: Office, charge_point_id: str, against: str
) -> tuple[dict[str, str | None], str, bool]:
    """What is compared with, in words, and whether it only says what is expected. Raises Problem."""
    kind, _, name = against.partition(":")
    match kind:
        case "baseline":
            keys: dict[str, str | None] = {**(await _baseline(office, name)).keys}
            return keys, f"the baseline {name}", True
        case "time":
            return await _desk(office).earlier(charge_point_id, _moment(name)), f"as it was at {name}", False
        case "firmware":
            values = await _desk(office).under_firmware(charge_point_id, name)
            if not values:
                raise not_found(
                    f"Nothing was read from {charge_point_id!r} while it ran the firmware {name!r}"
                )
            return values, f"under the firmware {name}", False
        case "station":
            await _station(office, name)
            records = await office.store.configuration(name)
            return {each.key: each.value for each in records if each.known}, f"the station {name}", False
    raise Problem(
        400,
        "No such comparison",
        f"Nothing can be compared with {against!r}",
        "Give baseline:NAME, time:2026-01-31T12:00:00Z, firmware:VERSION or station:ID",
    )


def _moment(text: str) -> datetime:
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Problem(
            400, "No such time", f"{text!r} is no time with a zone", "Write it as 2026-01-31T12:00:00Z"
        )
    within_the_calendar(moment, "against")
    return moment


async def _station(office: Office, charge_point_id: str) -> ChargePointRecord:
    record = await office.store.charge_point(charge_point_id)
    if record is None:
        raise not_found(f"No station {charge_point_id!r} is known here")
    return record


async def _writable_values(office: Office, charge_point_id: str) -> dict[str, str]:
    return {
        each.key: each.value
        for each in await office.store.configuration(charge_point_id)
        if each.known and each.value is not None and not each.readonly and not is_secret(each.key)
    }


async def _baseline(office: Office, name: str) -> BaselineRecord:
    for each in await office.store.baselines():
        if each.name.lower() == name.lower():
            return each
    raise _no_baseline(name)


def _no_baseline(name: str) -> Problem:
    return not_found(f"There is no baseline {name!r}", "GET /api/v1/configuration-baselines names them")


def _baseline_of(record: BaselineRecord) -> Baseline:
    return msgspec.convert(msgspec.structs.asdict(record), Baseline)


CONFIGURATION_HANDLERS = [
    get_configuration,
    read_configuration,
    change_configuration,
    list_configuration_changes,
    list_configuration_differences,
    apply_configuration,
    list_baselines,
    get_baseline,
    put_baseline,
    delete_baseline,
]
