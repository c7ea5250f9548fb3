"""The parts of a record: the run itself, and one for each time that a function was repeated afterwards.

Each part begins with a head (``RunBegan``) and is judged by itself. Of a function's plays the newest one that
went to its end counts; the others stay visible beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from chargeproof.trace import RunBegan, Trace

Standing = Literal["complete", "cannot", "broken"]

_WORTH: dict[Standing, int] = {"broken": 0, "cannot": 1, "complete": 2}
STOPPED = "the run was stopped"
"""What the end of a step says that was left because the run was stopped."""


@dataclass(frozen=True)
class Play:
    """A function as it was played in one part.

    ``standing``: *complete*: its drive went to its end; *cannot*: not everything could be played; *broken*: it
    was stopped, cut off, or something of ours broke.
    """

    part: int
    trace: Trace
    standing: Standing


class Parts:
    """A record divided at its heads. ``numbers`` of parts count from 1."""

    def __init__(self, whole: Trace) -> None:
        self.whole = whole

    @cached_property
    def traces(self) -> tuple[Trace, ...]:
        """Each part as a record of its own, with the entry numbers of the whole; at least one."""
        entries = self.whole.entries
        starts = [place for place, entry in enumerate(entries) if isinstance(entry, RunBegan)]
        if len(starts) < 2:
            return (self.whole,)
        starts[0] = 0
        ends = [*starts[1:], len(entries)]
        last = len(starts) - 1
        return tuple(
            Trace(entries[start:end], damage=self.whole.damage if place == last else "")
            for place, (start, end) in enumerate(zip(starts, ends, strict=True))
        )

    @property
    def are_several(self) -> bool:
        return len(self.traces) > 1

    @cached_property
    def asked(self) -> tuple[int, ...]:
        """The functions that any part was to play."""
        return tuple(sorted({number for trace in self.traces for number in _asked_in(trace)}))

    def plays_of(self, function: int) -> list[Play]:
        """Every play of a function, in order."""
        return [
            Play(number, trace, _standing(trace, function))
            for number, trace in enumerate(self.traces, start=1)
            if function in _asked_in(trace)
        ]

    def deciding(self, function: int) -> Play | None:
        """The play that counts; None where no part asked for the function."""
        plays = self.plays_of(function)
        return max(plays, key=lambda play: (_WORTH[play.standing], play.part), default=None)

    @cached_property
    def main(self) -> Trace:
        """The part that decides the most functions, the first of equals: what is measured is taken from it."""
        if not self.are_several:
            return self.whole
        deciding = [play.part for number in self.asked if (play := self.deciding(number)) is not None]
        place = max(range(1, len(self.traces) + 1), key=lambda part: (deciding.count(part), -part))
        return self.traces[place - 1]

    @cached_property
    def newest(self) -> Trace:
        """The newest part that played a function; one that only put the station back played none."""
        return next((trace for trace in reversed(self.traces) if _asked_in(trace)), self.traces[-1])


def _asked_in(trace: Trace) -> Sequence[int]:
    return () if trace.head is None else trace.head.functions


def _standing(trace: Trace, function: int) -> Standing:
    """By its steps: a function may be driven in several."""
    steps = trace.steps(function=function)
    if not steps or any(step.phase in ("began", "failed") or step.detail == STOPPED for step in steps):
        return "broken"
    return "complete" if any(step.phase == "ended" for step in steps) else "cannot"
