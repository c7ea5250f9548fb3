"""Acceptance runs on a server: started, followed, answered, overruled, and what they leave."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Literal, Unpack

from chargeproof.acceptance.entry_row import EntryRow
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.report_schema import Comparison
from chargeproof.acceptance.verdict import Outcome
from chargeproof.client.connection import Connection
from chargeproof.client.filters import RecordReading, RunFilter
from chargeproof.resources.base import Page
from chargeproof.resources.places import place
from chargeproof.testbed.run_models import ModelRow
from chargeproof.testbed.run_requests import (
    OverrulingRow,
    OverrulingWanted,
    PromptSaid,
    QuestionsAnswered,
    QuestionsFor,
    RepeatWanted,
    RunRow,
    StopSaid,
)
from chargeproof.testbed.run_state import RunState, StartRun

Form = Literal["json", "html", "pdf", "docx", "md", "xml"]
Verdict = Literal["pass", "pass_with_remark", "fail", "inconclusive", "not_applicable"]
FORMS: tuple[Form, ...] = ("json", "html", "pdf", "docx", "md", "xml")
RECORD = "record.jsonl"
FOLLOW_WAIT_S = 20.0


class Runs:
    """``run_id`` is the number of a run."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, **narrowed: Unpack[RunFilter]) -> AsyncIterator[RunRow]:
        """The newest first."""
        return self._connection.pages("/runs", RunRow, **narrowed)

    async def start(self, start: StartRun) -> RunState:
        return await self._connection.post("/runs", RunState, start)

    async def get(self, run_id: int) -> RunState:
        return await self._connection.get("/runs" + place(run_id), RunState)

    async def changed(self, run_id: int, after: int, wait_s: float) -> RunState:
        """The state as soon as its revision is above ``after``; after ``wait_s`` (at most 60) whatever it is."""
        return await self._connection.get(
            "/runs" + place(run_id), RunState, wait_s=wait_s, after=after, wait=wait_s
        )

    async def follow(self, run_id: int) -> AsyncIterator[RunState]:
        """Each state that is seen, until the run has ended."""
        state = await self.get(run_id)
        while True:
            yield state
            if not state.is_live:
                return
            seen = state.revision
            while state.revision == seen and state.is_live:
                state = await self.changed(run_id, seen, FOLLOW_WAIT_S)

    async def answer(
        self, run_id: int, prompt_id: int, said: Literal["done", "cannot", "stop"], reason: str = ""
    ) -> RunState:
        """Raises ApiError 409 when the prompt has gone away."""
        answer = PromptSaid(prompt_id=prompt_id, said=said, reason=reason)
        return await self._connection.post("/runs" + place(run_id, "prompt"), RunState, answer)

    async def answer_questions(self, run_id: int, profile: Profile | None) -> RunState:
        answered = QuestionsAnswered(profile=profile)
        return await self._connection.post("/runs" + place(run_id, "profile"), RunState, answered)

    async def stop(self, run_id: int) -> StopSaid:
        """The station is restored first; a second time leaves it as it is."""
        return await self._connection.post("/runs" + place(run_id, "stop"), StopSaid)

    async def repeat(self, run_id: int, function: int) -> RunState:
        wanted = RepeatWanted(function=function)
        return await self._connection.post("/runs" + place(run_id, "repeat"), RunState, wanted)

    async def overrule(
        self, run_id: int, check: str, verdict: Outcome | Verdict | None, reason: str, by: str = ""
    ) -> RunState:
        """A person's verdict beside the machine's; None takes the earlier one back."""
        word: Any = verdict.value if isinstance(verdict, Outcome) else verdict
        wanted = OverrulingWanted(check=check, verdict=word, reason=reason, by=by)
        return await self._connection.post("/runs" + place(run_id, "overrulings"), RunState, wanted)

    async def overrulings(self, run_id: int) -> Sequence[OverrulingRow]:
        path = "/runs" + place(run_id, "overrulings")
        return (await self._connection.get(path, Page[OverrulingRow])).items

    async def questions(
        self, charge_point_id: str | None = None, *, vendor: str | None = None, model: str | None = None
    ) -> QuestionsFor:
        """What is asked once per model, with what was answered before: by station, or by vendor and model."""
        return await self._connection.get(
            "/run-questions", QuestionsFor, charge_point_id=charge_point_id, vendor=vendor, model=model
        )

    async def report(self, run_id: int, form: Form = "json") -> bytes:
        return await self._connection.get_bytes("/runs" + place(run_id, f"report.{form}"))

    async def record(self, run_id: int, *, raw: bool = False) -> bytes:
        """The record without secrets; ``raw``: as it was written, for an operator."""
        path = "/runs" + place(run_id, RECORD)
        return await self._connection.get_bytes(path, raw=raw or None)

    def entries(self, run_id: int) -> AsyncIterator[EntryRow]:
        """The record as rows to read, in order."""
        return self._connection.pages("/runs" + place(run_id, "entries"), EntryRow)

    async def save_all(self, run_id: int, folder: Path) -> Sequence[Path]:
        """The record and the report in every form, in this folder."""
        paths = []
        for name in (RECORD, *(f"report.{form}" for form in FORMS)):
            paths.append(await self._connection.save("/runs" + place(run_id, name), folder / name))
        return paths

    async def compare(self, a: int, b: int) -> Comparison:
        """``a`` is the earlier run."""
        return await self._connection.get("/comparison", Comparison, a=a, b=b)

    async def models(self) -> Sequence[ModelRow]:
        return (await self._connection.get("/models", Page[ModelRow])).items

    async def judge(self, record: bytes, *, form: Form = "json", **reading: Unpack[RecordReading]) -> bytes:
        """The report on a record, or on a log of another system; nothing of it is kept."""
        return await self._connection.send_bytes(
            "/records", bytes, record, "application/octet-stream", form=form, **reading
        )
