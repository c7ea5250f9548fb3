"""``Case``: one of the document's 16 functions, or a case of a further group, with its drive and its checks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from chargeproof.acceptance.verdict import Verdict
from chargeproof.trace import Trace

if TYPE_CHECKING:
    from chargeproof.acceptance.stage import Stage

Judge = Callable[[Trace], Verdict]
Drive = Callable[["Stage"], Awaitable[None]]
GroupId = Literal["functions", "security"]


HIGHEST_FUNCTION = 16


def label_of(number: int) -> str:
    """How people name a function of the document, or the test case with that number (TC_073)."""
    return str(number) if number <= HIGHEST_FUNCTION else f"TC_{number:03d}"


def group_of(check_id: str) -> GroupId:
    """The group of a check or criterion: those of the security cases are named after test cases (TC_073a)."""
    return "security" if check_id.startswith("TC_") else "functions"


@dataclass(frozen=True, slots=True)
class Check:
    """One question that can be judged from a record alone.

    ``sentence`` says in the present what holds at a good station; ``clause`` is the place in the
    specification (S§ OCPP 1.6 edition 2, J§ OCPP-J 1.6, E errata sheet 4.0); ``octt`` names the Open Charge
    Alliance's test cases that ask alike. ``hands`` tells that a person or a rig is needed.
    """

    id: str
    sentence: str
    judge: Judge
    clause: str
    octt: tuple[str, ...] = ()
    hands: bool = False

    @property
    def criterion_id(self) -> str:
        return self.id.rstrip("abcdefghijklmnopqrstuvwxyz")


@dataclass(slots=True)
class Case:
    """A function of the document: number and title, criteria by id with the document's own words.

    In a further group the number is that of the Open Charge Alliance's test case, and so are the criteria's ids.
    No number is used twice, whatever the group.
    """

    number: int
    title: str
    criteria: dict[str, str]
    checks: list[Check] = field(default_factory=list)
    driven_by: Drive | None = None
    driven_in_session_by: Drive | None = None
    group: GroupId = "functions"

    @property
    def label(self) -> str:
        """How people name it: the document's number, or the test case (TC_073)."""
        return label_of(self.number)

    def drive(self, function: Drive) -> Drive:
        """Mark the coroutine function that makes the record for this function."""
        self.driven_by = function
        return function

    def drive_in_session(self, function: Drive) -> Drive:
        """Mark what is driven when a cable is plugged in and sessions can run, after the nine acts."""
        self.driven_in_session_by = function
        return function

    def check(
        self, check_id: str, sentence: str, *, clause: str, octt: tuple[str, ...] = (), hands: bool = False
    ) -> Callable[[Judge], Judge]:
        """Mark a pure function (Trace) -> Verdict as this check. Raises ValueError for a wrong or second id."""

        def register(judge: Judge) -> Judge:
            check = Check(check_id, sentence, judge, clause, octt, hands)
            if check.criterion_id not in self.criteria or any(known.id == check_id for known in self.checks):
                raise ValueError(f"check {check_id} does not fit {self.label}")
            self.checks.append(check)
            return judge

        return register

    def checks_of(self, criterion_id: str) -> list[Check]:
        """The checks of one criterion, in order."""
        return [check for check in self.checks if check.criterion_id == criterion_id]
