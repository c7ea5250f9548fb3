"""One run: wait for the station, play the script with everything on record, and always end the record."""

import asyncio
import platform
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import chargeproof
from chargeproof.acceptance import script
from chargeproof.acceptance.ports import Site
from chargeproof.acceptance.preparation import RESTORATION
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.putting_back import put_back
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.windows import WINDOWS_S
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.clock import Clock
from chargeproof.errors import ToolError
from chargeproof.testbed.contact import ContactLog
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.station import ASK_AGAIN_S, StationUnderTest
from chargeproof.trace import RunBegan, StepChanged

Ending = Literal["completed", "stopped", "failed"]  # a run that was interrupted tells nobody
AskProfile = Callable[[], Awaitable[Profile]]

ALL_FUNCTIONS: tuple[int, ...] = tuple(case.number for case in script.SCRIPT)


class StationNeverCame(ToolError):
    """The station did not connect, or was never ready for commands, in the time it was given."""


class StoppedBeforeBegin(ToolError):
    """Somebody stopped the run while it was still waiting for the station; there is no record."""


def environment_of_this_process() -> dict[str, Any]:
    """What a reader of a record may want to know of our side."""
    return {
        "tool": f"chargeproof {chargeproof.__version__}",
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
    }


class Run:
    """A run of some functions at one station.

    ``ask_profile`` is called once the station has come, since its vendor and model say which questions were
    answered before. ``environment`` is added to what this process knows of itself. ``put_back``: keys with the
    values that they had before an earlier part; then nothing is played but the restoration.
    """

    def __init__(
        self,
        *,
        station: StationUnderTest,
        site: Site,
        recorder: RunRecorder,
        central_system: CentralSystem,
        clock: Clock,
        ask_profile: AskProfile,
        functions: Sequence[int] = ALL_FUNCTIONS,
        windows: Mapping[str, float] | None = None,
        environment: Mapping[str, Any] | None = None,
        put_back: Mapping[str, str] | None = None,
    ) -> None:
        self.station = station
        self.recorder = recorder
        self.has_begun = False
        self._site = site
        self._central_system = central_system
        self._clock = clock
        self._ask_profile = ask_profile
        self._functions = tuple(functions)
        self._windows = {**WINDOWS_S, **(windows or {})}
        self._environment = {**environment_of_this_process(), **(environment or {})}
        self._put_back = put_back
        self._task: asyncio.Task[Any] | None = None
        self._stops = 0
        self._is_restoring = False
        self._ending: Ending = "failed"
        self._detail = ""

    def stop(self) -> str:
        """End the run: the first time the station is restored, the second time that is given up too.

        Returns what happens now, for the person who asked.
        """
        self._stops += 1
        if self._task is None or self._task.done():
            return "the run is over"
        if self._stops == 1 and self._is_restoring:
            return "the station is being restored; once more leaves it as it is"
        self._task.cancel()
        if self.has_begun and not self._is_restoring:
            return "stopping: the station is restored first; once more leaves it as it is"
        return "stopping"

    async def play(self) -> Ending:
        """Wait, ask, play, restore. The record has its end whatever happens once it has begun.

        Raises StationNeverCame and StoppedBeforeBegin when there is nothing to record, and ToolError when
        the record could not be written.
        """
        began = {"at": self._clock.now(), "mono": self._clock.monotonic()}
        await self.station.attach()
        try:
            profile = await self._in_task(self._prepare())
            if profile is None:
                raise StoppedBeforeBegin(
                    "the run was stopped before the station was ready; nothing was recorded"
                )
            self._begin(profile, **began)
            await self._play_script(profile)
        finally:
            await self.station.detach()
            if self.has_begun:
                self.recorder.end(self._ending, self._detail)
        if self.recorder.failure is not None:
            raise self.recorder.failure
        return self._ending

    async def _prepare(self) -> Profile:
        await self._first_contact()
        self.station.take_over()
        return await self._ask_profile()

    async def _first_contact(self) -> None:
        within_s = self._windows["first_contact"]
        charge_point_id = self.station.charge_point_id
        contacts = ContactLog(self._central_system, charge_point_id)
        try:
            ready = await self.recorder.until(
                lambda: True if self._central_system.is_ready(charge_point_id) else None,
                within_s,
                ask_again_s=ASK_AGAIN_S,
            )
        finally:
            contacts.close()
        if ready is None:
            what, remedy = contacts.explain(within_s, self._central_system.is_connected(charge_point_id))
            raise StationNeverCame(what, remedy=remedy)

    def _begin(self, profile: Profile, **times: Any) -> None:
        self.has_begun = True
        self.recorder.begin(
            RunBegan(
                **times,
                tool_version=chargeproof.__version__,
                rule_set=script.RULE_SET,
                charge_point_id=self.station.charge_point_id,
                site=self._site.kind,
                functions=self._functions,
                windows=self._windows,
                profile=profile.as_record(),
                environment=self._environment,
            )
        )

    async def _play_script(self, profile: Profile) -> None:
        stage = Stage(self.station, self._site, profile, self._windows)
        unwatch = self.recorder.watch(self._notice_restoration)
        self.recorder.on_failure = self._stop_without_record
        try:
            outcome = await self._in_task(self._script(stage))
            self._ending = "completed" if outcome == "completed" else "stopped"
        except asyncio.CancelledError:
            self._ending, self._detail = "stopped", "the program was ended"
            raise
        except Exception as error:
            self._detail = f"{type(error).__name__}: {error}"
            raise
        finally:
            unwatch()

    async def _script(self, stage: Stage) -> str:
        if self._put_back is None:
            return await script.play(stage, self._functions)
        return await put_back(stage, self._put_back)

    async def _in_task(self, work: Any) -> Any:
        """Run it as what ``stop`` cancels; None when it was stopped. Cancelling the caller goes through."""
        self._task = asyncio.create_task(work, name="run")
        try:
            return await self._task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            return None

    def _stop_without_record(self, _failure: ToolError) -> None:
        self.stop()

    def _notice_restoration(self, entry: Any) -> None:
        if isinstance(entry, StepChanged) and entry.step == RESTORATION:
            self._is_restoring = entry.phase == "began"
