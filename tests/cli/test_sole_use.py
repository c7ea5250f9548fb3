"""Two central systems on one folder would give numbers twice: the second one is refused."""

import asyncio
import errno
import fcntl
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from chargeproof.cli.serving import serving
from chargeproof.cli.sole_use import sole_use
from chargeproof.clock import LoopClock
from chargeproof.errors import ToolError
from chargeproof.settings import Settings

HOLD = """
import sys
from pathlib import Path
from chargeproof.cli.sole_use import sole_use
with sole_use(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_central_system_is_refused_and_the_first_one_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        settings = Settings(data=str(tmp_path), host="127.0.0.1", ocpp_port=0, web_port=0, ftp_port=0)
        async with serving(settings, LoopClock()) as first:
            with pytest.raises(ToolError, match=r"another process \(\d+\) serves from this folder\. End it"):
                async with serving(settings, LoopClock()):
                    raise AssertionError("two serve from one folder")
            assert await first.central_system.obstacles() == []
        async with serving(settings, LoopClock()) as next_one:
            assert await next_one.central_system.obstacles() == []

    asyncio.run(main())


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ToolError, match=rf"another process \({other.pid}\)"), sole_use(tmp_path):
            raise AssertionError("two hold one folder")
        other.kill()
    with sole_use(tmp_path):
        pass


def test_where_no_lock_can_be_had_that_is_told_and_the_folder_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with caplog.at_level(logging.WARNING), sole_use(tmp_path):
        assert "nothing keeps a second central system out" in caplog.text
