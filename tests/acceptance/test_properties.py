"""What holds for the judge whatever the record is: of a run of ours, of a proxy, of a log, whole or spoiled."""

import json
import random
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargeproof.acceptance.judge import Judgement, judge
from chargeproof.acceptance.lints import findings_in
from chargeproof.acceptance.report import build_report
from chargeproof.acceptance.script import RULE_SET, SCRIPT
from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.what_logs_show import DECIDE_WITHOUT_TIMES
from chargeproof.acceptance.windows import window_s
from chargeproof.testbed.simulated import run_simulated
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import (
    ActChanged,
    ConnectionClosed,
    ConnectionOpened,
    Entry,
    Frame,
    Pong,
    RunBegan,
    Sender,
    Trace,
    dump_entry,
    load_trace,
)
from chargeproof.trace.foreign import read_log

Result = dict[str, Outcome]

MODELS = ("lawful", "ctek_cs_connected")
LAWFUL = ("lawful",)
OPEN = (Outcome.NOT_RUN, Outcome.INCONCLUSIVE)
GOOD = (Outcome.PASS, Outcome.PASS_WITH_REMARK)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


# ── records ──────────────────────────────────────────────────────────────────────────────────────────


@cache
def record_of(model: str) -> tuple[str, ...]:
    return run_virtual(run_simulated(model)).record_lines


def entries_of(model: str) -> list[Entry]:
    return list(load_trace(record_of(model)).entries)


def numbered(entries: Sequence[Entry]) -> Trace:
    """A record of these entries with numbers from 1 and times that never go back."""
    newest = 0.0
    kept: list[Entry] = []
    for n, entry in enumerate(entries, start=1):
        newest = max(newest, entry.mono) if kept else entry.mono
        kept.append(msgspec.structs.replace(entry, n=n, mono=newest))
    return Trace(kept)


def as_proxied(model: str) -> Trace:
    """What a proxy would have recorded of the run: sockets and messages."""
    head = RunBegan(
        at=entries_of(model)[0].at,
        mono=entries_of(model)[0].mono,
        tool_version="0",
        rule_set=RULE_SET,
        charge_point_id="X",
        site="proxy",
        functions=tuple(case.number for case in SCRIPT),
    )
    shown = (ConnectionOpened, ConnectionClosed, Frame, Pong)
    return numbered([head, *(entry for entry in entries_of(model) if isinstance(entry, shown))])


def heading(**known: Any) -> RunBegan:
    functions = tuple(case.number for case in SCRIPT)
    return RunBegan(tool_version="0", rule_set=RULE_SET, functions=functions, **known)


def as_logged(model: str, *, times: bool = True) -> Trace:
    """What a log of messages alone holds of the run."""
    lines = []
    for entry in entries_of(model):
        if isinstance(entry, Frame):
            line = {"direction": "in" if entry.sender == "charge_point" else "out", "message": entry.text}
            lines.append(json.dumps(line | ({"ts": entry.at.isoformat()} if times else {})))
    return read_log(lines, "jsonl", heading).trace


KINDS: dict[str, Callable[[str], Trace]] = {
    "run": lambda model: numbered(entries_of(model)),
    "proxy": as_proxied,
    "log": as_logged,
    "log without times": lambda model: as_logged(model, times=False),
}


def outcomes(trace: Trace) -> Result:
    return {each.check.id: each.verdict.outcome for each in judge(trace).checks()}


def reasons(judgement: Judgement) -> dict[str, str]:
    return {each.check.id: f"{each.verdict.outcome}: {each.verdict.reason}" for each in judgement.checks()}


# ── a lawful station in records that others made ─────────────────────────────────────────────────────

# What is seen without our own file server and without anybody who writes down what hands do.
NOT_PASSIVE = {"11.1a", "11.2a", "12.1a", "13.1b"}
NOT_WITHOUT_SOCKETS = NOT_PASSIVE | {"6.3a", "14.1a", "14.1b"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS)
def test_no_check_condemns_or_breaks_on_what_a_lawful_station_did(model: str, kind: str) -> None:
    whole = judge(numbered(entries_of(model)))
    bare = judge(KINDS[kind](model))
    wrong = (Outcome.FAIL, Outcome.TOOL_ERROR)
    new = {
        check: said
        for check, said in reasons(bare).items()
        if bare.check(check).outcome in wrong and whole.check(check).outcome not in wrong
    }
    assert new == {}


