"""Function 3: Change availability."""

import pytest

from chargeproof.acceptance.unattended import CHANGE_AVAILABILITY
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    AuthorizationStatus,
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChangeAvailabilityConf,
    ChargePointErrorCode,
    ChargePointStatus,
    IdTagInfo,
    StartTransaction,
    StartTransactionConf,
    StopTransaction,
)
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import (
    E,
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

IN, OUT = AvailabilityType.OPERATIVE, AvailabilityType.INOPERATIVE
CHECKS = ("3.1a", "3.2a", "3.3a")


def command(
    record: TraceBuilder, kind: AvailabilityType, connector_id: int, answer: str | None = "Accepted"
) -> int:
    conf = None if answer is None else answer
    if answer in set(AvailabilityStatus):
        return record.we(
            ChangeAvailability(connector_id=connector_id, type=kind),
            ChangeAvailabilityConf(status=AvailabilityStatus(str(answer))),
        )
    return record.we(ChangeAvailability(connector_id=connector_id, type=kind), conf)


def changes(
    record: TraceBuilder,
    kind: AvailabilityType,
    connector_id: int,
    *shows: int,
    said: ChargePointStatus | None = None,
    answer: str | None = "Accepted",
) -> None:
    """A command, the statuses that follow it, and its window in which the station lives."""
    command(record, kind, connector_id, answer)
    target = said or (S.AVAILABLE if kind is IN else S.UNAVAILABLE)
    for each in shows:
        status(record.wait(0.2), each, target)
    lives_on(record, 31)


def played(*, head: bool = True) -> TraceBuilder:
    """Each connector and then the station: out of service and back."""
    record = up(head=head)
    read_all(record)
    for connector_id in (1, 2):
        changes(record, OUT, connector_id, connector_id)
        changes(record, IN, connector_id, connector_id)
    changes(record, OUT, 0, 2, 0, 1)
    changes(record, IN, 0, 0, 1, 2)
    return record


@pytest.mark.parametrize("check_id", [*CHECKS, "3.4a"])
@pytest.mark.parametrize("head", [True, False])
def test_a_station_that_does_and_tells_everything_passes(check_id: str, head: bool) -> None:
    assert outcome_of(check_id, played(head=head)) is Outcome.PASS


@pytest.mark.parametrize("check_id", CHECKS)
def test_a_scene_that_was_not_played_is_not_run_for_its_reason(check_id: str) -> None:
    record = up()
    record.cannot(CHANGE_AVAILABILITY, "a session runs")
    verdict = verdict_of(check_id, record)
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_RUN, "a session runs")


def test_operative_proves_nothing_at_a_station_that_is_available() -> None:
    record = up()
    changes(record, IN, 0)
    assert outcome_of("3.1a", record) is Outcome.INCONCLUSIVE


# ── 3.1, 3.2 ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_connector_that_stays_unavailable_fails_operative_only() -> None:
    record = up()
    changes(record, OUT, 1, 1)
    changes(record, IN, 1)
    assert "did not become Available" in failure_of("3.1a", record)
    assert outcome_of("3.2a", record) is Outcome.PASS
    assert outcome_of("3.3a", record) is not Outcome.FAIL


def test_inoperative_without_a_change_fails_itself_only() -> None:
    record = up()
    changes(record, OUT, 1)
    changes(record, IN, 1)
    assert "did not become Unavailable" in failure_of("3.2a", record)
    assert outcome_of("3.1a", record) is Outcome.INCONCLUSIVE
    assert outcome_of("3.3a", record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ("Rejected", "Rejected"),
        ("NotSupported", "CALLERROR NotSupported"),
        (None, "no answer"),
        ("{}", "without a status"),
    ],
)
def test_a_refused_command_fails(answer: str | None, seen: str) -> None:
    record = up()
    changes(record, OUT, 1, answer=answer)
    assert seen in failure_of("3.2a", record)


def test_the_window_must_be_over() -> None:
    record = up()
    command(record, OUT, 1)
    lives_on(record, 10)
    assert outcome_of("3.2a", record) is Outcome.INCONCLUSIVE


def test_a_connection_that_was_lost_decides_nothing() -> None:
    record = up()
    command(record, OUT, 1)
    record.wait(3).closed()
    record.wait(40).opened()
    assert outcome_of("3.2a", lives_on(record, 5)) is Outcome.INCONCLUSIVE


def test_a_next_command_within_the_window_decides_nothing() -> None:
    record = up()
    command(record, OUT, 1)
    changes(record.wait(5), IN, 1)
    assert outcome_of("3.2a", record) is Outcome.INCONCLUSIVE


def test_a_connector_that_does_not_stay_unavailable_fails() -> None:
    record = up()
    command(record, OUT, 1)
    status(record, 1, S.UNAVAILABLE)
    status(record.wait(3), 1, S.AVAILABLE)
    assert "did not stay Unavailable" in failure_of("3.2a", lives_on(record, 40))


