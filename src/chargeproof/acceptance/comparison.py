"""Two reports of the same model beside each other: what a new firmware broke, mended, and left as it was."""

from chargeproof.acceptance.report_schema import Change, Comparison, Report
from chargeproof.acceptance.result_cell import NAMES
from chargeproof.acceptance.verdict import Outcome

_GOOD = frozenset({Outcome.PASS, Outcome.PASS_WITH_REMARK, Outcome.NOT_APPLICABLE})


def compare(previous: Report, current: Report) -> Comparison:
    """The findings of ``current`` that ``previous`` did not have (new), those gone (fixed), those in both.

    A finding is a failed check or a deviation. What was failing and is now undecided is not fixed: it is
    listed under ``other`` with every further change of a verdict.
    """
    changes: dict[str, list[Change]] = {"new": [], "fixed": [], "unchanged": [], "other": []}
    before = {check.id: check for check in previous.checks()}
    for check in current.checks():
        known = before.get(check.id)
        if known is None:
            continue
        group = _group(known.verdict, check.verdict)
        if group:
            changes[group].append(
                Change(
                    kind="check",
                    id=check.id,
                    sentence=check.sentence,
                    before=NAMES[known.verdict],
                    now=NAMES[check.verdict],
                )
            )
    for change, group in _lint_changes(previous, current):
        changes[group].append(change)
    return Comparison(
        previous_firmware=previous.station.get("firmware_version", ""),
        firmware=current.station.get("firmware_version", ""),
        previous_record_sha256=previous.record_sha256,
        previous_began_at=previous.environment.began_at,
        new=tuple(changes["new"]),
        fixed=tuple(changes["fixed"]),
        unchanged=tuple(changes["unchanged"]),
        other=tuple(changes["other"]),
    )


def _group(before: Outcome, now: Outcome) -> str:
    if before is Outcome.FAIL and now is Outcome.FAIL:
        return "unchanged"
    if now is Outcome.FAIL:
        return "new"
    if before is Outcome.FAIL and now in _GOOD:
        return "fixed"
    return "other" if before is not now else ""


def _lint_changes(previous: Report, current: Report) -> list[tuple[Change, str]]:
    before = {lint.id: lint for lint in previous.lints}
    now = {lint.id: lint for lint in current.lints}
    changes = []
    for lint_id in dict.fromkeys([*now, *before]):
        group = "unchanged" if lint_id in before and lint_id in now else "new" if lint_id in now else "fixed"
        lint = now.get(lint_id) or before[lint_id]
        counts = [
            f"seen {known[lint_id].count} ×" if lint_id in known else "not seen" for known in (before, now)
        ]
        change = Change(kind="deviation", id=lint_id, sentence=lint.title, before=counts[0], now=counts[1])
        changes.append((change, group))
    return changes
