"""The commands as programs, over real sockets: verdicts as exit codes, stations that do not behave, the demo."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from chargeproof.testing.held_port import HeldPort
from chargeproof.trace import load_trace
from tests.central_system.raw_client import request as handshake_request
from tests.cli.programs import FREE_PORTS, PATIENCE_S, SCALED, chargeproof, simulated_station
from tests.peers.programs import ROOT


def accept(folder: Path, *more: str) -> list[str]:
    return [
        "accept",
        "STATION-1",
        "--out",
        str(folder / "out"),
        "--data",
        str(folder / "data"),
        *FREE_PORTS,
        *more,
    ]


class Started:
    """A command that runs; ``address`` is where its stations connect, ``end`` waits for it."""

    def __init__(self, arguments: list[str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", *SCALED, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.address = ""
        self.base = ""
        self.web = ""

    def read_addresses(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"in one line: (\S+)/([^/]+),", line):
                self.base, self.address = found[1], f"{found[1]}/{found[2]}"
            if found := re.search(r"Health: (\S+)", line):
                self.web = found[1]
                return
        raise AssertionError(self.process.communicate()[1])

    def end(self) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        output, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, output, " ".join(errors.split())


@contextmanager
def started(arguments: list[str]) -> Iterator[Started]:
    program = Started(arguments)
    try:
        program.read_addresses()
        yield program
    finally:
        if program.process.poll() is None:
            program.process.kill()
            program.process.communicate()


def open_websocket(base: str, charge_point_id: str) -> socket.socket:
    host, port = re.findall(r"//([^:/]+):(\d+)", base)[0]
    connection = socket.create_connection((host, int(port)), timeout=PATIENCE_S)
    connection.sendall(handshake_request(f"/ocpp/{charge_point_id}"))
    assert connection.recv(4096).startswith(b"HTTP/1.1 101")
    return connection


@pytest.mark.parametrize(
    ("more", "code", "verdict"),
    [
        (("--only", "4,15"), 0, "pass"),
        (("--only", "1", "--model", "ctek_cs_connected"), 0, "pass_with_remark"),
        (("--only", "8", "--model", "ctek_cs_connected"), 1, "fail"),
    ],
    ids=["passed", "passed with a remark", "failed"],
)
def test_the_exit_code_is_the_verdict(more: tuple[str, ...], code: int, verdict: str, tmp_path: Path) -> None:
    done = chargeproof(*accept(tmp_path, "--site", "simulated", *more))
    assert done.returncode == code, done.stdout + done.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    number = int(more[1].split(",")[0])
    assert report["functions"][number - 1]["verdict"] == verdict
    assert "Report in" in done.stdout
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_rig_drives_a_station_in_another_process(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('connectivity = "lan"\nvalid_card = "CARD-1"\n', encoding="utf-8")
    command = accept(tmp_path, "--only", "10", "--site", "rig", "--profile", str(profile))
    with HeldPort() as held:
        command[command.index("--ocpp-port") + 1] = str(held.number)
        with (
            simulated_station(f"ws://127.0.0.1:{held.number}/ocpp", "STATION-1") as rig,
            started([*command, "--rig", rig]) as program,
        ):
            code, output, errors = program.end()
    assert code in (0, 2), output + errors
    record = (tmp_path / "out" / "record.jsonl").read_text(encoding="utf-8").splitlines()
    acts = [(act.act, act.was_done) for act in load_trace(record).acts()]
    assert acts == [("provoke_error", True), ("repair", True)]


def test_without_hands_what_needs_them_is_not_run(tmp_path: Path) -> None:
    with (
        started(accept(tmp_path, "--site", "none", "--only", "10")) as program,
        simulated_station(program.address, "STATION-1"),
    ):
        code, output, _ = program.end()
    assert code == 2, output
    assert "no hands at this site" in output


def test_a_station_that_never_comes_is_told_with_who_else_knocked(tmp_path: Path) -> None:
    with started(accept(tmp_path, "--wait-s", "60")) as program, open_websocket(program.base, "STATION-2"):
        code, _, errors = program.end()
    assert code == 3
    assert 'no station with the id "STATION-1" was ready within 60 s' in errors
    assert 'a station with the id "STATION-2" tried with /ocpp/STATION-2' in errors
    assert not (tmp_path / "out" / "record.jsonl").exists()


def test_a_station_that_sends_garbage_and_never_boots_is_told(tmp_path: Path) -> None:
    with (
        started(accept(tmp_path, "--wait-s", "60")) as program,
        open_websocket(program.base, "STATION-1") as station,
    ):
        station.sendall(b"\x81\x84\x00\x00\x00\x00\xff\xfe[{" + b"\x81\x83\x00\x00\x00\x00[2,")
        code, _, errors = program.end()
    assert code == 3
    assert 'the station "STATION-1" is connected, but was not ready for commands' in errors


def test_a_station_that_leaves_in_the_middle_has_its_report_all_the_same(tmp_path: Path) -> None:
    with started(accept(tmp_path, "--site", "none", "--only", "2,9")) as program:
        with simulated_station(program.address, "STATION-1"):
            assert program.process.stdout is not None
            next(line for line in program.process.stdout if "Reset CS" in line)
        program.process.send_signal(signal.SIGTERM)
        code, output, errors = program.end()
    assert code in (1, 2), output + errors
    assert "Report in" in output


def test_serve_tells_where_stations_connect_and_ends_politely(tmp_path: Path) -> None:
    with (
        started(["serve", "--data", str(tmp_path), *FREE_PORTS]) as program,
        simulated_station(program.base, "S 1/é"),
    ):
        health = httpx.get(program.web, trust_env=False, timeout=60)
        assert health.status_code == 200
        assert health.json()["status"] == "ok"
        wait_for_a_station(program.web)
        program.process.send_signal(signal.SIGTERM)
        code, output, errors = program.end()
    assert (code, errors) == (0, "")
    assert "Stopping" in output


def wait_for_a_station(web: str) -> None:
    """Ask until a station is connected; bounded by the patience of the test, without sleeping."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 10):
        if httpx.get(web, trust_env=False, timeout=60).json()["connected_stations"] == 1:
            return
        pause.wait(0.1)
    raise AssertionError("the station never connected")


def test_the_demo_runs_as_it_should(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.end_to_end.scaled_program", "1", "demo", "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "31 of 31 criteria passed" in done.stdout
    assert "chargeproof accept" in done.stdout
    assert len(list(tmp_path.glob("*/*/report.html"))) == 2
