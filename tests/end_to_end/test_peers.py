"""Stations that were written with other libraries go through ``chargeproof accept``, each as a process of its own.

All of them at once, each with an ``accept`` of its own, over real sockets on a clock that runs faster.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chargeproof.testing.held_port import HeldPort
from tests.peers.node_program import node_program
from tests.peers.programs import Program, python_program, running

SPEED = "8"
ID = "PEER-1"
FIRMWARE = "V2.0.0\nnothing that a machine could run\n"
LONGEST_RUN_S = 450.0  # real seconds
PASSED, FAILED, UNDECIDED = 0, 1, 2

Command = Callable[[str], list[str]]


def with_ocpp(*options: str) -> Command:
    """A station of ``tests/peers/python``, given the address of its central system."""
    return lambda url: python_program("tests.peers.python.station", url, ID, "--speed", SPEED, *options)


def with_ocpp_rpc(url: str) -> list[str]:
    return node_program("station.js", url, ID, "--speed", SPEED)


@dataclass(frozen=True)
class Peer:
    """A station, and what it deserves.

    ``functions``: the verdict of each function that was run. ``checks``: all checks of these that do not simply
    pass, with their verdict and why the station deserves it. ``lints``: deviations
    that must be named; of a station without faults no others may be.
    """

    name: str
    station: Command
    exit_code: int
    functions: Mapping[int, str]
    checks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    lints: frozenset[str] = frozenset()
    profile: str = 'connectivity = "modem"\nconnectors = 2\n'

    @property
    def only(self) -> str:
        return ",".join(str(number) for number in self.functions)


FAULTS = ("no-meter-values", "no-boot-after-soft-reset", "status-occupied")
ALL_PASS = dict.fromkeys(range(1, 17), "pass")

PEERS = (
    Peer(
        "PyPI's ocpp, lawful",
        with_ocpp(),
        PASSED,
        ALL_PASS,
    ),
    Peer(
        "npm's ocpp-rpc, one outlet without a card reader",
        with_ocpp_rpc,
        UNDECIDED,
        ALL_PASS
        | {
            1: "pass_with_remark",
            3: "pass_with_remark",
            6: "not_run",
            7: "not_run",
            10: "not_run",
            11: "pass_with_remark",
            14: "not_run",
            15: "not_applicable",
        },
        {
            "1.1d": ("not_applicable", "no modem: it is connected by LAN"),
            "3.4b": ("not_applicable", "no error ever occurred"),
            "6.2a": ("not_run", "without a card reader nobody can present a card"),
            "6.2b": ("not_run", "no card reader"),
            "6.3a": ("not_run", "no card reader"),
            "7.2a": ("not_run", "no card reader"),
            "10.1a": ("not_run", "its rig cannot provoke errors"),
            "10.2a": ("not_run", "no error was provoked"),
            "11.2b": ("pass_with_remark", "plugged and not identified, it stays in Preparing"),
            "14.1a": (
                "not_run",
                "out of reach and without a card a session can neither be stopped nor begun",
            ),
            "15.1a": ("not_applicable", "it rejects ClearCache because it keeps no cache"),
        },
        lints=frozenset({"L-22"}),  # it rejects a remote start in Finishing
        profile='connectivity = "lan"\nconnectors = 1\n',
    ),
    Peer(
        "PyPI's ocpp, with three faults",
        with_ocpp(*(f"--defect={each}" for each in FAULTS)),
        FAILED,
        {3: "fail", 8: "fail", 9: "fail", 11: "fail"},
        {
            "3.4a": ("fail", "it says Occupied, which is none of the nine statuses"),
            "3.4b": ("not_applicable", "no error occurred"),
            "8.2a": ("fail", "MeterValues are configured, accepted and never come"),
            "8.2b": ("inconclusive", "so there is no sample in which to look for voltage, current and power"),
            "9.2a": ("fail", "the soft reset was accepted and no BootNotification came"),
            "9.2b": ("inconclusive", "there is no boot after which statuses could be asked for"),
            "11.1a": ("pass_with_remark", "something came after plugging in, though in the word of OCPP 1.5"),
            "11.2a": ("fail", "it says Occupied where OCPP 1.6 says Preparing"),
        },
        lints=frozenset({"L-04", "L-07", "L-23", "S-not-in-enum"}),
    ),
)


class Visit:
    """One ``accept`` under way, and the station that it tests."""

    def __init__(self, peer: Peer, station: Program, accept: Program, folder: Path) -> None:
        self.peer = peer
        self._station = station
        self._accept = accept
        self._folder = folder

    def report(self) -> tuple[int, dict[str, Any]]:
        """Exit code and report, when the run is over."""
        exit_code = self._accept.process.wait(LONGEST_RUN_S)
        report: dict[str, Any] = json.loads((self._folder / "report.json").read_text(encoding="utf-8"))
        return exit_code, report

    def objections(self) -> list[str]:
        """What the station's library found wrong with our central system; it validates whatever it gets."""
        log = self._station.log.read_text(encoding="utf-8", errors="replace")
        return [line for line in log.splitlines() if " ERROR " in line and not _gave_up(line, log)]

    def story(self) -> str:
        return f"{self._accept.story()}\n{self._station.story()}"


