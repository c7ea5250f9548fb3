"""Whose hands act in a run: a person through the desk, a simulated station, a rig, or none."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from chargeproof.acceptance.ports import Site
from chargeproof.acceptance.profile import Profile
from chargeproof.acceptance.script import numbers_of
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.clock import Clock
from chargeproof.errors import UsageError
from chargeproof.simulator.model import StationModel, load_model, shipped_models
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.no_site import NoSite
from chargeproof.testbed.prompted import PromptedSite
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.rig import RigSite
from chargeproof.testbed.run_book import RunBook
from chargeproof.testbed.run_state import StartRun
from chargeproof.testbed.secured_run import asks_for_security, secured
from chargeproof.testbed.simulated import (
    FIRMWARE,
    FIRMWARE_FILE,
    LAWFUL,
    REFUSED_CARD,
    VALID_CARD,
    SimulatedSite,
    profile_for,
)
from chargeproof.testbed.simulated_stations import SimulatedStations


@dataclass(frozen=True)
class Place:
    """The site of a run, with what comes along: a profile that needs no questions, and files of its own."""

    site: Site
    profile: Profile | None = None
    firmware: Mapping[str, bytes] = field(default_factory=dict)


def check_start(start: StartRun) -> None:
    """Raises UsageError for what cannot be started."""
    if (start.site == "rig") != (start.rig is not None):
        raise UsageError("the site rig and the address of a rig belong together", remedy="Give both or none")
    unknown = [number for number in start.functions if number not in numbers_of("all")]
    if unknown:
        raise UsageError(
            f"there is no function {unknown[0]}",
            remedy="The document has 1 to 16, and TC_073 is asked for as 73",
        )
    if start.rig is not None:
        RigSite.check(start.rig)
    if start.model is not None and start.site != "simulated":
        raise UsageError("a model is for a simulated station", remedy='Give the site "simulated" with it')
    if start.model is not None and start.model not in shipped_models():
        raise UsageError(
            f'there is no station model "{start.model}"', remedy=f"There are {', '.join(shipped_models())}"
        )


@asynccontextmanager
async def place_of(
    book: RunBook,
    start: StartRun,
    recorder: RunRecorder,
    clock: Clock,
    simulated: SimulatedStations | None,
    model: StationModel | None,
    central_system: CentralSystem,
) -> AsyncIterator[Place]:
    """``model``: of a simulated station that is started for the run, where ``start.model`` does not name it."""
    match start.site:
        case "person":
            last = book.state.last_prompt
            yield Place(
                PromptedSite(
                    book.face,
                    recorder,
                    clock,
                    limit_s=start.prompt_limit_s,
                    after=last.id if last is not None else 0,
                )
            )
        case "rig":
            site = RigSite(start.rig or "")
            try:
                yield Place(site)
            finally:
                await site.close()
        case "simulated":
            async with _simulated(book, start, simulated, model, central_system) as place:
                yield place
        case "none":
            yield Place(NoSite(), Profile(valid_card=VALID_CARD, unknown_card=REFUSED_CARD))


@asynccontextmanager
async def _simulated(
    book: RunBook,
    start: StartRun,
    simulated: SimulatedStations | None,
    model: StationModel | None,
    central_system: CentralSystem,
) -> AsyncIterator[Place]:
    """The hands of the simulated station that runs under this id; one is started where there is none."""
    if simulated is None:
        raise UsageError("no station can be simulated here", remedy="Choose another site")
    station = simulated.get(start.charge_point_id)
    if station is not None:
        yield _hands_of(station)
        return
    async with AsyncExitStack() as stack:
        chosen = model or load_model(start.model or LAWFUL)
        if asks_for_security([each.number for each in book.state.functions if each.phase != "left_out"]):
            given = secured(central_system, start.charge_point_id, chosen)
            chosen = await stack.enter_async_context(given)
        station = await simulated.start(start.charge_point_id, chosen)
        stack.push_async_callback(simulated.stop, start.charge_point_id)
        yield _hands_of(station)


def _hands_of(station: SimulatedStation) -> Place:
    return Place(SimulatedSite(station), profile_for(station.model), {FIRMWARE_FILE: FIRMWARE})