def test_another_status_than_available_fails_without_a_cable() -> None:
    record = up()
    changes(record, OUT, 1, 1)
    changes(record, IN, 1, 1, said=S.PREPARING)
    assert "did not become Available" in failure_of("3.1a", record)


def test_a_plugged_cable_makes_preparing_lawful() -> None:
    record = up()
    status(record, 1, S.PREPARING)
    changes(record, OUT, 1, 1)
    changes(record, IN, 1, 1, said=S.PREPARING)
    assert outcome_of("3.1a", record) is Outcome.PASS_WITH_REMARK


def test_a_cable_that_was_plugged_in_meanwhile_makes_preparing_lawful() -> None:
    record = up()
    changes(record, OUT, 1, 1)
    record.act("plug_in", connector_id=1)
    changes(record, IN, 1, 1, said=S.PREPARING)
    assert outcome_of("3.1a", record) is Outcome.PASS


def test_a_wrong_order_of_statuses_still_ends_in_the_right_one() -> None:
    record = up()
    command(record, OUT, 1)
    status(record, 1, S.AVAILABLE)
    status(record, 1, S.UNAVAILABLE)
    assert outcome_of("3.2a", lives_on(record, 40)) is Outcome.PASS


def test_a_status_before_the_confirmation_is_a_remark() -> None:
    record = up()
    record.text("central_system", '[2,"x","ChangeAvailability",{"connectorId":1,"type":"Inoperative"}]')
    status(record, 1, S.UNAVAILABLE)
    record.text("charge_point", '[3,"x",{"status":"Accepted"}]')
    assert outcome_of("3.2a", lives_on(record, 40)) is Outcome.PASS_WITH_REMARK


def test_a_status_in_a_word_of_its_own_is_left_to_the_check_of_the_words() -> None:
    record = up()
    changes(record, OUT, 1, 1)
    command(record, IN, 1)
    record.station(
        "StatusNotification", payload='{"connectorId":1,"errorCode":"NoError","status":"available"}'
    )
    lives_on(record, 40)
    assert outcome_of("3.1a", record) is Outcome.INCONCLUSIVE
    assert "connector 1 is “available”" in failure_of("3.4a", record)


def session(record: TraceBuilder) -> None:
    info = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
    start = StartTransaction(connector_id=1, id_tag="A", meter_start=0, timestamp=record.now)
    record.station(start, StartTransactionConf(transaction_id=7, id_tag_info=info))
    status(record, 1, S.CHARGING)


def stop(record: TraceBuilder) -> None:
    record.station(StopTransaction(transaction_id=7, meter_stop=9, timestamp=record.now))


def test_scheduled_in_a_session_waits_for_its_end() -> None:
    record = up()
    session(record)
    command(record, OUT, 1, "Scheduled")
    lives_on(record, 300)
    stop(record)
    status(record, 1, S.UNAVAILABLE)
    assert outcome_of("3.2a", lives_on(record, 40)) is Outcome.PASS


def test_scheduled_in_a_session_whose_end_changes_nothing_fails() -> None:
    record = up()
    session(record)
    command(record, OUT, 1, "Scheduled")
    lives_on(record, 300)
    stop(record)
    status(record, 1, S.AVAILABLE)
    assert "did not become Unavailable" in failure_of("3.2a", lives_on(record, 40))


def test_scheduled_in_a_session_without_an_end_is_inconclusive() -> None:
    record = up()
    session(record)
    changes(record, OUT, 1, answer="Scheduled")
    assert outcome_of("3.2a", record) is Outcome.INCONCLUSIVE


def test_scheduled_without_a_session_fails() -> None:
    record = up()
    changes(record, OUT, 1, 1, answer="Scheduled")
    assert "though no transaction runs" in failure_of("3.2a", record)


# ── 3.3 ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shows", [(0,), (0, 1), (1, 2)])
def test_a_connector_that_is_not_reported_fails_the_report_only(shows: tuple[int, ...]) -> None:
    record = up()
    read_all(record)
    changes(record, OUT, 0, *shows)
    assert "did not become Unavailable" in failure_of("3.3a", record)
    assert outcome_of("3.2a", record) is Outcome.PASS


