"""What many checks ask of the same record, answered once.

A record never changes, so an answer stays right. It is kept with the record and goes with it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from chargeproof.trace import Trace

T = TypeVar("T")


def asked_once(question: Callable[[Trace], T]) -> Callable[[Trace], T]:
    """Keep the answer to a question of a record. Nobody may change what comes back."""

    @wraps(question)
    def ask(trace: Trace) -> T:
        answers: dict[Any, Any] = vars(trace).setdefault("answers", {})
        if question not in answers:
            answers[question] = question(trace)
        answer: T = answers[question]
        return answer

    return ask
