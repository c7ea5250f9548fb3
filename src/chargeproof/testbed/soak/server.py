"""A central system in a process of its own, which is killed, paused and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from chargeproof.errors import ToolError
from chargeproof.testing.held_port import HeldPort

STOP_TIMEOUT_S = 30.0


class ServerProcess:
    """`chargeproof serve` on one port and one folder, through all its lives."""

    def __init__(self, data: Path, settings: Mapping[str, str]) -> None:
        self.data = data
        self._held = HeldPort()
        self.port = self._held.number
        self.log = data / "serve.log"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ocpp"

    def start(self) -> None:
        variables = {f"CHARGEPROOF_{name.upper()}": value for name, value in self._settings.items()}
        places = ("--host", "127.0.0.1", "--ocpp-port", str(self.port), "--web-port", "0", "--ftp-port", "0")
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                [sys.executable, "-m", "chargeproof", "serve", "--data", str(self.data), *places],
                env={**os.environ, **variables},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def refuse_if_ended(self) -> None:
        """Raises ToolError when the process has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise ToolError(
                f"the central system ended by itself with code {self._process.returncode}",
                str(self.log),
                "Its log says why",
            )

    def send(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def close(self) -> None:
        """Kill it if it lives, and let its port go."""
        self.kill()
        self._held.close()

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is written any more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """SIGTERM, and wait for the end. Raises ToolError if it does not end well."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            code = self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ToolError("the central system does not stop", str(self.log), "Its log says why") from None
        self._process = None
        if code != 0:
            raise ToolError(f"the central system stopped with code {code}", str(self.log), "Its log says why")
