"""The report as data: pure, complete, and in the words in which the form is filled in."""

import msgspec
import pytest
from hypothesis import given, settings

from chargeproof.acceptance.forms.as_html import html_of
from chargeproof.acceptance.forms.as_json import json_of
from chargeproof.acceptance.forms.as_junit import junit_of
from chargeproof.acceptance.forms.as_markdown import markdown_of
from chargeproof.acceptance.report import build_report, compare, load_report
from chargeproof.acceptance.report_schema import (
    CheckReport,
    CriterionReport,
    Overruling,
    Report,
    StationCare,
)
from chargeproof.acceptance.result_cell import MARKS, NAMES, WORDS, result_cell
from chargeproof.acceptance.verdict import Outcome
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import Trace, dump_entry, load_trace
from tests.acceptance.lint_scenes import Scene
from tests.acceptance.sample_record import SECRET, SampleVisit, sample_trace
from tests.acceptance.sample_report import SHA256, sample_report
from tests.acceptance.test_lints import records


def built(trace: Trace, judged_at: str | None = None, tool_version: str = "1") -> Report:
    return build_report(trace, record_sha256=SHA256, judged_at=judged_at, tool_version=tool_version)


def check(outcome: Outcome, check_id: str = "1.1a", reason: str = "why") -> CheckReport:
    return CheckReport(id=check_id, sentence="s", verdict=outcome, reason=reason)


def criterion(*checks: CheckReport) -> CriterionReport:
    worst = max(checks, key=lambda c: list(Outcome).index(c.verdict)).verdict
    return CriterionReport(id="1.1", text="t", verdict=worst, decided=worst, checks=checks)


# ── purity and shape ─────────────────────────────────────────────────────────────────────────────────


def test_judging_twice_gives_the_same_bytes_apart_from_what_names_the_judging() -> None:
    trace = sample_trace()
    again = load_trace([dump_entry(entry) for entry in trace.entries])
    first, second = built(trace, "2026-01-01", "1"), built(again, "2027-01-01", "2")
    assert json_of(first) != json_of(second)
    same = msgspec.structs.replace(second, judging=first.judging)
    assert json_of(first) == json_of(same)


def test_the_json_has_the_promised_shape() -> None:
    report = msgspec.json.decode(json_of(sample_report()))
    assert report["schema"] == 1
    assert report["record_sha256"] == SHA256
    assert {"station", "functions", "lints", "figures", "environment"} <= set(report)
    function = report["functions"][7]
    assert {"number", "title", "verdict", "remark", "criteria"} <= set(function)
    assert {"id", "text", "verdict", "checks"} <= set(function["criteria"][0])
    wanted = {"id", "verdict", "reason", "remark", "clause", "octt", "evidence"}
    assert wanted <= set(function["criteria"][0]["checks"][0])
    assert {"id", "count", "first_entry"} <= set(report["lints"][0])
    assert report["functions"][7]["verdict"] == "fail"


def test_the_json_can_be_read_back() -> None:
    report = sample_report()
    assert load_report(json_of(report)) == report


@pytest.mark.parametrize("text", ["{", "[]", '{"schema":2}', b"\xff", "null"])
def test_what_is_no_report_is_refused_in_words(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="not a report"):
        load_report(text)


def test_an_empty_record_still_gives_a_report() -> None:
    report = built(Trace([]))
    assert len(report.functions) == 16
    assert report.outcome is not Outcome.PASS


def test_all_functions_and_criteria_are_there_in_the_document_s_order() -> None:
    report = built(sample_trace())
    assert [function.number for function in report.functions] == list(range(1, 17))
    assert len(report.criteria()) == 31


def test_no_secret_is_anywhere_in_the_report() -> None:
    text = json_of(built(sample_trace())).decode()
    assert SECRET not in text
    assert "[redacted]" in text


