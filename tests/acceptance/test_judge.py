"""The judge: pure, unshakable, and fair about whose fault something is."""

import functools
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargeproof.acceptance import judge as judge_module
from chargeproof.acceptance.case import Case
from chargeproof.acceptance.judge import judge
from chargeproof.acceptance.script import SCRIPT
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.testbed.simulated import run_simulated
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import (
    ActChanged,
    Entry,
    Frame,
    RunBegan,
    StepChanged,
    Trace,
    WindowChanged,
    load_trace,
)
from tests.acceptance.records import up

# ── what it does with a check ────────────────────────────────────────────────────────────────────────


def judged(
    monkeypatch: pytest.MonkeyPatch, check: Callable[[Trace], Verdict], record: TraceBuilder
) -> Verdict:
    """What the judge makes of a check of function 4."""
    case = Case(4, "made up", {"4.1": "a criterion"})
    case.check("4.1a", "a check", clause="S§1")(check)
    monkeypatch.setattr(judge_module, "SCRIPT", (case,))
    return judge(record.trace()).check("4.1a")


def test_a_check_that_breaks_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(trace: Trace) -> Verdict:
        raise KeyError("oh")

    verdict = judged(monkeypatch, broken, up())
    assert verdict.outcome is Outcome.TOOL_ERROR
    assert "KeyError: 'oh' (broken:" in verdict.reason


def test_a_pass_without_evidence_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judged(monkeypatch, lambda trace: passed("fine"), up())
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_a_function_that_was_not_part_of_the_run_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judged(monkeypatch, lambda trace: passed("fine", (1,)), up(functions=(1, 2)))
    assert verdict.outcome is Outcome.NOT_RUN


def test_what_is_open_because_the_drive_broke_is_a_tool_error(monkeypatch: pytest.MonkeyPatch) -> None:
    record = up()
    record.entry(StepChanged, step="Get configuration", phase="began", function=4)
    record.entry(StepChanged, step="Get configuration", phase="failed", function=4, detail="OSError: no disk")
    verdict = judged(monkeypatch, lambda trace: inconclusive("open"), record)
    assert verdict.outcome is Outcome.TOOL_ERROR
    assert "no disk" in verdict.reason
    found = judged(monkeypatch, lambda trace: failed("bad", (1,), expected="x", seen="y"), record)
    assert found.outcome is Outcome.FAIL


def test_not_applicable_lends_its_reason_as_the_remark_of_the_pass_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = Case(4, "made up", {"4.1": "a criterion"})
    case.check("4.1a", "one", clause="S§1")(lambda trace: passed("fine", (1,)))
    case.check("4.1b", "two", clause="S§1")(lambda trace: not_applicable("ICCID not included", (1,)))
    monkeypatch.setattr(judge_module, "SCRIPT", (case,))
    judgement = judge(up().trace())
    assert judgement.outcome is Outcome.PASS_WITH_REMARK
    assert judgement.functions[0].remark == "ICCID not included"


# ── the script ───────────────────────────────────────────────────────────────────────────────────────


def test_the_script_has_16_functions_31_criteria_and_49_checks() -> None:
    checks = [check for case in SCRIPT for check in case.checks]
    assert len(SCRIPT) == 16
    assert sum(len(case.criteria) for case in SCRIPT) == 31
    assert len({check.id for check in checks}) == len(checks) == 49
    for case in SCRIPT:
        assert [check.id for check in case.checks] == sorted(
            check.id for check in case.checks
        ) or case.number == 9
        assert all(case.checks_of(criterion_id) for criterion_id in case.criteria)
    assert all(check.clause and check.sentence for check in checks)


# ── any record ───────────────────────────────────────────────────────────────────────────────────────


@functools.cache
def whole_run() -> tuple[str, ...]:
    """The record of the whole script at the lawful station."""
    return run_virtual(run_simulated()).record_lines


def test_the_lawful_station_passes() -> None:
    judgement = judge(load_trace(whole_run()))
    left = {r.check.id: r.verdict for r in judgement.checks() if r.verdict.outcome is not Outcome.PASS}
    assert all(verdict.outcome is Outcome.PASS_WITH_REMARK for verdict in left.values()), left
    assert judgement.failed() == []


def test_a_record_without_steps_acts_and_head_is_judged_by_its_frames() -> None:
    ours_alone = (ActChanged, RunBegan, StepChanged, WindowChanged)
    kept = [e for e in load_trace(whole_run()).entries if not isinstance(e, ours_alone)]
    judgement = judge(numbered(kept))
    assert judgement.failed() == []
    passed_ids = {r.check.id for r in judgement.checks() if r.verdict.outcome is Outcome.PASS}
    assert {"1.1a", "2.1a", "2.3a", "3.2a", "4.1a", "9.1b", "12.2b", "13.1b", "16.1b"} <= passed_ids
    assert judgement.check("3.1a").remark.startswith("Preparing instead of Available: a cable is plugged in")


