"""Every deviation that the product can name, and ``findings_in`` to look for all of them."""

from chargeproof.acceptance.lints import (
    clocks,
    commands,
    configuration,
    connecting,
    file_jobs,
    frames,
    metering,
    sequence,
    statuses,
    transaction_order,
)
from chargeproof.acceptance.lints.frames import schema_lint
from chargeproof.acceptance.lints.registry import LINTS, Finding, Lint, Sight, Spotted, spotted_in
from chargeproof.trace import Trace

__all__ = ["LINTS", "Finding", "Lint", "Sight", "findings_in"]

# Importing a subject registers its lints.
SUBJECTS = (
    connecting,
    clocks,
    configuration,
    frames,
    metering,
    statuses,
    transaction_order,
    commands,
    file_jobs,
    sequence,
)


def findings_in(trace: Trace) -> tuple[Finding, ...]:
    """All lints that this record raises: stations' known deviations, then order, then schema; by id."""
    spotted = list(spotted_in(trace))
    findings = []
    for lint in LINTS.values():
        own = [each for each in spotted if lint.covers is not None and lint.covers(each)]
        sights = [each.sight for each in own]
        try:
            sights += list(lint.find(trace)) if lint.find is not None else []
        except Exception as error:  # one search that breaks is our fault, and must not hide the others
            findings.append(_broken(lint, error))
        if sights:
            findings.append(Finding(lint, _in_order(sights)))
    findings += _unclaimed(spotted)
    return tuple(sorted(findings, key=lambda f: (_GROUPS.index(f.lint.group), f.lint.id)))


_GROUPS = ("station", "sequence", "schema", "tool")


def _broken(lint: Lint, error: Exception) -> Finding:
    title = f"The search for {lint.id} broke, which is our fault: {type(error).__name__}: {error}"
    advice = "Send the record to the makers of this tool."
    return Finding(Lint(f"T-{lint.id}", title, "", advice, "tool"), (Sight(1),))


def _unclaimed(spotted: list[Spotted]) -> list[Finding]:
    """What the lenient reading noted and no lint claims, gathered by rule."""
    by_rule: dict[str, list[Sight]] = {}
    covering = [lint.covers for lint in LINTS.values() if lint.covers is not None]
    for each in spotted:
        if not any(covers(each) for covers in covering):
            by_rule.setdefault(each.rule, []).append(each.sight)
    return [Finding(schema_lint(rule), _in_order(sights)) for rule, sights in by_rule.items()]


def _in_order(sights: list[Sight]) -> tuple[Sight, ...]:
    return tuple(sorted(dict.fromkeys(sights), key=lambda sight: sight.n))