# ── the result cell ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcome", "remark", "cell"),
    [
        (Outcome.PASS, "", "Ok"),
        (Outcome.PASS, "Configuration (178)", "Ok, Configuration (178)"),
        (
            Outcome.PASS_WITH_REMARK,
            "ICCID not included, charger connected via LAN",
            "Ok — ICCID not included, charger connected via LAN",
        ),
        (Outcome.NOT_APPLICABLE, "", "Not applicable — why"),
        (Outcome.NOT_RUN, "", "Not run — why"),
        (Outcome.FAIL, "", "Fail — why"),
        (Outcome.INCONCLUSIVE, "of what passed", "Inconclusive — why"),
        (Outcome.TOOL_ERROR, "", "Tool error, not the station's — why"),
    ],
)
def test_the_cell_speaks_as_the_form_does(outcome: Outcome, remark: str, cell: str) -> None:
    assert result_cell(outcome, remark, [criterion(check(outcome))]) == cell


def test_the_cell_names_the_checks_that_decided() -> None:
    checks = criterion(
        check(Outcome.PASS),
        check(Outcome.FAIL, "1.1b", "no value"),
        check(Outcome.FAIL, "1.1c", "no value"),
    )
    assert result_cell(Outcome.FAIL, "", [checks]) == "Fail — 1.1b, 1.1c no value"


def test_every_verdict_has_a_mark_a_name_and_a_word_of_its_own() -> None:
    assert len(set(MARKS.values())) == len(set(NAMES.values())) == len(Outcome) == len(WORDS)


# ── persons ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_a_person_overrules_stands_beside_the_machine_s_verdict() -> None:
    trace = TraceBuilder().ended().trace()
    ruling = Overruling(verdict=Outcome.PASS, by="B. Boss", reason="seen on site")
    plain = built(trace)
    ids = [c.id for c in plain.functions[0].criteria[0].checks]
    report = build_report(
        trace,
        record_sha256=SHA256,
        judged_at=None,
        tool_version="1",
        overrulings=dict.fromkeys(ids, ruling),
    )
    function = report.functions[0]
    assert (function.verdict, function.decided) == (Outcome.NOT_RUN, Outcome.PASS)
    assert all(c.verdict is Outcome.NOT_RUN and c.overruled == ruling for c in function.criteria[0].checks)
    assert "overruled by B. Boss: seen on site" in function.result


# ── header, figures ──────────────────────────────────────────────────────────────────────────────────


def test_the_header_comes_from_the_wire_and_differences_to_what_was_typed_are_flagged() -> None:
    header = {field.name: field for field in built(sample_trace()).header}
    assert header["Manufacturer Name"].wire == "ACME Charging"
    assert not header["Firmware Version"].differs
    assert header["Manufacturer Number"].differs
    assert header["Manufacturer Number"].wire == "AC1-2203-00042"


def test_a_value_that_changed_in_the_run_shows_both() -> None:
    scene = Scene()
    scene.boot(firmware_version="1.0")
    scene.boot(firmware_version="2.0")
    header = {field.name: field for field in built(scene.trace()).header}
    assert header["Firmware Version"].wire == "1.0 → 2.0"


def test_the_figures_of_the_sample_visit() -> None:
    figures = built(sample_trace()).figures
    assert figures.clock_offset is not None
    assert figures.clock_offset.seconds == pytest.approx(0.42)
    assert figures.configuration_count == 178
    assert [(r.cause, r.seconds) for r in figures.reboots] == [("Reset Soft", 23.9), ("Reset Hard", 50.6)]
    [heartbeat] = figures.heartbeats
    assert (heartbeat.interval_s, heartbeat.spread and heartbeat.spread.count) == (30, 5)
    intervals = [(s.interval_s, s.spread and s.spread.median) for s in figures.meter_values]
    assert intervals == [(30.0, 30.5), (60.0, 60.5)]
    answers = {time.action: time for time in figures.answer_times}
    assert answers["GetConfiguration"].spread is not None
    assert answers["GetConfiguration"].spread.max == pytest.approx(1.84)
    assert [file.name for file in figures.files] == ["diag-20261123.tar.gz"]


