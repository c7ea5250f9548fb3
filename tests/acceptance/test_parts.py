"""Records of several parts, and records that begin at a socket which was open before."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chargeproof.acceptance.judge import judge
from chargeproof.acceptance.left_changed import left_changed
from chargeproof.acceptance.lints import findings_in
from chargeproof.acceptance.parts import STOPPED, Parts
from chargeproof.acceptance.report import Overruling, Report, build_report
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    ChangeConfiguration,
    ClearCache,
    GetConfiguration,
    Heartbeat,
    HeartbeatConf,
)
from chargeproof.testing.trace_builder import EPOCH, TraceBuilder
from chargeproof.trace import ConnectionOpened, StepChanged, Trace

CLEAR_CACHE = "Clear cache (if applicable)"


def part(
    answer: str, *, functions: tuple[int, ...] = (15,), phase: str = "ended", detail: str = ""
) -> TraceBuilder:
    """One part with a cache that is cleared, answered like that."""
    record = TraceBuilder(functions=functions)
    record.opened()
    record.entry(StepChanged, step=CLEAR_CACHE, phase="began", function=15)
    record.wait(1).we(ClearCache(), f'{{"status":"{answer}"}}')
    record.entry(StepChanged, step=CLEAR_CACHE, phase=phase, function=15, detail=detail)
    return record.wait(1).ended()


def together(*parts: TraceBuilder) -> Trace:
    """One record of them, numbered on."""
    entries = [entry for each in parts for entry in each.entries]
    return Trace([msgspec.structs.replace(entry, n=n) for n, entry in enumerate(entries, start=1)])


def report_on(trace: Trace, **more: Any) -> Report:
    return build_report(trace, record_sha256="0", judged_at=None, tool_version="0", **more)


def row(report: Report, number: int = 15) -> Any:
    return next(each for each in report.functions if each.number == number)


def test_a_record_of_one_part_is_its_own_part() -> None:
    trace = part("Accepted").trace()
    assert Parts(trace).traces == (trace,)
    assert report_on(trace).parts == ()


def test_the_last_complete_play_counts_and_evidence_keeps_the_numbers_of_the_whole() -> None:
    first = part("Rejected")
    trace = together(first, part("Accepted"))
    assert judge(trace).check("15.1a").outcome is Outcome.PASS
    assert min(judge(trace).check("15.1a").evidence) > len(first.entries)
    told = row(report_on(trace))
    (other,) = told.other_plays
    assert (told.part, other.part, other.why) == (2, 1, "played again later")
    assert "played again; part 1" in told.result


@pytest.mark.parametrize(
    ("phase", "detail"), [("cannot", STOPPED), ("failed", "our own fault"), ("cannot", "nobody is there")]
)
def test_a_play_that_went_wrong_does_not_replace_one_that_went_to_its_end(phase: str, detail: str) -> None:
    trace = together(part("Accepted"), part("Rejected", phase=phase, detail=detail))
    told = row(report_on(trace))
    assert (told.part, told.verdict) == (1, Outcome.PASS)
    assert told.other_plays[0].why == "not played to its end"


def test_what_no_repeat_asked_for_stays_as_it_was() -> None:
    trace = together(part("Accepted", functions=(4, 15)), part("Accepted"))
    assert Parts(trace).asked == (4, 15)
    assert row(report_on(trace), 4).part == 1
    assert row(report_on(trace), 1).verdict is Outcome.NOT_RUN


def test_a_part_that_only_puts_back_decides_nothing() -> None:
    put_back = TraceBuilder(functions=())
    put_back.ended()
    trace = together(part("Accepted"), put_back)
    report = report_on(trace)
    assert [each.functions for each in report.parts] == [(15,), ()]
    assert (row(report).part, report.environment.functions) == (1, (15,))


def test_an_overruling_does_not_hold_for_a_later_play() -> None:
    overruling = Overruling(verdict=Outcome.FAIL, by="ann", reason="the cache was full", part=1)
    once = report_on(part("Accepted").trace(), overrulings={"15.1a": overruling})
    again = report_on(together(part("Accepted"), part("Accepted")), overrulings={"15.1a": overruling})
    assert (row(once).decided, row(again).decided) == (Outcome.FAIL, Outcome.PASS)


def test_a_key_that_was_not_put_back_is_named_with_both_values() -> None:
    record = TraceBuilder()
    record.opened()
    value = '{"configurationKey":[{"key":"MeterValueSampleInterval","readonly":false,"value":"%s"}]}'
    record.we(GetConfiguration(key=["MeterValueSampleInterval"]), value % "900")
    record.we(ChangeConfiguration(key="MeterValueSampleInterval", value="30"), '{"status":"Accepted"}')
    (left,) = left_changed(record.trace())
    assert (left.key, left.was, left.is_now) == ("MeterValueSampleInterval", "900", "30")
    record.we(ChangeConfiguration(key="MeterValueSampleInterval", value="900"), '{"status":"Accepted"}')
    assert left_changed(record.trace()) == []


def test_a_change_that_was_refused_leaves_nothing_and_one_without_an_answer_may() -> None:
    record = TraceBuilder()
    record.opened()
    value = '{"configurationKey":[{"key":"HeartbeatInterval","readonly":false,"value":"300"}]}'
    record.we(GetConfiguration(key=["HeartbeatInterval"]), value)
    record.we(ChangeConfiguration(key="HeartbeatInterval", value="20"), '{"status":"Rejected"}')
    assert left_changed(record.trace()) == []
    record.we(ChangeConfiguration(key="HeartbeatInterval", value="20"))
    assert [left.is_now for left in left_changed(record.trace())] == ["20"]


def at_an_open_socket() -> TraceBuilder:
    record = TraceBuilder()
    record.connection = 1
    record.entry(ConnectionOpened, connection=1, subprotocol="ocpp1.6", since=EPOCH - timedelta(days=2))
    return record


def lints_of(record: TraceBuilder) -> list[str]:
    return [finding.lint.id for finding in findings_in(record.wait(60).trace())]


def test_a_station_that_was_connected_before_need_not_have_booted_in_the_record() -> None:
    record = at_an_open_socket()
    record.station(Heartbeat(), HeartbeatConf(current_time=record.now))
    assert lints_of(record) == []
    strange = TraceBuilder()
    strange.opened()
    strange.station(Heartbeat(), HeartbeatConf(current_time=strange.now))
    assert lints_of(strange) != []


def test_one_answer_to_a_command_from_before_the_record_is_no_stray_one() -> None:
    record = at_an_open_socket()
    record.wait(2).text("charge_point", '[3,"before",{"status":"Accepted"}]')
    assert lints_of(record) == []
    record.text("charge_point", '[3,"another",{"status":"Accepted"}]')
    assert lints_of(record) == ["Q-stray-answer"]
