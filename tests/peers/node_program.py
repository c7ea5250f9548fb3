"""Peers that run in Node.js, with their npm packages fetched once by the lock file."""

import fcntl
import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "node"
STAMP = FOLDER / "node_modules" / ".from-lock"
INSTALL_S = 300.0
OLDEST_NODE = 18


class NodeMissingError(RuntimeError):
    """Node.js or npm is not on this machine, or too old; these tests need both and are not skipped."""


def node_program(script: str, *arguments: str) -> list[str]:
    """The command that runs a script of ``tests/peers/node``; its packages are there when this returns."""
    node, npm = (shutil.which(name) for name in ("node", "npm"))
    if node is None or npm is None or _major_version_of(node) < OLDEST_NODE:
        raise NodeMissingError(
            f"the peers in tests/peers/node need Node.js {OLDEST_NODE} or newer and npm on the PATH"
            " (Debian and Ubuntu: apt-get install nodejs npm)"
        )
    _install_packages(npm)
    return [node, str(FOLDER / script), *arguments]


@cache
def _major_version_of(node: str) -> int:
    told = subprocess.run([node, "--version"], timeout=INSTALL_S, capture_output=True, text=True, check=True)
    return int(told.stdout.strip().removeprefix("v").partition(".")[0])


def _install_packages(npm: str) -> None:
    """``npm ci`` unless the packages are those of the lock file; one test process at a time."""
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    with (FOLDER / "package.json").open("rb") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if STAMP.is_file() and STAMP.read_text(encoding="ascii") == lock:
            return
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=FOLDER, timeout=INSTALL_S, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"npm ci failed in {FOLDER}:\n{done.stdout}\n{done.stderr}")
        STAMP.write_text(lock, encoding="ascii")
