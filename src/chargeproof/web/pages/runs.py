"""`/runs` and what is below: start an acceptance run, stand in it, read its report, compare two, see models."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from chargeproof.acceptance.report_schema import Report, load_report
from chargeproof.acceptance.script import EVERY_CASE
from chargeproof.simulator.model import shipped_models
from chargeproof.testbed.run_requests import RunRow
from chargeproof.testbed.run_state import RunState
from chargeproof.web.api.charge_points import list_charge_points
from chargeproof.web.api.run_reports import compare_runs, list_entries, list_models
from chargeproof.web.api.runs import RunId, as_problems, list_run_questions, list_runs
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.roles import Role

READS = {"role": Role.VIEWER}
TESTS = {"role": Role.TESTER}
FIRST = 100
TAIL = 100
STYLES = ("runs.css",)

OptionalText = Annotated[str | None, QueryParameter(max_length=255)]
OptionalRun = Annotated[int | None, QueryParameter(ge=1)]


@get("/runs", opt=READS, include_in_schema=False)
async def runs_page(request: Request[Any, Any, Any], office: NamedDependency[Office]) -> Response[str]:
    data = {"seq": await office.events.seq("runs"), "runs": await list_runs.fn(office, limit=FIRST)}
    return rendered(request, "runs.html", title="Acceptance runs", section="runs", data=data, styles=STYLES)


@get("/runs/new", opt=TESTS, include_in_schema=False)
async def new_run_page(
    request: Request[Any, Any, Any], office: NamedDependency[Office], station: OptionalText = None
) -> Response[str]:
    with as_problems():
        asked = await list_run_questions.fn(office, charge_point_id=station)
    data = {
        "stations": (await list_charge_points.fn(office, limit=500)).items,
        "station": station or "",
        "asked": asked,
        "functions": [
            {
                "number": case.number,
                "label": case.label,
                "group": case.group,
                "title": case.title,
                "hands": any(each.hands for each in case.checks),
            }
            for case in EVERY_CASE
        ],
        "models": shipped_models(),
        "simulated": office.simulated.ids(),
        "firmware": [file.name for file in await office.shelf.files()],
        "address": office.addresses.known.ocpp,
    }
    return rendered(
        request, "new_run.html", title="New acceptance run", section="runs", data=data, styles=STYLES
    )


@get("/runs/{run_id:int}", opt=READS, include_in_schema=False)
async def run_page(
    request: Request[Any, Any, Any], run_id: RunId, office: NamedDependency[Office]
) -> Response[str]:
    seq = await office.events.seq(f"run:{run_id}")
    with as_problems():
        state: RunState = office.runs.get(run_id)
    entries = await list_entries.fn(run_id, office, limit=TAIL, before=2**53)
    data = {
        "seq": seq,
        "run": state,
        "entries": entries.items,
        "firmware": [file.name for file in await office.shelf.files()],
        "address": office.addresses.known.ocpp,
    }
    return rendered(
        request, "run.html", title=f"Run {run_id}", section="runs", data=data, styles=STYLES, run=state
    )


@get("/runs/{run_id:int}/report", opt=READS, include_in_schema=False)
async def report_page(
    request: Request[Any, Any, Any], run_id: RunId, office: NamedDependency[Office]
) -> Response[str]:
    with as_problems():
        state = office.runs.get(run_id)
    data = {"run": state, "report": await _report_of(office, run_id)}
    return rendered(
        request,
        "run_report.html",
        title=f"Report of run {run_id}",
        section="runs",
        data=data,
        styles=STYLES,
        run=state,
    )


async def _report_of(office: Office, run_id: int) -> Report | None:
    """The report as it was written last; None while there is none."""
    try:
        text = await asyncio.to_thread((office.runs.folder_of(run_id) / "report.json").read_bytes)
        return load_report(text)
    except (OSError, ValueError):
        return None


@get("/compare", opt=READS, include_in_schema=False)
async def compare_page(
    request: Request[Any, Any, Any],
    office: NamedDependency[Office],
    a: OptionalRun = None,
    b: OptionalRun = None,
) -> Response[str]:
    comparison = await compare_runs.fn(office, a=a, b=b) if a is not None and b is not None else None
    data = {
        "a": a,
        "b": b,
        "comparison": None if comparison is None else msgspec.to_builtins(comparison),
        "runs": _with_reports(await list_runs.fn(office, limit=500)),
    }
    return rendered(request, "compare.html", title="Compare runs", section="runs", data=data, styles=STYLES)


def _with_reports(page: Any) -> list[RunRow]:
    return [row for row in page.items if row.has_report]


@get("/models", opt=READS, include_in_schema=False)
async def models_page(request: Request[Any, Any, Any], office: NamedDependency[Office]) -> Response[str]:
    data = {"seq": await office.events.seq("runs"), "models": await list_models.fn(office)}
    return rendered(request, "models.html", title="Models", section="models", data=data, styles=STYLES)


RUN_PAGE_HANDLERS = [runs_page, new_run_page, run_page, report_page, compare_page, models_page]
