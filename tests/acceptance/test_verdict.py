"""Verdicts and how they fold."""

import pytest

from chargeproof.acceptance.verdict import (
    Outcome,
    inconclusive,
    join_remarks,
    not_applicable,
    passed,
    passed_with_remark,
    worst,
    worst_verdict,
)

O = Outcome  # noqa: E741


@pytest.mark.parametrize(
    ("outcomes", "folded"),
    [
        ([], O.NOT_RUN),
        ([O.NOT_APPLICABLE], O.NOT_APPLICABLE),
        ([O.PASS, O.PASS], O.PASS),
        ([O.PASS, O.NOT_APPLICABLE], O.PASS_WITH_REMARK),
        ([O.PASS_WITH_REMARK, O.PASS], O.PASS_WITH_REMARK),
        ([O.PASS_WITH_REMARK, O.NOT_RUN], O.NOT_RUN),
        ([O.NOT_RUN, O.NOT_APPLICABLE], O.NOT_RUN),
        ([O.INCONCLUSIVE, O.NOT_RUN], O.INCONCLUSIVE),
        ([O.FAIL, O.INCONCLUSIVE, O.PASS], O.FAIL),
        ([O.TOOL_ERROR, O.FAIL], O.TOOL_ERROR),
    ],
)
def test_the_worst_outcome_wins(outcomes: list[Outcome], folded: Outcome) -> None:
    assert worst(outcomes) is folded
    assert worst(reversed(outcomes)) is folded


def test_the_first_of_equally_bad_verdicts_speaks() -> None:
    first, second = inconclusive("one"), inconclusive("two")
    assert worst_verdict([passed("fine"), first, second]) is first
    assert worst_verdict([]) is None


def test_a_remark_makes_a_pass_a_pass_with_remark_and_nothing_else_better() -> None:
    assert passed("fine").with_remark("look").outcome is O.PASS_WITH_REMARK
    assert inconclusive("open").with_remark("look").outcome is O.INCONCLUSIVE
    assert passed_with_remark("fine", remark="a").with_remark("b").remark == "a; b"


def test_a_plain_pass_can_carry_what_the_form_wants_to_know() -> None:
    verdict = passed("178 keys", (1,), remark="Configuration (178)")
    assert (verdict.outcome, verdict.remark) == (O.PASS, "Configuration (178)")


def test_not_applicable_has_reason_and_evidence() -> None:
    verdict = not_applicable("no cache", (4, 5), seen="Rejected")
    assert (verdict.reason, verdict.evidence, verdict.seen) == ("no cache", (4, 5), "Rejected")


def test_remarks_are_joined_once_each() -> None:
    assert join_remarks(["a", "", "b", "a"]) == "a; b"
