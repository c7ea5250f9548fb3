"""The proxy between a station and a central system that were both written with PyPI's ``ocpp``.

Each is a program of its own and logs every message as it sent or got it. What one sent must be to the letter what
the other got, and what the record holds.
"""

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chargeproof.acceptance.judge import judge
from chargeproof.acceptance.verdict import Outcome
from chargeproof.testbed.reading import Reading, read_file
from chargeproof.testing.held_port import HeldPort
from chargeproof.trace import Frame, load_trace
from tests.peers.control import Control
from tests.peers.programs import Program, python_program, running

ID = "PEER-1"
SPEED = "20"
LONGEST_S = 180.0  # real seconds
GOOD = (Outcome.PASS, Outcome.PASS_WITH_REMARK)
# Function 4 and half of 5 need every key by name and back; what hands and files show does not pass the proxy.
SHOWN = ("1.1a", "1.1b", "1.1c", "1.1d", "1.1e", "2.2a", "3.1a", "3.2a", "3.3a", "3.4a", "4.1a", "6.1a", "6.1b",
         "6.1c", "7.1a", "7.1b", "8.1a", "9.2a", "9.2b", "15.1a", "16.1a", "16.1b")  # fmt: skip
MESSAGE = re.compile(rf"{ID}: (send|receive message) (.*)")


def messages(program: Program) -> tuple[list[str], list[str]]:
    """What a peer sent and what it got, as its library logged it."""
    found = MESSAGE.findall(program.log.read_text(encoding="utf-8"))
    return [text for word, text in found if word == "send"], [text for word, text in found if word != "send"]


async def until(control: Control, after: int, connector_id: int, status: str) -> int:
    """The entry of the StatusNotification that says so."""
    while True:
        after, told = await control.next_call("StatusNotification", after)
        if (told["connectorId"], told["status"]) == (connector_id, status):
            return after


async def visit(control_url: str, rig: str) -> None:
    """What a central system does in an ordinary week, in a minute of the peers."""
    async with Control(control_url, ID) as control, httpx.AsyncClient(trust_env=False, timeout=60) as hands:
        booted, _ = await control.next_call("BootNotification")
        n = await until(control, booted, 2, "Available")
        await control.call("GetConfiguration")
        await control.call("ClearCache")
        await control.call("TriggerMessage", requestedMessage="Heartbeat")
        n, _ = await control.next_call("Heartbeat", n)
        await control.call("TriggerMessage", requestedMessage="StatusNotification", connectorId=1)
        n = await until(control, n, 1, "Available")
        for kind, status in (("Inoperative", "Unavailable"), ("Operative", "Available")):
            await control.call("ChangeAvailability", connectorId=0, type=kind)
            n = await until(control, n, 2, status)
        await hands.post(f"{rig}/api/v1/plugin", params={"connector_id": 1})
        n = await until(control, n, 1, "Preparing")
        await control.call("RemoteStartTransaction", idTag="REMOTE", connectorId=1)
        n, _ = await control.next_call("StartTransaction", n)
        transaction_id = (await control.answer_to(n))["transactionId"]
        n = await until(control, booted, 1, "Charging")
        await control.call("RemoteStopTransaction", transactionId=transaction_id)
        n, _ = await control.next_call("StopTransaction", n)
        await hands.post(f"{rig}/api/v1/plugout", params={"connector_id": 1})
        n = await until(control, n, 1, "Available")
        await control.call("Reset", type="Soft")
        n, _ = await control.next_call("BootNotification", n)
        await until(control, n, 2, "Available")
        await control.next_call("Heartbeat", n)
        assert await control.violations() == []


@pytest.fixture
def port() -> Iterator[int]:
    with HeldPort() as held:
        yield held.number


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def proxy_command(port: int, upstream: str, out: Path) -> list[str]:
    arguments = ["proxy", "--upstream", upstream, "--listen", f"127.0.0.1:{port}", "--out", str(out)]
    return python_program("tests.end_to_end.scaled_program", SPEED, *arguments)


def test_both_peers_get_to_the_letter_what_the_other_sent_and_the_record_is_judged(
    tmp_path: Path, out: Path, port: int
) -> None:
    url = f"ws://127.0.0.1:{port}"
    system_command = python_program(
        "tests.peers.python.central_system", "--speed", SPEED, "--heartbeat-interval", "20"
    )
    station_command = python_program("tests.peers.python.station", url, ID, "--speed", SPEED)
    with running(system_command, tmp_path / "system.log") as system:
        proxy = Program(proxy_command(port, system.said["url"], out), tmp_path / "proxy.log", announces=False)
        try:
            with running(station_command, tmp_path / "station.log") as station:
                try:
                    asyncio.run(
                        asyncio.wait_for(visit(system.said["control"], station.said["rig"]), LONGEST_S)
                    )
                    proxy.process.send_signal(signal.SIGTERM)
                    exit_code = proxy.process.wait(LONGEST_S)
                except BaseException as error:
                    error.add_note(f"{proxy.story()}\n{station.story()}")
                    raise
        finally:
            proxy.end()
    assert exit_code == 2, proxy.story()  # what hands do was not run
    compare_letters(out, station, system)
    compare_verdicts(out, station)


def compare_letters(out: Path, station: Program, system: Program) -> None:
    trace = load_trace((out / ID / "record.jsonl").read_text(encoding="utf-8").splitlines())
    recorded = {
        sender: [frame.text for frame in trace.of(Frame) if frame.sender == sender]
        for sender in ("charge_point", "central_system")
    }
    (station_sent, station_got), (system_sent, system_got) = messages(station), messages(system)
    assert len(recorded["charge_point"]) > 20
    # A message may be under way when the proxy ends: nothing else may be missing, and only at the end.
    for sent, recorded_texts, got in (
        (station_sent, recorded["charge_point"], system_got),
        (system_sent, recorded["central_system"], station_got),
    ):
        whole = len(recorded_texts)
        assert sent[:whole] == recorded_texts
        assert got == recorded_texts[: len(got)]
        assert len(got) >= whole - 1


def compare_verdicts(out: Path, station: Program) -> None:
    """The report of the proxy, and the station's own log read as a log of another system."""
    report: dict[str, Any] = json.loads((out / ID / "report.json").read_text(encoding="utf-8"))
    checks = {c["id"]: c for f in report["functions"] for r in f["criteria"] for c in r["checks"]}
    assert not [f"{c['id']} {c['reason']}" for c in checks.values() if c["verdict"] in ("fail", "tool_error")]
    assert {check: checks[check]["verdict"] for check in SHOWN if checks[check]["verdict"] not in GOOD} == {}
    trace, note = read_file(station.log, station.log.read_bytes(), Reading())
    assert "no line has a time" in note
    found = {each.check.id: each.verdict for each in judge(trace).checks()}
    assert not [
        check for check, verdict in found.items() if verdict.outcome in (Outcome.FAIL, Outcome.TOOL_ERROR)
    ]
    for check in ("1.1b", "3.4a", "4.1a", "8.1a", "15.1a", "16.1a"):
        assert found[check].outcome in GOOD, found[check]


def test_a_proxy_that_nobody_used_says_so(out: Path) -> None:
    command = [*proxy_command(0, "ws://127.0.0.1:9", out), "--for", "2"]
    program = Program(command, out.with_suffix(".log"), announces=False)
    try:
        assert program.process.wait(LONGEST_S) == 2
        assert "No station connected" in program.log.read_text(encoding="utf-8")
    finally:
        program.end()
