"""Function 11: Charging cable connection status."""

from collections.abc import Callable

import pytest

from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.visit import PLUG_IN, START_WITHOUT_CABLE, WAIT_FOR_TIME_OUT
from tests.acceptance.charging_record import CARD, TAG, ChargingRecord, S
from tests.acceptance.records import failure_of, outcome_of, verdict_of

Play = Callable[[ChargingRecord], object]


def nothing(record: ChargingRecord) -> None:
    """The station sends nothing."""


def prepares(record: ChargingRecord) -> None:
    record.says(S.PREPARING)


def plugged(play: Play = prepares, *, waits_s: float = 31.0) -> ChargingRecord:
    record = ChargingRecord()
    with record.step(PLUG_IN):
        record.plug_in()
        play(record)
        record.lives(waits_s)
    return record


# ── 11.1a, 11.2a ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("check_id", ["11.1a", "11.2a"])
def test_a_plug_that_makes_preparing_passes(check_id: str) -> None:
    verdict = verdict_of(check_id, plugged())
    assert verdict.outcome is Outcome.PASS
    assert verdict.evidence


@pytest.mark.parametrize("check_id", ["11.1a", "11.2a"])
def test_without_hands_the_scene_says_why(check_id: str) -> None:
    record = ChargingRecord()
    record.cannot(PLUG_IN, "no hands at this site")
    assert verdict_of(check_id, record).reason == "no hands at this site"


def test_a_silent_plug_fails_only_the_first_check() -> None:
    record = plugged(nothing)
    assert "shows in no StatusNotification" in failure_of("11.1a", record)
    assert outcome_of("11.2a", record) is Outcome.INCONCLUSIVE


def test_a_repeated_available_is_no_sign_of_the_cable() -> None:
    assert "seen: Available" in failure_of("11.1a", plugged(lambda record: record.says(S.AVAILABLE)))


def test_the_status_of_another_connector_is_named() -> None:
    record = plugged(lambda record: record.says(S.PREPARING, 2))
    assert "connector 2: Preparing" in failure_of("11.1a", record)


def test_the_window_must_be_over_and_the_connection_open() -> None:
    assert outcome_of("11.1a", plugged(nothing, waits_s=10)) is Outcome.INCONCLUSIVE

    def loses(record: ChargingRecord) -> None:
        record.wait(5).closed()
        record.wait(5).opened()

    assert outcome_of("11.1a", plugged(loses)) is Outcome.INCONCLUSIVE


def test_occupied_fails_by_its_word_alone() -> None:
    record = plugged(lambda record: record.says("Occupied"))
    verdict = verdict_of("11.2a", record)
    assert verdict.outcome is Outcome.FAIL
    assert "OCPP 1.5" in verdict.remark
    assert outcome_of("11.1a", record) is Outcome.PASS_WITH_REMARK


def test_a_lower_case_word_is_a_remark() -> None:
    assert outcome_of("11.2a", plugged(lambda record: record.says("preparing"))) is Outcome.PASS_WITH_REMARK


@pytest.mark.parametrize("status", [S.FINISHING, S.RESERVED, S.FAULTED])
def test_another_status_fails(status: S) -> None:
    assert str(status) in failure_of("11.2a", plugged(lambda record: record.says(status)))


def test_charging_at_once_is_a_remark() -> None:
    assert outcome_of("11.2a", plugged(lambda record: record.says(S.CHARGING))) is Outcome.PASS_WITH_REMARK


def test_a_plug_while_somebody_is_identified_is_not_judged() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.plug_in()
    record.lives(100)
    assert outcome_of("11.1a", record) is Outcome.NOT_RUN


# ── 11.2b ────────────────────────────────────────────────────────────────────────────────────────────


def identified(play: Play, *, by_card: bool = False, time_out: str = "30") -> ChargingRecord:
    """Identified without a cable; what follows, and the window."""
    record = ChargingRecord()
    record.key("ConnectionTimeOut", time_out)
    with record.step(START_WITHOUT_CABLE):
        if by_card:
            record.card()
            record.authorize(CARD)
        else:
            record.remote_start()
        play(record)
        record.lives(60)
    return record


