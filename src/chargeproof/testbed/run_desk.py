"""The desk where acceptance runs are started, followed, answered and kept, in the process that serves stations."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from chargeproof.acceptance.comparison import compare
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.report import Report
from chargeproof.acceptance.report_schema import Comparison
from chargeproof.acceptance.script import named, numbers_of
from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.windows import WINDOWS_S
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.clock import Clock
from chargeproof.errors import ChargeproofError, ToolError, UsageError
from chargeproof.simulator.model import StationModel
from chargeproof.store.ports import Store
from chargeproof.testbed import overrulings
from chargeproof.testbed.prompts import PromptAnswer
from chargeproof.testbed.questions import Profiles, Question, questions_with
from chargeproof.testbed.run_book import RunBook, judged_as_a_whole, state_at_first
from chargeproof.testbed.run_folder import RunFolder
from chargeproof.testbed.run_models import ModelRow, models_in, previous_of
from chargeproof.testbed.run_player import Apparatus, Player
from chargeproof.testbed.run_recovery import recover
from chargeproof.testbed.run_sites import check_start
from chargeproof.testbed.run_state import RunEvent, RunState, StartRun
from chargeproof.testbed.simulated_stations import SimulatedStations

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]

CLOSING_S = 20.0
"""How long the restorations may take that a stop of the program asks for."""


class NoSuchRun(UsageError):
    """There is no run with that number."""


class NotNow(UsageError):
    """The run, or the station, is not in the state that this needs."""


class RunDesk:
    """One run per station at a time, several stations at once.

    ``folder`` holds a folder for each run, named by its number. ``environment`` is asked for what the head of a
    record says of our side. ``open`` before the first run, ``close`` before the central system stops.
    """

    def __init__(
        self,
        *,
        folder: Path,
        profiles: Profiles,
        central_system: CentralSystem,
        store: Store,
        clock: Clock,
        simulated: SimulatedStations | None = None,
        firmware_folder: Path | None = None,
        environment: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self.profiles = profiles
        self._folder = folder
        self._store = store
        self._clock = clock
        self._books: dict[int, RunBook] = {}
        self._listeners: list[Callable[[RunEvent], None]] = []
        self._apparatus = Apparatus(
            central_system=central_system,
            store=store,
            clock=clock,
            profiles=profiles,
            simulated=simulated,
            firmware_folder=firmware_folder or folder,
            environment=environment,
        )

    # ── opening and closing ──────────────────────────────────────────────────────────────────────────

    async def open(self, *, recovers: bool = True) -> None:
        """Read what is kept. Runs that a dead program left are ended, and their stations put back in time.

        ``recovers`` False: those are left to the program that serves.
        """
        for path in sorted(self._folder.glob("*")) if self._folder.is_dir() else []:
            folder = RunFolder(path)
            kept = folder.load() if path.name.isdecimal() else None
            if kept is None or kept.state.id != int(path.name):
                continue
            book = RunBook(folder, kept.start, kept.state, clock=self._clock, publish=self._publish)
            self._books[kept.state.id] = book
            is_open = kept.state.is_live or (kept.state.ending == "interrupted" and kept.state.left_changed)
            if recovers and is_open and folder.take():
                self._begin(book, partial(recover, Player(book, self._apparatus), self._previous_report))

    async def close(self) -> None:
        """Stop what goes on: stations are restored first, as far as that takes no longer than CLOSING_S."""
        live = [book for book in self._books.values() if book.task is not None and not book.task.done()]
        for book in live:
            book.is_closing = True
            self._stop(book)
        tasks = [book.task for book in live if book.task is not None]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSING_S)
            for book in live:
                if book.task in late:
                    self._stop(book)
            _, late = await asyncio.wait(tasks, timeout=CLOSING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────

    def list(self) -> Sequence[RunState]:
        """Every run, the newest first."""
        for book in self._books.values():
            book.refresh()
        return [self._books[number].state for number in sorted(self._books, reverse=True)]

    def get(self, run_id: int) -> RunState:
        """Raises NoSuchRun, as everything here that takes a number."""
        return self._book(run_id).state

    def folder_of(self, run_id: int) -> Path:
        return self._book(run_id).folder.path

    async def changed(self, run_id: int, after: int, wait_s: float) -> RunState:
        """The state as soon as its revision is above ``after``, at the latest after so many seconds."""
        return await self._book(run_id).changed(after, wait_s)

    def listen(self, listener: Callable[[RunEvent], None]) -> Callable[[], None]:
        """Hear of every change and every entry until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def questions(self, vendor: str | None, model: str | None) -> tuple[Question, ...]:
        """What is asked about a model, with what was answered before. Raises UsageError."""
        return questions_with(self.profiles.remembered(vendor, model))

    def models(self) -> Sequence[ModelRow]:
        """Each vendor, model and firmware with its newest run."""
        return models_in(self.list())

    def compare(self, previous: int, current: int) -> Comparison:
        """Two runs beside each other. Raises NotNow where one has no report."""
        return compare(self.report(previous), self.report(current))

    def report(self, run_id: int) -> Report:
        """Raises NotNow while there is none."""
        report = self._book(run_id).folder.report()
        if report is None:
            raise NotNow(f"run {run_id} has no report yet", remedy="Wait until it has ended")
        return report

    # ── acting ───────────────────────────────────────────────────────────────────────────────────────

    async def start(
        self,
        start: StartRun,
        *,
        by: str = "",
        folder: Path | None = None,
        model: StationModel | None = None,
        firmware_folder: Path | None = None,
        environment: Mapping[str, Any] | None = None,
    ) -> RunState:
        """Begin a run; it goes on by itself.

        ``folder``: of the run, where it is not to lie among the others. ``model``: of the simulated station that
        is started for it, where ``start.model`` names none. Raises UsageError and NotNow.
        """
        check_start(start)
        chosen = tuple(sorted(set(start.functions))) or numbers_of(start.group)
        known = await self._store.charge_point(start.charge_point_id)
        self._must_be_free(start.charge_point_id)
        number, place = self._new_folder(folder)
        state = state_at_first(number, start, chosen, known, at=self._clock.now(), by=by)
        book = RunBook(RunFolder(place), start, state, clock=self._clock, publish=self._publish)
        book.folder.take()
        self._books[number] = book
        player = Player(
            book,
            self._apparatus,
            model=model,
            firmware_folder=firmware_folder,
            environment=environment,
            station_is_free=self._freed(start.charge_point_id, book),
        )
        book.save()
        book.update()
        self._begin(book, partial(player.play, chosen, self._previous_report))
        return book.state

    def answer(self, run_id: int, prompt_id: int, answer: PromptAnswer) -> RunState:
        """Answer the present prompt. Raises NotNow where it has gone."""
        book = self._book(run_id)
        if not book.face.give(prompt_id, answer):
            raise NotNow(
                f"prompt {prompt_id} of run {run_id} is not there any more",
                remedy="The station showed it, or somebody else answered",
            )
        return book.state

    def answer_questions(self, run_id: int, profile: Profile | None) -> RunState:
        """The answers about the model; None leaves them open. Raises NotNow where nothing is asked."""
        book = self._book(run_id)
        if book.answered is None or book.answered.done():
            raise NotNow(f"run {run_id} asks nothing now", remedy="The profile was given or is remembered")
        book.answered.set_result(profile)
        return book.state

    def stop(self, run_id: int) -> str:
        """Stop a run: first the station is restored; a second time leaves it as it is. Says what happens."""
        book = self._book(run_id)
        if not book.state.is_live:
            raise NotNow(f"run {run_id} is over", remedy="Repeat a function, or start another run")
        said = self._stop(book)
        book.update(says=said)
        return said

    async def repeat(self, run_id: int, function: int, *, by: str = "") -> RunState:
        """Play one function once more, now or when the run has come to its end. Raises NotNow, UsageError."""
        book = self._book(run_id)
        if function not in {each.number for each in book.state.functions}:
            raise UsageError(
                f"there is no function {function} in this run", remedy="The document has 1 to 16"
            )
        if book.state.is_live and book.state.phase != "judging":
            if function not in book.to_repeat:
                book.to_repeat.append(function)
            book.update(says=f"{named((function,))} is repeated when the run has come to its end")
            return book.state
        await self._until_left(book)
        if not book.folder.record.exists():
            raise NotNow(f"run {run_id} has no record to go on with", remedy="Start another run")
        self._must_be_free(book.state.charge_point_id)
        if not book.folder.take():
            raise NotNow(f"another program plays run {run_id}", remedy="Wait until it has ended")
        player = Player(book, self._apparatus, by=by)
        before = book.state.ending
        player.announce((function,))
        self._begin(book, partial(player.play_again, (function,), before, self._previous_report))
        return book.state

    async def overrule(
        self, run_id: int, check: str, verdict: Outcome | None, *, by: str, reason: str
    ) -> RunState:
        """A person's verdict beside the machine's; None takes it back. Raises UsageError, NotNow, ToolError."""
        book = self._book(run_id)
        if book.state.is_live:
            raise NotNow(f"run {run_id} goes on", remedy="Overrule when it has ended")
        await asyncio.to_thread(
            overrule_in, book.folder, check, verdict, by=by, reason=reason, at=self._clock.now()
        )
        report = await Player(book, self._apparatus).judge(self._previous_report)
        book.update(keep=True, **judged_as_a_whole(book, report))
        return book.state

    # ── within ───────────────────────────────────────────────────────────────────────────────────────

    def _book(self, run_id: int) -> RunBook:
        book = self._books.get(run_id)
        if book is None:
            raise NoSuchRun(f"there is no run {run_id}", remedy="See the list of runs")
        book.refresh()
        return book

    def _publish(self, event: RunEvent) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # a listener's trouble must not become the run's
                log.exception("a listener failed on an event of %s", event.topic)

    def _begin(self, book: RunBook, work: Work) -> None:
        book.task = asyncio.create_task(self._to_its_end(book, work), name=f"run {book.state.id}")

    async def _to_its_end(self, book: RunBook, work: Work) -> None:
        try:
            await work()
        except asyncio.CancelledError:
            if book.state.is_live and not book.is_closing:
                book.update(phase="ended", ending="never_began", detail="it was stopped", says="", keep=True)
        except Exception as error:
            log.exception("run %s broke", book.state.id)
            if book.state.is_live:
                book.update(phase="ended", ending="failed", detail=_told(error), says="", keep=True)
        finally:
            book.folder.let_go()

    def _stop(self, book: RunBook) -> str:
        book.to_repeat.clear()
        if book.run is not None:
            return book.run.stop()
        if book.state.phase == "judging":
            return "the run is over; its report is being written"
        if book.task is not None:
            book.task.cancel()
        return "stopping"

    def _must_be_free(self, charge_point_id: str) -> None:
        """A station that is put back after an interruption is waited for; any other run is in the way."""
        for book in self._at(charge_point_id):
            if book.state.ending != "interrupted":
                raise NotNow(
                    f"run {book.state.id} goes on at {charge_point_id}",
                    remedy="Wait until it has ended, or stop it",
                )

    def _at(self, charge_point_id: str) -> Sequence[RunBook]:
        return [
            book
            for book in self._books.values()
            if book.state.charge_point_id == charge_point_id
            and book.task is not None
            and not book.task.done()
            and (book.state.is_live or book.state.ending == "interrupted")
        ]

    async def _until_left(self, book: RunBook) -> None:
        """Wait for a run that is being judged. Raises NotNow while its station is still to be put back."""
        if book.task is None or book.task.done():
            return
        if book.state.ending == "interrupted" and not book.state.is_live:
            raise NotNow(
                f"the station of run {book.state.id} is still to be put back",
                remedy="That happens when it is connected; then repeat",
            )
        await asyncio.wait([book.task])

    def _freed(self, charge_point_id: str, newcomer: RunBook) -> Callable[[], Any]:
        others = [book.task for book in self._at(charge_point_id) if book is not newcomer and book.task]

        async def wait() -> None:
            within_s = newcomer.start.wait_s or WINDOWS_S["first_contact"]
            _, late = await asyncio.wait(others, timeout=within_s) if others else (set(), set())
            if late:
                raise NotNow(
                    f"{charge_point_id} did not come back, and has keys changed by an interrupted run",
                    remedy="Start again when it is connected; it is put back first",
                )

        return wait

    def _new_folder(self, wanted: Path | None) -> tuple[int, Path]:
        """A number that no run has, and an empty folder. Raises ToolError."""
        number = max([0, *self._books])
        with suppress(OSError):
            number = max([number, *(int(p.name) for p in self._folder.iterdir() if p.name.isdecimal())])
        try:
            if wanted is not None:
                wanted.mkdir(parents=True, exist_ok=True)
                return number + 1, wanted
            self._folder.mkdir(parents=True, exist_ok=True)
            while True:
                number += 1
                with suppress(FileExistsError):
                    place = self._folder / str(number)
                    place.mkdir()
                    return number, place
        except OSError as error:
            reason = error.strerror or str(error)
            raise ToolError(f"no folder for the run can be made: {reason}", str(self._folder)) from error

    def _previous_report(self, book: RunBook) -> tuple[int | None, Report | None]:
        """The newest earlier run of the same model that was judged."""
        number = book.state.previous_run or previous_of(book.state, self.list())
        other = self._books.get(number) if number is not None else None
        return (number, other.folder.report()) if other is not None else (None, None)


def overrule_in(
    folder: RunFolder, check: str, verdict: Outcome | None, *, by: str, reason: str, at: Any
) -> None:
    """Keep a decision on a check, for the part of the record that decides it now. Raises as ``keep`` does."""
    report = folder.report()
    if report is None:
        raise NotNow("the run has no report yet", str(folder.path), "Judge its record first")
    part = next(
        (row.part for row in report.rows() for c in row.criteria for each in c.checks if each.id == check),
        0,
    )
    overrulings.keep(folder.path, check=check, verdict=verdict, by=by, reason=reason, at=at, part=part)


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, ChargeproofError) else f"{type(error).__name__}: {error}"
