"""The judge is tried on stations whose faults are known: mutants, odd but lawful ones, and deviants.

Mutants and odd stations go through the functions, or the security cases, in virtual time, deviants through the
functions in which they show what they are about. A mutant is *killed* when the checks that it declares fail, no
other does, and the reason is the one declared. An odd station must not fail at all. A deviant must raise its
lint, and its near miss must not.
"""

import logging
import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Literal

import msgspec
import structlog

from chargeproof.acceptance.case import GroupId, group_of
from chargeproof.acceptance.lints import LINTS, findings_in
from chargeproof.acceptance.script import EVERY_CASE, GROUPS, Group, GroupChoice, numbers_of
from chargeproof.acceptance.self_proof import GroupProof, SelfProof
from chargeproof.acceptance.verdict import Outcome
from chargeproof.simulator.deviants.registry import Deviant, deviants
from chargeproof.simulator.mutants.registry import Mutant, mutants
from chargeproof.simulator.odd.registry import Odd, odd_stations
from chargeproof.testbed.forgetful_store import ForgetfulStore
from chargeproof.testbed.simulated import RunResult, run_simulated
from chargeproof.testing.virtual_time import run_virtual

Kind = Literal["mutant", "odd", "deviant", "near_miss"]


class Candidate(msgspec.Struct, frozen=True):
    """One station of the catalogue, as a name that any process can look up."""

    kind: Kind
    name: str


class Trial(msgspec.Struct, frozen=True):
    """What the judge said of one station: outcomes and reasons by check id, lints by id."""

    candidate: Candidate
    outcomes: dict[str, str]
    reasons: dict[str, str]
    lints: tuple[str, ...]
    error: str = ""


class MutantResult(msgspec.Struct, frozen=True):
    """``reason`` is what the judge gave for the first declared check; ``because`` what it must contain."""

    name: str
    declared: tuple[str, ...]
    failed: tuple[str, ...]
    reason: str
    killed: bool
    because: str
    about: str = ""
    error: str = ""


class OddResult(msgspec.Struct, frozen=True):
    """An odd but lawful station: the checks that failed it (none may), and those with a remark."""

    name: str
    failed: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    about: str = ""
    error: str = ""


class LintResult(msgspec.Struct, frozen=True):
    """A lint: raised on the station that commits it, silent on the near miss."""

    id: str
    raised: bool
    near_miss_silent: bool
    error: str = ""


class CheckResult(msgspec.Struct, frozen=True):
    """A check and the mutants that it alone or with others must kill."""

    id: str
    mutants: tuple[str, ...]


class SelfTest(msgspec.Struct, frozen=True):
    """The whole result; ``holds`` when nothing is wrong with the judge."""

    version: str
    at: str
    holds: bool
    mutants: tuple[MutantResult, ...]
    odd: tuple[OddResult, ...]
    lints: tuple[LintResult, ...]
    checks: tuple[CheckResult, ...]
    cpu_s: float = 0.0


@dataclass(frozen=True)
class Progress:
    """How far the catalogue is."""

    done: int
    total: int
    newest: Trial


def candidates(check: str | None = None, group: GroupChoice = "all") -> list[Candidate]:
    """The catalogue, or what is about one group; with a check id just the mutants that declare it."""
    if check is not None:
        return [Candidate("mutant", each.name) for each in mutants() if check in each.fails]
    return [each for each, chosen in _catalogue().items() if group in (group_tried_with(chosen), "all")]


def try_station(candidate: Candidate) -> Trial:
    """Put one station through the whole script. An error of ours is in the trial, never raised."""
    try:
        result = run_virtual(_trial(_chosen(candidate)))
        broken = [f"{type(error).__name__}: {error}" for error in result.station.crashes]
        about_lints = candidate.kind in ("deviant", "near_miss")
        checks = [] if about_lints else result.judgement.checks()
        return Trial(
            candidate,
            {each.check.id: each.verdict.outcome.value for each in checks},
            {each.check.id: each.verdict.reason for each in checks},
            tuple(finding.lint.id for finding in findings_in(result.trace)) if about_lints else (),
            f"the simulated station broke: {broken[0]}" if broken else "",
        )
    except Exception as error:
        return Trial(candidate, {}, {}, (), f"{type(error).__name__}: {error}")


async def _trial(chosen: Mutant | Odd | Deviant) -> RunResult:
    group = group_tried_with(chosen)
    functions = chosen.functions if isinstance(chosen, Deviant) else None
    return await run_simulated(
        chosen.station,
        model=chosen.model,
        functions=functions or numbers_of(group),
        secured=group == "security",
        store=ForgetfulStore(),
        write_lines=False,
    )


def group_tried_with(chosen: Mutant | Odd | Deviant) -> GroupId:
    """The group whose cases show what the station is about."""
    if isinstance(chosen, Mutant):
        return group_of(chosen.fails[0])
    return chosen.group if isinstance(chosen, Odd) else "functions"


def _chosen(candidate: Candidate) -> Mutant | Odd | Deviant:
    chosen = _catalogue().get(candidate)
    if chosen is None:
        raise LookupError(f"there is no {candidate.kind} {candidate.name}")
    return chosen


@cache
def _catalogue() -> dict[Candidate, Mutant | Odd | Deviant]:
    found: dict[Candidate, Mutant | Odd | Deviant] = {}
    found.update({Candidate("mutant", each.name): each for each in mutants()})
    found.update({Candidate("odd", each.name): each for each in odd_stations()})
    found.update({Candidate(each.kind, each.name): each for each in deviants()})
    return found