@pytest.mark.parametrize(("kind", "left_open"), [("proxy", NOT_PASSIVE), ("log", NOT_WITHOUT_SOCKETS)])
def test_checks_that_can_be_judged_passively_are_and_the_others_stay_open(
    kind: str, left_open: set[str]
) -> None:
    found = outcomes(KINDS[kind]("lawful"))
    assert {check for check, outcome in found.items() if outcome in OPEN} == left_open
    assert {found[check] for check in found.keys() - left_open} <= {*GOOD, Outcome.NOT_APPLICABLE}


def test_without_times_only_what_stands_in_the_messages_is_decided() -> None:
    found = outcomes(as_logged("lawful", times=False))
    assert {check for check, outcome in found.items() if outcome not in OPEN} <= DECIDE_WITHOUT_TIMES
    with_times = outcomes(as_logged("lawful"))
    for check in DECIDE_WITHOUT_TIMES:
        assert found[check] is with_times[check], check


# ── any record ───────────────────────────────────────────────────────────────────────────────────────

STRANGE: list[Any] = [
    None,
    "",
    "x",
    -1,
    0,
    2**60,
    1.5,
    True,
    [],
    {},
    [None],
    {"a": 1},
    "0001-01-01T00:00:00Z",
]


def corrupted(entry: Frame, chance: random.Random) -> Frame:
    """The message with something strange in it, or cut off."""
    text = entry.text or ""
    if chance.random() < 0.3:
        return msgspec.structs.replace(entry, text=text[: chance.randrange(len(text) + 1)])
    try:
        message = json.loads(text)
    except ValueError:
        return entry
    place = message
    while isinstance(place, dict | list) and place:
        key: Any = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
        if chance.random() < 0.5 or not isinstance(place[key], dict | list):
            place[key] = chance.choice(STRANGE)
            break
        place = place[key]
    return msgspec.structs.replace(entry, text=json.dumps(message))


def shuffled(entry: Frame, chance: random.Random) -> Frame:
    """The message with the fields of its payload in another order, or its elements exchanged."""
    try:
        message = json.loads(entry.text or "")
    except ValueError:
        return entry
    payload = message[-1] if isinstance(message, list) and message else None
    if isinstance(payload, dict):
        items = list(payload.items())
        chance.shuffle(items)
        message[-1] = dict(items)
    if isinstance(message, list) and chance.random() < 0.2:
        chance.shuffle(message)
    return msgspec.structs.replace(entry, text=json.dumps(message))


def spoiled(entries: list[Entry], chance: random.Random) -> list[Entry]:
    """Entries dropped, doubled, corrupted, moved, cut off at either end."""
    for _ in range(chance.randrange(1, 40)):
        index = chance.randrange(len(entries))
        entry = entries[index]
        match chance.randrange(8):
            case 0:
                del entries[index]
            case 1:
                entries.insert(chance.randrange(len(entries)), entry)
            case 2 if len(entries) > 100:
                entries = entries[: max(index, 50)] if chance.random() < 0.5 else entries[min(index, 50) :]
            case 3:
                other = chance.randrange(len(entries))
                entries[index], entries[other] = entries[other], entry
            case 4 if isinstance(entry, Frame):
                sender: Sender = "central_system" if entry.sender == "charge_point" else "charge_point"
                entries[index] = msgspec.structs.replace(entry, sender=sender)
            case 5 if isinstance(entry, Frame):
                entries[index] = shuffled(entry, chance)
            case _ if isinstance(entry, Frame):
                entries[index] = corrupted(entry, chance)
    return entries


