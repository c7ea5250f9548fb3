"""Measures without sockets: reading one message, and the whole script in virtual time."""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ocpp import messages  # type: ignore[import-untyped]

from benchmarks.processes import ROOT
from benchmarks.results import Row
from chargeproof.ocpp import read_request
from chargeproof.ocpp.frames import Call, read_frame
from chargeproof.simulator.fleet.frames import METER_VALUES

BATCH_S = 0.05
SCRIPT = "from chargeproof.testbed.simulated import run_simulated as run; " + (
    "from chargeproof.testing.virtual_time import run_virtual; run_virtual(run())"
)


def validation(rounds: int) -> list[Row]:
    """CPU to read the payload of one 1.4 kB MeterValues and hold it against the specification."""
    text = METER_VALUES.fill(
        (b"00000001-0000-4000-8000-000000000001", b"2026-01-31T12:00:00.000Z", b"FLEET-00001", b"4711")
    ).decode()
    frame, _ = read_frame(text)
    assert isinstance(frame, Call)
    payload = bytes(frame.payload)
    schema = messages.get_validator(2, "MeterValues", "1.6", parse_float=float)

    def with_jsonschema() -> None:
        schema.validate(json.loads(payload))

    def with_ocpp() -> None:
        message = messages.Call(unique_id="1", action="MeterValues", payload=json.loads(payload))
        messages._validate_payload(message, "1.6")  # without the thread that it is given by default

    def with_frame() -> None:
        whole, _ = read_frame(text)
        assert isinstance(whole, Call)
        read_request(whole.action, whole.payload)

    ways: list[tuple[str, Callable[[], Any]]] = [
        ("chargeproof", lambda: read_request("MeterValues", payload)),
        ("chargeproof, the frame included", with_frame),
        ("jsonschema with json.loads", with_jsonschema),
        ("PyPI ocpp with json.loads", with_ocpp),
    ]
    found: dict[str, list[float]] = {name: [] for name, _ in ways}
    for _ in range(rounds):
        for name, way in ways:
            found[name].append(_cpu_of(way) * 1e6)
    what = f"reading and validating MeterValues ({len(payload)} bytes)"
    return [Row(what=what, who=name, unit="µs", rounds=each) for name, each in found.items()]


def _cpu_of(way: Callable[[], Any]) -> float:
    """Seconds of CPU for one call: the median of several batches."""
    times = 1
    while (spent := _batch(way, times)) < BATCH_S / 4:
        times *= 4
    return statistics.median([spent / times, *(_batch(way, times) / times for _ in range(8))])


def _batch(way: Callable[[], Any], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        way()
    return time.process_time() - begun


def whole_script(rounds: int, say: Callable[[str], None]) -> list[Row]:
    """CPU and time of all functions of the script with one simulated station, in virtual time."""
    row = Row(what="the whole script in virtual time", who="chargeproof", unit="s CPU", rounds=[])
    row.notes = {"s": [], "s to load the program": []}
    for _ in range(rounds):
        cpu_s, wall_s = _child([sys.executable, "-c", SCRIPT])
        loading_s, _ = _child([sys.executable, "-c", SCRIPT.rpartition(";")[0]])
        row.rounds.append(cpu_s - loading_s)
        row.notes["s"].append(wall_s)
        row.notes["s to load the program"].append(loading_s)
        say(f"the whole script: {cpu_s - loading_s:.2f} s CPU")
    return [row]


def selftest(say: Callable[[str], None]) -> list[Row]:
    """CPU and time of the judge's own test on all mutants."""
    with tempfile.TemporaryDirectory(prefix="chargeproof-bench-") as folder:
        program = str(Path(sys.executable).with_name("chargeproof"))
        cpu_s, wall_s = _child([program, "selftest", "--out", folder])
    say(f"the selftest: {cpu_s:.0f} s CPU, {wall_s:.0f} s")
    return [
        Row(
            what="chargeproof selftest, all stations",
            who="chargeproof",
            unit="s CPU",
            rounds=[cpu_s],
            notes={"s": [wall_s]},
        )
    ]


def _child(command: list[str]) -> tuple[float, float]:
    """CPU of a program with all that it starts, and seconds until it ends."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=1800)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent_s, time.perf_counter() - begun
