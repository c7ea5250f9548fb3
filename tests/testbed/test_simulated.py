"""The whole script against a simulated station in virtual time."""

import pytest

from chargeproof.acceptance.judge import judge
from chargeproof.acceptance.verdict import Outcome
from chargeproof.testbed.simulated import RunResult, run_simulated
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import ActChanged, FileTransferred, Frame, RunEnded, load_trace


@pytest.fixture(scope="module")
def lawful_run() -> RunResult:
    return run_virtual(run_simulated("lawful"))


def test_the_script_ends_and_the_station_does_not_crash(lawful_run: RunResult) -> None:
    assert isinstance(lawful_run.trace.tail, RunEnded)
    assert lawful_run.trace.tail.outcome == "completed"
    assert lawful_run.station.crashes == []


def test_the_lawful_station_passes_every_check(lawful_run: RunResult) -> None:
    checks = lawful_run.judgement.checks()
    assert len(checks) == 49
    assert [r.check.id for r in checks if r.verdict.outcome is not Outcome.PASS] == []
    assert len([c for function in lawful_run.judgement.functions for c in function.criteria]) == 31


def test_the_documents_own_station_fails_where_the_paper_form_hid_it() -> None:
    result = run_virtual(run_simulated("ctek_cs_connected"))
    assert result.judgement.failed() == ["8.2b", "14.1b"]
    assert result.judgement.check("1.1d").reason == "ICCID not included, charger connected via LAN"
    assert "Configuration (178)" in result.judgement.functions[3].remark


def test_every_step_is_taken_at_a_lawful_station(lawful_run: RunResult) -> None:
    assert [
        (span.step, span.phase, span.detail) for span in lawful_run.trace.steps() if span.phase != "ended"
    ] == []


def test_every_act_is_done_by_the_simulated_hands(lawful_run: RunResult) -> None:
    phases = {entry.phase for entry in lawful_run.trace.of(ActChanged)}
    assert phases == {"asked", "done"}


def test_the_record_tells_of_the_files_that_the_station_moved(lawful_run: RunResult) -> None:
    moved = {entry.event for entry in lawful_run.trace.of(FileTransferred) if entry.complete}
    assert {"offered", "upload", "download", "closed"} <= moved


def test_the_record_is_numbered_without_gaps_and_never_goes_back_in_time(lawful_run: RunResult) -> None:
    entries = lawful_run.trace.entries
    assert [entry.n for entry in entries] == list(range(1, len(entries) + 1))
    monos = [entry.mono for entry in entries]
    assert monos == sorted(monos)


def test_no_command_is_sent_before_the_boot_is_answered(lawful_run: RunResult) -> None:
    frames = lawful_run.trace.of(Frame)
    assert '"BootNotification"' in (frames[0].text or "")
    assert frames[0].sender == "charge_point"
    assert '"Accepted"' in (frames[1].text or "")


def test_a_record_judged_again_gives_the_same_verdicts(lawful_run: RunResult) -> None:
    again = judge(load_trace(lawful_run.record_lines))
    assert [result.verdict for result in again.checks()] == [
        result.verdict for result in lawful_run.judgement.checks()
    ]


def test_the_whole_visit_takes_at_most_twenty_minutes(lawful_run: RunResult) -> None:
    entries = lawful_run.trace.entries
    assert entries[-1].mono - entries[0].mono <= 20 * 60


def test_the_same_seed_gives_the_same_verdicts() -> None:
    first, second = (run_virtual(run_simulated("lawful", functions=(4, 15), seed=3)) for _ in range(2))
    assert [r.verdict for r in first.judgement.checks()] == [r.verdict for r in second.judgement.checks()]


def test_without_hands_every_act_is_cannot_and_the_script_still_ends() -> None:
    result = run_virtual(run_simulated("lawful", site="none"))
    assert {entry.phase for entry in result.trace.of(ActChanged)} == {"asked", "cannot"}
    assert result.trace.tail is not None
    assert result.trace.tail.outcome == "completed"


def test_functions_that_were_left_out_are_not_run() -> None:
    result = run_virtual(run_simulated("lawful", functions=(1,)))
    assert {
        check.verdict.outcome
        for function in result.judgement.functions
        if function.case.number != 1
        for criterion in function.criteria
        for check in criterion.checks
    } <= {Outcome.NOT_RUN}
    assert result.judgement.functions[0].outcome is Outcome.PASS