@SOME
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(list(KINDS)), model=st.sampled_from(MODELS))
def test_the_judge_never_raises_and_no_check_breaks_on_any_record(seed: int, kind: str, model: str) -> None:
    chance = random.Random(seed)
    trace = numbered(spoiled(list(KINDS[kind](model).entries), chance))
    if not trace.entries:
        return
    for check, said in reasons(judge(trace)).items():
        assert "the check broke" not in said, (check, said)
    for each in judge(trace).checks():
        assert all(1 <= n <= len(trace.entries) for n in each.verdict.evidence), each
    assert not [finding for finding in findings_in(trace) if finding.lint.group == "tool"]


@FEW
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(list(KINDS)))
def test_judging_twice_gives_the_same(seed: int, kind: str) -> None:
    trace = numbered(spoiled(list(KINDS[kind]("lawful").entries), random.Random(seed)))
    again = load_trace(dump_entry(entry) for entry in trace.entries)
    one, other = (
        build_report(each, record_sha256="", judged_at=None, tool_version="0") for each in (trace, again)
    )
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


# ── less of it ───────────────────────────────────────────────────────────────────────────────────────


@FEW
@given(
    share=st.floats(0.0, 1.0),
    model=st.sampled_from(MODELS),
    mutant=st.sampled_from([None, "silent", "refusing"]),
)
def test_removing_the_frames_after_the_last_act_never_turns_fail_into_pass(
    share: float, model: str, mutant: str | None
) -> None:
    entries = [bent(entry, mutant) for entry in entries_of(model)]
    last = max(entry.n for entry in entries if isinstance(entry, ActChanged))
    after = [entry for entry in entries if entry.n > last and isinstance(entry, Frame)]
    gone = {entry.n for entry in after[int(len(after) * share) :]}
    before = outcomes(numbered(entries))
    less = outcomes(numbered([entry for entry in entries if entry.n not in gone]))
    turned = [check for check, outcome in before.items() if outcome is Outcome.FAIL and less[check] in GOOD]
    assert turned == []


def bent(entry: Entry, mutant: str | None) -> Entry:
    """An entry of a station that does wrong throughout."""
    if mutant is None or not isinstance(entry, Frame) or entry.sender != "charge_point" or entry.text is None:
        return entry
    if mutant == "refusing":
        return msgspec.structs.replace(
            entry, text=entry.text.replace('"status":"Accepted"', '"status":"Rejected"')
        )
    text = entry.text.replace('"Charging"', '"charging"').replace('"meterStop":', '"meterEnd":')
    return msgspec.structs.replace(entry, text=text)


@FEW
@given(
    share=st.floats(0.05, 1.0), kind=st.sampled_from(["run", "proxy", "log"]), model=st.sampled_from(LAWFUL)
)
def test_a_record_that_ends_early_condemns_no_lawful_station(share: float, kind: str, model: str) -> None:
    entries = KINDS[kind](model).entries
    found = judge(numbered(entries[: max(2, int(len(entries) * share))]))
    assert found.failed() == [], reasons(found)


# ── more of it ───────────────────────────────────────────────────────────────────────────────────────


UNRELATED: dict[str, tuple[Sender, str, dict[str, Any], dict[str, Any]]] = {
    "data": (
        "charge_point",
        "DataTransfer",
        {"vendorId": "org.example", "data": "x"},
        {"status": "Accepted"},
    ),
    "our data": ("central_system", "DataTransfer", {"vendorId": "x"}, {"status": "UnknownVendorId"}),
    "list version": ("central_system", "GetLocalListVersion", {}, {"listVersion": 0}),
    "schedule": (
        "central_system",
        "GetCompositeSchedule",
        {"connectorId": 2, "duration": 60},
        {"status": "Rejected"},
    ),
}


def unrelated(kind: str, entries: Sequence[Entry], index: int, number: int) -> list[Frame]:
    """A lawful exchange that no check asks for, over the socket and at the time of that entry."""
    entry = entries[index]
    assert isinstance(entry, Frame)
    sender: Sender
    answer: dict[str, Any]
    if kind == "status":
        payload = newest_status(entries[: index + 1], 2)
        sender, action, answer = "charge_point", "StatusNotification", {}
    else:
        sender, action, payload, answer = UNRELATED[kind]
    other: Sender = "central_system" if sender == "charge_point" else "charge_point"
    unique_id = f"unrelated-{number}"
    call = json.dumps([2, unique_id, action, payload])
    result = json.dumps([3, unique_id, answer])
    return [
        msgspec.structs.replace(entry, sender=sender, text=call),
        msgspec.structs.replace(entry, sender=other, text=result),
    ]


