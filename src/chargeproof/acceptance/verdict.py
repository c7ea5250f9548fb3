"""Verdicts: what a check can say, and how verdicts fold into those of criteria and functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """The seven words of the report, with the spelling of its JSON."""

    PASS = "pass"  # noqa: S105
    PASS_WITH_REMARK = "pass_with_remark"  # noqa: S105
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not_applicable"
    NOT_RUN = "not_run"
    TOOL_ERROR = "tool_error"


# From harmless to worst: a criterion takes the worst of its checks, a function the worst of its criteria.
SEVERITY: tuple[Outcome, ...] = (
    Outcome.NOT_APPLICABLE,
    Outcome.PASS,
    Outcome.PASS_WITH_REMARK,
    Outcome.NOT_RUN,
    Outcome.INCONCLUSIVE,
    Outcome.FAIL,
    Outcome.TOOL_ERROR,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check says, and from what.

    ``reason`` is one sentence on why; ``remark`` what the form's result cell must add (also beside a plain
    pass: "Configuration (178)"); ``evidence`` are entry numbers; ``expected`` and ``seen`` stand side by
    side in the report; ``figures`` are measured values by name.
    """

    outcome: Outcome
    reason: str
    remark: str = ""
    evidence: tuple[int, ...] = ()
    expected: str = ""
    seen: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def with_remark(self, remark: str) -> "Verdict":
        """The same verdict, a pass made a pass with this remark."""
        outcome = Outcome.PASS_WITH_REMARK if self.outcome is Outcome.PASS else self.outcome
        return replace(self, outcome=outcome, remark=join_remarks((self.remark, remark)))


Evidence = Iterable[int]


def passed(reason: str, evidence: Evidence = (), *, remark: str = "", **more: Any) -> Verdict:
    """A pass. A ``remark`` here is information for the result cell and leaves it a plain pass."""
    return Verdict(Outcome.PASS, reason, remark, tuple(evidence), **more)


def passed_with_remark(reason: str, evidence: Evidence = (), *, remark: str, **more: Any) -> Verdict:
    """A pass that nobody should sign without reading its remark."""
    return Verdict(Outcome.PASS_WITH_REMARK, reason, remark, tuple(evidence), **more)


def failed(reason: str, evidence: Evidence = (), *, expected: str, seen: str, **more: Any) -> Verdict:
    """The station broke what the check asks: ``expected`` and ``seen`` are each one short phrase."""
    return Verdict(Outcome.FAIL, reason, evidence=tuple(evidence), expected=expected, seen=seen, **more)


def inconclusive(reason: str, evidence: Evidence = (), **more: Any) -> Verdict:
    """The act was done, but the record does not decide."""
    return Verdict(Outcome.INCONCLUSIVE, reason, evidence=tuple(evidence), **more)


def not_applicable(reason: str, evidence: Evidence = (), **more: Any) -> Verdict:
    """The question does not arise at this station: needs a reason and evidence, as a verdict does."""
    return Verdict(Outcome.NOT_APPLICABLE, reason, evidence=tuple(evidence), **more)


def not_run(reason: str, evidence: Evidence = ()) -> Verdict:
    """The act that the check needs did not take place."""
    return Verdict(Outcome.NOT_RUN, reason, evidence=tuple(evidence))


def tool_error(reason: str, evidence: Evidence = ()) -> Verdict:
    """Our own fault; never shown as the station's."""
    return Verdict(Outcome.TOOL_ERROR, reason, evidence=tuple(evidence))


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Fold outcomes: the worst of them. Not applicable beside a pass is a pass with a remark.

    Nothing to fold is ``not_run``: nobody asked anything.
    """
    found = set(outcomes)
    if not found:
        return Outcome.NOT_RUN
    folded = max(found, key=SEVERITY.index)
    if folded is Outcome.PASS and Outcome.NOT_APPLICABLE in found:
        return Outcome.PASS_WITH_REMARK
    return folded


def worst_verdict(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict with the worst outcome, the first of equals; None for none."""
    return max(verdicts, key=lambda verdict: SEVERITY.index(verdict.outcome), default=None)


def join_remarks(remarks: Iterable[str]) -> str:
    """Remarks in order, each once, as one line."""
    return "; ".join(dict.fromkeys(remark for remark in remarks if remark))
