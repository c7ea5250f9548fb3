"""The servers that are compared: how each is started, and what it is."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ROOT, running
from chargeproof.simulator.fleet.frames import card_of
from chargeproof.store import SqliteStore
from chargeproof.store.records import IdTagRecord
from chargeproof.testing.held_port import HeldPort
from tests.peers.node_program import node_program

NODE_MODULES = ROOT / "tests" / "peers" / "node" / "node_modules"
QUICK_DISK = Path("/dev/shm")
LOG, LAGS = "server.log", "lags.txt"
SERVING = "Serving; Ctrl-C ends it."
"""Told after everything else that a start does, some of which takes memory for a moment."""


@dataclass(frozen=True)
class Server:
    """A server that runs: where it listens, its process and its folder. web: its console, if it is ours."""

    url: str
    pid: int
    folder: Path
    web: str = ""

    @property
    def roots_pem(self) -> tuple[str, ...]:
        """Who vouches for it, where it speaks TLS."""
        root = self.folder / "certificates" / "root.pem"
        return (root.read_text(encoding="ascii"),) if self.url.startswith("wss:") else ()


@dataclass(frozen=True)
class Contender:
    """name: in JSON and on the command line. label: in the tables."""

    name: str
    label: str


OURS = Contender("ours", "chargeproof serve, SQLite file")
OURS_IN_MEMORY = Contender("ours-ram", "chargeproof serve, SQLite file on a RAM disk")
OURS_TLS = Contender("ours-tls", "chargeproof serve, SQLite file, over TLS")
PYPI_OCPP = Contender("pypi-ocpp", "PyPI ocpp + websockets + uvloop, stores nothing")
OCPP_RPC = Contender("ocpp-rpc", "npm ocpp-rpc, strict mode, stores nothing")
FLOOR = Contender("floor", "picows echo, reads no JSON")
OWN = (OURS, OURS_IN_MEMORY, OURS_TLS)
CONTENDERS = (OURS, OURS_IN_MEMORY, PYPI_OCPP, OCPP_RPC, FLOOR)


@contextmanager
def serving(contender: Contender, stations: int, *, notes_lags: bool = False) -> Iterator[Server]:
    """Start a server for so many stations in a folder of its own.

    notes_lags: ours also notes how late its loop is (`servers.watched`).
    """
    quick = contender is OURS_IN_MEMORY and QUICK_DISK.is_dir()
    disk = QUICK_DISK if quick else None
    with (
        tempfile.TemporaryDirectory(prefix="chargeproof-bench-", dir=disk) as name,
        HeldPort() as ocpp,
        HeldPort() as web,
    ):
        folder, port, web_port = Path(name), ocpp.number, web.number
        environment = {}
        if contender in OWN:
            asyncio.run(_issue_cards(folder, stations))
            command = [*_own_program(folder, notes_lags), *_own_options(folder, port, web_port, contender)]
        elif contender is OCPP_RPC:
            node = node_program("central_system.js")[0]
            command = [node, str(ROOT / "benchmarks" / "servers" / "ocpp_rpc.js"), str(port)]
            environment = {"NODE_PATH": str(NODE_MODULES)}
        else:
            command = [
                sys.executable,
                "-m",
                f"benchmarks.servers.{contender.name.replace('-', '_')}",
                str(port),
            ]
        says = SERVING if contender in OWN else ""
        with running(command, log=folder / LOG, port=port, environment=environment, says=says) as pid:
            scheme = "wss" if contender is OURS_TLS else "ws"
            yield Server(f"{scheme}://127.0.0.1:{port}/ocpp", pid, folder, f"http://127.0.0.1:{web_port}")


def _own_program(folder: Path, notes_lags: bool) -> list[str]:
    if notes_lags:
        return [sys.executable, "-m", "benchmarks.servers.watched", str(folder / LAGS)]
    return [str(Path(sys.executable).with_name("chargeproof"))]


def _own_options(folder: Path, port: int, web_port: int, contender: Contender) -> list[str]:
    options = ["serve", "--host", "127.0.0.1", "--web-port", str(web_port), "--ftp-port", "0"]
    if contender is OURS_TLS:
        options += ["--ocpp-tls-port", str(port), "--ocpp-port", "0"]
    else:
        options += ["--ocpp-port", str(port)]
    return [*options, "--data", str(folder)]


async def _issue_cards(folder: Path, stations: int) -> None:
    """A card for each station: unknown ones are refused, and nobody would measure an authorization."""
    store = SqliteStore(folder / "chargeproof.db")
    try:
        cards = (IdTagRecord(id_tag=card_of(number).decode()) for number in range(1, stations + 1))
        await asyncio.gather(*(store.put_id_tag(card) for card in cards))
    finally:
        await store.close()


def disk_sync_s(rounds: int = 50) -> list[float]:
    """How long this disk takes to make 4 kB durable, sorted: a commit cannot be faster."""
    from time import perf_counter

    spent = []
    with tempfile.NamedTemporaryFile(prefix="chargeproof-bench-") as file:
        for _ in range(rounds):
            os.write(file.fileno(), bytes(4096))
            begun = perf_counter()
            os.fdatasync(file.fileno())
            spent.append(perf_counter() - begun)
    return sorted(spent)
