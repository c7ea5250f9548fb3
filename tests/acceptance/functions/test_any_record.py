"""What holds for the checks of charging, errors, cables and outages whatever the record is."""

import random
import re
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeproof.acceptance.case import Check
from chargeproof.acceptance.script import case_of
from chargeproof.acceptance.verdict import Outcome
from chargeproof.testbed.simulated import run_simulated
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.trace import Entry, Frame, StepChanged, Trace, load_trace

FUNCTIONS = (6, 7, 8, 10, 11, 14)
CHECKS: list[Check] = [check for number in FUNCTIONS for check in case_of(number).checks]
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
STRANGE: list[Any] = [
    None,
    "",
    "x",
    -1,
    0,
    2**70,
    1.5,
    True,
    [],
    {},
    [None],
    {"a": 1},
    "0001-01-01T00:00:00Z",
]


@cache
def record_of(model: str) -> tuple[str, ...]:
    return run_virtual(run_simulated(model, functions=FUNCTIONS)).record_lines


def entries_of(model: str = "lawful") -> list[Entry]:
    return list(load_trace(record_of(model)).entries)


def numbered(entries: list[Entry]) -> Trace:
    """A record of these entries, renumbered."""
    return Trace([msgspec.structs.replace(entry, n=number) for number, entry in enumerate(entries, start=1)])


def judged(trace: Trace) -> dict[str, Outcome]:
    return {check.id: check.judge(trace).outcome for check in CHECKS}


# ── another clock ────────────────────────────────────────────────────────────────────────────────────


def moved(text: str, seconds: int) -> str:
    def later(match: re.Match[str]) -> str:
        time = datetime.fromisoformat(match.group().replace("Z", "+00:00")) + timedelta(seconds=seconds)
        return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return STAMP.sub(later, text)


@pytest.mark.parametrize("model", ["lawful", "ctek_cs_connected"])
@pytest.mark.parametrize("seconds", [-86400 * 365, -3600, -7, 1, 42, 7200, 86400 * 3650])
def test_a_constant_on_the_station_s_clock_changes_no_verdict(model: str, seconds: int) -> None:
    shifted = [
        msgspec.structs.replace(entry, text=moved(entry.text, seconds))
        if isinstance(entry, Frame) and entry.sender == "charge_point" and entry.text is not None
        else entry
        for entry in entries_of(model)
    ]
    assert judged(numbered(shifted)) == judged(numbered(entries_of(model)))


# ── a record of another system ───────────────────────────────────────────────────────────────────────


def test_the_bare_frames_of_a_lawful_visit_condemn_nothing() -> None:
    kept = [
        entry for entry in entries_of() if entry.__struct_config__.tag not in ("act", "step", "run_began")
    ]
    found = judged(numbered(kept))
    assert not [check for check, outcome in found.items() if outcome is Outcome.FAIL], found
    assert {found[check] for check in ("6.1a", "6.1b", "7.1a", "8.1a", "8.2a", "8.2b")} <= {
        Outcome.PASS,
        Outcome.PASS_WITH_REMARK,
    }


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_record_that_ends_early_condemns_nothing(share: float) -> None:
    entries = entries_of()
    short = judged(numbered(entries[: int(len(entries) * share)]))
    assert Outcome.FAIL not in short.values(), short


def test_every_cut_of_a_lawful_record_condemns_nothing() -> None:
    entries = entries_of()
    steps = [entry.n for entry in entries if isinstance(entry, StepChanged)]
    frames = [entry.n for entry in entries if isinstance(entry, Frame)][::20]
    for n in (*steps, *frames):
        short = judged(numbered(entries[:n]))
        assert Outcome.FAIL not in short.values(), (n, short)


# ── any record ───────────────────────────────────────────────────────────────────────────────────────


def spoiled(entry: Frame, chance: random.Random) -> Frame:
    """The frame with something strange in its payload."""
    try:
        message = msgspec.json.decode(entry.text or "")
    except msgspec.DecodeError:
        return entry
    place: Any = message[-1]
    while isinstance(place, dict | list) and place:
        key: Any = chance.choice(list(place)) if isinstance(place, dict) else chance.randrange(len(place))
        if chance.random() < 0.5 or not isinstance(place[key], dict | list):
            place[key] = chance.choice(STRANGE)
            break
        place = place[key]
    try:
        return msgspec.structs.replace(entry, text=msgspec.json.encode(message).decode())
    except (OverflowError, msgspec.MsgspecError):
        return entry


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), model=st.sampled_from(["lawful", "ctek_cs_connected"]))
def test_no_check_raises_whatever_a_record_holds(seed: int, model: str) -> None:
    chance = random.Random(seed)
    entries = entries_of(model)
    for _ in range(chance.randrange(1, 60)):
        index = chance.randrange(len(entries))
        entry = entries[index]
        what = chance.random()
        if what < 0.2:
            del entries[index]
        elif what < 0.3:
            entries.insert(chance.randrange(len(entries)), entry)
        elif what < 0.4:
            entries = entries[:index] if index > 300 else entries[index // 2 :]
        elif isinstance(entry, Frame):
            entries[index] = spoiled(entry, chance)
    monos = sorted(entry.mono for entry in entries)
    trace = numbered([msgspec.structs.replace(e, mono=mono) for e, mono in zip(entries, monos, strict=True)])
    for check in CHECKS:
        verdict = check.judge(trace)
        assert verdict.reason
        assert all(1 <= n <= len(trace.entries) for n in verdict.evidence)
        if verdict.outcome is Outcome.FAIL:
            assert verdict.expected
            assert verdict.seen


@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_an_empty_record_passes_nothing(check: Check) -> None:
    assert check.judge(Trace([])).outcome in (Outcome.NOT_RUN, Outcome.INCONCLUSIVE)


def test_every_check_names_a_clause_and_hands_where_the_act_needs_them() -> None:
    assert all(check.clause for check in CHECKS)
    assert {check.id for check in CHECKS if check.hands} == {
        "6.2a",
        "6.2b",
        "6.3a",
        "7.2a",
        "7.3a",
        "10.1a",
        "10.2a",
        "11.1a",
        "11.2a",
        "11.2b",
        "14.1a",
    }
