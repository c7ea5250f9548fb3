"""What the figures were measured on; without it they mean little."""

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.contenders import disk_sync_s

REPEATED = "parts that were repeated later"
LIBRARIES = ("picows", "uvloop", "msgspec", "ocpp", "websockets")


def machine() -> dict[str, Any]:
    """Names and figures; takes a second."""
    node = shutil.which("node")
    told = subprocess.run([node, "--version"], capture_output=True, text=True) if node else None
    syncs = [seconds * 1000 for seconds in disk_sync_s()]
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "node": told.stdout.strip() if told is not None else "",
        "versions": {name: version(name) for name in LIBRARIES},
        "fdatasync of 4 kB, ms": {"p50": syncs[len(syncs) // 2], "longest": syncs[-1]},
        "load average at the beginning": os.getloadavg()[0],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()
