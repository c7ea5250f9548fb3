"""`chargeproof security` against a program that serves."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chargeproof.cli import run
from chargeproof.settings import SERVER_VARIABLE, TOKEN_VARIABLE
from tests.central_system.tls_files import TestAuthority
from tests.web.browser.served import Served

STATION = "SAFE-1"
KEY = "00112233445566778899AABBCCDDEEFF"
NOT_DONE, REFUSED, USAGE = 1, 3, 4
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    program = Served(tmp_path_factory.mktemp("served"), speed=20, ocpp_tls_port="0")
    program.start()
    program.log_in()
    program.simulate(STATION, "secure")
    program.until_ready(STATION)
    yield program
    program.close()


@pytest.fixture(autouse=True)
def at_the_server(program: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    made = program.api("POST", "/tokens", {"label": "command line", "role": "operator"})
    monkeypatch.setenv(SERVER_VARIABLE, program.url)
    monkeypatch.setenv(TOKEN_VARIABLE, made["secret"])
    monkeypatch.setenv("COLUMNS", "200")


def asked(capsys: Output, *arguments: str, code: int = 0) -> Any:
    assert run(["security", *arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def told(capsys: Output, *arguments: str, code: int = 0) -> str:
    assert run(["security", *arguments]) == code
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    return " ".join((shown.out + shown.err).split())


def types(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{text}\n"))


def test_a_station_is_led_up_and_not_down(
    program: Served, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Profile 0" in told(capsys, "show", STATION)
    assert told(capsys, "install-root", STATION) == "InstallCertificate: Accepted"
    assert "central system" in told(capsys, "roots", STATION, "--ask")
    types(monkeypatch, KEY)
    given = asked(capsys, "password", STATION, "--given", code=NOT_DONE)
    assert given["state"] == "not_proved"  # in profile 0 no password is sent
    assert KEY not in str(given)
    assert told(capsys, "raise", STATION, "1").endswith("proved")
    assert "proved" in told(capsys, "password", STATION)
    assert asked(capsys, "raise", STATION, "2")["state"] == "proved"
    assert told(capsys, "renew", STATION).endswith("installed")
    assert "never lowered over the wire" in told(capsys, "raise", STATION, "1", code=REFUSED)
    shown = asked(capsys, "show", STATION)
    assert (shown["using"]["profile"], shown["using"]["protocol"]) == (2, "TLSv1.3")
    assert "At least profile 0" in told(capsys, "require", STATION)
    assert asked(capsys, "require", STATION, "2")["own_profile"] == 2


def test_events_logs_and_messages_are_asked_for(program: Served, capsys: Output) -> None:
    program.until_ready(STATION)
    assert {"StartupOfTheDevice"} <= {each["type"] for each in asked(capsys, "events", STATION)}
    assert all(each["critical"] for each in asked(capsys, "events", "--critical", "--limit", "5"))
    assert "StartupOfTheDevice" in told(capsys, "events", STATION)
    job = asked(capsys, "log", STATION, "--diagnostics", "--scheme", "ftp")
    assert (job["kind"], job["scheme"]) == ("log", "ftp")
    assert told(capsys, "trigger", STATION, "StatusNotification", "--connector", "1").endswith("Accepted")
    assert "no firmware file 'none.bin'" in told(capsys, "update", STATION, "none.bin", code=REFUSED)


def test_a_root_is_installed_and_deleted_by_its_number(capsys: Output, tmp_path: Path) -> None:
    root = str(TestAuthority(tmp_path, "maker").root_file)
    assert "Accepted" in told(capsys, "install-root", STATION, root, "--use", "manufacturer")
    found = asked(capsys, "roots", STATION, "--ask")["items"]
    (maker,) = (each for each in found if each["use"] == "ManufacturerRootCertificate")
    delete = ("delete-root", STATION, maker["serial_number"], "--use", "manufacturer")
    assert told(capsys, *delete) == "DeleteCertificate: Accepted"
    assert "has not said" in told(capsys, "delete-root", STATION, "FF", code=USAGE)
    assert "no certificate can be read" in told(capsys, "install-root", STATION, "missing.pem", code=USAGE)


def test_a_password_of_the_station_is_made_known(
    program: Served, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, KEY)
    assert "must send this password" in told(capsys, "password", "SAFE-2", "--only-here")
    assert program.api("GET", "/charge-points/SAFE-2")["security"]["password_set"]
    types(monkeypatch, "too short")
    assert run(["security", "password", STATION, "--given"]) == REFUSED
    assert "too short" not in capsys.readouterr().err


def test_who_asks_must_be_told(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    assert TOKEN_VARIABLE in told(capsys, "show", STATION, code=USAGE)
