"""Function 15: Clear cache (if applicable)."""

import pytest

from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import ClearCache, ClearCacheConf, ClearCacheStatus
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import (
    failure_of,
    lives_on,
    outcome_of,
    read_all,
    read_key,
    up,
    values,
    verdict_of,
)

KEY = "AuthorizationCacheEnabled"


def cleared(status: str, cache: str | None = "unread", *, head: bool = True) -> TraceBuilder:
    """``cache``: the key's value; None where it is not known; ``unread`` where nobody looked."""
    record = up(head=head)
    if cache != "unread":
        read_all(record, values(**{KEY: cache}))
    if status in set(ClearCacheStatus):
        record.we(ClearCache(), ClearCacheConf(status=ClearCacheStatus(status)))
    else:
        record.we(ClearCache(), status)
    return record


@pytest.mark.parametrize("head", [True, False])
def test_accepted_passes(head: bool) -> None:
    assert outcome_of("15.1a", cleared("Accepted", head=head)) is Outcome.PASS


def test_nothing_sent_is_not_run() -> None:
    assert outcome_of("15.1a", up()) is Outcome.NOT_RUN


@pytest.mark.parametrize("cache", ["true", "false"])
def test_rejected_with_a_cache_fails(cache: str) -> None:
    reason = failure_of("15.1a", cleared("Rejected", cache))
    assert f"ClearCache was answered with Rejected; seen: Rejected, though {KEY} is “{cache}”" in reason


def test_rejected_without_a_cache_is_not_applicable_with_evidence() -> None:
    verdict = verdict_of("15.1a", cleared("Rejected", None))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert KEY in verdict.reason
    assert len(verdict.evidence) == 4


def test_a_key_that_is_named_as_unknown_shows_that_there_is_no_cache() -> None:
    record = cleared("Rejected")
    read_key(record, KEY, None)
    assert outcome_of("15.1a", record) is Outcome.NOT_APPLICABLE


def test_rejected_is_open_while_nobody_looked_for_a_cache() -> None:
    assert outcome_of("15.1a", cleared("Rejected")) is Outcome.INCONCLUSIVE


def test_a_call_error_with_a_cache_fails_in_its_words() -> None:
    assert "CALLERROR NotImplemented" in failure_of("15.1a", cleared("NotImplemented", "true"))


def test_no_answer_fails_after_its_window() -> None:
    record = up()
    record.we(ClearCache())
    assert outcome_of("15.1a", lives_on(record, 10)) is Outcome.INCONCLUSIVE
    assert "was not answered" in failure_of("15.1a", lives_on(record, 30))


def test_no_answer_over_a_lost_connection_is_inconclusive() -> None:
    record = up()
    record.we(ClearCache())
    record.wait(3).closed()
    record.wait(60).opened()
    assert outcome_of("15.1a", lives_on(record, 1)) is Outcome.INCONCLUSIVE
