"""`chargeproof serve` as a program of its own on loopback, with hands at its simulated stations."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pexpect

from chargeproof.testing.held_port import HeldPort
from tests.peers.programs import ROOT

START_S = 60


class Served:
    """`start` returns when it serves; `restart` keeps ports and data. `password`: admin's, told once.

    `speed`: how much faster its clock runs. `api` is called by the administrator once `log_in` was.
    """

    def __init__(self, data: Path, *, speed: int = 1, **settings: str) -> None:
        self.data = data
        self._speed = speed
        self._settings = {f"CHARGEPROOF_{name.upper()}": value for name, value in settings.items()}
        self._held = (HeldPort(), HeldPort())
        self._web_port, self._ocpp_port = (each.number for each in self._held)
        self._program: pexpect.spawn[str] | None = None
        self._reader = threading.Thread()
        self.password = ""
        self.url = f"http://127.0.0.1:{self._web_port}"
        self.ocpp = f"ws://127.0.0.1:{self._ocpp_port}/ocpp"
        self._client = httpx.Client(base_url=f"{self.url}/api/v1", timeout=60)

    def start(self) -> None:
        faster = ["tests.end_to_end.scaled_program", str(self._speed)]
        arguments = ["-m", *(faster if self._speed > 1 else ["chargeproof"]), "serve"]
        arguments += ["--data", str(self.data), "--ftp-port", "0"]
        arguments += ["--web-port", str(self._web_port), "--ocpp-port", str(self._ocpp_port)]
        self._program = pexpect.spawn(
            sys.executable,
            arguments,
            cwd=str(ROOT),
            env={**os.environ, **self._settings, "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"},
            encoding="utf-8",
            timeout=START_S,
            dimensions=(60, 200),
        )
        self._program.expect("Serving; Ctrl-C ends it")
        told = re.search(r"log in as admin with the password (\S+)", self._program.before or "")
        self.password = told[1] if told else self.password
        # A terminal that nobody reads fills up, and a program that logs to it stands still.
        self._reader = threading.Thread(target=_read_to_the_end, args=(self._program,), daemon=True)
        self._reader.start()

    def stop(self) -> None:
        if self._program is not None:
            self._program.sendintr()
            self._reader.join(START_S)
            self._program.close()
            self._program = None

    @property
    def pid(self) -> int:
        assert self._program is not None
        assert self._program.pid is not None
        return self._program.pid

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self._client.close()
        self.stop()
        for each in self._held:
            each.close()

    def log_in(self) -> None:
        """So that `api` is the administrator."""
        answer = self._client.post("/session", json={"name": "admin", "password": self.password})
        answer.raise_for_status()
        self._client.headers["x-csrf-token"] = answer.json()["csrf_token"]

    def api(self, method: str, path: str, body: Any = None, *, also: int | None = None) -> Any:
        """``also``: a status above 400 that is an answer too."""
        answer = self._client.request(method, path, json=body)
        if answer.is_error and answer.status_code != also:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def simulate(self, charge_point_id: str, model: str = "lawful") -> None:
        self.api("POST", "/simulated-stations", {"charge_point_id": charge_point_id, "model": model})

    def until(self, path: str, holds: Callable[[Any], Any], *, within_s: float = START_S) -> None:
        """Ask until the answer is as wished: stations and runs take their own time, more on a busy machine."""
        deadline = time.monotonic() + within_s
        while not holds(answer := self.api("GET", path)):
            if time.monotonic() > deadline:
                raise AssertionError(f"{path} is not as wished: {str(answer)[:500]}")

    def until_ready(self, *charge_point_ids: str) -> None:
        def are_ready(stations: Any) -> bool:
            ready = {row["charge_point_id"] for row in stations["items"] if row["ready"]}
            return ready.issuperset(charge_point_ids)

        self.until("/charge-points", are_ready)

    def by_hand(self, charge_point_id: str, act: str, **parameters: Any) -> None:
        self.api("POST", f"/simulated-stations/{charge_point_id}/acts", {"act": act, **parameters})

    def cookies(self) -> list[dict[str, Any]]:
        """Those of the session of `log_in`, for a browser."""
        return [
            {"name": name, "value": value, "url": self.url} for name, value in self._client.cookies.items()
        ]


def _read_to_the_end(program: "pexpect.spawn[str]") -> None:
    with suppress(pexpect.EOF):
        while True:
            program.read_nonblocking(4096, timeout=None)
