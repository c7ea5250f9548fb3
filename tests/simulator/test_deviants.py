"""The catalogue of deviants is complete; that each does what it says is tried by the self-test."""

import pytest

from chargeproof.acceptance.lints import LINTS
from chargeproof.ocpp import RULES
from chargeproof.simulator.deviants.registry import deviants

CLAIMED_BY_OTHERS = {
    "not_json": "L-11",
    "nul_character": "L-11",
    "not_a_timestamp": "L-08",
    "timestamp_without_zone": "L-08",
}
NEVER_SENT_BY_A_STATION = {
    "empty": "outside meter values (L-13) only GetCompositeSchedule has such a list, which is not asked for",
    "not_multiple": "only GetCompositeSchedule holds such numbers, which is not asked for",
    "too_short": "no field of 1.6 has a least length",
}


def _lints_of(kind: str) -> set[str]:
    return {each.lint for each in deviants() if each.kind == kind}


@pytest.mark.parametrize("lint", sorted(LINTS))
def test_a_lint_has_a_station_that_commits_it_and_one_that_comes_near(lint: str) -> None:
    assert lint in _lints_of("deviant")
    assert lint in _lints_of("near_miss")


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_of_the_schema_has_both_or_a_reason(rule: str) -> None:
    lint = CLAIMED_BY_OTHERS.get(rule, f"S-{rule.replace('_', '-')}")
    has_both = lint in _lints_of("deviant") & _lints_of("near_miss")
    assert has_both != (rule in NEVER_SENT_BY_A_STATION)


def test_a_deviant_tells_in_a_sentence_what_it_does() -> None:
    for each in deviants():
        assert (each.station.__doc__ or "").strip().endswith("."), each.name
