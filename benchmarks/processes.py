"""Programs under measurement: started on one core, looked at through /proc, ended by their own id."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_S = 60.0
END_S = 30.0
SERVER_CORE, LOAD_CORE = 0, 1


def cpu_s(pid: int) -> float:
    """Seconds of CPU, user and system, of all threads of a process that live."""
    spent_ns = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            spent_ns += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
        except FileNotFoundError:
            continue  # it ended meanwhile
    return spent_ns / 1e9


def resident_bytes(pid: int) -> int:
    """Memory of a process that is its own and in use."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/{pid}/status tells no RssAnon")


def pin(core: int) -> None:
    """Bind this process and what it starts to one core, if there is such a core."""
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {allowed[core % len(allowed)]})


@contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    port: int,
    environment: Mapping[str, str] | None = None,
    says: str = "",
) -> Iterator[int]:
    """Run a server on the server's core; gives its process id once it listens and its log has what it says then."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
            preexec_fn=lambda: pin(SERVER_CORE),
        )
        try:
            _wait_until_it_listens(process, port, log, says)
            yield process.pid
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    """End this process and no other."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(END_S)


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int, log: Path, says: str) -> None:
    give_up_at = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < give_up_at:
        if _listens(port) and says in log.read_text(encoding="utf-8", errors="replace"):
            return
        time.sleep(0.05)
    told = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"{process.args!r} does not serve on port {port}:\n{told}")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
