"""The fourth column of the document: one result per function, in the words in which the form is filled in."""

from collections.abc import Sequence

from chargeproof.acceptance.report_schema import CheckReport, CriterionReport
from chargeproof.acceptance.verdict import Outcome, join_remarks

WORDS: dict[Outcome, str] = {
    Outcome.PASS: "Ok",
    Outcome.PASS_WITH_REMARK: "Ok",
    Outcome.FAIL: "Fail",
    Outcome.INCONCLUSIVE: "Inconclusive",
    Outcome.NOT_APPLICABLE: "Not applicable",
    Outcome.NOT_RUN: "Not run",
    Outcome.TOOL_ERROR: "Tool error, not the station's",
}
"""What a person would write."""

NAMES: dict[Outcome, str] = {
    Outcome.PASS: "pass",
    Outcome.PASS_WITH_REMARK: "pass with remark",
    Outcome.FAIL: "fail",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.NOT_RUN: "not run",
    Outcome.TOOL_ERROR: "tool error",
}
"""The verdicts in plain words."""

MARKS: dict[Outcome, str] = {
    Outcome.PASS: "✓",
    Outcome.PASS_WITH_REMARK: "✓•",
    Outcome.FAIL: "✕",
    Outcome.INCONCLUSIVE: "?",
    Outcome.NOT_APPLICABLE: "–",
    Outcome.NOT_RUN: "○",
    Outcome.TOOL_ERROR: "!",
}
"""The verdicts as marks; always shown with the word beside them."""


def result_cell(outcome: Outcome, remark: str, criteria: Sequence[CriterionReport]) -> str:
    """The cell's text: the word, then what must be said with it.

    "Ok, Configuration (178)" adds information to a plain pass; "Ok — ICCID not included" is a pass that
    nobody should sign without reading on. Anything worse names the checks that decided it.
    """
    word = WORDS[outcome]
    if outcome is Outcome.PASS:
        return f"{word}, {remark}" if remark else word
    if outcome in (Outcome.PASS_WITH_REMARK, Outcome.NOT_APPLICABLE):
        why = remark or join_remarks(check.reason for check in _checks_with(criteria, outcome))
        return f"{word} — {why}" if why else word
    deciding = _checks_with(criteria, outcome)
    reasons: dict[str, list[str]] = {}
    for check in deciding:
        reasons.setdefault(check.reason, []).append(check.id)
    if len(reasons) == 1 and len(deciding) == sum(len(c.checks) for c in criteria):
        parts = list(reasons)
    else:
        parts = [f"{', '.join(ids)} {reason}" for reason, ids in reasons.items()]
    # Remarks of what passed would bury the reason; they stand with their checks.
    why = join_remarks([*parts, *(check.remark for check in deciding)])
    return f"{word} — {why}" if why else word


def _checks_with(criteria: Sequence[CriterionReport], outcome: Outcome) -> list[CheckReport]:
    return [
        check
        for criterion in criteria
        for check in criterion.checks
        if (check.overruled.verdict if check.overruled else check.verdict) is outcome
    ]