def newest_status(entries: Sequence[Entry], connector_id: int) -> dict[str, Any]:
    """What the station said last of a connector, to be said again."""
    told: dict[str, Any] = {"connectorId": connector_id, "errorCode": "NoError", "status": "Available"}
    for entry in entries:
        if isinstance(entry, Frame) and entry.sender == "charge_point" and entry.text is not None:
            message = json.loads(entry.text)
            if message[2] == "StatusNotification" and message[3]["connectorId"] == connector_id:
                told = message[3]
    return told


@FEW
@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(["run", "proxy", "log"]),
    traffic=st.sampled_from(["status", *UNRELATED]),
    times=st.integers(1, 12),
)
def test_inserting_unrelated_lawful_traffic_changes_no_verdict(
    seed: int, kind: str, traffic: str, times: int
) -> None:
    chance = random.Random(seed)
    entries: list[Entry] = list(KINDS[kind]("lawful").entries)
    before = outcomes(numbered(entries))
    for number in range(times):
        ours = traffic in UNRELATED and UNRELATED[traffic][0] == "central_system"
        places = [index for index in range(len(entries)) if is_quiet(entries, index, ours=ours)]
        index = chance.choice(places)
        entries[index + 1 : index + 1] = unrelated(traffic, entries, index, number)
    after = judge(numbered(entries))
    changed = {
        check: (before[check], said)
        for check, said in reasons(after).items()
        if after.check(check).outcome is not before[check]
    }
    assert changed == {}


def is_quiet(entries: Sequence[Entry], index: int, *, ours: bool) -> bool:
    """Whether an exchange may follow: after an answer, while nothing else is under way.

    A command of ours must not come while an offline queue may be delivered, which is to happen by itself (14.1).
    """
    entry = entries[index]
    if not isinstance(entry, Frame) or not (entry.text or "").startswith("[3,"):
        return False
    opened = [each.mono for each in entries[:index] if isinstance(each, ConnectionOpened)][1:]
    if ours and any(entry.mono - mono < window_s(Trace([]), "drain") for mono in opened):
        return False
    waiting: set[str] = set()
    for each in entries[: index + 1]:
        if isinstance(each, Frame) and each.text:
            kind, unique_id = each.text[1:2], each.text.split('"')[1]
            (waiting.add if kind == "2" else waiting.discard)(unique_id)
    return not waiting


STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def moved(entry: Entry, seconds: float) -> Entry:
    """An entry of a station whose clock is that much ahead."""
    if not isinstance(entry, Frame) or entry.sender != "charge_point" or entry.text is None:
        return entry

    def later(found: re.Match[str]) -> str:
        time = datetime.fromisoformat(found.group().replace("Z", "+00:00")) + timedelta(seconds=seconds)
        return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return msgspec.structs.replace(entry, text=STAMP.sub(later, entry.text))


@FEW
@given(
    seconds=st.one_of(st.integers(-100_000, 100_000), st.floats(-90.0, 90.0), st.just(86400 * 3650)),
    kind=st.sampled_from(list(KINDS)),
    model=st.sampled_from(MODELS),
)
def test_a_constant_on_the_station_s_clock_changes_no_verdict(seconds: float, kind: str, model: str) -> None:
    trace = KINDS[kind](model)
    before = outcomes(trace)
    after = judge(Trace([moved(entry, round(seconds, 3)) for entry in trace.entries]))
    changed = {
        check: (before[check], said)
        for check, said in reasons(after).items()
        if after.check(check).outcome is not before[check]
    }
    assert changed == {}


def test_the_offset_of_the_clock_is_what_the_figures_then_show() -> None:
    trace = numbered([moved(entry, 77.0) for entry in entries_of("lawful")])
    report = build_report(trace, record_sha256="", judged_at=None, tool_version="0")
    assert report.figures.clock_offset is not None
    assert report.figures.clock_offset.seconds == pytest.approx(77.0, abs=1.0)
