"""``judge``: a record in, verdicts out. Pure: the same record always gives the same judgement."""

import traceback
from dataclasses import dataclass
from functools import cached_property

from chargeproof.acceptance.case import Case, Check
from chargeproof.acceptance.parts import Parts
from chargeproof.acceptance.script import GROUPS, SCRIPT, Group
from chargeproof.acceptance.verdict import (
    Outcome,
    Verdict,
    inconclusive,
    join_remarks,
    not_run,
    tool_error,
    worst,
)
from chargeproof.acceptance.what_logs_show import as_far_as_times_go
from chargeproof.trace import Trace


@dataclass(frozen=True)
class CheckResult:
    """A check and what it says of this record."""

    check: Check
    verdict: Verdict


@dataclass(frozen=True)
class CriterionResult:
    """A criterion of the document with the results of its checks."""

    id: str
    text: str
    checks: tuple[CheckResult, ...]

    @cached_property
    def outcome(self) -> Outcome:
        return worst(result.verdict.outcome for result in self.checks)

    @cached_property
    def remark(self) -> str:
        return join_remarks(_remark_of(result.verdict, self.outcome) for result in self.checks)


@dataclass(frozen=True)
class FunctionResult:
    """A function of the document, or a case of a further group, with the results of its criteria."""

    case: Case
    criteria: tuple[CriterionResult, ...]

    @cached_property
    def outcome(self) -> Outcome:
        return worst(criterion.outcome for criterion in self.criteria)

    @cached_property
    def remark(self) -> str:
        return join_remarks(criterion.remark for criterion in self.criteria)


@dataclass(frozen=True)
class GroupResult:
    """A further group of which a record holds something, with the results of its cases."""

    group: Group
    cases: tuple[FunctionResult, ...]


@dataclass(frozen=True)
class Judgement:
    """The whole script's results for one record. ``functions``: the document's 16; ``further``: beside them."""

    functions: tuple[FunctionResult, ...]
    asked: tuple[int, ...] = tuple(range(1, 17))
    further: tuple[GroupResult, ...] = ()

    @cached_property
    def cases(self) -> tuple[FunctionResult, ...]:
        """The functions, then the cases of the further groups."""
        return (*self.functions, *(case for each in self.further for case in each.cases))

    @cached_property
    def outcome(self) -> Outcome:
        """The worst of what was asked for; what was left out by ``--only`` or ``--group`` stays out."""
        return worst(result.outcome for result in self.cases if result.case.number in self.asked)

    def check(self, check_id: str) -> Verdict:
        """The verdict of one check. Raises KeyError for an id that does not exist."""
        for result in self.checks():
            if result.check.id == check_id:
                return result.verdict
        raise KeyError(check_id)

    def checks(self) -> list[CheckResult]:
        """All checks: in the document's order, then those of the further groups."""
        return [r for result in self.cases for criterion in result.criteria for r in criterion.checks]

    def failed(self) -> list[str]:
        """The ids of the checks that failed."""
        return [r.check.id for r in self.checks() if r.verdict.outcome is Outcome.FAIL]


def judge(trace: Trace) -> Judgement:
    """Judge every check of the 16 functions, and of each further group of which something was asked for.

    From the record alone; never raises for what a record holds. In a record of several parts each case is
    judged in the part that counts for it.
    """
    parts = Parts(trace)

    def judged(case: Case) -> FunctionResult:
        play = parts.deciding(case.number) if parts.are_several else None
        return judge_function(case, play.trace if play is not None else parts.traces[0])

    asked = parts.asked if trace.head is not None else tuple(case.number for case in SCRIPT)
    further = tuple(
        GroupResult(group, tuple(judged(case) for case in group.cases))
        for group in GROUPS
        if group.id != "functions" and set(group.numbers) & set(asked)
    )
    return Judgement(tuple(judged(case) for case in SCRIPT), asked, further)


def judge_function(case: Case, trace: Trace) -> FunctionResult:
    """Judge the checks of one case from a record, or from what there is of one while it is written."""
    return FunctionResult(
        case,
        tuple(
            CriterionResult(
                criterion_id,
                text,
                tuple(
                    CheckResult(check, _verdict(check, case, trace)) for check in case.checks_of(criterion_id)
                ),
            )
            for criterion_id, text in case.criteria.items()
        ),
    )


def _verdict(check: Check, case: Case, trace: Trace) -> Verdict:
    head = trace.head
    if head is not None and case.number not in head.functions:
        what = "function" if case.group == "functions" else "case"
        return not_run(f"the {what} was not part of this run")
    try:
        verdict = check.judge(trace)
    except Exception as error:  # a judge that breaks is our fault, and one check must not hide the others
        place = traceback.extract_tb(error.__traceback__)[-1]
        return tool_error(f"the check broke: {type(error).__name__}: {error} ({place.name}:{place.lineno})")
    verdict = as_far_as_times_go(trace, check.id, verdict)
    if verdict.outcome is Outcome.PASS and not verdict.evidence:
        return inconclusive(f"{verdict.reason}, but no entry of the record is named as evidence")
    if verdict.outcome in (Outcome.NOT_RUN, Outcome.INCONCLUSIVE):
        return _or_our_fault(verdict, case, trace)
    return verdict


def _or_our_fault(verdict: Verdict, case: Case, trace: Trace) -> Verdict:
    """A question left open because something of ours broke while driving is a tool error."""
    for span in trace.steps(function=case.number):
        if span.phase == "failed":
            return tool_error(f"{verdict.reason}; the drive broke: {span.detail}", (span.began.n,))
    return verdict


def _remark_of(verdict: Verdict, outcome: Outcome) -> str:
    """A check that is not applicable lends its reason as the remark of the pass beside it."""
    if verdict.outcome is Outcome.NOT_APPLICABLE and outcome in (
        Outcome.PASS_WITH_REMARK,
        Outcome.NOT_APPLICABLE,
    ):
        return verdict.remark or verdict.reason
    return verdict.remark
