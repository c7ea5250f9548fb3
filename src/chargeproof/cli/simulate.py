"""`chargeproof simulate`: a simulated station, or a fleet of them, for a central system, ours or another."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from cyclopts import Parameter
from rich.console import Console

from chargeproof.cli.logs import log_at
from chargeproof.cli.simulate_fleet import FleetOptions, run_fleet
from chargeproof.cli.simulate_security import PLAIN, SecurityOptions
from chargeproof.clock import LoopClock
from chargeproof.errors import UsageError
from chargeproof.simulator.client import WebSocketDial
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.simulator.fleet import FleetPlan
from chargeproof.simulator.memory import FileMemory, Memory
from chargeproof.simulator.model import StationModel, load_model, shipped_models
from chargeproof.simulator.rig import rig_app
from chargeproof.simulator.station import SimulatedStation
from chargeproof.testbed.simulated import LAWFUL
from chargeproof.web.server import WebServer

LOOK_AGAIN_S = 0.5
RIG_HOST = "127.0.0.1"


def simulate(
    url: Annotated[str, Parameter(help="The central system, as ws://HOST:PORT/ocpp or wss://...")],
    charge_point_id: Annotated[str, Parameter(help="The id with which the station connects.")],
    /,
    *,
    model: Annotated[
        str, Parameter(help=f"A TOML file, or one of the shipped models: {', '.join(shipped_models())}.")
    ] = LAWFUL,
    rig_port: Annotated[
        int | None, Parameter(help="Serve the hands as a rig on this port; 0: a free one.")
    ] = None,
    memory: Annotated[
        Path | None, Parameter(help="File in which the station keeps what survives a restart.")
    ] = None,
    seed: Annotated[int, Parameter(help="Chooses the station's random numbers.")] = 0,
    security: SecurityOptions = PLAIN,
    count: Annotated[
        int | None, Parameter(help="Instead of one station, so many lean ones: CHARGE-POINT-ID-00001, ...")
    ] = None,
    processes: Annotated[int, Parameter(help="Processes that share the stations of --count.")] = 1,
    interval: Annotated[
        float, Parameter(help="Seconds between two messages of one station; 0: as fast as answers come.")
    ] = 10.0,
    ramp_up: Annotated[float, Parameter(help="Seconds in which the stations of --count come.")] = 10.0,
    storm: Annotated[
        float | None, Parameter(help="Every so many seconds all connections break and come back at once.")
    ] = None,
    duration: Annotated[
        float | None, Parameter(help="End after so many seconds instead of with Ctrl-C (--count).")
    ] = None,
    as_json: Annotated[
        bool, Parameter(name="--json", help="Print the summary of --count as JSON.", negative=())
    ] = False,
) -> int:
    """See `help_texts.SIMULATE`; returns the exit code."""
    log_at("warning")
    base = base_of(url, charge_point_id)
    if count is not None:
        plan = _plan(base, charge_point_id, count, interval, ramp_up, seed, security.roots_pem())
        _check_fleet(processes, duration, storm)
        options = FleetOptions(processes=processes, duration_s=duration, storm_every_s=storm, as_json=as_json)
        return run_fleet(plan, options)
    kept = FileMemory(memory) if memory is not None else Memory()
    chosen = security.applied_to(load_model(model))
    tls_base = None if security.tls_url is None else base_of(security.tls_url, charge_point_id)
    dial = WebSocketDial(base, tls_url_base=tls_base)
    asyncio.run(_simulate(base, dial, charge_point_id, chosen, kept, rig_port, seed))
    return 0


def _check_fleet(processes: int, duration_s: float | None, storm_every_s: float | None) -> None:
    """Raises UsageError."""
    if processes < 1:
        raise UsageError("a fleet needs a process", "--processes", "Give 1 or more")
    for name, seconds in (("--duration", duration_s), ("--storm", storm_every_s)):
        if seconds is not None and seconds <= 0:
            raise UsageError(f"{seconds:g} s are no stretch of time", name, "Give seconds above 0")


def _plan(
    base: str,
    prefix: str,
    count: int,
    interval_s: float,
    ramp_up_s: float,
    seed: int,
    roots_pem: tuple[str, ...],
) -> FleetPlan:
    if count < 1 or interval_s < 0 or ramp_up_s < 0:
        raise UsageError("a fleet needs a station, and no time is negative", "--count")
    return FleetPlan(
        url=base,
        count=count,
        prefix=prefix,
        connects_per_s=count / ramp_up_s if ramp_up_s else None,
        pace="interval" if interval_s else "answers",
        interval_s=interval_s or 1.0,
        seed=seed,
        roots_pem=roots_pem,
    )


def base_of(url: str, charge_point_id: str) -> str:
    """The address without the charge point id at its end. Raises UsageError for what is no address."""
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise UsageError(
            "this is no address of a central system", url, "Give one such as ws://localhost:9000/ocpp"
        )
    head, _, last = url.rstrip("/").rpartition("/")
    return head if unquote(last) == charge_point_id and head.count("/") > 2 else url.rstrip("/")


async def _simulate(
    base: str,
    dial: WebSocketDial,
    charge_point_id: str,
    model: StationModel,
    memory: Memory,
    rig_port: int | None,
    seed: int,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    console = Console(highlight=False)
    station = SimulatedStation(
        model,
        charge_point_id,
        dial=dial,
        transfer=NetworkFileTransfer(),
        clock=LoopClock(),
        memory=memory,
        seed=seed,
    )
    rig = WebServer(rig_app(station), host=RIG_HOST, port=rig_port) if rig_port is not None else None
    if rig is not None:
        await rig.start()
        console.print(f"Rig: http://{RIG_HOST}:{rig.port}/api/v1", soft_wrap=True)
    name = f"{model.vendor} {model.model}"
    console.print(
        f"{charge_point_id} ({name}) connects to {base}; Ctrl-C ends it.", markup=False, soft_wrap=True
    )
    await station.power_on()
    try:
        await _show_line(station, console, stop)
    finally:
        await station.power_off()
        if rig is not None:
            await rig.stop()


async def _show_line(station: SimulatedStation, console: Console, stop: asyncio.Event) -> None:
    """Say when the station comes online or goes, until it is told to stop."""
    was_online = False
    while not stop.is_set():
        if station.online != was_online:
            was_online = station.online
            console.print("online: accepted by the central system" if was_online else "offline")
        try:
            async with asyncio.timeout(LOOK_AGAIN_S):
                await stop.wait()
        except TimeoutError:
            continue