def _gave_up(objection: str, log: str) -> bool:
    """Whether the station had hung up on a Call of its own before our one answer to it came."""
    unknown = re.search(r"unrecognised message ID: (\S+)", objection)
    if unknown is None:
        return False
    return log.count(f'send [2,"{unknown[1]}"') == 1 == log.count(f'receive [3,"{unknown[1]}"')


@contextmanager
def visiting(peer: Peer, folder: Path) -> Iterator[Visit]:
    """Start a station, then an ``accept`` for it."""
    (folder / "firmware.bin").write_text(FIRMWARE, encoding="ascii")
    cards = 'valid_card = "CARD-VALID"\nunknown_card = "CARD-UNKNOWN"\n'
    firmware = 'firmware_file = "firmware.bin"\nfirmware_version = "V2.0.0"\n'
    (folder / "profile.toml").write_text(peer.profile + cards + firmware, encoding="utf-8")
    with (
        HeldPort() as held,
        running(peer.station(f"ws://127.0.0.1:{held.number}/ocpp"), folder / "station.log") as station,
    ):
        accept = Program(
            accept_command(peer, folder, held.number, station.said["rig"]),
            folder / "accept.log",
            announces=False,
        )
        try:
            yield Visit(peer, station, accept, folder / "out")
        finally:
            accept.end()


def accept_command(peer: Peer, folder: Path, port: int, rig: str) -> list[str]:
    return python_program(
        "tests.end_to_end.scaled_program",
        *(SPEED, "accept", ID, "--site", "rig", "--rig", rig, "--only", peer.only),
        *("--profile", str(folder / "profile.toml"), "--out", str(folder / "out")),
        *("--data", str(folder / "data"), "--host", "127.0.0.1", "--ocpp-port", str(port)),
        *("--web-port", "0", "--ftp-port", "0"),
    )


def checks_of(report: dict[str, Any], functions: Mapping[int, str]) -> dict[str, dict[str, Any]]:
    """The checks of these functions by their ids."""
    return {
        check["id"]: check
        for function in report["functions"]
        if function["number"] in functions
        for criterion in function["criteria"]
        for check in criterion["checks"]
    }


def assert_deserved(visit: Visit) -> None:
    peer = visit.peer
    exit_code, report = visit.report()
    checks = checks_of(report, peer.functions)
    verdicts = {f["number"]: f["verdict"] for f in report["functions"] if f["number"] in peer.functions}
    said = {name: f"{check['verdict']}: {check['reason']}" for name, check in checks.items()}
    not_passed = {name: check["verdict"] for name, check in checks.items() if check["verdict"] != "pass"}
    assert not_passed == {name: verdict for name, (verdict, _) in peer.checks.items()}, said
    assert verdicts == dict(peer.functions), said
    lints = {lint["id"] for lint in report["lints"]}
    assert peer.lints <= lints if peer.exit_code == FAILED else peer.lints == lints
    assert report["restoration"]["verdict"] == "pass", report["restoration"]
    assert exit_code == peer.exit_code
    assert visit.objections() == []


def test_every_station_gets_the_verdicts_that_it_deserves(subtests: pytest.Subtests, tmp_path: Path) -> None:
    with ExitStack() as stack:
        visits: list[Visit] = []
        for number, peer in enumerate(PEERS):
            folder = tmp_path / str(number)
            folder.mkdir()
            visits.append(stack.enter_context(visiting(peer, folder)))
        for visit in visits:
            with subtests.test(visit.peer.name):
                try:
                    assert_deserved(visit)
                except Exception as error:
                    error.add_note(visit.story())
                    raise
