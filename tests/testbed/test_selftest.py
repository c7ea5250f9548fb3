"""How the self-test concludes from what it saw of deviants. The catalogue itself is tried elsewhere."""

from chargeproof.acceptance.lints import LINTS
from chargeproof.simulator.deviants.registry import deviants
from chargeproof.testbed.selftest import Candidate, Trial, conclude

LINT = "L-06"


def _trials(*, raised_by: frozenset[str], broken: str = "") -> list[Trial]:
    return [
        Trial(
            Candidate(each.kind, each.name),
            {},
            {},
            (LINT,) if each.name in raised_by else (),
            "it broke" if each.name == broken else "",
        )
        for each in deviants()
        if each.lint == LINT
    ]


def _names(kind: str) -> frozenset[str]:
    return frozenset(each.name for each in deviants() if each.lint == LINT and each.kind == kind)


def test_a_lint_that_no_station_was_tried_for_is_in_the_result_and_does_not_hold() -> None:
    result = conclude([], version="1")
    assert set(LINTS) <= {lint.id for lint in result.lints}
    assert not result.holds
    assert {lint.error for lint in result.lints} == {"no station was tried for it"}


def test_a_lint_holds_when_every_deviant_raises_it_and_no_near_miss() -> None:
    result = conclude(_trials(raised_by=_names("deviant")), version="1")
    (lint,) = [each for each in result.lints if each.id == LINT]
    assert (lint.raised, lint.near_miss_silent, lint.error) == (True, True, "")


def test_one_deviant_that_does_not_raise_it_is_named() -> None:
    missing = min(_names("deviant"))
    result = conclude(_trials(raised_by=_names("deviant") - {missing}), version="1")
    (lint,) = [each for each in result.lints if each.id == LINT]
    assert (lint.raised, lint.near_miss_silent) == (False, True)
    assert f"{missing} did not raise it" in lint.error


def test_a_near_miss_that_raises_it_or_breaks_is_named() -> None:
    (near,) = _names("near_miss")
    result = conclude(_trials(raised_by=_names("deviant") | {near}), version="1")
    (lint,) = [each for each in result.lints if each.id == LINT]
    assert not lint.near_miss_silent
    assert f"{near} raised it" in lint.error
    result = conclude(_trials(raised_by=_names("deviant"), broken=near), version="1")
    (lint,) = [each for each in result.lints if each.id == LINT]
    assert not lint.near_miss_silent
    assert "it broke" in lint.error


def test_the_mutants_of_one_check_say_nothing_of_lints() -> None:
    assert conclude([], version="1", check="1.1a").lints == ()
