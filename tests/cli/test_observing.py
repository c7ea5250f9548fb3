"""What a running node tells about itself: /metrics, /healthz and /readyz."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from chargeproof.cli import furnishing
from chargeproof.cli.serving import STORE_NAME, Serving, serving
from chargeproof.clock import LoopClock
from chargeproof.settings import Settings
from tests.central_system.raw_client import TEXT, RawClient, run

BOOT = {"chargePointVendor": "Maker", "chargePointModel": "Model"}


@asynccontextmanager
async def node(folder: Path) -> AsyncIterator[tuple[Serving, httpx.AsyncClient]]:
    settings = Settings(data=str(folder), host="127.0.0.1", ocpp_port=0, web_port=0, ftp_port=0)
    async with (
        serving(settings, LoopClock()) as served,
        httpx.AsyncClient(base_url=served.addresses.web, trust_env=False) as client,
    ):
        yield served, client


async def call(station: RawClient, number: int, action: str, payload: object) -> None:
    station.send(TEXT, json.dumps([2, str(number), action, payload]).encode())
    await station.frame()


def numbers(text: str) -> dict[str, float]:
    found = re.findall(r"^(chargeproof\w+(?:\{[^}]*\})?) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def test_metrics_count_what_happened(tmp_path: Path) -> None:
    async def main() -> None:
        async with node(tmp_path) as (served, client):
            port = int(served.addresses.ocpp.split(":")[2].split("/")[0])
            station = await RawClient.open(port, "/ocpp/CP-1")
            for number, (action, payload) in enumerate(
                [("BootNotification", BOOT), ("Heartbeat", {}), ("Heartbeat", {}), ("MakeCoffee", {})]
            ):
                await call(station, number, action, payload)
            answer = await client.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
            found = numbers(answer.text)
            assert found["chargeproof_connections"] == found["chargeproof_ready_stations"] == 1
            messages = 'chargeproof_messages_total{action="%s",caller="charge_point",outcome="%s"}'
            assert found[messages % ("Heartbeat", "answered")] == 2
            assert found[messages % ("BootNotification", "answered")] == 1
            assert found[messages % ("other", "call_error")] == 1
            assert found['chargeproof_handshakes_total{outcome="accepted"}'] == 1
            assert found["chargeproof_commit_seconds_count"] >= 1
            assert found["chargeproof_failed_commits_total"] == 0
            for name in ("requests_waiting", "commands_waiting", "store_rows_waiting", "handshakes_waiting"):
                assert found[f"chargeproof_{name}"] >= 0
            assert "chargeproof_event_loop_lag_seconds_bucket" in answer.text
            assert "process_resident_memory_bytes" in answer.text
            station.writer.close()

    run(main())


def test_ready_means_that_the_store_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furnishing, "ASKED_AGAIN_S", 0.0)

    async def main() -> None:
        async with node(tmp_path) as (_served, client):
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()) == (200, {"ready": True, "obstacles": []})
            blocker = sqlite3.connect(tmp_path / STORE_NAME, isolation_level=None)
            blocker.execute("BEGIN EXCLUSIVE")
            away = await client.get("/readyz")
            assert away.status_code == 503
            assert "locked by another process" in away.json()["obstacles"][0]
            assert (await client.get("/healthz")).status_code == 200
            blocker.close()

    run(main())


def test_while_it_stops_it_is_not_ready(tmp_path: Path) -> None:
    async def main() -> None:
        async with node(tmp_path) as (served, client):
            stopping = asyncio.create_task(served.central_system.stop())
            await stopping
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.json()["obstacles"]) == (503, ["the central system stops"])

    run(main())