def test_a_station_that_refuses_connector_0_is_judged_by_its_connectors() -> None:
    record = up()
    for connector_id in (1, 2):
        changes(record, OUT, connector_id, connector_id)
        changes(record, IN, connector_id, connector_id)
    changes(record, OUT, 0, answer="Rejected")
    verdict = verdict_of("3.3a", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "connector 0: Rejected" in verdict.remark
    assert [outcome_of(check_id, record) for check_id in ("3.1a", "3.2a")] == [Outcome.PASS] * 2


def test_a_connector_that_was_unavailable_already_owes_nothing() -> None:
    record = up()
    read_all(record)
    changes(record, OUT, 1, 1)
    changes(record, OUT, 0, 0, 2)
    assert outcome_of("3.3a", record) is Outcome.PASS


# ── 3.4 ──────────────────────────────────────────────────────────────────────────────────────────────


def raw_status(record: TraceBuilder, payload: str) -> TraceBuilder:
    record.station("StatusNotification", payload=payload)
    return record


@pytest.mark.parametrize(
    ("payload", "seen"),
    [
        ('{"connectorId":1,"errorCode":"NoError","status":"Occupied"}', "connector 1 is “Occupied”"),
        ('{"connectorId":1,"errorCode":"NoError","status":"available"}', "connector 1 is “available”"),
        ('{"connectorId":0,"errorCode":"NoError","status":"Charging"}', "connector 0 is Charging"),
        ('{"connectorId":3,"errorCode":"NoError","status":"Available"}', "connector 3 at a station with 2"),
        ('{"connectorId":-1,"errorCode":"NoError","status":"Available"}', "no connectorId"),
        ('{"errorCode":"NoError","status":"Available"}', "no connectorId"),
        ('{"connectorId":1,"errorCode":"NoError"}', "no status"),
        ("{}", "an empty StatusNotification"),
        ("[]", "an empty StatusNotification"),
    ],
)
def test_a_status_that_is_none_of_the_nine_fails(payload: str, seen: str) -> None:
    record = up()
    read_all(record)
    assert seen in failure_of("3.4a", raw_status(record, payload))


@pytest.mark.parametrize("said", list(ChargePointStatus))
def test_each_of_the_nine_passes_at_a_connector(said: ChargePointStatus) -> None:
    record = up()
    read_all(record)
    status(record, 1, said)
    assert outcome_of("3.4a", record) is Outcome.PASS


def test_a_connector_that_never_reports_fails() -> None:
    record = TraceBuilder()
    record.opened()
    boot(record)
    statuses(record, 0, 1)
    read_all(record)
    assert "no StatusNotification for connector 2" in failure_of("3.4a", lives_on(record, 61))


def test_a_connector_that_has_not_reported_yet_is_inconclusive() -> None:
    record = TraceBuilder()
    record.opened()
    boot(record)
    statuses(record, 0, 1)
    read_all(record)
    assert outcome_of("3.4a", lives_on(record, 20)) is Outcome.INCONCLUSIVE


def test_a_gap_in_the_numbers_is_seen_where_nobody_knows_how_many_there_are() -> None:
    record = TraceBuilder(head=False)
    record.opened()
    boot(record)
    statuses(record, 0, 1, 3)
    assert "no StatusNotification for connector 2" in failure_of("3.4a", lives_on(record, 61))


def test_without_the_number_of_connectors_it_passes_with_a_remark() -> None:
    record = up()
    read_all(record, values(NumberOfConnectors=None))
    assert outcome_of("3.4a", record) is Outcome.PASS_WITH_REMARK


def test_extra_fields_do_not_fail_the_status() -> None:
    record = up()
    read_all(record)
    raw_status(record, '{"connectorId":1,"errorCode":"NoError","status":"Available","x":1}')
    assert outcome_of("3.4a", record) is Outcome.PASS


def test_no_error_makes_the_code_not_applicable() -> None:
    verdict = verdict_of("3.4b", up())
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.evidence


def test_an_error_with_its_code_passes() -> None:
    record = up()
    status(record, 1, S.FAULTED, E.GROUND_FAILURE)
    assert outcome_of("3.4b", record) is Outcome.PASS


def test_a_code_without_faulted_is_a_warning_and_passes() -> None:
    record = up()
    status(record, 1, S.AVAILABLE, E.WEAK_SIGNAL)
    verdict = verdict_of("3.4b", record)
    assert verdict.outcome is Outcome.PASS
    assert "warning" in verdict.reason


@pytest.mark.parametrize(
    ("payload", "seen"),
    [
        ('{"connectorId":1,"errorCode":"NoError","status":"Faulted"}', "errorCode NoError"),
        ('{"connectorId":1,"status":"Faulted"}', "no errorCode"),
        ('{"connectorId":1,"status":"Available"}', "no errorCode"),
        ('{"connectorId":1,"errorCode":"Error","status":"Faulted"}', "errorCode Error"),
        ('{"connectorId":1,"errorCode":"","status":"Faulted"}', "errorCode "),
    ],
)
def test_a_missing_or_unknown_code_fails(payload: str, seen: str) -> None:
    record = raw_status(up(), payload)
    assert seen in failure_of("3.4b", record)
    read_all(record)
    assert outcome_of("3.4a", record) is Outcome.PASS


def test_every_code_of_the_specification_names_an_error() -> None:
    record = up()
    for code in set(ChargePointErrorCode) - {E.NO_ERROR}:
        status(record, 1, S.FAULTED, code)
    assert outcome_of("3.4b", record) is Outcome.PASS
