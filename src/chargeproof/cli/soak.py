"""`chargeproof soak`: is what stations were told still there after the central system was killed?"""

import asyncio
import json
import secrets
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console

from chargeproof.cli.logs import log_at
from chargeproof.errors import UsageError
from chargeproof.testbed.soak.load import Log
from chargeproof.testbed.soak.run import STORE, Fault, Soak, SoakResult
from chargeproof.testbed.soak.run import soak as run_soak

FAULTS_SHOWN = 20


def soak(
    *,
    kills: Annotated[int, Parameter(help="How often the central system is killed.")] = 10,
    pauses: Annotated[
        int | None, Parameter(help="Pause it (SIGSTOP, SIGCONT) so often instead of killing it.")
    ] = None,
    stations: Annotated[int, Parameter(help="Stations that send without pause.")] = 20,
    seed: Annotated[int | None, Parameter(help="Repeats the random points of another soak.")] = None,
    data: Annotated[
        Path | None, Parameter(help="Empty folder on the disk that is to be tried; a temporary one else.")
    ] = None,
    store_writer: Annotated[Literal["loop", "thread"], Parameter(help="As the setting.")] = "loop",
    as_json: Annotated[bool, Parameter(name="--json", help="Print the result as JSON.", negative=())] = False,
) -> int:
    """See `help_texts.SOAK`; returns 0 when nothing was lost, 1 when something was."""
    log_at("warning")
    count = kills if pauses is None else pauses
    fault: Fault = "kill" if pauses is None else "pause"
    if count < 0 or stations < 1:
        raise UsageError("a soak needs a station and cannot have less than no faults", "--kills, --stations")
    if data is not None and (data / STORE).exists():
        raise UsageError("a store is there already", str(data), "Name an empty folder")
    seed = secrets.randbelow(10**6) if seed is None else seed
    console = Console(highlight=False, stderr=as_json)
    console.print(f"Seed {seed}: {count} times {fault}, {stations} stations", markup=False)
    with tempfile.TemporaryDirectory(prefix="chargeproof-soak-") as temporary:
        plan = Soak(
            data=data or Path(temporary),
            seed=seed,
            faults=count,
            stations=stations,
            fault=fault,
            store_writer=store_writer,
        )
        result = asyncio.run(run_soak(plan, lambda number, log: _progress(console, fault, number, log)))
    if as_json:
        print(json.dumps(msgspec.to_builtins({"seed": seed, **msgspec.structs.asdict(result)})))
    else:
        _show(console, result)
    return 1 if result.audit.faults else 0


def _progress(console: Console, fault: Fault, number: int, log: Log) -> None:
    console.print(f"  {fault} {number}: {log.sent} sent, {len(log.answered)} answered", markup=False)


def _show(console: Console, result: SoakResult) -> None:
    found = result.audit
    console.print(
        f"{result.sent} messages sent, {found.answered} answered (and {found.heartbeats} heartbeats, of which "
        f"{found.heartbeats_kept} are kept), {result.cuts} connections cut, {found.transactions} transactions.\n"
        f"Lost {len(found.lost)} of {found.answered} answered, doubled {len(found.doubled)}, "
        f"inconsistent {len(found.inconsistent)}.",
        markup=False,
        soft_wrap=True,
    )
    for sentence in found.faults[:FAULTS_SHOWN]:
        console.print(f"  {sentence}", style="red", markup=False, soft_wrap=True)
