"""Function 16: TriggerMessage."""

import pytest

from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    AvailabilityType,
    ChangeAvailability,
    MessageTrigger,
    TriggerMessage,
    TriggerMessageConf,
    TriggerMessageStatus,
)
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import (
    S,
    boot,
    failure_of,
    lives_on,
    outcome_of,
    read_all,
    status,
    statuses,
    up,
    values,
    verdict_of,
)


def trigger(record: TraceBuilder, connector_id: int | None, answer: str | None = "Accepted") -> None:
    request = TriggerMessage(requested_message=MessageTrigger.STATUS_NOTIFICATION, connector_id=connector_id)
    if answer in set(TriggerMessageStatus):
        record.we(request, TriggerMessageConf(status=TriggerMessageStatus(str(answer))))
    else:
        record.we(request, answer)


def triggered(*, head: bool = True) -> TraceBuilder:
    record = up(head=head)
    read_all(record)
    trigger(record, 1)
    status(record.wait(0.3), 1)
    trigger(record.wait(5), None)
    statuses(record, 2, 0, 1)
    return lives_on(record, 31)


@pytest.mark.parametrize("check_id", ["16.1a", "16.1b"])
@pytest.mark.parametrize("head", [True, False])
def test_a_station_that_answers_and_tells_passes(check_id: str, head: bool) -> None:
    assert outcome_of(check_id, triggered(head=head)) is Outcome.PASS


@pytest.mark.parametrize("check_id", ["16.1a", "16.1b"])
def test_nothing_asked_is_not_run(check_id: str) -> None:
    assert outcome_of(check_id, up()) is Outcome.NOT_RUN


@pytest.mark.parametrize("check_id", ["16.1a", "16.1b"])
def test_before_any_boot_nothing_is_judged(check_id: str) -> None:
    record = TraceBuilder()
    record.opened()
    trigger(record, 1)
    status(record, 1)
    assert outcome_of(check_id, record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("Rejected", "Rejected"),
        ("NotImplemented", "though RemoteTrigger is supported"),
        ("NotSupported", "CALLERROR NotSupported, though"),
        ("InternalError", "CALLERROR InternalError"),
        (None, "no answer"),
    ],
)
def test_a_refused_trigger_fails_its_acceptance_only(answer: str | None, seen: str) -> None:
    record = up()
    read_all(record)
    trigger(record, 1, answer)
    lives_on(record, 31)
    assert seen in failure_of("16.1a", record)
    assert outcome_of("16.1b", record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("answer", ["NotImplemented", "NotSupported"])
def test_without_remote_trigger_it_is_not_applicable(answer: str) -> None:
    record = up()
    read_all(record, values(SupportedFeatureProfiles="Core"))
    trigger(record, 1, answer)
    assert [outcome_of(check_id, record) for check_id in ("16.1a", "16.1b")] == [Outcome.NOT_APPLICABLE] * 2
    assert verdict_of("16.1a", record).evidence


def test_rejected_fails_even_without_remote_trigger() -> None:
    record = up()
    read_all(record, values(SupportedFeatureProfiles="Core"))
    trigger(record, 1, "Rejected")
    assert "answered with Rejected" in failure_of("16.1a", record)


def test_not_implemented_is_open_while_nobody_read_the_profiles() -> None:
    record = up()
    trigger(record, 1, "NotImplemented")
    assert outcome_of("16.1a", record) is Outcome.INCONCLUSIVE


def test_a_trigger_for_the_whole_station_may_be_refused_with_a_remark() -> None:
    record = up()
    trigger(record, 1)
    status(record, 1)
    trigger(record, None, "Rejected")
    verdict = verdict_of("16.1a", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "without connectorId: Rejected" in verdict.remark


def test_accepted_and_then_silent_fails_the_status_only() -> None:
    record = up()
    trigger(record, 1)
    lives_on(record, 31)
    assert "no status of connector 1 followed" in failure_of("16.1b", record)
    assert outcome_of("16.1a", record) is Outcome.PASS


def test_a_status_before_the_confirmation_only_fails() -> None:
    record = up()
    record.text(
        "central_system", '[2,"x","TriggerMessage",{"requestedMessage":"StatusNotification","connectorId":1}]'
    )
    status(record, 1)
    record.text("charge_point", '[3,"x",{"status":"Accepted"}]')
    assert "a status before the confirmation" in failure_of("16.1b", lives_on(record, 31))


@pytest.mark.parametrize("told", [(0,), (1, 2), (0, 1)])
def test_without_connector_every_connector_is_told(told: tuple[int, ...]) -> None:
    record = up()
    read_all(record)
    trigger(record, None)
    statuses(record, *told)
    assert "no status of connector" in failure_of("16.1b", lives_on(record, 31))


def test_the_window_must_be_over() -> None:
    record = up()
    trigger(record, 1)
    assert outcome_of("16.1b", lives_on(record, 20)) is Outcome.INCONCLUSIVE


def test_a_lost_connection_decides_nothing() -> None:
    record = up()
    trigger(record, 1)
    record.wait(3).closed()
    record.wait(60).opened()
    assert outcome_of("16.1b", lives_on(record, 1)) is Outcome.INCONCLUSIVE


def test_a_status_that_is_not_true_fails() -> None:
    record = up()
    trigger(record, 1)
    status(record, 1, S.CHARGING)
    assert "though it was Available and nothing had happened" in failure_of("16.1b", lives_on(record, 31))


def test_a_status_that_changes_in_that_moment_is_told_twice() -> None:
    record = up()
    trigger(record, 1)
    status(record, 1, S.PREPARING)
    status(record, 1, S.PREPARING)
    assert outcome_of("16.1b", record) is Outcome.PASS


def test_a_status_that_a_command_changed_is_true() -> None:
    record = up()
    trigger(record, 1)
    record.we(ChangeAvailability(connector_id=1, type=AvailabilityType.INOPERATIVE), '{"status":"Accepted"}')
    status(record, 1, S.UNAVAILABLE)
    assert outcome_of("16.1b", record) is Outcome.PASS


def test_a_boot_that_was_pending_first_counts_from_its_acceptance() -> None:
    record = TraceBuilder()
    record.opened()
    boot(record, status="Pending")
    boot(record)
    statuses(record)
    trigger(record, 1)
    status(record, 1)
    assert outcome_of("16.1b", record) is Outcome.PASS
