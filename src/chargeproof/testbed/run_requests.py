"""What is asked of a run from outside, and how runs are listed: the shapes of the API, shared with its client."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chargeproof.acceptance.case import GroupId
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.report_schema import Overruling
from chargeproof.acceptance.verdict import Outcome
from chargeproof.testbed.prompts import Prompt
from chargeproof.testbed.questions import Question
from chargeproof.testbed.run_state import (
    HIGHEST_NUMBER,
    Ending,
    FunctionPhase,
    Phase,
    RunState,
    SiteName,
    StationFacts,
)


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body: an unknown field is an error, not a surprise."""


class PromptSaid(Asked, frozen=True, kw_only=True):
    """The answer to the prompt with this id. reason: why it cannot be done."""

    prompt_id: Annotated[int, Meta(ge=1, examples=[3])]
    said: Literal["done", "cannot", "stop"]
    reason: Annotated[str, Meta(max_length=1000, examples=["the cable is locked away"])] = ""


class QuestionsAnswered(Asked, frozen=True, kw_only=True):
    """The answers about the model as a profile; null leaves the questions open."""

    profile: Profile | None


class RepeatWanted(Asked, frozen=True, kw_only=True):
    """A function of the document, or a security case of the run, to be played once more."""

    function: Annotated[int, Meta(ge=1, le=HIGHEST_NUMBER, examples=[11])]


class OverrulingWanted(Asked, frozen=True, kw_only=True):
    """A person's verdict beside the machine's; null takes the earlier one back.

    by: who decides, where that is not who asks.
    """

    check: Annotated[str, Meta(min_length=2, max_length=10, examples=["6.2a"])]
    verdict: Literal["pass", "pass_with_remark", "fail", "inconclusive", "not_applicable"] | None
    reason: Annotated[str, Meta(min_length=1, max_length=2000, examples=["The meter was read by eye."])]
    by: Annotated[str, Meta(max_length=200)] = ""


class StopSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What happens now, in words."""

    says: str
    run: RunState


class QuestionsFor(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about a model; ``remembered`` is the profile of its last run, ready to be used."""

    vendor: str
    model: str
    questions: tuple[Question, ...]
    remembered: Profile | None = None


class FunctionMark(msgspec.Struct, frozen=True, kw_only=True):
    """A function in one glance."""

    number: int
    phase: FunctionPhase
    decided: Outcome | None = None
    group: GroupId = "functions"
    label: str = ""


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run as a list shows it."""

    id: int
    revision: int
    charge_point_id: str
    site: SiteName
    phase: Phase
    ending: Ending | None
    detail: str
    verdict: Outcome | None
    decided: Outcome | None
    station: StationFacts
    created_at: datetime
    started_by: str
    began_at: datetime | None
    ended_at: datetime | None
    elapsed_s: float
    functions: tuple[FunctionMark, ...]
    prompt: Prompt | None = None
    overrulings: int = 0
    has_report: bool = False
    left_changed: int = 0


class OverrulingRow(msgspec.Struct, frozen=True, kw_only=True):
    """An overruling in force, with what the machine says."""

    check: str
    machine: Outcome
    overruling: Overruling


def row_of(state: RunState) -> RunRow:
    return RunRow(
        id=state.id,
        revision=state.revision,
        charge_point_id=state.charge_point_id,
        site=state.site,
        phase=state.phase,
        ending=state.ending,
        detail=state.detail,
        verdict=state.verdict,
        decided=state.decided,
        station=state.station,
        created_at=state.created_at,
        started_by=state.started_by,
        began_at=state.began_at,
        ended_at=state.ended_at,
        elapsed_s=state.elapsed_s,
        functions=tuple(
            FunctionMark(
                number=each.number,
                phase=each.phase,
                decided=each.decided,
                group=each.group,
                label=each.label,
            )
            for each in state.functions
        ),
        prompt=state.prompt,
        overrulings=state.overrulings,
        has_report=state.has_report,
        left_changed=len(state.left_changed),
    )
