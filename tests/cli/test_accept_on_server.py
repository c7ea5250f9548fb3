"""`accept --server`: a run on a running server, with its prompts answered at this terminal."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pexpect
import pytest

from chargeproof.cli import run
from chargeproof.trace import ActChanged, load_trace
from tests.cli.programs import FREE_PORTS, PATIENCE_S, SCALED, at_a_terminal, chargeproof, simulated_station
from tests.peers.programs import ROOT

STATION = "REMOTE-1"
REPORT_FILES = {"report.json", "report.xml", "report.md", "report.html", "report.pdf", "report.docx"}


@contextmanager
def a_server(data: Path) -> Iterator[tuple[str, str, str]]:
    """A central system that serves; gives the addresses for stations and people, and a tester's token."""
    command = [sys.executable, "-u", *SCALED, "serve", "--data", str(data), *FREE_PORTS]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert program.stdout is not None
    said: list[str] = []
    with program.stdout as output:
        try:
            for line in output:
                said.append(line)
                if "Ctrl-C" in line:
                    break
            text = "".join(said)
            yield found(r"in one line: (\S+)/CHARGE_POINT_ID", text), console_in(text), token_from(text)
        finally:
            program.terminate()
            output.read()
            assert program.wait(PATIENCE_S) == 0, "".join(said)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def console_in(text: str) -> str:
    return found(r"(http://127\.0\.0\.1:\d+)", text)


def token_from(text: str) -> str:
    name, password = found(r"log in as (\S+)", text), found(r"with the password (\S+)", text)
    with httpx.Client(base_url=f"{console_in(text)}/api/v1", trust_env=False, timeout=60) as browser:
        me = browser.post("/session", json={"name": name, "password": password}).raise_for_status().json()
        wanted = {"label": "at the parking place", "role": "tester"}
        made = browser.post("/tokens", json=wanted, headers={"x-csrf-token": me["csrf_token"]})
        secret: str = made.raise_for_status().json()["secret"]
        return secret


def do(rig: str, verb: str) -> None:
    assert httpx.post(f"{rig}/api/v1/{verb}", timeout=60, trust_env=False).status_code == 200


def test_a_run_on_a_server_is_answered_here_and_its_report_comes_here(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('connectivity = "lan"\nvalid_card = "ACCEPT-1"\n', encoding="utf-8")
    out = tmp_path / "out"
    with a_server(tmp_path / "data") as (ocpp, web, token), simulated_station(ocpp, STATION) as rig:
        command = ["accept", STATION, "--server", web, "--token", token, "--profile", str(profile)]
        command += ["--only", "4,10,11", "--out", str(out)]
        with at_a_terminal(command, tmp_path / "terminal.log") as child:
            child.expect("Run 1 on http")
            child.expect(r"✓ *.* 4 Get configuration")
            child.expect("Act 1 of 9")
            child.expect("Plug the cable into connector 1")
            do(rig, "plugin?connector_id=1")
            child.expect("The station shows it")
            child.expect("Act 9 of 9")
            child.sendline("cannot no adapter here")
            child.expect("Cannot: no adapter here")
            child.expect("restoration.*played")
            child.expect("Report in")
            child.expect(pexpect.EOF)
            child.wait()
            assert child.exitstatus == 2  # function 10 was not run
        not_let_in = chargeproof("accept", STATION, "--server", web, "--token", "cp_wrong")
        assert not_let_in.returncode == 3
        assert not_let_in.stderr.count("\n") == 1
    assert {path.name for path in out.iterdir()} == {*REPORT_FILES, "record.jsonl"}
    trace = load_trace((out / "record.jsonl").read_text(encoding="utf-8").splitlines())
    acts = [(entry.act, entry.phase, entry.detail) for entry in trace.of(ActChanged)]
    assert ("plug_in", "seen", "StatusNotification") in acts
    assert ("provoke_error", "cannot", "no adapter here") in acts


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--server", "http://127.0.0.1:9"], "token"),
        (["--server", "127.0.0.1", "--token", "x"], "address"),
        (["--server", "http://127.0.0.1:9", "--token", "x", "--ocpp-port", "0"], "--ocpp-port"),
    ],
)
def test_what_cannot_be_asked_of_a_server_is_told(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", {k: v for k, v in os.environ.items() if "CHARGEPROOF" not in k})
    assert run(["accept", STATION, *arguments]) == 4
    told: Any = capsys.readouterr().err
    assert word in told