def try_all(chosen: list[Candidate], *, processes: int) -> Iterator[Progress]:
    """Try every station, on several cores; yields as they finish."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_be_quiet) as pool:
        waiting = [pool.submit(try_station, candidate) for candidate in chosen]
        try:
            for done, finished in enumerate(as_completed(waiting), start=1):
                yield Progress(done, len(chosen), finished.result())
        finally:
            pool.shutdown(cancel_futures=True)


def proof_of(result: SelfTest) -> SelfProof:
    """What reports carry of this result."""
    return SelfProof(
        version=result.version,
        at=result.at,
        holds=result.holds,
        mutants=len(result.mutants),
        mutants_killed=sum(each.killed for each in result.mutants),
        odd=len(result.odd),
        odd_passed=sum(not (each.failed or each.error) for each in result.odd),
        lints=len(result.lints),
        lints_sharp=sum(each.raised and each.near_miss_silent for each in result.lints),
        checks={each.id: each.mutants for each in result.checks},
        groups={group.id: group_proof(result, group) for group in GROUPS},
    )


def group_proof(result: SelfTest, group: Group) -> GroupProof:
    """What of the result is about one group."""
    own = [each for each in result.mutants if group_of(each.declared[0]) == group.id]
    names = {each.name for each in odd_stations() if each.group == group.id}
    odd = [each for each in result.odd if each.name in names]
    return GroupProof(
        title=group.title,
        mutants=len(own),
        mutants_killed=sum(each.killed for each in own),
        odd=len(odd),
        odd_passed=sum(not (each.failed or each.error) for each in odd),
        checks=sum(group_of(each.id) == group.id for each in result.checks),
    )


def _be_quiet() -> None:
    """What the parts log about stations that misbehave on purpose is of no use to anybody; Ctrl-C is for
    the process that handed out the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def conclude(
    trials: list[Trial], *, version: str, check: str | None = None, group: GroupChoice = "all"
) -> SelfTest:
    """Hold what was seen against what was declared."""
    by_candidate = {trial.candidate: trial for trial in trials}
    killed = tuple(
        _mutant_result(each, trial)
        for each in mutants()
        if (trial := by_candidate.get(Candidate("mutant", each.name))) is not None
    )
    odd = tuple(
        _odd_result(each.name, each.note, trial)
        for each in odd_stations()
        if (trial := by_candidate.get(Candidate("odd", each.name))) is not None
    )
    lints = _lint_results(by_candidate) if check is None and group != "security" else ()
    ids = [each.id for case in EVERY_CASE if group in (case.group, "all") for each in case.checks]
    checks = tuple(
        CheckResult(
            check_id, tuple(each.name for each in killed if each.killed and check_id in each.declared)
        )
        for check_id in ids
        if check in (None, check_id)
    )
    holds = (
        all(each.killed for each in killed)
        and not any(each.failed or each.error for each in odd)
        and all(each.raised and each.near_miss_silent for each in lints)
        and all(each.mutants for each in checks)
    )
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return SelfTest(version, at, holds, killed, odd, lints, checks)


def _mutant_result(each: Mutant, trial: Trial) -> MutantResult:
    failed = tuple(check for check, outcome in trial.outcomes.items() if outcome == Outcome.FAIL)
    reasons = [trial.reasons.get(check, "") for check in each.fails]
    right_reason = any(each.because in reason for reason in reasons)
    broken = any(outcome == Outcome.TOOL_ERROR for outcome in trial.outcomes.values())
    return MutantResult(
        name=each.name,
        declared=each.fails,
        failed=failed,
        reason=next((reason for reason in reasons if each.because in reason), reasons[0] if reasons else ""),
        killed=set(failed) == set(each.fails) and right_reason and not broken and not trial.error,
        because=each.because,
        about=" ".join((each.station.__doc__ or "").split()),
        error=trial.error or ("a check broke" if broken else ""),
    )


def _odd_result(name: str, note: str, trial: Trial) -> OddResult:
    bad = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.TOOL_ERROR)
    return OddResult(
        name,
        tuple(check for check, outcome in trial.outcomes.items() if outcome in bad),
        tuple(check for check, outcome in trial.outcomes.items() if outcome == Outcome.PASS_WITH_REMARK),
        note,
        trial.error,
    )


def _lint_results(trials: dict[Candidate, Trial]) -> tuple[LintResult, ...]:
    """A result for every lint that there is, be it tried or not, and for each other id that is tried."""
    tried = {each.lint for each in deviants()}
    return tuple(_lint_result(lint, trials) for lint in sorted(tried | set(LINTS)))


def _lint_result(lint: str, trials: dict[Candidate, Trial]) -> LintResult:
    """Of several deviants all must raise it, of several near misses none."""
    raised: list[bool] = []
    silent: list[bool] = []
    errors: list[str] = []
    for each in deviants():
        trial = trials.get(Candidate(each.kind, each.name))
        if each.lint != lint or trial is None:
            continue
        seen = lint in trial.lints
        right = not trial.error and seen == (each.kind == "deviant")
        (raised if each.kind == "deviant" else silent).append(right)
        if trial.error:
            errors.append(f"{each.name}: {trial.error}")
        elif not right:
            errors.append(f"{each.name} {'raised it' if seen else 'did not raise it'}")
    if not raised and not silent:
        errors.append("no station was tried for it")
    return LintResult(
        lint, bool(raised) and all(raised), bool(silent) and all(silent), error="; ".join(errors)
    )
