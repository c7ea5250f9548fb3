"""One run while it is known to the desk: its state, who waits for it to change, and its folder."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.report import Report
from chargeproof.acceptance.report_schema import FunctionReport
from chargeproof.acceptance.script import GROUPS
from chargeproof.clock import Clock, LoopClock
from chargeproof.errors import ToolError
from chargeproof.store.records import ChargePointRecord
from chargeproof.testbed.desk_face import DeskFace
from chargeproof.testbed.run_folder import RunFolder, RunKept
from chargeproof.testbed.run_requests import row_of
from chargeproof.testbed.run_state import (
    CheckState,
    FunctionPhase,
    FunctionState,
    RunEvent,
    RunState,
    StartRun,
    StationFacts,
    StepState,
)
from chargeproof.testbed.runner import Run

log = logging.getLogger(__name__)

Publish = Callable[[RunEvent], None]

RUNS_TOPIC = "runs"


class RunBook:
    """The state is replaced as a whole, and only here; each time the revision rises and followers are told."""

    def __init__(
        self, folder: RunFolder, start: StartRun, state: RunState, *, clock: Clock, publish: Publish
    ) -> None:
        self.folder = folder
        self.start = start
        self.face = DeskFace(self._prompt_changed)
        self.run: Run | None = None
        self.task: asyncio.Task[None] | None = None
        self.to_repeat: list[int] = []
        self.answered: asyncio.Future[Profile | None] | None = None
        self.is_closing = False
        self._state = state
        self._clock = clock
        self._publish = publish
        self._news = asyncio.Event()
        self._seen = folder.stamp()

    # ── state ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> RunState:
        """With the time that has gone by until now."""
        state = self._state
        if not state.is_live or state.began_at is None:
            return state
        elapsed_s = (self._clock.now() - state.began_at).total_seconds()
        return msgspec.structs.replace(state, elapsed_s=round(max(0.0, elapsed_s), 1))

    def update(self, *, keep: bool = False, **changes: Any) -> None:
        """Change the state and tell everybody; ``keep``: also on the disk, if that can be had."""
        self._state = msgspec.structs.replace(self._state, revision=self._state.revision + 1, **changes)
        news, self._news = self._news, asyncio.Event()
        news.set()
        state = self.state
        self._publish(RunEvent(topic=self.topic, kind="state", data=state))
        self._publish(RunEvent(topic=RUNS_TOPIC, kind="state", data=row_of(state)))
        if keep:
            try:
                self.save()
            except ToolError as error:  # the run is worth more than what is kept of its state
                log.error("%s", error)

    def update_function(
        self, number: int, changes: Mapping[str, Any], *, keep: bool = False, **others: Any
    ) -> None:
        """Change one function's state, and what else changes with it."""
        functions = tuple(
            msgspec.structs.replace(each, **changes) if each.number == number else each
            for each in self._state.functions
        )
        self.update(functions=functions, keep=keep, **others)

    def save(self) -> None:
        self.folder.save(RunKept(start=self.start, state=self.state))
        self._seen = self.folder.stamp()

    def refresh(self) -> None:
        """Take over what another program wrote, such as an overruling on the command line."""
        stamp = self.folder.stamp()
        if stamp == self._seen or self._state.is_live:
            return
        self._seen = stamp
        kept = self.folder.load()
        if kept is not None and kept.state.id == self._state.id and not kept.state.is_live:
            revision = max(self._state.revision, kept.state.revision)
            self._state = msgspec.structs.replace(kept.state, revision=revision)
            self.update()

    async def changed(self, after: int, wait_s: float) -> RunState:
        """The state as soon as its revision is above ``after``; as it is when the time is over."""
        deadline = self._clock.monotonic() + wait_s
        while self._state.revision <= after and (left_s := deadline - self._clock.monotonic()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self._news.wait()
            except TimeoutError:
                break
        return self.state

    @property
    def topic(self) -> str:
        return f"run:{self._state.id}"

    def publish_entry(self, row: Any) -> None:
        self._publish(RunEvent(topic=self.topic, kind="entry", data=row))

    def _prompt_changed(self) -> None:
        self.update(prompt=self.face.present, last_prompt=self.face.last)


def state_at_first(
    number: int,
    start: StartRun,
    chosen: Sequence[int],
    known: ChargePointRecord | None,
    *,
    at: datetime,
    by: str,
) -> RunState:
    """Of a run that waits for its station. ``known``: what it said of itself the last time."""
    return RunState(
        id=number,
        revision=1,
        charge_point_id=start.charge_point_id,
        site=start.site,
        phase="waiting",
        functions=functions_at_first(chosen),
        created_at=at,
        started_by=by,
        says=f"Waiting for {start.charge_point_id}",
        station=StationFacts(
            vendor=(known.vendor if known else None) or "",
            model=(known.model if known else None) or "",
            firmware=(known.firmware_version if known else None) or "",
            serial_number=(known.serial_number if known else None) or "",
        ),
    )


def functions_at_first(chosen: Sequence[int]) -> tuple[FunctionState, ...]:
    """The document's 16 functions, and the cases of each further group of which some are chosen."""
    return tuple(
        FunctionState(
            number=case.number,
            title=case.title,
            phase="waiting" if case.number in chosen else "left_out",
            group=case.group,
            label=case.label,
        )
        for group in GROUPS
        if group.id == "functions" or set(group.numbers) & set(chosen)
        for case in group.cases
    )


def judged(report: FunctionReport, before: FunctionState, *, final: bool) -> FunctionState:
    """The function with what was judged of it."""
    return msgspec.structs.replace(
        before,
        verdict=report.verdict,
        decided=report.decided,
        result=report.result,
        seconds=report.seconds,
        final=final,
        plays=before.plays if not final else max(before.plays, 1 + len(report.other_plays)),
        checks=tuple(
            CheckState(
                id=check.id,
                sentence=check.sentence,
                verdict=check.verdict,
                reason=check.reason,
                remark=check.remark,
                clause=check.clause,
                evidence=check.evidence,
                overruled=check.overruled,
            )
            for criterion in report.criteria
            for check in criterion.checks
        ),
    )


def judged_as_a_whole(book: RunBook, report: Report) -> dict[str, Any]:
    """The changes of state that a report of the whole record brings."""
    rows = {row.number: row for row in report.rows()}
    asked = set(report.environment.functions)
    functions = tuple(
        judged(rows[each.number], _settled(each), final=True) if each.number in asked else each
        for each in book.state.functions
    )
    facts = report.station
    known = book.state.station
    return {
        "functions": functions,
        "verdict": report.outcome,
        "decided": report.decided,
        "record_sha256": report.record_sha256,
        "has_report": True,
        "preparation": StepState(
            phase=book.state.preparation.phase,
            detail=book.state.preparation.detail,
            verdict=report.preparation.verdict,
            conditions=report.preparation.conditions,
        ),
        "restoration": StepState(
            phase=book.state.restoration.phase,
            detail=book.state.restoration.detail,
            verdict=report.restoration.verdict,
            conditions=report.restoration.conditions,
        ),
        "overrulings": sum(check.overruled is not None for check in report.checks()),
        "station": StationFacts(
            vendor=facts.get("charge_point_vendor", known.vendor),
            model=facts.get("charge_point_model", known.model),
            firmware=facts.get("firmware_version", known.firmware),
            serial_number=facts.get("charge_point_serial_number", known.serial_number),
        ),
    }


def _settled(function: FunctionState) -> FunctionState:
    """What was still to come when the run ended was not reached."""
    phase: FunctionPhase = function.phase
    if phase in ("waiting", "playing"):
        phase = "played" if phase == "waiting" and function.plays else "stopped"
    return msgspec.structs.replace(function, phase=phase)


def renew(folder: RunFolder, report: Report) -> None:
    """Bring what is kept of a run's state in line with its report; nothing where none is kept."""
    kept = folder.load()
    if kept is None:
        return
    book = RunBook(folder, kept.start, kept.state, clock=LoopClock(), publish=lambda event: None)
    book.update(keep=True, **judged_as_a_whole(book, report))
