"""What a record that we did not make can decide: a log may lack times, sockets, and whatever nobody did.

A check decides without times only where it reads what stands in messages and their order. The others stay open,
also new ones: this list names the exceptions.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from chargeproof.acceptance.quantifiers import every
from chargeproof.acceptance.verdict import Outcome, Verdict, inconclusive
from chargeproof.trace import Trace

T = TypeVar("T")

DECIDE_WITHOUT_TIMES = frozenset(
    {
        "1.1b",
        "1.1c",
        "1.1d",
        "1.1e",
        "3.4a",
        "3.4b",
        "4.1a",
        "4.1b",
        "5.1a",
        "6.1b",
        "8.1a",
        "8.2b",
        "10.1a",
        "10.2a",
        "13.1a",
        "15.1a",
        "16.1a",
    }
)

# What stands in single messages.
DECIDE_WITHOUT_ORDER = frozenset({"1.1b", "1.1c", "1.1d", "1.1e", "3.4b"})

_OPEN = (Outcome.NOT_RUN, Outcome.INCONCLUSIVE, Outcome.TOOL_ERROR)


def as_far_as_times_go(trace: Trace, check_id: str, verdict: Verdict) -> Verdict:
    """The verdict; where it rests on times or an order that the log does not hold, inconclusive."""
    if not trace.has_order and check_id not in DECIDE_WITHOUT_ORDER and verdict.outcome not in _OPEN:
        return inconclusive("the lines of the log stand in no order, on which this depends", verdict.evidence)
    if trace.has_times or check_id in DECIDE_WITHOUT_TIMES or verdict.outcome in _OPEN:
        return verdict
    return inconclusive(
        f"the log has no times, on which this depends; in the order of its messages: {verdict.reason}",
        verdict.evidence,
    )


def each_decided(
    trace: Trace, items: Sequence[T], judge_one: Callable[[T], Verdict], *, nothing: Verdict | str
) -> Verdict:
    """``every``; in a record without steps, over what it decides, with a remark on how much it does not.

    A drive sees to it that each of its scenes can be judged. What happens in the field is often cut short, and
    must not hide the rest.
    """
    if trace.steps():
        return every(items, judge_one, nothing=nothing)
    judged = [judge_one(item) for item in items]
    decided = [verdict for verdict in judged if verdict.outcome is not Outcome.INCONCLUSIVE]
    if not decided or len(decided) == len(judged):
        return every(judged, lambda verdict: verdict, nothing=nothing)
    verdict = every(decided, lambda each: each, nothing=nothing)
    remark = f"{len(judged) - len(decided)} of {len(judged)} times the record does not decide"
    return verdict.with_remark(remark) if verdict.outcome is not Outcome.FAIL else replace(verdict)
