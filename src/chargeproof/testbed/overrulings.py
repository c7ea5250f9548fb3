"""Overrulings: a person's verdict beside the machine's, kept in a file beside the record."""

from datetime import datetime
from pathlib import Path

import msgspec

from chargeproof.acceptance.report_schema import Overruling
from chargeproof.acceptance.script import EVERY_CASE
from chargeproof.acceptance.verdict import Outcome
from chargeproof.errors import ToolError, UsageError

OVERRULINGS = "overrulings.json"

MAY_BE_SAID = (
    Outcome.PASS,
    Outcome.PASS_WITH_REMARK,
    Outcome.FAIL,
    Outcome.INCONCLUSIVE,
    Outcome.NOT_APPLICABLE,
)
"""What a person can decide; that something was not run, or broke on our side, is no opinion."""


class OverrulingKept(msgspec.Struct, frozen=True, kw_only=True):
    """One decision, in the order in which they were made. ``verdict`` None takes the earlier ones back."""

    check: str
    verdict: Outcome | None
    by: str
    reason: str
    at: str
    part: int = 0


def all_kept(folder: Path) -> tuple[OverrulingKept, ...]:
    """Every decision on the record in this folder. Raises UsageError for a file that cannot be read."""
    path = folder / OVERRULINGS
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[OverrulingKept, ...])
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(
            f"the overrulings cannot be read: {error}", str(path), "Mend or remove that file"
        ) from error


def in_force(folder: Path) -> dict[str, Overruling]:
    """The newest decision on each check that was not taken back, as a report wants them."""
    newest: dict[str, Overruling] = {}
    for kept in all_kept(folder):
        newest.pop(kept.check, None)
        if kept.verdict is not None:
            newest[kept.check] = Overruling(
                verdict=kept.verdict, by=kept.by, reason=kept.reason, at=kept.at, part=kept.part
            )
    return newest


def keep(
    folder: Path,
    *,
    check: str,
    verdict: Outcome | None,
    by: str,
    reason: str,
    at: datetime,
    part: int = 0,
) -> None:
    """Add a decision. Raises UsageError for one that cannot stand, ToolError where it cannot be written.

    ``part``: the part of the record that decides the check now; a later play needs a decision of its own.
    """
    _must_stand(check, verdict, by, reason)
    decision = OverrulingKept(
        check=check,
        verdict=verdict,
        by=by.strip(),
        reason=reason.strip(),
        at=at.isoformat(timespec="seconds"),
        part=part,
    )
    path = folder / OVERRULINGS
    partial = path.with_name(f".{path.name}.partial")
    content = msgspec.json.format(msgspec.json.encode((*all_kept(folder), decision)), indent=1)
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        reason_why = error.strerror or str(error)
        raise ToolError(f"the overruling cannot be kept: {reason_why}", str(path)) from error


def _must_stand(check: str, verdict: Outcome | None, by: str, reason: str) -> None:
    if not any(known.id == check for case in EVERY_CASE for known in case.checks):
        raise UsageError(f'there is no check "{check}"', remedy="The report names them, as 6.2a")
    if not by.strip():
        raise UsageError("nobody overrules without a name", remedy="Give the name of who decides")
    if not reason.strip():
        raise UsageError("a verdict is not overruled without a reason", remedy="Say why, in one sentence")
    if verdict is not None and verdict not in MAY_BE_SAID:
        words = ", ".join(outcome.value for outcome in MAY_BE_SAID)
        raise UsageError(f"a person cannot decide “{verdict.value}”", remedy=f"Choose one of: {words}")
