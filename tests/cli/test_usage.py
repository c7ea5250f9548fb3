"""Help, wrong usage and bad input: one clear message each, and an exit code that is no verdict."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import chargeproof
from chargeproof.acceptance.profile import EXAMPLE, load_profile
from chargeproof.cli import COMMANDS, run
from chargeproof.testbed.simulated import run_simulated
from chargeproof.testing.virtual_time import run_virtual

USAGE = 4
NO_ANSWER = 3
OURS = 3
Output = pytest.CaptureFixture[str]


@pytest.fixture
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run") / "record.jsonl"
    lines = run_virtual(run_simulated(functions=(4, 15))).record_lines
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield str(taken.getsockname()[1])


def said(capsys: Output) -> str:
    """What was said on stderr, with its lines joined; there is never a stack trace."""
    message = " ".join(capsys.readouterr().err.split())
    assert "Traceback" not in message
    return message


def test_the_version_is_told(capsys: Output) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == chargeproof.__version__


def test_the_help_names_every_command_and_shows_examples(capsys: Output) -> None:
    assert run([]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert command in text
    assert "chargeproof accept STATION-1" in text
    assert "Exit codes" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command: str, capsys: Output) -> None:
    assert run([command, "--help"]) == 0
    assert f"chargeproof {command}" in capsys.readouterr().out


def test_the_profile_that_help_shows_can_be_used(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert load_profile(path).connectivity == "lan"
    assert run(["accept", "--help"]) == 0
    shown = capsys.readouterr().out
    for line in EXAMPLE.splitlines():
        assert line in shown


def test_serve_lists_every_setting(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert run(["serve", "--settings"]) == 0
    text = capsys.readouterr().out
    assert "CHARGEPROOF_UNKNOWN_STATIONS" in text
    assert "advertised_host" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "fly"),
        (["accept"], "CHARGE_POINT_ID requires an argument. `chargeproof accept --help` shows what fits"),
        (["accept", "S", "--sit", "none"], "Unknown option: --sit. Did you mean --site?"),
        (["accept", "S", "--site", "moon"], "moon"),
        (["accept", "S", "--only", "17"], 'there is no function "17". The document has 1 to 16'),
        (["accept", "S", "--only", "3,x"], 'there is no function "x"'),
        (["accept", "S", "--only", ""], 'there is no function ""'),
        (["accept", "S", "--site", "rig"], "--site rig and --rig URL belong together"),
        (["accept", "S", "--rig", "http://rig"], "--site rig and --rig URL belong together"),
        (["accept", "S", "--site", "rig", "--rig", "rig:80"], "this is no address of a rig"),
        (["accept", "S", "--wait-s", "0"], "nobody can wait for 0 s"),
        (["accept", "S", "--profile", "none.toml"], "none.toml cannot be read"),
        (["accept", "S", "--site", "simulated", "--model", "x"], "lawful"),
        (["accept", "S", "--ocpp-port", "70000"], 'the setting "ocpp_port" does not take 70000'),
        (["serve", "--config", "none.toml"], "none.toml: the settings cannot be read"),
        (["judge", "none.jsonl"], "none.jsonl: the record cannot be read"),
        (["simulate", "http://x", "S"], "http://x: this is no address of a central system"),
        (["simulate", "ws://x/ocpp", "S", "--model", "x"], "there is no station model here"),
        (
            ["simulate", "ws://x/ocpp", "S", "--count", "2", "--duration", "0"],
            "--duration: 0 s are no stretch of",
        ),
        (["judge", "x", "--format", "y"], '"text". `chargeproof judge --help` shows what fits'),
        (["demo", "--speed", "0"], "the clock cannot run 0 times as fast"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_explained(
    arguments: list[str], message: str, capsys: Output, in_an_empty_folder: Path
) -> None:
    assert run(arguments) == USAGE
    assert message in said(capsys)


def test_a_server_that_is_not_there_is_not_waited_for(capsys: Output) -> None:
    assert run(["accept", "S", "--server", "http://127.0.0.1:1", "--token", "x"]) == NO_ANSWER
    assert "http://127.0.0.1:1: the server does not answer" in said(capsys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("connectors = ", "is not TOML"),
        ("conectors = 2", "unknown field `conectors`"),
        ('connectors = "two"', "does not fit"),
    ],
)
def test_a_broken_profile_is_explained(
    text: str, message: str, capsys: Output, in_an_empty_folder: Path
) -> None:
    (in_an_empty_folder / "p.toml").write_text(text, encoding="utf-8")
    assert run(["accept", "S", "--profile", "p.toml"]) == USAGE
    assert message in said(capsys)


def test_a_port_in_use_is_explained(taken_port: str, capsys: Output, in_an_empty_folder: Path) -> None:
    free = ["--host", "127.0.0.1", "--ocpp-port", "0", "--web-port", "0", "--ftp-port", "0"]
    for option in ("--ocpp-port", "--web-port", "--ftp-port"):
        arguments = [*free]
        arguments[arguments.index(option) + 1] = taken_port
        assert run(["serve", *arguments]) == USAGE
        assert f"127.0.0.1:{taken_port}: cannot start" in (message := said(capsys))
        assert "the port is in use" in message
    people = ["people", "list", "--data", "chargeproof-data"]
    assert run(people) == 0
    assert "admin" not in capsys.readouterr().out, "a password that nobody was told would open nothing"


@pytest.mark.parametrize("option", ["--data", "--out"])
def test_a_folder_that_cannot_be_written_is_explained(
    option: str, capsys: Output, in_an_empty_folder: Path
) -> None:
    (in_an_empty_folder / "file").write_text("not a folder", encoding="utf-8")
    assert run(["accept", "S", option, "file/below"]) == OURS
    message = said(capsys)
    assert "file/below: this folder cannot be written" in message
    assert option in message


def test_a_record_is_never_overwritten(record: Path, capsys: Output, in_an_empty_folder: Path) -> None:
    before = record.read_bytes()
    assert run(["accept", "S", "--out", str(record.parent)]) == USAGE
    assert "there is a record in this folder already" in said(capsys)
    assert record.read_bytes() == before


def test_judging_again_gives_the_same_report(record: Path, tmp_path: Path, capsys: Output) -> None:
    reports = []
    for name in ("one", "two"):
        assert run(["judge", str(record), "--out", str(tmp_path / name)]) == 0
        reports.append(json.loads((tmp_path / name / "report.json").read_text(encoding="utf-8")))
        del reports[-1]["judging"]
    assert reports[0] == reports[1]
    assert "Configuration (43)" in capsys.readouterr().out


def test_json_is_nothing_but_the_report(record: Path, capsys: Output) -> None:
    assert run(["judge", str(record), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == 1
    assert len(report["functions"]) == 16
    assert len(report["record_sha256"]) == 64


def test_a_record_that_was_cut_off_is_judged_with_a_note(
    record: Path, tmp_path: Path, capsys: Output
) -> None:
    content = record.read_bytes()
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(content[: len(content) // 2])
    assert run(["judge", str(cut), "--json"]) == 2
    output = capsys.readouterr()
    assert "The record is damaged: the last line" in output.err
    assert json.loads(output.out)["functions"]
    whole_lines = tmp_path / "killed.jsonl"
    whole_lines.write_bytes(b"".join(content.splitlines(keepends=True)[:40]))
    assert run(["judge", str(whole_lines)]) == 2
    assert "the program that wrote it died" in said(capsys)


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"garbage", b"{}\n{}\n", bytes(range(256)) * 8, b'{"kind":"note"}\nx\ny\n', b"\x00" * 100],
    ids=["nothing", "blank", "a word", "other JSON", "bytes", "not a record", "zeros"],
)
def test_what_is_no_record_is_refused(content: bytes, tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "record.jsonl"
    path.write_bytes(content)
    assert run(["judge", str(path)]) == USAGE
    assert "record.jsonl: this record" in said(capsys)


def test_a_record_with_a_line_missing_is_refused(record: Path, tmp_path: Path, capsys: Output) -> None:
    lines = record.read_bytes().splitlines(keepends=True)
    path = tmp_path / "record.jsonl"
    path.write_bytes(b"".join(lines[:20] + lines[21:]))
    assert run(["judge", str(path)]) == USAGE
    assert "lines are missing or doubled" in said(capsys)


def test_a_report_that_cannot_be_written_is_explained(record: Path, tmp_path: Path, capsys: Output) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run(["judge", str(record), "--out", str(tmp_path / "file" / "below")]) == USAGE
    assert "the report cannot be written" in said(capsys)
