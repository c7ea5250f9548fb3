"""Function 10: Any hardware related notifications or error conditions."""

from collections.abc import Callable

import pytest

from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.visit import FAULT
from tests.acceptance.charging_record import ChargingRecord, E, S
from tests.acceptance.records import failure_of, outcome_of, verdict_of

Play = Callable[[ChargingRecord], object]


def nothing(record: ChargingRecord) -> None:
    """The station sends nothing."""


def breaks(record: ChargingRecord) -> None:
    record.says(S.FAULTED, 1, E.GROUND_FAILURE)


def mends(record: ChargingRecord) -> None:
    record.says(S.AVAILABLE)


def provoked(on_error: Play = breaks, on_repair: Play = mends, *, waits_s: float = 61.0) -> ChargingRecord:
    """An error is provoked and repaired, each with its window."""
    record = ChargingRecord()
    with record.step(FAULT):
        record.act("provoke_error", connector_id=1)
        on_error(record)
        record.lives(waits_s)
        record.act("repair", connector_id=1)
        on_repair(record)
        record.lives(waits_s)
    return record


@pytest.mark.parametrize("check_id", ["10.1a", "10.2a"])
def test_a_faulted_connector_that_recovers_passes(check_id: str) -> None:
    verdict = verdict_of(check_id, provoked())
    assert verdict.outcome is Outcome.PASS
    assert verdict.evidence


@pytest.mark.parametrize("check_id", ["10.1a", "10.2a"])
def test_without_a_provoked_error_the_scene_says_why(check_id: str) -> None:
    record = ChargingRecord()
    record.cannot(FAULT, "the builder forbids it")
    assert verdict_of(check_id, record).reason == "the builder forbids it"


def test_a_silent_station_fails_only_the_first_check() -> None:
    record = provoked(nothing, nothing)
    assert "shows in no StatusNotification" in failure_of("10.1a", record)
    assert outcome_of("10.2a", record) is Outcome.INCONCLUSIVE


def test_an_error_that_never_ends_fails() -> None:
    assert "the end of the error" in failure_of("10.1a", provoked(breaks, nothing))


def test_a_repair_that_is_answered_by_another_error_fails() -> None:
    record = provoked(breaks, lambda record: record.says(S.FAULTED, 1, E.OTHER_ERROR))
    assert "the end of the error" in failure_of("10.1a", record)


def test_the_windows_must_be_over() -> None:
    assert outcome_of("10.1a", provoked(nothing, nothing, waits_s=20)) is Outcome.INCONCLUSIVE
    assert outcome_of("10.1a", provoked(breaks, nothing, waits_s=20)) is Outcome.INCONCLUSIVE


def test_a_lost_connection_decides_nothing() -> None:
    def loses(record: ChargingRecord) -> None:
        record.wait(5).closed()
        record.wait(5).opened()

    assert outcome_of("10.1a", provoked(loses, nothing)) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("on_error", "remark"),
    [
        (lambda record: record.says(S.AVAILABLE, 1, E.HIGH_TEMPERATURE), "a warning"),
        (lambda record: record.says(S.FAULTED, 1, E.NO_ERROR), "3.4b"),
        (lambda record: record.says("Faulted", 1, "Error"), "no errorCode of OCPP 1.6"),
    ],
)
def test_an_unusual_notification_is_a_remark(on_error: Play, remark: str) -> None:
    verdict = verdict_of("10.1a", provoked(on_error))
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert remark in verdict.remark


def test_an_error_without_a_repair_is_half_a_proof() -> None:
    record = ChargingRecord()
    record.act("provoke_error", connector_id=1)
    breaks(record)
    record.lives(100)
    assert outcome_of("10.1a", record) is Outcome.INCONCLUSIVE


def test_errors_of_another_system_are_recognised() -> None:
    record = ChargingRecord(head=False)
    breaks(record)
    assert outcome_of("10.1a", record) is Outcome.INCONCLUSIVE
    mends(record)
    assert outcome_of("10.1a", record) is Outcome.PASS_WITH_REMARK
    assert outcome_of("10.2a", record) is Outcome.PASS


# ── connector 0 ──────────────────────────────────────────────────────────────────────────────────────


def test_a_connector_s_error_on_connector_0_alone_fails() -> None:
    record = provoked(
        lambda record: record.says(S.FAULTED, 0, E.GROUND_FAILURE), lambda record: record.says(S.AVAILABLE, 0)
    )
    assert "the error of connector 1 is on connector 0" in failure_of("10.2a", record)
    assert outcome_of("10.1a", record) is Outcome.PASS


def test_a_connector_s_error_on_both_fails() -> None:
    def both(record: ChargingRecord) -> None:
        breaks(record)
        record.says(S.FAULTED, 0, E.GROUND_FAILURE)

    assert "the error of connector 1 is on connector 0" in failure_of("10.2a", provoked(both))


def test_an_error_of_the_station_itself_beside_it_passes() -> None:
    def both(record: ChargingRecord) -> None:
        breaks(record)
        record.says(S.FAULTED, 0, E.INTERNAL_ERROR)

    assert outcome_of("10.2a", provoked(both)) is Outcome.PASS


def test_an_unbalanced_supply_is_the_station_s_own() -> None:
    record = provoked(lambda record: record.says(S.FAULTED, 0, E.UNDER_VOLTAGE))
    assert outcome_of("10.2a", record) is Outcome.PASS


@pytest.mark.parametrize("code", [E.CONNECTOR_LOCK_FAILURE, E.EV_COMMUNICATION_ERROR])
def test_a_code_of_connectors_on_connector_0_fails(code: E) -> None:
    record = ChargingRecord()
    record.says(S.FAULTED, 0, code)
    assert "a connector's error is on connector 0" in failure_of("10.2a", record)


def test_a_status_of_connectors_with_an_error_on_connector_0_fails() -> None:
    record = ChargingRecord()
    record.says(S.CHARGING, 0, E.INTERNAL_ERROR)
    assert "a status that only connectors have" in failure_of("10.2a", record)


def test_faulted_on_connector_0_needs_a_code() -> None:
    record = ChargingRecord()
    record.says(S.FAULTED, 0)
    assert "without an errorCode" in failure_of("10.2a", record)
