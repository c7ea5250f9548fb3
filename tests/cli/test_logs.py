"""The log: one event a line, with the station and the run, and never a secret."""

import asyncio
import base64
import json
import logging
import subprocess
import sys

import pytest

from chargeproof.cli.logs import HIDDEN, hide_secrets
from tests.cli.password_talk import PASSWORD, talk

PROGRAM = """
import logging, structlog
from chargeproof.cli.logs import log_at, name_the_run
log_at("debug", "{form}")
name_the_run("run-7")
log = logging.getLogger("chargeproof.central_system.charge_point")
log.warning("not answered: %s", "no disk", extra={{"station": "CP-1", "action": "StartTransaction"}})
logging.getLogger("any.library").info("GET http://user:hunter2@host/file with Basic aHVudGVyMg==")
structlog.get_logger("chargeproof.x").info("told", charge_point_id="CP-2", password="hunter2")
try:
    raise ValueError("ftp://user:hunter2@host/")
except ValueError:
    log.exception("failed", extra={{"station": "CP-1"}})
"""


def logged(form: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(form=form)],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    assert done.stdout == ""
    return done.stderr


def test_as_json_every_event_is_an_object_that_names_station_and_run() -> None:
    events = [json.loads(line) for line in logged("json").splitlines()]
    first = events[0]
    assert first["event"] == "not answered: no disk"
    assert (first["station"], first["action"], first["run"]) == ("CP-1", "StartTransaction", "run-7")
    assert (first["level"], first["logger"]) == ("warning", "chargeproof.central_system.charge_point")
    assert first["timestamp"].endswith("Z")
    assert {event["run"] for event in events} == {"run-7"}
    assert events[2]["charge_point_id"] == "CP-2"
    assert "ValueError" in events[3]["exception"]


def test_as_text_a_person_can_read_it() -> None:
    line = logged("text").splitlines()[0]
    for part in ("warning", "not answered: no disk", "station=CP-1", "run=run-7"):
        assert part in line


def test_no_secret_is_in_it_in_whatever_form() -> None:
    for form in ("json", "text"):
        text = logged(form)
        assert "hunter2" not in text
        assert base64.b64encode(b"hunter2").decode() not in text
        assert HIDDEN in text


def test_what_looks_like_a_secret_is_blotted_out_and_nothing_else() -> None:
    event = {"event": "see http://host/path@home and CP@1", "station": "basic"}
    assert hide_secrets(None, "info", dict(event)) == event


def test_a_station_with_a_password_leaves_none_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        asyncio.run(talk())
    assert "refused" in caplog.text
    assert any(getattr(record, "station", None) == "CP-1" for record in caplog.records)
    for secret in (PASSWORD, base64.b64encode(f"CP-1:{PASSWORD}".encode()).decode()):
        assert secret not in caplog.text
