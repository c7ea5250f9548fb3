"""The catalogue, station by station: the judge condemns what it must, and nothing else."""

from dataclasses import replace
from functools import cache

import pytest

from chargeproof.acceptance.case import Check
from chargeproof.acceptance.lints import LINTS
from chargeproof.acceptance.script import EVERY_CASE
from chargeproof.acceptance.self_proof import shipped_proof
from chargeproof.acceptance.verdict import passed
from chargeproof.simulator.deviants.registry import deviants
from chargeproof.simulator.mutants.registry import mutants
from chargeproof.simulator.odd.registry import odd_stations
from chargeproof.testbed.selftest import Candidate, candidates, conclude, try_station
from chargeproof.testbed.selftest_page import page_of, troubles_of

CHECKS = [check for case in EVERY_CASE for check in case.checks]


def _troubles(candidate: Candidate) -> list[str]:
    """What is wrong with this station's trial, apart from what the rest of the catalogue must show."""
    result = conclude([try_station(candidate)], version="test")
    about_it = [trouble for trouble in troubles_of(result) if f" {candidate.name} " in trouble]
    lints = [lint for lint in result.lints if lint.id == _lints().get(candidate.name)]
    if candidate.kind == "deviant":
        about_it += [f"{lint.id} was not raised: {lint.error}" for lint in lints if not lint.raised]
    if candidate.kind == "near_miss":
        about_it += [f"{lint.id} was raised: {lint.error}" for lint in lints if not lint.near_miss_silent]
    return about_it


@cache
def _lints() -> dict[str, str]:
    return {each.name: each.lint for each in deviants()}


@pytest.mark.parametrize("candidate", candidates(), ids=lambda each: f"{each.kind}-{each.name}")
def test_the_station_gets_what_it_deserves(candidate: Candidate) -> None:
    assert _troubles(candidate) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_check_without_a_body_does_not_go_unnoticed(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    idle = replace(check, judge=lambda trace: passed("never looked", (1,)))
    case = next(case for case in EVERY_CASE if check in case.checks)
    monkeypatch.setattr(case, "checks", [idle if each is check else each for each in case.checks])
    name = next(each.name for each in mutants() if check.id in each.fails)
    assert _troubles(Candidate("mutant", name)) != []


def test_every_check_has_a_mutant_of_its_own() -> None:
    assert {check.id for check in CHECKS} <= {check_id for each in mutants() for check_id in each.fails}


def test_every_criterion_has_a_mutant_that_fails_it_and_no_other() -> None:
    criteria = {criterion for case in EVERY_CASE for criterion in case.criteria}
    alone = {
        next(iter(failed))
        for each in mutants()
        if len(failed := {check_id.rstrip("abcdef") for check_id in each.fails}) == 1
    }
    assert criteria - alone == set()


def test_every_lint_has_a_station_that_commits_it_and_a_near_miss() -> None:
    for kind in ("deviant", "near_miss"):
        assert set(LINTS) - {each.lint for each in deviants() if each.kind == kind} == set()


def test_the_page_shows_what_does_not_hold() -> None:
    mutant = mutants()[0]
    trial = try_station(Candidate("mutant", mutant.name))
    innocent = conclude([type(trial)(trial.candidate, {}, {}, ())], version="test")
    assert not innocent.holds
    page = page_of(innocent)
    assert mutant.name in page
    assert "The judge does not hold" in page


def test_the_published_proof_is_that_of_this_catalogue() -> None:
    proof = shipped_proof()
    assert proof is not None, "run script/publish-proof"
    assert proof.holds
    published = {name for names in proof.checks.values() for name in names}
    assert published == {each.name for each in mutants()}, "run script/publish-proof"
    tried = set(LINTS) | {each.lint for each in deviants()}
    assert (proof.odd, proof.lints) == (len(odd_stations()), len(tried)), "run script/publish-proof"
