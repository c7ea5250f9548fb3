"""A run as it stands: what the console shows, the API answers and a terminal follows. Data only.

Times are UTC, spans seconds. ``revision`` rises with every change, so that a follower can wait for the next.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from chargeproof.acceptance.case import GroupId
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.report_schema import Condition, Overruling
from chargeproof.acceptance.script import GroupChoice
from chargeproof.acceptance.verdict import Outcome
from chargeproof.testbed.prompts import Prompt
from chargeproof.testbed.questions import Question

SiteName = Literal["person", "simulated", "rig", "none"]
Phase = Literal["waiting", "questions", "preparing", "running", "restoring", "judging", "ended"]
Ending = Literal["completed", "stopped", "failed", "interrupted", "never_began"]
FunctionPhase = Literal["left_out", "waiting", "playing", "played", "cannot", "failed", "stopped"]

PROMPT_LIMIT_S = 1800.0
HIGHEST_NUMBER = 88
LIVE_PHASES: frozenset[Phase] = frozenset(
    {"waiting", "questions", "preparing", "running", "restoring", "judging"}
)


class StartRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be run.

    functions: numbers of the document, or of security cases (73 is TC_073); empty is all of ``group``
    (functions, security or all). profile: what is stated about the model; without one the remembered answers
    are used, or a person is asked. remember: keep the profile for the next run of the model. rig: its
    address, for the site ``rig``. model: of the simulated station that is started for the run, for the site
    ``simulated`` where none runs under that id. wait_s: how long the station may take to come.
    prompt_limit_s: how long a prompt waits for its answer; null is for ever.
    """

    charge_point_id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    site: SiteName = "person"
    functions: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_NUMBER)], ...], msgspec.Meta(max_length=64)
    ] = ()
    group: GroupChoice = "functions"
    profile: Profile | None = None
    remember: bool = True
    rig: Annotated[str, msgspec.Meta(max_length=2000)] | None = None
    model: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    wait_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = None
    prompt_limit_s: Annotated[float, msgspec.Meta(gt=0, le=86_400)] | None = PROMPT_LIMIT_S


class CheckState(msgspec.Struct, frozen=True, kw_only=True):
    """A check as judged from the record so far; ``overruled`` is a person's word beside the machine's."""

    id: str
    sentence: str
    verdict: Outcome
    reason: str = ""
    remark: str = ""
    clause: str = ""
    evidence: tuple[int, ...] = ()
    overruled: Overruling | None = None


class FunctionState(msgspec.Struct, frozen=True, kw_only=True):
    """One of the 16 functions, or a security case.

    ``verdict`` is the machine's, ``decided`` the one after what persons overruled.
    Both are None until it was judged. ``final``: judged from the whole record; before that from the record as it
    was when the function ended. ``plays``: how often it was played in this run.
    """

    number: int
    title: str
    phase: FunctionPhase
    verdict: Outcome | None = None
    decided: Outcome | None = None
    result: str = ""
    detail: str = ""
    final: bool = False
    seconds: float | None = None
    plays: int = 0
    checks: tuple[CheckState, ...] = ()
    group: GroupId = "functions"
    label: str = ""

    @property
    def name(self) -> str:
        """How people name it; states of earlier versions have the number alone."""
        return self.label or str(self.number)


class StepState(msgspec.Struct, frozen=True, kw_only=True):
    """Preparation or restoration: how far it is, and in the end what was seen to."""

    phase: Literal["waiting", "playing", "ended", "cannot", "failed"] = "waiting"
    detail: str = ""
    verdict: Outcome | None = None
    conditions: tuple[Condition, ...] = ()


class PromptEnded(msgspec.Struct, frozen=True, kw_only=True):
    """The prompt before the present one, and what became of its act."""

    id: int
    sentence: str
    phase: Literal["done", "seen", "cannot"]
    by: str
    detail: str = ""


class KeyLeft(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration key that was changed and not put back. Secret values are not shown."""

    key: str
    was: str | None
    is_now: str | None


class StationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Who the station is, as it last said."""

    vendor: str = ""
    model: str = ""
    firmware: str = ""
    serial_number: str = ""


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it stands.

    phase: ``questions`` waits for a profile (``questions`` holds what is asked, ``cards_read`` the idTags of cards
    that were held to the station meanwhile). offline_since: the station has no connection, and not because the
    run keeps it away. part: counts from 1; a repeat adds one. ending: None while it goes on. says: the last thing
    to tell the people there. verdict: the machine's over all functions that were asked for. left_changed: keys
    that the station still has changed. can_repeat, can_stop: why not, as a sentence; empty where it can be done.
    """

    id: int
    revision: int
    charge_point_id: str
    site: SiteName
    phase: Phase
    functions: tuple[FunctionState, ...]
    created_at: datetime
    started_by: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None
    elapsed_s: float = 0.0
    part: int = 1
    ending: Ending | None = None
    detail: str = ""
    says: str = ""
    prompt: Prompt | None = None
    last_prompt: PromptEnded | None = None
    questions: tuple[Question, ...] = ()
    cards_read: tuple[str, ...] = ()
    offline_since: datetime | None = None
    preparation: StepState = StepState()
    restoration: StepState = StepState()
    verdict: Outcome | None = None
    decided: Outcome | None = None
    station: StationFacts = StationFacts()
    profile: Profile | None = None
    left_changed: tuple[KeyLeft, ...] = ()
    overrulings: int = 0
    entries: int = 0
    record_sha256: str = ""
    has_report: bool = False
    previous_run: int | None = None

    @property
    def is_live(self) -> bool:
        return self.phase in LIVE_PHASES


class RunEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened: ``kind`` is ``state`` or ``entry`` (data: a row of the record).

    A state is a RunState on the topic ``run:<id>`` and a RunRow on ``runs``.
    """

    topic: str
    kind: Literal["state", "entry"]
    data: Any