def test_judging_twice_gives_the_same() -> None:
    trace = load_trace(whole_run())
    assert verdicts(trace) == verdicts(trace) == verdicts(load_trace(whole_run()))


def verdicts(trace: Trace) -> list[Verdict]:
    return [result.verdict for result in judge(trace).checks()]


def numbered(entries: list[Entry]) -> Trace:
    return Trace([msgspec.structs.replace(entry, n=n) for n, entry in enumerate(entries, start=1)])


JUNK: list[Any] = [None, "", "x", -1, 0, 2**40, 1.5, True, [], {}, [None], {"a": None}, "\u0000", "NaN"]


def spoil_payload(draw: Callable[[Any], Any], text: str) -> str:
    """One member of the payload is taken away or becomes anything; at any depth."""
    message = json.loads(text)
    place: Any = message[-1] if isinstance(message[-1], dict) else message
    while True:
        keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return json.dumps(message)
        key = draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and draw(st.booleans()):
            place = place[key]
            continue
        if draw(st.booleans()):
            del place[key]
        else:
            place[key] = draw(st.sampled_from(JUNK))
        return json.dumps(message)


@st.composite
def spoilt_records(draw: Callable[[Any], Any]) -> Trace:
    """The record of a run with entries lost, doubled, cut off or spoilt, in their order."""
    entries = list(load_trace(whole_run()).entries)
    if draw(st.booleans()):
        entries = entries[: draw(st.integers(0, len(entries)))]
    for _ in range(draw(st.integers(1, 12))):
        if not entries:
            break
        place = draw(st.integers(0, len(entries) - 1))
        entry = entries[place]
        match draw(st.sampled_from(["lose", "double", "lose many", "spoil"])):
            case "lose":
                del entries[place]
            case "double":
                entries.insert(place, entry)
            case "lose many":
                del entries[place : place + draw(st.integers(1, 60))]
            case "spoil" if isinstance(entry, Frame) and entry.text:
                entries[place] = msgspec.structs.replace(entry, text=spoil_payload(draw, entry.text))
    return numbered(entries)


def spoil_every(kind: str, member: str, value: Any) -> Trace:
    """A member of every payload of one action gets another value (or goes), in calls and answers."""
    ids: set[str] = set()
    spoilt: list[Entry] = []
    for entry in load_trace(whole_run()).entries:
        if isinstance(entry, Frame) and entry.text:
            message = json.loads(entry.text)
            if (message[0] == 2 and message[2] == kind) or message[1] in ids:
                ids.add(message[1])
                if member in message[-1]:
                    message[-1][member] = value
                entry = msgspec.structs.replace(entry, text=json.dumps(message))
        spoilt.append(entry)
    return numbered(spoilt)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(spoilt_records())
def test_no_record_makes_a_check_raise(trace: Trace) -> None:
    found = verdicts(trace)
    assert [verdict.reason for verdict in found if verdict.outcome is Outcome.TOOL_ERROR] == []
    assert found == verdicts(Trace(list(trace.entries)))
    numbers = {entry.n for entry in trace.entries}
    for verdict in found:
        assert set(verdict.evidence) <= numbers, verdict
        if verdict.outcome in (Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE):
            assert verdict.evidence, verdict


MEMBERS = [
    ("BootNotification", "interval"),
    ("BootNotification", "status"),
    ("BootNotification", "firmwareVersion"),
    ("StatusNotification", "connectorId"),
    ("StatusNotification", "status"),
    ("StatusNotification", "errorCode"),
    ("GetConfiguration", "configurationKey"),
    ("GetConfiguration", "key"),
    ("ChangeConfiguration", "key"),
    ("ChangeConfiguration", "value"),
    ("ChangeConfiguration", "status"),
    ("ChangeAvailability", "connectorId"),
    ("ChangeAvailability", "type"),
    ("ChangeAvailability", "status"),
    ("Reset", "type"),
    ("TriggerMessage", "requestedMessage"),
    ("TriggerMessage", "connectorId"),
    ("FirmwareStatusNotification", "status"),
    ("UpdateFirmware", "retrieveDate"),
    ("DiagnosticsStatusNotification", "status"),
    ("GetDiagnostics", "fileName"),
    ("StartTransaction", "transactionId"),
    ("StartTransaction", "idTagInfo"),
    ("StartTransaction", "connectorId"),
    ("StopTransaction", "transactionId"),
    ("StopTransaction", "timestamp"),
    ("MeterValues", "meterValue"),
    ("MeterValues", "transactionId"),
    ("Authorize", "idTag"),
]


@pytest.mark.parametrize(("kind", "member"), MEMBERS)
def test_no_value_of_a_member_makes_a_check_raise(kind: str, member: str) -> None:
    for value in (None, "", 2**40, [None], {"a": None}):
        found = verdicts(spoil_every(kind, member, value))
        broken = [verdict.reason for verdict in found if verdict.outcome is Outcome.TOOL_ERROR]
        assert broken == [], f"{kind}.{member} = {value!r}"