def test_the_clock_is_not_judged_by_messages_that_waited_in_a_queue() -> None:
    scene = Scene()
    scene.start(at=scene.now.replace(hour=1))
    scene.status(1, "Charging", timestamp=scene.now)
    offset = built(scene.trace()).figures.clock_offset
    assert offset is not None
    assert abs(offset.seconds) < 1


# ── preparation and restoration ──────────────────────────────────────────────────────────────────────


def condition(care: StationCare, name: str) -> Outcome:
    return next(c.verdict for c in care.conditions if name in c.name)


def test_a_key_that_was_not_put_back_fails_the_restoration() -> None:
    report = built(sample_trace())
    assert condition(report.restoration, "changed key") is Outcome.FAIL
    assert report.restoration.verdict is Outcome.FAIL
    assert "AcmeRelay1" in report.restoration.conditions[2].reason


def test_keys_that_were_put_back_and_read_back_pass() -> None:
    visit = SampleVisit()
    original = visit.restore
    visit.restore = lambda: (visit.set_key("AcmeRelay1", "61"), original())[1]  # type: ignore[method-assign,func-returns-value]
    report = built(visit.play())
    assert condition(report.restoration, "changed key") is Outcome.PASS
    assert report.restoration.verdict is Outcome.PASS
    assert report.preparation.verdict is Outcome.PASS


def test_a_transaction_that_still_runs_fails_the_restoration() -> None:
    scene = Scene()
    scene.start()
    with scene.step("restoration"):
        pass
    report = built(scene.ended().trace())
    assert condition(report.restoration, "no transaction") is Outcome.FAIL


def test_a_run_without_the_steps_says_so() -> None:
    report = built(TraceBuilder().ended().trace())
    assert (report.preparation.verdict, report.restoration.verdict) == (Outcome.NOT_RUN, Outcome.NOT_RUN)


# ── comparison ───────────────────────────────────────────────────────────────────────────────────────


def with_verdicts(report: Report, verdicts: dict[str, Outcome]) -> Report:
    functions = tuple(
        msgspec.structs.replace(
            function,
            criteria=tuple(
                msgspec.structs.replace(
                    c,
                    checks=tuple(
                        msgspec.structs.replace(each, verdict=verdicts.get(each.id, each.verdict))
                        for each in c.checks
                    ),
                )
                for c in function.criteria
            ),
        )
        for function in report.functions
    )
    return msgspec.structs.replace(report, functions=functions)


def test_firmware_is_compared_with_firmware() -> None:
    previous = sample_report(sample_trace(firmware="old"))
    current = with_verdicts(
        sample_report(sample_trace(firmware="new")),
        {"8.2b": Outcome.PASS, "2.1a": Outcome.FAIL, "3.1a": Outcome.INCONCLUSIVE},
    )
    found = compare(previous, current)
    assert (found.previous_firmware, found.firmware) == ("old", "new")
    assert [c.id for c in found.new] == ["2.1a"]
    assert [c.id for c in found.fixed] == ["8.2b"]
    assert "14.1b" in [c.id for c in found.unchanged]
    assert [c.id for c in found.other] == ["3.1a"]


def test_a_fail_that_is_now_undecided_is_not_called_fixed() -> None:
    previous = sample_report()
    current = with_verdicts(previous, {"8.2b": Outcome.NOT_RUN})
    assert [c.id for c in compare(previous, current).fixed] == []
    assert [c.id for c in compare(previous, current).other] == ["8.2b"]


def test_deviations_are_compared_too() -> None:
    previous = sample_report()
    current = msgspec.structs.replace(previous, lints=previous.lints[1:])
    assert [c.id for c in compare(previous, current).fixed] == [previous.lints[0].id]
    assert [c.id for c in compare(current, previous).new] == [previous.lints[0].id]


# ── any record ───────────────────────────────────────────────────────────────────────────────────────


@given(records())
@settings(max_examples=60, deadline=None)
def test_any_record_gives_a_report_and_forms(trace: Trace) -> None:
    report = built(trace)
    assert load_report(json_of(report)) == report
    assert junit_of(report)
    assert markdown_of(report)
    assert html_of(report, trace)
