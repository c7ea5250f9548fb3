"""A desk for runs over a central system in memory, with a person who is played by the test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from chargeproof.bus import LocalBus
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.clock import Clock, LoopClock
from chargeproof.files.memory import MemoryFileService
from chargeproof.simulator.model import load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.store import SqliteStore
from chargeproof.testbed.memory_dial import MemoryDial
from chargeproof.testbed.prompts import Prompt, PromptAnswer
from chargeproof.testbed.questions import Profiles
from chargeproof.testbed.run_desk import RunDesk
from chargeproof.testbed.run_state import RunEvent, RunState
from chargeproof.testbed.simulated import MemoryTransfer
from chargeproof.testbed.simulated_stations import SimulatedStations

STATION = "DESK-1"
AN_HOUR_S = 36_000.0


@dataclass
class Lab:
    """What a test may touch."""

    clock: Clock
    store: SqliteStore
    central_system: CentralSystem
    simulated: SimulatedStations
    desk: RunDesk
    events: list[RunEvent]

    async def station(self, charge_point_id: str = STATION, model: str = "lawful") -> SimulatedStation:
        """One that is connected and may be commanded."""
        station = await self.simulated.start(charge_point_id, load_model(model))
        while not self.central_system.is_ready(charge_point_id):
            await self.clock.sleep(1)
        return station

    async def until(self, run_id: int, holds: Callable[[RunState], bool]) -> RunState:
        """The state for which that holds; a run that ends without it is an error."""
        state = self.desk.get(run_id)
        while not holds(state):
            assert state.phase != "ended", f"ended {state.ending}: {state.detail}"
            state = await self.desk.changed(run_id, state.revision, AN_HOUR_S)
        return state

    async def end_of(self, run_id: int) -> RunState:
        return await self.until(run_id, lambda state: state.phase == "ended")


@asynccontextmanager
async def lab(folder: Path, *, recovers: bool = True) -> AsyncIterator[Lab]:
    """In the running loop, which should own its time."""
    clock = LoopClock()
    store = SqliteStore(folder / "store.db")
    files = MemoryFileService(clock)
    central_system = CentralSystem(store=store, bus=LocalBus(), clock=clock, files=files)
    await central_system.start()
    simulated = SimulatedStations(
        dial=lambda: MemoryDial(central_system), transfer=MemoryTransfer(files), clock=clock
    )
    desk = RunDesk(
        folder=folder / "runs",
        profiles=Profiles(folder / "profiles"),
        central_system=central_system,
        store=store,
        clock=clock,
        simulated=simulated,
    )
    events: list[RunEvent] = []
    desk.listen(events.append)
    await desk.open(recovers=recovers)
    try:
        yield Lab(clock, store, central_system, simulated, desk, events)
    finally:
        await desk.close()
        await simulated.close()
        await central_system.stop()
        await store.close()


Hands = Callable[[SimulatedStation, Prompt], Awaitable[None]]


async def with_hands(station: SimulatedStation, prompt: Prompt) -> None:
    """What a person does when a prompt is read: the act itself."""
    connector_id = prompt.connector_id or 0
    match prompt.verb:
        case "plug_in":
            await station.plug_in(connector_id)
        case "unplug":
            await station.unplug(connector_id)
        case "present_card":
            await station.present_card(id_tag=prompt.id_tag or "", connector_id=connector_id)
        case "provoke_error":
            await station.provoke_error(connector_id)
        case "repair":
            await station.repair(connector_id)


async def person(
    lab: Lab, run_id: int, station: SimulatedStation, *, says_done: bool = True, after_s: float = 4.0
) -> list[Prompt]:
    """Do whatever is asked until the run ends, a few seconds late; returns the prompts that were seen.

    Does not touch a prompt that can go away by itself, unless it stays for a while.
    """
    seen: list[Prompt] = []
    while True:
        after = seen[-1].id if seen else 0
        state = lab.desk.get(run_id)
        while state.phase != "ended" and (state.prompt is None or state.prompt.id <= after):
            state = await lab.desk.changed(run_id, state.revision, AN_HOUR_S)
        if state.prompt is None or state.phase == "ended":
            return seen
        seen.append(state.prompt)
        await lab.clock.sleep(after_s)
        await with_hands(station, state.prompt)
        await lab.clock.sleep(after_s)
        present = lab.desk.get(run_id).prompt
        if says_done and present is not None and present.id == state.prompt.id:
            lab.desk.answer(run_id, present.id, PromptAnswer(said="done"))


def in_background(work: Awaitable[object]) -> "asyncio.Future[object]":
    return asyncio.ensure_future(work)