def times_out(record: ChargingRecord) -> None:
    prepares(record)
    record.wait(30)
    record.says(S.AVAILABLE)


def left_plugged(play: Play, record: ChargingRecord | None = None) -> ChargingRecord:
    """A plugged cable without a card."""
    record = record or ChargingRecord()
    record.key("ConnectionTimeOut", "30")
    with record.step(WAIT_FOR_TIME_OUT):
        record.plug_in(S.PREPARING)
        play(record)
        record.lives(60)
    return record


@pytest.mark.parametrize("by_card", [False, True])
def test_back_to_available_without_a_cable_passes(by_card: bool) -> None:
    verdict = verdict_of("11.2b", identified(times_out, by_card=by_card))
    assert verdict.outcome is Outcome.PASS
    assert verdict.evidence


def test_staying_in_preparing_without_a_cable_fails() -> None:
    assert "stays in Preparing" in failure_of("11.2b", identified(prepares))


def test_being_late_fails() -> None:
    def late(record: ChargingRecord) -> None:
        prepares(record)
        record.wait(50)
        record.says(S.AVAILABLE)

    assert "after 50 s" in failure_of("11.2b", identified(late))


def test_the_window_counts_from_the_time_out_that_is_in_force() -> None:
    assert outcome_of("11.2b", identified(prepares, time_out="120")) is Outcome.INCONCLUSIVE


def test_being_early_is_a_remark() -> None:
    def early(record: ChargingRecord) -> None:
        prepares(record)
        record.wait(3)
        record.says(S.AVAILABLE)

    assert outcome_of("11.2b", identified(early)) is Outcome.PASS_WITH_REMARK


@pytest.mark.parametrize("status", [S.FAULTED])
def test_faulted_is_accepted_with_a_remark(status: S) -> None:
    def faults(record: ChargingRecord) -> None:
        prepares(record)
        record.wait(30)
        record.says(status)

    verdict = verdict_of("11.2b", identified(faults))
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "Error" in verdict.remark


def test_an_identification_that_outlives_the_time_out_fails() -> None:
    record = identified(times_out)
    record.plug_in(S.PREPARING)
    record.start(TAG)
    record.says(S.CHARGING)
    record.lives(60)
    assert "still started a transaction" in failure_of("11.2b", record)


def test_a_lost_connection_decides_nothing() -> None:
    def loses(record: ChargingRecord) -> None:
        prepares(record)
        record.wait(5).closed()
        record.wait(5).opened()

    assert outcome_of("11.2b", identified(loses)) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("status", [S.FINISHING, S.AVAILABLE])
def test_a_plugged_cable_may_end_in_finishing_or_available(status: S) -> None:
    def ends(record: ChargingRecord) -> None:
        record.wait(30)
        record.says(status)

    assert outcome_of("11.2b", left_plugged(ends, identified(times_out))) is Outcome.PASS
    verdict = verdict_of("11.2b", left_plugged(ends))
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "not tried" in verdict.remark


def test_a_plugged_cable_may_stay_in_preparing_with_a_remark() -> None:
    record = left_plugged(nothing, identified(times_out))
    assert outcome_of("11.2b", record) is Outcome.PASS_WITH_REMARK
    assert outcome_of("11.2b", left_plugged(nothing)) is Outcome.INCONCLUSIVE


def test_without_any_of_it_the_scene_says_why() -> None:
    record = ChargingRecord()
    record.cannot(WAIT_FOR_TIME_OUT, "no hands at this site")
    assert verdict_of("11.2b", record).reason == "no hands at this site"


def test_a_time_out_at_another_system_is_recognised() -> None:
    record = ChargingRecord(head=False)
    record.key("ConnectionTimeOut", "30")
    record.remote_start()
    times_out(record)
    record.lives(100)
    assert outcome_of("11.2b", record) is Outcome.PASS
