"""/runs: acceptance runs, from the start to the overruling of a verdict."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter

from chargeproof.acceptance.verdict import Outcome
from chargeproof.errors import UsageError
from chargeproof.testbed.prompts import PromptAnswer
from chargeproof.testbed.run_desk import NoSuchRun, NotNow
from chargeproof.testbed.run_requests import (
    OverrulingRow,
    OverrulingWanted,
    PromptSaid,
    QuestionsAnswered,
    QuestionsFor,
    RepeatWanted,
    RunRow,
    StopSaid,
    row_of,
)
from chargeproof.testbed.run_state import RunState, StartRun
from chargeproof.web.api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, page_of, position_of
from chargeproof.web.api.parameters import OfStation
from chargeproof.web.office import Office
from chargeproof.web.people.audit import note
from chargeproof.web.people.person import PersonRequest
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem

READS = {"role": Role.VIEWER}
TESTS = {"role": Role.TESTER}
MAX_WAIT_S = 60

RunId = Annotated[int, PathParameter(ge=1, le=2**53, description="The number of the run.")]
OfVendor = Annotated[str | None, QueryParameter(description="Only of this vendor.", max_length=255)]
OfModel = Annotated[str | None, QueryParameter(description="Only of this model.", max_length=255)]


@contextmanager
def as_problems() -> Iterator[None]:
    """What the desk refuses, as answers."""
    try:
        yield
    except NoSuchRun as error:
        raise Problem(404, "Not found", _sentence(error.what), error.remedy or None) from error
    except NotNow as error:
        raise Problem(409, "Not now", _sentence(error.what), error.remedy or None) from error
    except UsageError as error:
        raise Problem(400, "Bad request", _sentence(error.what), error.remedy or None) from error


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


@get("/runs", opt=READS, operation_id="list_runs", summary="Acceptance runs, the newest first")
async def list_runs(
    office: NamedDependency[Office],
    charge_point_id: OfStation = None,
    vendor: OfVendor = None,
    model: OfModel = None,
    live: Annotated[bool | None, QueryParameter(description="Only those that go on, or have ended")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RunRow]:
    before = position_of(cursor, int)
    found = [
        row_of(state)
        for state in office.runs.list()
        if (before is None or state.id < before)
        and charge_point_id in (None, state.charge_point_id)
        and vendor in (None, state.station.vendor)
        and model in (None, state.station.model)
        and live in (None, state.is_live)
    ]
    return page_of(found[: limit + 1], limit, lambda row: row.id)


@post("/runs", opt=TESTS, operation_id="start_run", summary="Start an acceptance run", status_code=201)
async def start_run(
    request: PersonRequest, office: NamedDependency[Office], data: JSONBody[StartRun]
) -> Response[RunState]:
    played = f"functions {', '.join(map(str, data.functions))}" if data.functions else data.group
    note(request, subject=data.charge_point_id, detail=f"site {data.site}, {played}")
    _check_firmware_name(data)
    with as_problems():
        state = await office.runs.start(data, by=request.user.name)
    note(request, subject=f"{data.charge_point_id}, run {state.id}")
    return Response(state, status_code=201, headers={"location": f"/api/v1/runs/{state.id}"})


def _noted(request: PersonRequest, office: Office, run_id: int, detail: str = "") -> None:
    """For the audit log, at which station the run is. Raises NoSuchRun."""
    note(request, detail=detail)
    note(request, subject=f"{office.runs.get(run_id).charge_point_id}, run {run_id}")


def _check_firmware_name(start: StartRun) -> None:
    """Whoever asks over the network names a file that was put here for stations, and no other."""
    name = start.profile.firmware_file if start.profile is not None else ""
    if "/" in name or "\\" in name or name.startswith("."):
        raise Problem(
            400,
            "Bad request",
            "profile.firmware_file: this is no name of a firmware file here",
            "Upload it under firmware files first, and give its name",
        )


@get("/runs/{run_id:int}", opt=READS, operation_id="get_run", summary="A run as it stands")
async def get_run(
    run_id: RunId,
    office: NamedDependency[Office],
    after: Annotated[
        int | None,
        QueryParameter(ge=0, description="Answer when `revision` is above this, or `wait` is over."),
    ] = None,
    wait: Annotated[float, QueryParameter(ge=0, le=MAX_WAIT_S, description="Seconds to wait for that.")] = 0,
) -> RunState:
    with as_problems():
        if after is None or wait == 0:
            return office.runs.get(run_id)
        return await office.runs.changed(run_id, after, wait)


@post(
    "/runs/{run_id:int}/prompt",
    opt=TESTS,
    operation_id="answer_prompt",
    summary="Answer the present prompt: done, cannot, stop",
    status_code=200,
)
async def answer_prompt(
    request: PersonRequest, run_id: RunId, office: NamedDependency[Office], data: JSONBody[PromptSaid]
) -> RunState:
    with as_problems():
        _noted(request, office, run_id, f"prompt {data.prompt_id}: {data.said} {data.reason}".rstrip())
        return office.runs.answer(run_id, data.prompt_id, PromptAnswer(said=data.said, reason=data.reason))


@post(
    "/runs/{run_id:int}/profile",
    opt=TESTS,
    operation_id="answer_questions",
    summary="Answer the questions about the model, while the run waits for them",
    status_code=200,
)
async def answer_questions(
    request: PersonRequest, run_id: RunId, office: NamedDependency[Office], data: JSONBody[QuestionsAnswered]
) -> RunState:
    if data.profile is not None:
        _check_firmware_name(StartRun(charge_point_id="-", profile=data.profile))
    with as_problems():
        _noted(request, office, run_id, "left open" if data.profile is None else "answered")
        return office.runs.answer_questions(run_id, data.profile)


@post(
    "/runs/{run_id:int}/stop",
    opt=TESTS,
    operation_id="stop_run",
    summary="Stop a run: the station is restored first; a second time leaves it as it is",
    status_code=200,
)
async def stop_run(request: PersonRequest, run_id: RunId, office: NamedDependency[Office]) -> StopSaid:
    with as_problems():
        _noted(request, office, run_id)
        said = office.runs.stop(run_id)
        note(request, detail=said)
        return StopSaid(says=said, run=office.runs.get(run_id))


@post(
    "/runs/{run_id:int}/repeat",
    opt=TESTS,
    operation_id="repeat_function",
    summary="Play one function once more; the earlier result stays visible",
    status_code=202,
)
async def repeat_function(
    request: PersonRequest, run_id: RunId, office: NamedDependency[Office], data: JSONBody[RepeatWanted]
) -> RunState:
    with as_problems():
        _noted(request, office, run_id, f"function {data.function}")
        return await office.runs.repeat(run_id, data.function, by=request.user.name)


@get(
    "/runs/{run_id:int}/overrulings",
    opt=READS,
    operation_id="list_overrulings",
    summary="Verdicts that a person overruled, beside the machine's",
)
async def list_overrulings(run_id: RunId, office: NamedDependency[Office]) -> Page[OverrulingRow]:
    with as_problems():
        checks = [check for function in office.runs.get(run_id).functions for check in function.checks]
    return Page(
        [
            OverrulingRow(check=check.id, machine=check.verdict, overruling=check.overruled)
            for check in checks
            if check.overruled is not None
        ]
    )


@post(
    "/runs/{run_id:int}/overrulings",
    opt=TESTS,
    operation_id="overrule",
    summary="Set a verdict beside the machine's, with name and reason; the report is written anew",
    status_code=200,
)
async def overrule(
    request: PersonRequest, run_id: RunId, office: NamedDependency[Office], data: JSONBody[OverrulingWanted]
) -> RunState:
    own = request.user.name
    by = own if data.by.strip() in ("", own) else f"{data.by.strip()} (entered by {own})"
    verdict = None if data.verdict is None else Outcome(data.verdict)
    with as_problems():
        _noted(request, office, run_id, f"{data.check} {data.verdict or 'as the machine'}: {data.reason}")
        return await office.runs.overrule(run_id, data.check, verdict, by=by, reason=data.reason)


@get(
    "/run-questions",
    opt=READS,
    operation_id="list_run_questions",
    summary="What is asked once per model, with what was answered before",
)
async def list_run_questions(
    office: NamedDependency[Office],
    charge_point_id: OfStation = None,
    vendor: OfVendor = None,
    model: OfModel = None,
) -> QuestionsFor:
    """By station, or by vendor and model."""
    if charge_point_id is not None:
        known = await office.store.charge_point(charge_point_id)
        vendor, model = (known.vendor, known.model) if known is not None else (None, None)
    with as_problems():
        questions = office.runs.questions(vendor, model)
        remembered = office.runs.profiles.remembered(vendor, model)
    return QuestionsFor(vendor=vendor or "", model=model or "", questions=questions, remembered=remembered)


RUN_HANDLERS = [
    list_runs,
    start_run,
    get_run,
    answer_prompt,
    answer_questions,
    stop_run,
    repeat_function,
    list_overrulings,
    overrule,
    list_run_questions,
]
