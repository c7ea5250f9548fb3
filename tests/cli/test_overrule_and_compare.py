"""A run's verdicts overruled, and two runs compared, on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from chargeproof.cli import run
from chargeproof.ocpp import ClearCache
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import StepChanged, dump_entry

BY = ["--by", "A. Tester", "--reason", "It keeps no cache."]


def a_run(folder: Path, answer: str) -> Path:
    """The folder of a run in which a cache was cleared, answered like that."""
    record = TraceBuilder(functions=(15,))
    record.opened()
    record.entry(StepChanged, step="Clear cache (if applicable)", phase="began", function=15)
    record.wait(1).we(ClearCache(), f'{{"status":"{answer}"}}')
    record.entry(StepChanged, step="Clear cache (if applicable)", phase="ended", function=15)
    folder.mkdir()
    lines = [dump_entry(entry) + "\n" for entry in record.wait(1).ended().entries]
    (folder / "record.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def report_in(folder: Path) -> Any:
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return next(each for each in report["functions"] if each["number"] == 15)


def test_an_overruled_verdict_is_in_every_form_beside_that_of_the_machine(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", "Accepted")
    assert run(["overrule", str(folder), "15.1a", "--verdict", "fail", *BY]) == 0
    told = report_in(folder)
    assert (told["verdict"], told["decided"]) == ("pass", "fail")
    for name in ("report.md", "report.html", "report.xml"):
        assert "It keeps no cache." in (folder / name).read_text(encoding="utf-8"), name
    assert run(["judge", str(folder / "record.jsonl")]) == 1


def test_an_overruling_is_taken_back_and_both_decisions_are_kept(tmp_path: Path) -> None:
    folder = a_run(tmp_path / "run", "Accepted")
    assert run(["overrule", str(folder / "record.jsonl"), "15.1a", "--verdict", "fail", *BY]) == 0
    assert run(["overrule", str(folder), "15.1a", "--withdraw", *BY]) == 0
    assert report_in(folder)["decided"] == "pass"
    kept = json.loads((folder / "overrulings.json").read_text(encoding="utf-8"))
    assert [each["verdict"] for each in kept] == ["fail", None]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["15.1a", *BY], "--withdraw"),
        (["15.1a", "--verdict", "fail", "--withdraw", *BY], "--withdraw"),
        (["77.7z", "--verdict", "fail", *BY], "77.7z"),
        (["15.1a", "--verdict", "fail", "--by", " ", "--reason", "why not"], "name"),
        (["15.1a", "--verdict", "fail", "--by", "ann", "--reason", ""], "reason"),
    ],
)
def test_nothing_is_overruled_without_check_name_and_reason(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = a_run(tmp_path / "run", "Accepted")
    assert run(["overrule", str(folder), *arguments]) == 4
    assert word in capsys.readouterr().err
    assert not (folder / "overrulings.json").exists()


def test_where_there_is_no_run_nothing_is_overruled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["overrule", str(tmp_path), "15.1a", "--verdict", "fail", *BY]) == 4
    assert "no record" in capsys.readouterr().err


def test_a_new_finding_is_told_and_is_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = a_run(tmp_path / "good", "Accepted"), a_run(tmp_path / "bad", "Perhaps")
    assert run(["compare", str(good), str(bad)]) == 1
    assert "New" in capsys.readouterr().out
    assert run(["compare", str(bad / "record.jsonl"), str(good), "--json"]) == 0
    compared = json.loads(capsys.readouterr().out)
    assert compared["new"] == []
    assert "S-not-in-enum" in {each["id"] for each in compared["fixed"]}


def test_what_is_no_run_cannot_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.json").write_text("{}", encoding="utf-8")
    assert run(["compare", str(tmp_path), str(tmp_path)]) == 4
    assert run(["compare", str(tmp_path / "nowhere"), str(tmp_path)]) == 4
    assert capsys.readouterr().err.count("chargeproof: ") == 2
