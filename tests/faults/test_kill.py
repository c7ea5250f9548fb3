"""kill -9 and SIGSTOP under load, at random points: no answered message is missing, no transaction doubled.

A short run of what `chargeproof soak --kills 100` does at length. SOAK_SEED repeats the points.
"""

import asyncio
import os
import re
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chargeproof.testbed.soak.audit import audit
from chargeproof.testbed.soak.load import Answered, Log
from chargeproof.testbed.soak.run import STORE, Fault, Soak, SoakResult, soak
from tests.faults.sound_store import make_sound_store

STATIONS = 10
CAR = 5
"""Requests of one car whose answers must be durable; each station charges one car at least."""
SEED = int(os.environ.get("SOAK_SEED") or secrets.randbelow(10**6))


def soaked(data: Path, fault: Fault, times: int, writer: str = "loop") -> SoakResult:
    print(f"repeat with SOAK_SEED={SEED}")
    plan = Soak(
        data=data,
        seed=SEED,
        faults=times,
        stations=STATIONS,
        fault=fault,
        store_writer=writer,
        messages_between=150,
    )
    result = asyncio.run(soak(plan))
    assert result.audit.faults == []
    assert result.audit.answered >= STATIONS * (1 + CAR)  # however early the points of this seed come
    assert result.audit.transactions >= STATIONS
    return result


@pytest.mark.parametrize(("writer", "times"), [("loop", 5), ("thread", 2)])
def test_nothing_that_was_answered_is_lost_when_the_server_is_killed(
    writer: str, times: int, tmp_path: Path
) -> None:
    result = soaked(tmp_path, "kill", times, writer)
    assert result.connected > STATIONS  # stations came back by themselves


def test_a_paused_server_goes_on_where_it_was(tmp_path: Path) -> None:
    result = soaked(tmp_path, "pause", 5)
    assert result.cuts == 0
    assert result.connected == STATIONS
    assert result.audit.heartbeats == result.audit.heartbeats_kept


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("DELETE FROM exchanges WHERE action = 'BootNotification'", "BootNotification .*exchange is lost"),
        ("UPDATE exchanges SET answer_text = '[3,\"1\",{}]'", "the exchange is lost"),
        ("UPDATE transactions SET meter_start_wh = 99", "StartTransaction .*effect is lost"),
        ("UPDATE transactions SET meter_stop_wh = NULL", "StopTransaction .*effect is lost"),
        ("DELETE FROM meter_values", "MeterValues .*effect is lost"),
        ("DELETE FROM statuses", "StatusNotification .*effect is lost"),
        ("UPDATE charge_points SET accepted_at = NULL", "BootNotification .*effect is lost"),
        (
            "INSERT INTO transactions SELECT 9, charge_point_id, connector_id, id_tag, meter_start_wh,"
            " started_text, started_at, start_received_at, 'x', reservation_id, id_tag_status,"
            " id_tag_expires_at, parent_id_tag, NULL, NULL, NULL, NULL, NULL, NULL FROM transactions",
            "is there 2 times",
        ),
        ("UPDATE stops SET unique_id = 'x'", "a stop without its frame"),
        ("INSERT INTO statuses SELECT 99, charge_point_id, connector_id, 'x', error_code, received_at,"
         " timestamp_text, info, vendor_id, vendor_error_code FROM statuses", "1 frames .* and 2 rows"),
    ],
)  # fmt: skip
def test_the_audit_condemns_a_store_that_lost_something(sound: Path, damage: str, fault: str) -> None:
    with closing(sqlite3.connect(sound / STORE)) as connection, connection:
        connection.execute(damage)
    found = audit(sound / STORE, told())
    assert found.faults
    assert any(re.search(fault, sentence) for sentence in found.faults)


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A store that bears out `told`."""
    make_sound_store(tmp_path / STORE, told())
    assert audit(tmp_path / STORE, told()).faults == []
    return tmp_path


def told() -> Log:
    at = "2026-01-01T00:00:00Z"
    messages: list[tuple[str, dict[str, object], object]] = [
        (
            "BootNotification",
            {"chargePointVendor": "V", "chargePointModel": "M"},
            {"status": "Accepted", "currentTime": at, "interval": 300},
        ),
        (
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Preparing", "timestamp": at},
            {},
        ),
        (
            "StartTransaction",
            {"connectorId": 1, "idTag": "T", "meterStart": 1, "timestamp": at},
            {"transactionId": 1, "idTagInfo": {"status": "Accepted"}},
        ),
        (
            "MeterValues",
            {
                "connectorId": 1,
                "transactionId": 1,
                "meterValue": [{"timestamp": at, "sampledValue": [{"value": "1"}]}],
            },
            {},
        ),
        ("StopTransaction", {"transactionId": 1, "meterStop": 2, "timestamp": at}, {}),
    ]
    return Log(
        answered=[
            Answered("CP-1", f"id-{number}", action, payload, answer)
            for number, (action, payload, answer) in enumerate(messages)
        ]
    )
