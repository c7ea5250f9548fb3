"""Plays the parts of one run and keeps its book: what the desk starts and then leaves to itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chargeproof.acceptance.configuration_keys import is_secret
from chargeproof.acceptance.left_changed import left_changed
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.redaction import MARK
from chargeproof.acceptance.report import Report
from chargeproof.acceptance.script import named
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.clock import Clock
from chargeproof.errors import ChargeproofError
from chargeproof.ocpp import AuthorizationStatus, IdTagInfo
from chargeproof.simulator.model import StationModel
from chargeproof.store.ports import Store
from chargeproof.testbed.questions import Profiles, questions_for
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.run_book import RunBook, judged_as_a_whole
from chargeproof.testbed.run_follower import RunFollower
from chargeproof.testbed.run_sites import Place, place_of
from chargeproof.testbed.run_state import Ending, KeyLeft, StationFacts, StepState
from chargeproof.testbed.runner import Run, StationNeverCame, StoppedBeforeBegin
from chargeproof.testbed.secured_run import asks_for_security
from chargeproof.testbed.simulated_stations import SimulatedStations
from chargeproof.testbed.station import StationUnderTest

PUT_BACK_WITHIN_S = 365 * 86_400.0
"""A station that is gone for longer will not be put back by us."""

RAISED_LAST = 83
MOST_CARDS = 20
WILL_BE_RAISED = (
    "At the end TC_083 raises the security profile of this station, which nothing lowers again over OCPP. "
    "Stop the run if that must not be."
)

PreviousReport = Callable[[RunBook], tuple[int | None, Report | None]]


@dataclass(frozen=True)
class Apparatus:
    """What every run at this desk uses."""

    central_system: CentralSystem
    store: Store
    clock: Clock
    profiles: Profiles
    simulated: SimulatedStations | None
    firmware_folder: Path
    environment: Callable[[], Mapping[str, Any]]


async def _free() -> None:
    return


class Player:
    """One run's playing, from where its book stands."""

    def __init__(
        self,
        book: RunBook,
        apparatus: Apparatus,
        *,
        model: StationModel | None = None,
        firmware_folder: Path | None = None,
        environment: Mapping[str, Any] | None = None,
        station_is_free: Callable[[], Awaitable[None]] = _free,
        by: str = "",
    ) -> None:
        self.book = book
        self.apparatus = apparatus
        self._model = model
        self._firmware_folder = firmware_folder
        self._environment = dict(environment or {})
        self._station_is_free = station_is_free
        self._by = by

    # ── the life of a run ────────────────────────────────────────────────────────────────────────────

    async def play(self, functions: Sequence[int], previous: PreviousReport) -> None:
        """The run itself, and then what was asked to be repeated."""
        await self._station_is_free()
        await self._part(functions)
        await self._repeats(previous)

    async def play_again(
        self, functions: Sequence[int], before: Ending | None, previous: PreviousReport
    ) -> None:
        """A new part of a run that has ended, ``before`` in that way, and was announced to be played again."""
        await self._part(functions, after=self._entries_so_far())
        if self.book.state.ending == "never_began":
            detail = f"It was not played again: {self.book.state.detail}"
            self.book.update(ending=before, detail=detail, part=self.book.state.part - 1)
        await self._repeats(previous)

    async def put_back(self, keys: Mapping[str, str], previous: PreviousReport) -> None:
        """A new part that only gives the station its values back, whenever it comes."""
        await self._part((), after=self._entries_so_far(), put_back=keys)
        await self.settle(previous)

    async def _repeats(self, previous: PreviousReport) -> None:
        book = self.book
        while book.to_repeat and book.state.ending == "completed":
            functions, book.to_repeat = tuple(book.to_repeat), []
            self.announce(functions)
            await self._part(functions, after=self._entries_so_far())
        book.to_repeat.clear()
        await self.settle(previous)

    def announce(self, functions: Sequence[int]) -> None:
        """Show that these are played once more, before anything is."""
        book = self.book
        for number in functions:
            book.update_function(number, {"phase": "waiting", "final": False})
        book.update(
            phase="waiting",
            part=book.state.part + 1,
            ending=None,
            ended_at=None,
            detail="",
            preparation=StepState(),
            restoration=StepState(),
            says=f"{named(functions)} is played once more",
            keep=True,
        )

    def _entries_so_far(self) -> int:
        entries = self.book.folder.trace().entries
        return entries[-1].n if entries else 0

    # ── one part ─────────────────────────────────────────────────────────────────────────────────────

    async def _part(
        self, functions: Sequence[int], *, after: int = 0, put_back: Mapping[str, str] | None = None
    ) -> None:
        """Play it; what ended it stands in the book afterwards. Cancelled only when the program ends."""
        book = self.book
        ending: Ending = "failed"
        detail = ""
        try:
            ending = await self._recorded(functions, after, put_back)
        except (StationNeverCame, StoppedBeforeBegin) as error:
            ending, detail = "never_began", str(error)
        except ChargeproofError as error:
            detail = str(error)
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
        finally:
            book.run = None
        if put_back is not None:
            return
        if book.is_closing:
            ending, detail = "interrupted", "the server was stopped while the run went on"
        book.update(ending=ending, detail=detail, prompt=None, questions=(), offline_since=None)

    async def _recorded(
        self, functions: Sequence[int], after: int, put_back: Mapping[str, str] | None
    ) -> Ending:
        book, apparatus = self.book, self.apparatus
        async with AsyncExitStack() as stack:
            stack.callback(book.folder.forget_empty_record)
            stream = stack.enter_context(book.folder.stream())
            recorder = RunRecorder(apparatus.clock, stream, after=after)
            if put_back is None:
                RunFollower(book, recorder)
            place = await stack.enter_async_context(
                place_of(
                    book,
                    book.start,
                    recorder,
                    apparatus.clock,
                    apparatus.simulated,
                    self._model,
                    apparatus.central_system,
                )
            )
            station = self._station(recorder, place)
            windows = {} if book.start.wait_s is None else {"first_contact": book.start.wait_s}
            if put_back is not None:
                windows = {"first_contact": PUT_BACK_WITHIN_S}
            book.run = Run(
                station=station,
                site=place.site,
                recorder=recorder,
                central_system=apparatus.central_system,
                clock=apparatus.clock,
                ask_profile=lambda: self._profile(place) if put_back is None else self._as_stated(),
                functions=functions,
                windows=windows,
                environment={**apparatus.environment(), **self._environment, **self._named()},
                put_back=put_back,
            )
            return await book.run.play()

    def _named(self) -> dict[str, Any]:
        named = {"run": self.book.state.id, "part": self.book.state.part}
        by = self._by or self.book.state.started_by
        return {**named, "started by": by} if by else named

    def _station(self, recorder: RunRecorder, place: Place) -> StationUnderTest:
        apparatus = self.apparatus
        return StationUnderTest(
            self.book.state.charge_point_id,
            central_system=apparatus.central_system,
            store=apparatus.store,
            recorder=recorder,
            clock=apparatus.clock,
            firmware=place.firmware,
            firmware_folder=self._firmware_folder or apparatus.firmware_folder,
        )

    # ── the profile ──────────────────────────────────────────────────────────────────────────────────

    async def _as_stated(self) -> Profile:
        return self.book.state.profile or Profile()

    async def _profile(self, place: Place) -> Profile:
        """Asked once the station has come: what it said of itself names the model."""
        book, profiles = self.book, self.apparatus.profiles
        known = await self.apparatus.store.charge_point(book.state.charge_point_id)
        vendor, model = (known.vendor, known.model) if known is not None else (None, None)
        if known is not None:
            facts = StationFacts(
                vendor=vendor or "",
                model=model or "",
                firmware=known.firmware_version or "",
                serial_number=known.serial_number or "",
            )
            book.update(station=facts)
        profile = book.state.profile or book.start.profile
        if profile is not None:
            if book.start.profile is not None and book.start.remember and book.start.site == "person":
                profiles.keep(vendor, model, profile)
        else:
            profile = place.profile or profiles.remembered(vendor, model)
            if profile is not None and place.profile is None:
                path = profiles.path(vendor, model)
                book.update(says=f"The answers given for this model before are used: {path}")
        if profile is None:
            profile = await self._asked(vendor, model) if book.start.site == "person" else Profile()
        if profile.may_raise_security_profile and RAISED_LAST in self._asked_for():
            book.update(says=WILL_BE_RAISED)
        book.update(profile=profile, keep=True)
        return profile

    async def _asked(self, vendor: str | None, model: str | None) -> Profile:
        """Wait for a person's answers, and keep them; without any the questions stay open."""
        book = self.book
        book.answered = asyncio.get_running_loop().create_future()
        named = f"{vendor or 'no vendor'}, {model or 'no model'}"
        book.update(
            phase="questions",
            questions=questions_for(security=asks_for_security(self._asked_for())),
            says=f"This model is new here: {named}. A few questions, once; Enter keeps what stands in brackets.",
        )
        try:
            async with asyncio.timeout(book.start.prompt_limit_s):
                with self._reading_cards():
                    profile = await book.answered
        except TimeoutError:
            profile = None
        finally:
            book.answered = None
        says = "No one answers: the questions stay open."
        if profile is not None and book.start.remember:
            says = f"Kept for the next time: {self.apparatus.profiles.keep(vendor, model, profile)}"
        book.update(
            phase="waiting",
            questions=(),
            cards_read=(),
            says=says if profile is None or book.start.remember else "",
        )
        return profile or Profile()

    @contextmanager
    def _reading_cards(self) -> Iterator[None]:
        """Few people know the idTag of a card: one that is held to the station is told, and starts nothing."""
        book = self.book
        policy = self.apparatus.central_system.policy(book.state.charge_point_id)
        before = policy.authorize

        def read(id_tag: str) -> IdTagInfo:
            book.update(cards_read=(*book.state.cards_read, id_tag)[-MOST_CARDS:])
            return IdTagInfo(status=AuthorizationStatus.INVALID)

        policy.authorize = read
        try:
            yield
        finally:
            policy.authorize = before

    def _asked_for(self) -> list[int]:
        return [each.number for each in self.book.state.functions if each.phase != "left_out"]

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────

    async def settle(self, previous: PreviousReport) -> None:
        """Judge the record as a whole and write the report."""
        book = self.book
        changes: dict[str, Any] = {}
        if book.folder.record.exists():
            book.update(phase="judging")
            try:
                changes = judged_as_a_whole(book, await self.judge(previous))
            except ChargeproofError as error:
                changes = {"detail": "; ".join(part for part in (book.state.detail, str(error)) if part)}
            changes["left_changed"] = self.left_changed()
        elapsed_s = book.state.elapsed_s
        book.update(
            phase="ended",
            ended_at=self.apparatus.clock.now(),
            elapsed_s=elapsed_s,
            prompt=None,
            says="",
            keep=True,
            **changes,
        )

    async def judge(self, previous: PreviousReport) -> Report:
        """Judge the record and write every form. Raises UsageError and ToolError."""
        book = self.book
        number, earlier = previous(book)
        judged = await asyncio.to_thread(book.folder.judge, self.apparatus.clock.now(), earlier)
        if number is not None:
            book.update(previous_run=number)
        await asyncio.to_thread(book.folder.write_report, judged)
        return judged.report

    def left_changed(self) -> tuple[KeyLeft, ...]:
        return tuple(
            KeyLeft(
                key=left.key,
                was=MARK if is_secret(left.key) else left.was,
                is_now=MARK if is_secret(left.key) else left.is_now,
            )
            for left in left_changed(self.book.folder.trace())
        )
