"""A person runs the acceptance test in a terminal."""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pexpect

from chargeproof.acceptance.profile import load_profile
from chargeproof.ocpp import StartTransaction
from chargeproof.trace import ActChanged, StepChanged, Trace, load_trace
from tests.cli.programs import FREE_PORTS, PATIENCE_S, SCALED, at_a_terminal, chargeproof, simulated_station
from tests.peers.programs import ROOT

STATION = "PERSON-1"
REPORT_FILES = {"report.json", "report.xml", "report.md", "report.html", "report.pdf", "report.docx"}


def accept(folder: Path, *more: str) -> list[str]:
    return [
        "accept",
        STATION,
        "--out",
        str(folder / "out"),
        "--data",
        str(folder / "data"),
        *FREE_PORTS,
        *more,
    ]


def address_in(child: "pexpect.spawn[str]") -> str:
    child.expect(r"in one line: (\S+),")
    assert isinstance(child.match, re.Match)
    return str(child.match[1])


def do(rig: str, verb: str) -> None:
    assert httpx.post(f"{rig}/api/v1/{verb}", timeout=60, trust_env=False).status_code == 200


def trace_in(folder: Path) -> Trace:
    return load_trace((folder / "out" / "record.jsonl").read_text(encoding="utf-8").splitlines())


def answer_the_questions(child: "pexpect.spawn[str]") -> None:
    for question, answer in (
        ("modem, lan or wifi", "telepathy"),
        ("Please say one of", "lan"),
        ("How many connectors", "2"),
        ("Which connector", ""),
        ("cable hang at the station", "yes"),
        ("to be accepted", "ACCEPT-1"),
        ("to be refused", "REJECT-1"),
        ("local list", ""),
        ("provoked safely", "open the pilot pin"),
        ("firmware file", ""),
    ):
        child.expect(question)
        child.sendline(answer)


def test_prompts_come_one_by_one_and_go_away_when_the_station_shows_the_act(tmp_path: Path) -> None:
    with at_a_terminal(accept(tmp_path, "--only", "11"), tmp_path / "terminal.log") as child:
        with simulated_station(address_in(child), STATION) as rig:
            child.expect("This model is new here")
            answer_the_questions(child)
            child.expect("Kept for the next time")
            child.expect("Act 1 of 9")
            child.expect("Plug the cable into connector 1")
            child.expect(r"waiting for 0:0\d")
            do(rig, "plugin?connector_id=1")
            child.expect("The station shows it")
            child.expect("Report in")
            child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus in (0, 2)
    acts = [(entry.act, entry.phase) for entry in trace_in(tmp_path).of(ActChanged)]
    assert acts == [("plug_in", "asked"), ("plug_in", "seen")]
    (kept,) = (tmp_path / "data" / "profiles").glob("*.toml")
    profile = load_profile(kept)
    assert (profile.connectivity, profile.connectors, profile.fixed_cable) == ("lan", 2, True)
    assert profile.how_to_provoke_error == "open the pilot pin"


def test_a_card_that_is_held_to_the_station_need_not_be_typed(tmp_path: Path) -> None:
    with at_a_terminal(accept(tmp_path, "--only", "4"), tmp_path / "terminal.log") as child:
        with simulated_station(address_in(child), STATION) as rig:
            for question in ("modem, lan or wifi", "How many connectors", "Which connector", "cable hang"):
                child.expect(question)
                child.sendline("")
            child.expect("to be accepted")
            do(rig, "authorize?id=04C0FFEE&type=ISO14443&connector_id=1")
            child.expect("04C0FFEE")
            child.expect("to be refused")
            child.sendline("04c0ffee")
            child.expect("another one is needed")
            do(rig, "authorize?id=04DECAFF&type=ISO14443&connector_id=1")
            child.expect("04DECAFF")
            for question in ("local list", "provoked safely", "firmware file"):
                child.expect(question)
                child.sendline("")
            child.expect("Report in")
            child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 0
    (kept,) = (tmp_path / "data" / "profiles").glob("*.toml")
    profile = load_profile(kept)
    assert (profile.valid_card, profile.unknown_card) == ("04C0FFEE", "04DECAFF")
    assert not trace_in(tmp_path).exchanges(StartTransaction)


def test_ctrl_c_half_way_restores_the_station_and_writes_the_report(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('connectivity = "lan"\nvalid_card = "ACCEPT-1"\n', encoding="utf-8")
    command = accept(tmp_path, "--only", "5,11", "--profile", str(profile))
    with at_a_terminal(command, tmp_path / "terminal.log") as child:
        with simulated_station(address_in(child), STATION):
            child.expect("Plug the cable into connector 1")
            child.sendintr()
            child.expect("the station is restored first")
            child.expect("restoration.*played")
            child.expect("Report in")
            child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 2
    trace = trace_in(tmp_path)
    assert trace.tail is not None
    assert trace.tail.outcome == "stopped"
    restored = [entry for entry in trace.of(StepChanged) if entry.step == "restoration"]
    assert [entry.phase for entry in restored] == ["began", "ended"]
    assert {path.name for path in (tmp_path / "out").iterdir()} >= REPORT_FILES
    again = chargeproof("judge", str(tmp_path / "out" / "record.jsonl"), "--json", scaled=False)
    assert again.returncode == 2
    first = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    second = json.loads(again.stdout)
    del first["judging"], second["judging"]
    assert first == second


def test_stop_and_cannot_can_be_said(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('valid_card = "ACCEPT-1"\n', encoding="utf-8")
    command = accept(tmp_path, "--only", "10,11", "--profile", str(profile))
    with at_a_terminal(command, tmp_path / "terminal.log") as child:
        with simulated_station(address_in(child), STATION):
            child.expect("Plug the cable into connector 1")
            child.sendline("perhaps")
            child.expect("Please say: done")
            child.sendline("cannot the cable is locked away")
            child.expect("Cannot: the cable is locked away")
            child.expect("Act 9 of 9")
            child.sendline("s")
            child.expect("Report in")
            child.expect(pexpect.EOF)
        child.wait()
        assert child.exitstatus == 2
    acts = [(entry.act, entry.phase, entry.detail) for entry in trace_in(tmp_path).of(ActChanged)]
    assert acts[1] == ("plug_in", "cannot", "the cable is locked away")
    assert acts[-1][:2] == ("provoke_error", "stopped")


def test_nobody_at_the_terminal_ends_the_run_without_hands(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-u", *SCALED, *accept(tmp_path, "--only", "11")],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    with program.stdout as output:
        address = next(line for line in output if "in one line" in line).split()[3].rstrip(",")
        with simulated_station(address, STATION):
            said = output.read()
            assert program.wait(PATIENCE_S) == 2
    assert "No one answers" in said
    assert "no one answers" in said
