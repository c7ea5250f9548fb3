"""A simulated station, its central system and a site with simulated hands, without a socket between them."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Literal, Protocol

from chargeproof.acceptance.judge import Judgement, judge
from chargeproof.acceptance.ports import Act, Deed, Site
from chargeproof.acceptance.profile import Profile
from chargeproof.bus import LocalBus
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.central_system.settings import CentralSystemSettings
from chargeproof.clock import Clock, LoopClock
from chargeproof.files.memory import MemoryFileService
from chargeproof.simulator.model import StationModel, load_model
from chargeproof.simulator.ports import (
    CannotBeDone,
    Dial,
    FileTransfer,
    TransferError,
    UnsupportedAct,
)
from chargeproof.simulator.security import HIGHEST_PROFILE, PROFILE_KEY
from chargeproof.simulator.station import SimulatedStation
from chargeproof.store import SqliteStore
from chargeproof.testbed.memory_dial import MemoryDial, MemoryTls
from chargeproof.testbed.no_site import NoSite
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.runner import ALL_FUNCTIONS, Run
from chargeproof.testbed.security_bench import bench_authority, bench_tls, furnish, settle_in
from chargeproof.testbed.station import StationUnderTest
from chargeproof.trace import Trace, load_trace

LAWFUL = "lawful"
VALID_CARD = "ACCEPT-1"
REFUSED_CARD = "REJECT-1"
CHARGE_POINT_ID = "SIMULATED-1"
FIRMWARE_FILE = "firmware-9.9.1.bin"
FIRMWARE = b"version: 9.9.1\n" + bytes(range(256)) * 64

CONNECTIVITY: dict[str, Literal["modem", "lan", "wifi"]] = {"LAN": "lan", "WLAN": "wifi", "GSM": "modem"}


class SimulatedSite:
    """Hands at a simulated station. Fulfils ``acceptance.ports.Site``."""

    kind = "simulated"

    def __init__(self, station: SimulatedStation) -> None:
        hands: dict[str, Callable[..., Awaitable[None]]] = {
            "plug_in": station.plug_in,
            "unplug": station.unplug,
            "present_card": station.present_card,
            "provoke_error": station.provoke_error,
            "repair": station.repair,
            "reboot": station.cut_mains,
            "parking_bay": station.occupy_bay,
        }
        self._hands = hands

    async def perform(self, act: Act) -> Deed:
        hand = self._hands.get(act.name)
        if hand is None:
            return Deed("cannot", self.kind, f"a simulated station knows no act {act.name}")
        try:
            await hand(**act.parameters)
        except (CannotBeDone, UnsupportedAct) as error:
            return Deed("cannot", self.kind, str(error))
        return Deed("done", self.kind)


def profile_for(model: StationModel) -> Profile:
    """What an operator would state about a simulated station of this model."""
    return Profile(
        connectivity=CONNECTIVITY[model.network],
        connectors=model.connectors,
        valid_card=VALID_CARD,
        unknown_card=REFUSED_CARD,
        how_to_provoke_error="the simulator breaks it",
        firmware_file=FIRMWARE_FILE,
        firmware_version="9.9.1",
        may_raise_security_profile=model.security is not None,
        without_certificate=model.security is not None
        and model.keys[PROFILE_KEY].value != str(HIGHEST_PROFILE),
    )


class MemoryTransfer:
    """FTP and HTTP for a station whose file server is in the same process."""

    def __init__(self, files: MemoryFileService) -> None:
        self._files = files

    async def download(self, url: str) -> bytes:
        try:
            return await self._files.download(url)
        except OSError as error:
            raise TransferError(str(error)) from error

    async def upload(self, url: str, name: str, content: bytes) -> None:
        try:
            await self._files.upload(url, name, content)
        except OSError as error:
            raise TransferError(str(error)) from error


class StationFactory(Protocol):
    """What makes a station: ``SimulatedStation``, a subclass of it, or a function."""

    def __call__(
        self,
        model: StationModel,
        charge_point_id: str,
        *,
        dial: Dial,
        transfer: FileTransfer,
        clock: Clock,
        seed: int,
    ) -> SimulatedStation: ...


SiteChoice = Literal["simulated", "none"] | Callable[[SimulatedStation], Site]


@dataclass(frozen=True)
class RunResult:
    """A run in memory: the record as it would be read back, what the judge says of it, and its lines."""

    trace: Trace
    record_lines: tuple[str, ...]
    station: SimulatedStation

    @cached_property
    def judgement(self) -> Judgement:
        """Judged when it is first asked for."""
        return judge(self.trace)


@dataclass(frozen=True)
class Bench:
    """A central system with a station that is not under power yet, all in memory."""

    clock: Clock
    store: SqliteStore
    central_system: CentralSystem
    station: SimulatedStation
    files: MemoryFileService
    tls: MemoryTls | None = None


@asynccontextmanager
async def memory_bench(
    factory: StationFactory,
    model: StationModel,
    charge_point_id: str = CHARGE_POINT_ID,
    *,
    seed: int = 0,
    settings: CentralSystemSettings | None = None,
    store: SqliteStore | None = None,
    tls: Callable[[Clock], MemoryTls] | None = None,
) -> AsyncIterator[Bench]:
    """Put the two together in the running loop; both are gone when the block is left.

    ``tls`` makes the TLS side of the central system; without it nobody listens for TLS.
    """
    clock = LoopClock()
    store = store or SqliteStore()
    files = MemoryFileService(clock)
    central_system = CentralSystem(
        store=store, bus=LocalBus(), clock=clock, settings=settings or CentralSystemSettings(), files=files
    )
    door = None if tls is None else tls(clock)
    await central_system.start()
    station = factory(
        model,
        charge_point_id,
        dial=MemoryDial(central_system, tls=door),
        transfer=MemoryTransfer(files),
        clock=clock,
        seed=seed,
    )
    try:
        yield Bench(clock, store, central_system, station, files, door)
    finally:
        await station.power_off()
        await central_system.stop()
        await store.close()


async def run_simulated(
    station: str | StationModel | StationFactory = LAWFUL,
    *,
    model: str | StationModel = LAWFUL,
    functions: Sequence[int] = ALL_FUNCTIONS,
    profile: Profile | None = None,
    site: SiteChoice = "simulated",
    seed: int = 0,
    charge_point_id: str = CHARGE_POINT_ID,
    windows: Mapping[str, float] | None = None,
    settings: CentralSystemSettings | None = None,
    on_run: Callable[[Run], None] = lambda run: None,
    store: SqliteStore | None = None,
    write_lines: bool = True,
    secured: bool = False,
) -> RunResult:
    """The whole script against one simulated station, in the running loop; meant for ``run_virtual``.

    ``station``: a model, the name of a shipped one, or what makes a station (then ``model`` is given to it).
    ``secured``: TLS is served, with a certificate authority, and the station has a password and trusts the root.
    ``on_run`` is given the run before it begins, to stop it. Without ``write_lines`` the record is not written.
    """
    chosen, factory = _chosen(station, model)
    stream = io.StringIO() if write_lines else None
    async with _bench(
        factory, chosen, charge_point_id, secured=secured, seed=seed, settings=settings, store=store
    ) as bench:
        recorder = RunRecorder(bench.clock, stream)
        run = Run(
            station=_under_test(bench, recorder, charge_point_id),
            site=_site(site, bench.station),
            recorder=recorder,
            central_system=bench.central_system,
            clock=bench.clock,
            ask_profile=lambda: _ready(profile or profile_for(chosen)),
            functions=functions,
            windows=windows,
        )
        on_run(run)
        await bench.station.power_on()
        await run.play()
    if stream is None:
        return RunResult(recorder.trace(), (), bench.station)
    lines = tuple(stream.getvalue().splitlines())
    return RunResult(load_trace(lines), lines, bench.station)


def _under_test(bench: Bench, recorder: RunRecorder, charge_point_id: str) -> StationUnderTest:
    return StationUnderTest(
        charge_point_id,
        central_system=bench.central_system,
        store=bench.store,
        recorder=recorder,
        clock=bench.clock,
        firmware={FIRMWARE_FILE: FIRMWARE},
    )


@asynccontextmanager
async def _bench(
    factory: StationFactory, model: StationModel, charge_point_id: str, *, secured: bool, **how: Any
) -> AsyncIterator[Bench]:
    """A bench; one that is secured has an authority and TLS, and a station that is ready for both."""
    if not secured:
        async with memory_bench(factory, model, charge_point_id, **how) as bench:
            yield bench
        return
    authority = bench_authority(LoopClock().now())
    given = furnish(model, authority.root_pem())
    tls = partial(bench_tls, authority=authority)
    async with memory_bench(factory, given, charge_point_id, tls=tls, **how) as bench:
        bench.central_system.security.use(authority, authority, bench.tls)
        await settle_in(bench.central_system, bench.station, authority)
        yield bench


def _chosen(
    station: str | StationModel | StationFactory, model: str | StationModel
) -> tuple[StationModel, StationFactory]:
    if isinstance(station, str | StationModel):
        return _model(station), SimulatedStation
    return _model(model), station


def _model(model: str | StationModel) -> StationModel:
    return load_model(model) if isinstance(model, str) else model


def _site(site: SiteChoice, station: SimulatedStation) -> Site:
    if callable(site):
        return site(station)
    return SimulatedSite(station) if site == "simulated" else NoSite()


async def _ready(profile: Profile) -> Profile:
    return profile
