"""The benchmarks run, at sizes that say nothing, and what they write says what was measured."""

import os
from argparse import Namespace
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from benchmarks import fleet, page
from benchmarks.__main__ import main
from benchmarks.machine import REPEATED
from benchmarks.parts import WHAT as PARTS
from benchmarks.plot import Line, Panel, plot
from benchmarks.results import Results, Row, bound_goal, ratio_goal, table_of_goals

needs_cores = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="binds processes to cores")


@needs_cores
def test_a_small_run_measures_and_writes_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.parts.MESSAGES", 400)
    monkeypatch.setattr("benchmarks.parts.WARM_UP", 200)
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n", encoding="utf-8")
    sizes = ("--rounds", "1", "--seconds", "0.5", "--stations", "5", "--storm", "40")
    files = ("--json", str(tmp_path / "a.json"), "--out", str(tmp_path / "a.md"), "--readme", str(readme))
    assert main(["--only", "mix,tls-storm,live,parts", "--servers", "ours,floor", *sizes, *files]) == 0
    results = msgspec.json.decode((tmp_path / "a.json").read_bytes(), type=Results)
    found = {(row.what, row.who.split(",")[0]): row for row in results.rows}
    ours = found["server CPU per message, 5 stations", "chargeproof serve"]
    assert ours.median > 0
    assert ours.notes["errors"] == [0.0]
    storms = [row for row in results.rows if row.measure == "tls-storm"]
    assert storms[1].who.endswith("over TLS")
    assert min(storm.median for storm in storms) > 0
    answers, answers_with_tabs, lag, _ = [row for row in results.rows if row.measure == "live"]
    assert answers.notes["messages/s told to each tab"] == [0.0]
    assert answers_with_tabs.notes["messages/s told to each tab"][0] > 0
    assert lag.notes["looks"][0] > 10
    assert len([row for row in results.rows if row.what == PARTS]) == 5
    written = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert "| the socket and the loop: the floor |" in written
    assert "## The load is not what limits" in written
    assert "## TLS and live tabs" in written
    assert "| also measured |" in readme.read_text(encoding="utf-8")
    assert "old" not in readme.read_text(encoding="utf-8")
    assert readme.read_text(encoding="utf-8").endswith(f"{page.END}\nafter\n")
    assert "chargeproof serve" in capsys.readouterr().out


def test_a_part_that_fails_leaves_the_others_theirs_and_is_repeated_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(name: str, chosen: Namespace, _: object) -> list[Row]:
        if name == "storm" and not chosen.merge:
            raise RuntimeError("the load ended with 1")
        return [Row(what=name, who="ours", unit="s", rounds=[float(chosen.rounds)])]

    monkeypatch.setattr("benchmarks.__main__._measure", measured)
    kept = ["--json", str(tmp_path / "a.json"), "--out", str(tmp_path / "a.md")]
    assert main(["--only", "mix,storm,parts", "--rounds", "3", *kept]) == 1
    results = msgspec.json.decode((tmp_path / "a.json").read_bytes(), type=Results)
    assert [row.what for row in results.rows] == ["mix", "parts"]
    assert "the load ended" in results.failed["storm"]
    assert "because they failed: storm." in (tmp_path / "a.md").read_text(encoding="utf-8")
    assert main(["--only", "storm,parts", "--rounds", "7", "--merge", *kept]) == 0
    results = msgspec.json.decode((tmp_path / "a.json").read_bytes(), type=Results)
    assert [(row.what, row.median) for row in results.rows] == [("mix", 3), ("storm", 7), ("parts", 7)]
    assert not results.failed
    assert set(results.machine[REPEATED]) == {"storm", "parts"}


@needs_cores
def test_a_small_fleet_is_measured_over_time_and_drawn(tmp_path: Path) -> None:
    files = ("--json", str(tmp_path / "fleet.json"), "--plot", str(tmp_path / "fleet.svg"))
    assert fleet.main(["--stations", "20", "--minutes", "0.03", "--interval", "0.2", *files]) == 0
    done = fleet.fleet_run(tmp_path / "fleet.json")
    assert done is not None
    assert len(done.samples) >= 2
    assert sum(sample.errors for sample in done.samples) == 0
    assert done.samples[-1].messages_per_s > 10
    text = (tmp_path / "fleet.svg").read_text(encoding="utf-8")
    drawn = ElementTree.fromstring(text)  # noqa: S314  written just now
    assert len(drawn.findall("{*}polyline")) == 4
    assert "20 stations for" in page.page(Results(machine={}), done)


def test_ratios_are_taken_within_each_round() -> None:
    rival = Row(what="cost", who="rival", unit="µs", rounds=[30.0, 90.0, 50.0])
    ours = Row(
        what="cost", who="ours", unit="µs", rounds=[10.0, 45.0, 25.0], notes={"p99 ms": [1.0, 9.0, 2.0]}
    )
    results = Results(machine={}, rows=[rival, ours])
    goal = ratio_goal(results, "rival over ours", ("cost", "rival"), ("cost", "ours"), 2.5)
    assert goal is not None
    assert (goal.value, goal.low, goal.high, goal.reached) == (2.0, 2.0, 3.0, False)
    bound = bound_goal(results, "p99", ("cost", "ours"), "p99 ms", 5.0)
    assert bound is not None
    assert (bound.value, bound.reached) == (2.0, True)
    assert ratio_goal(results, "", ("cost", "nobody"), ("cost", "ours"), 1.0) is None
    table = table_of_goals([goal, bound])
    assert "| rival over ours | ≥ 2.5 × | 2 × | 2 to 3 | not reached |" in table
    assert "| p99 | ≤ 5 ms | 2 ms | 1 to 9 | reached |" in table


def test_a_plot_is_well_formed_whatever_its_values() -> None:
    for values in ([0.0, 0.0], [0.0003, 0.0001], [12345.0, 3.0]):
        text = plot("a < b & c", [1.0, 60.0], [Panel("t", "u", (Line("n", values),))])
        drawn = ElementTree.fromstring(text)  # noqa: S314  written just now
        (line,) = drawn.findall("{*}polyline")
        heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
        assert all(0 <= height <= 300 for height in heights)
