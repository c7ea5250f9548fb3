"""Function 6: Start charge transaction (both local notification and remote trigger)."""

from collections.abc import Callable
from typing import Any

import pytest

from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.visit import LOCAL_START, REMOTE_SESSION, START_WITHOUT_CABLE, UNKNOWN_CARD
from chargeproof.ocpp import AuthorizationStatus, Reason
from tests.acceptance.charging_record import CARD, TAG, UNKNOWN, ChargingRecord, S
from tests.acceptance.records import failure_of, outcome_of, verdict_of

A = AuthorizationStatus
REMOTE = ("6.1a", "6.1b", "6.1c")


def plugged(**more: Any) -> ChargingRecord:
    record = ChargingRecord(**more)
    record.plug_in(S.PREPARING)
    return record


def remote_session(**more: Any) -> ChargingRecord:
    record = plugged(**more)
    record.stops_remotely(record.remote_session())
    return record


# ── 6.1 ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("check_id", REMOTE)
def test_a_remote_start_on_the_cable_passes(check_id: str) -> None:
    verdict = verdict_of(check_id, remote_session())
    assert verdict.outcome is Outcome.PASS
    assert verdict.evidence


@pytest.mark.parametrize("check_id", REMOTE)
def test_a_record_of_another_system_is_judged_by_its_messages(check_id: str) -> None:
    record = ChargingRecord(head=False)
    record.says(S.PREPARING)
    record.stops_remotely(record.remote_session())
    assert outcome_of(check_id, record) is Outcome.PASS


@pytest.mark.parametrize("check_id", REMOTE)
def test_without_a_remote_start_the_scene_says_why(check_id: str) -> None:
    record = ChargingRecord()
    record.cannot(REMOTE_SESSION, "no hands at this site")
    assert verdict_of(check_id, record).reason == "no hands at this site"
    assert outcome_of(check_id, record) is Outcome.NOT_RUN


def test_a_remote_start_that_was_sent_because_no_cable_was_in_is_not_judged() -> None:
    record = ChargingRecord()
    with record.step(START_WITHOUT_CABLE):
        record.remote_start()
        record.lives(100)
    assert outcome_of("6.1a", record) is Outcome.NOT_RUN


@pytest.mark.parametrize("answer", ["Rejected", "NotImplemented", None])
def test_a_remote_start_that_is_not_accepted_fails(answer: str | None) -> None:
    record = plugged()
    record.remote_start(answer=answer)
    record.lives(61)
    assert "RemoteStartTransaction was" in failure_of("6.1a", record)
    assert outcome_of("6.1b", record) is Outcome.INCONCLUSIVE


def test_a_remote_start_that_is_accepted_and_starts_nothing_fails() -> None:
    record = plugged()
    record.remote_start()
    record.lives(61)
    assert "accepted, but no transaction started" in failure_of("6.1a", record)
    assert [outcome_of(check_id, record) for check_id in ("6.1b", "6.1c")] == [Outcome.INCONCLUSIVE] * 2


def test_the_window_of_a_remote_start_must_be_over_before_it_fails() -> None:
    record = plugged()
    record.remote_start()
    record.lives(50)
    assert outcome_of("6.1a", record) is Outcome.INCONCLUSIVE


def test_a_lost_connection_leaves_a_remote_start_open() -> None:
    record = plugged()
    record.remote_start()
    record.wait(10).closed()
    record.wait(10).opened()
    record.lives(100)
    assert outcome_of("6.1a", record) is Outcome.INCONCLUSIVE


def test_silence_to_the_end_leaves_a_remote_start_open() -> None:
    record = plugged()
    record.remote_start()
    record.wait(100)
    record.ended()
    assert outcome_of("6.1a", record) is Outcome.INCONCLUSIVE


def test_without_a_known_cable_a_remote_start_is_not_condemned() -> None:
    record = ChargingRecord(head=False)
    record.remote_start()
    record.lives(100)
    assert outcome_of("6.1a", record) is Outcome.INCONCLUSIVE


def test_an_authorize_that_we_refuse_excuses_the_station() -> None:
    record = plugged()
    record.remote_start()
    record.authorize(TAG, A.INVALID)
    record.lives(100)
    assert outcome_of("6.1a", record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("id_tag", "connector_id", "reason"), [("OTHER", 1, "another idTag"), (TAG, 2, "another connector")]
)
def test_a_start_with_another_tag_or_connector_fails(id_tag: str, connector_id: int, reason: str) -> None:
    record = plugged()
    record.remote_start()
    record.start(id_tag, connector_id)
    record.lives(100)
    assert reason in failure_of("6.1a", record)


def test_id_tags_are_compared_without_case() -> None:
    record = plugged()
    record.remote_start()
    record.start(TAG.lower())
    record.lives(100)
    assert outcome_of("6.1a", record) is Outcome.PASS


def test_a_refusal_in_finishing_is_made_good_by_a_start_after_replugging() -> None:
    record = plugged()
    record.says(S.FINISHING)
    record.remote_start(answer="Rejected")
    record.unplug()
    record.says(S.AVAILABLE)
    record.plug_in(S.PREPARING)
    record.stops_remotely(record.remote_session())
    assert [outcome_of(check_id, record) for check_id in REMOTE] == [Outcome.PASS] * 3


def test_a_refusal_while_a_transaction_runs_is_right() -> None:
    record = plugged()
    given = record.remote_session()
    record.remote_start("ANOTHER", answer="Rejected")
    record.stops_remotely(given)
    assert outcome_of("6.1a", record) is Outcome.PASS


def test_an_id_of_its_own_fails_only_the_check_of_the_id() -> None:
    record = plugged()
    record.remote_start()
    given = record.start()
    record.says(S.CHARGING)
    record.wait(30).lives()
    record.sample(700)
    record.remote_stop(given)
    record.stop(700, Reason.REMOTE)
    record.says(S.FINISHING)
    record.lives(100)
    assert "transactionId 700" in failure_of("6.1b", record)
    assert outcome_of("7.1a", record) is Outcome.PASS_WITH_REMARK


def test_a_wrong_id_in_the_stop_alone_is_not_the_matter_of_the_id_check() -> None:
    record = plugged()
    given = record.remote_session()
    record.remote_stop(given)
    record.stop(-1, Reason.REMOTE)
    record.says(S.FINISHING)
    record.lives(100)
    assert outcome_of("6.1b", record) is Outcome.PASS
    assert "transactionId -1" in failure_of("7.1a", record)


def test_without_meter_values_the_stop_proves_the_id() -> None:
    record = plugged()
    record.stops_remotely(record.remote_session(samples=0))
    assert outcome_of("6.1b", record) is Outcome.PASS


def test_charging_may_be_shown_before_the_start() -> None:
    record = plugged()
    record.remote_start()
    record.says(S.CHARGING)
    record.stops_remotely(record.start())
    assert outcome_of("6.1c", record) is Outcome.PASS


@pytest.mark.parametrize("status", [S.SUSPENDED_EV, S.SUSPENDED_EVSE])
def test_a_suspended_vehicle_counts_as_charging(status: S) -> None:
    record = plugged()
    record.remote_start()
    given = record.start()
    record.says(status)
    record.stops_remotely(given)
    assert outcome_of("6.1c", record) is Outcome.PASS


def test_no_status_after_the_start_fails_only_the_status_check() -> None:
    record = plugged()
    record.remote_start()
    given = record.start()
    record.lives(40)
    record.stops_remotely(given)
    assert "no StatusNotification shows charging" in failure_of("6.1c", record)
    assert outcome_of("6.1a", record) is Outcome.PASS
    assert outcome_of("7.1b", record) is Outcome.PASS


def test_a_status_that_was_cut_short_is_open() -> None:
    record = plugged()
    record.remote_start()
    record.stops_remotely(record.start())
    assert outcome_of("6.1c", record) is Outcome.INCONCLUSIVE


def test_a_step_that_the_table_does_not_know_fails() -> None:
    record = plugged()
    record.says(S.FINISHING)
    record.remote_start()
    given = record.start()
    record.says(S.CHARGING)
    record.stops_remotely(given)
    assert "Finishing → Charging" in failure_of("6.1c", record)


@pytest.mark.parametrize("word", ["charging", "Occupied"])
def test_a_word_that_is_no_status_is_a_remark_here(word: str) -> None:
    record = plugged()
    record.remote_start()
    given = record.start()
    record.says(word)
    record.stops_remotely(given)
    verdict = verdict_of("6.1c", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert word in verdict.remark


# ── 6.2 ──────────────────────────────────────────────────────────────────────────────────────────────


def card_session(play: Callable[[ChargingRecord], None]) -> ChargingRecord:
    """A card on a plugged cable, after the cache was cleared; then what the station makes of it."""
    record = plugged()
    record.knows_nobody()
    with record.step(LOCAL_START):
        record.clear_cache()
        record.card()
        play(record)
        record.lives(100)
    return record


def lawful_card(record: ChargingRecord) -> None:
    record.authorize(CARD)
    record.start(CARD)
    record.says(S.CHARGING)


def test_a_card_that_is_authorized_and_starts_passes() -> None:
    record = card_session(lawful_card)
    assert [outcome_of(check_id, record) for check_id in ("6.2a", "6.2b")] == [Outcome.PASS] * 2


def only_asks(record: ChargingRecord) -> None:
    record.authorize(CARD)


def starts_alone(record: ChargingRecord) -> None:
    record.start(CARD)
    record.says(S.CHARGING)


def starts_first(record: ChargingRecord) -> None:
    starts_alone(record)
    record.authorize(CARD)


def asks_for_another(record: ChargingRecord) -> None:
    record.authorize("OTHER")
    record.start(CARD)
    record.says(S.CHARGING)


def asks_and_starts_another(record: ChargingRecord) -> None:
    record.authorize("OTHER")
    record.start("OTHER")
    record.says(S.CHARGING)


@pytest.mark.parametrize(
    ("play", "reason"),
    [
        (starts_alone, "without Authorize before it"),
        (starts_first, "StartTransaction, then Authorize"),
        (asks_for_another, "another idTag than was authorized"),
        (asks_and_starts_another, "another idTag was authorized"),
    ],
)
def test_a_start_without_its_own_authorize_before_it_fails(
    play: Callable[[ChargingRecord], None], reason: str
) -> None:
    record = card_session(play)
    assert reason in failure_of("6.2a", record)
    assert outcome_of("6.2b", record) in (Outcome.PASS, Outcome.PASS_WITH_REMARK)


def test_a_card_at_which_nothing_happens_fails() -> None:
    record = card_session(lambda record: None)
    assert "asked for no authorization" in failure_of("6.2a", record)
    assert outcome_of("6.2b", record) is Outcome.INCONCLUSIVE


def test_authorize_may_be_left_out_where_a_cache_can_answer() -> None:
    record = plugged()
    with record.step(LOCAL_START):
        record.card()
        starts_alone(record)
        record.lives(100)
    assert outcome_of("6.2a", record) is Outcome.INCONCLUSIVE


def test_an_approved_card_that_starts_nothing_fails() -> None:
    record = card_session(only_asks)
    assert "no transaction started" in failure_of("6.2b", record)
    assert outcome_of("6.2a", record) is Outcome.PASS


def test_a_card_that_is_ignored_in_finishing_may_work_after_replugging() -> None:
    record = plugged()
    record.says(S.FINISHING)
    record.knows_nobody()
    with record.step(LOCAL_START):
        record.clear_cache()
        record.card()
        record.authorize(CARD)
        record.lives(61)
        record.unplug()
        record.says(S.AVAILABLE)
        record.plug_in(S.PREPARING)
        record.clear_cache()
        record.card()
        lawful_card(record)
        record.lives(100)
    assert [outcome_of(check_id, record) for check_id in ("6.2a", "6.2b")] == [Outcome.PASS] * 2


def no_status(record: ChargingRecord) -> None:
    record.authorize(CARD)
    record.start(CARD)


def test_a_local_start_without_a_status_fails() -> None:
    assert "no StatusNotification shows charging" in failure_of("6.2b", card_session(no_status))


def test_a_lack_of_status_that_remote_starts_share_is_a_remark() -> None:
    record = plugged()
    record.knows_nobody()
    record.remote_start()
    given = record.start()
    record.lives(40)
    record.stops_remotely(given)
    with record.step(LOCAL_START):
        record.clear_cache()
        record.card()
        no_status(record)
        record.lives(100)
    assert outcome_of("6.1c", record) is Outcome.FAIL
    assert outcome_of("6.2b", record) is Outcome.PASS_WITH_REMARK


def test_local_starts_of_another_system_are_recognised() -> None:
    record = ChargingRecord(head=False)
    record.says(S.PREPARING)
    lawful_card(record)
    record.lives(100)
    assert [outcome_of(check_id, record) for check_id in ("6.2a", "6.2b")] == [Outcome.PASS] * 2


# ── 6.3 ──────────────────────────────────────────────────────────────────────────────────────────────


def refused(play: Callable[[ChargingRecord, A], None], *, lives_s: float = 20.0) -> ChargingRecord:
    """The unknown card three times, and what the station makes of it."""
    record = plugged()
    with record.step(UNKNOWN_CARD):
        for answer in (A.INVALID, A.BLOCKED, A.EXPIRED):
            record.card(UNKNOWN)
            play(record, answer)
            record.lives(lives_s)
    return record


def obeys(record: ChargingRecord, answer: A) -> None:
    record.authorize(UNKNOWN, answer)


def test_a_refused_card_that_starts_nothing_passes() -> None:
    assert outcome_of("6.3a", refused(obeys)) is Outcome.PASS


@pytest.mark.parametrize("despite", [A.INVALID, A.BLOCKED, A.EXPIRED])
def test_a_start_despite_a_refusal_fails(despite: A) -> None:
    def play(record: ChargingRecord, answer: A) -> None:
        record.authorize(UNKNOWN, answer)
        if answer is despite:
            record.stop(record.start(UNKNOWN))

    assert f"the card was answered {despite}" in failure_of("6.3a", refused(play))


def test_charging_without_a_transaction_fails_too() -> None:
    def play(record: ChargingRecord, answer: A) -> None:
        record.authorize(UNKNOWN, answer)
        record.says(S.CHARGING)

    assert "StatusNotification Charging" in failure_of("6.3a", refused(play))


def test_the_window_after_a_refusal_must_be_over() -> None:
    assert outcome_of("6.3a", refused(obeys, lives_s=10)) is Outcome.INCONCLUSIVE


def test_a_connection_that_broke_after_a_refusal_decides_nothing() -> None:
    record = plugged()
    with record.step(UNKNOWN_CARD):
        record.card(UNKNOWN)
        obeys(record, A.INVALID)
        record.wait(5).closed()
        record.wait(5).opened()
        record.lives(60)
    assert outcome_of("6.3a", record) is Outcome.INCONCLUSIVE


def test_a_station_that_never_asked_was_not_refused() -> None:
    assert outcome_of("6.3a", refused(lambda record, answer: None)) is Outcome.INCONCLUSIVE


def test_an_unknown_card_that_starts_unasked_fails() -> None:
    def play(record: ChargingRecord, answer: A) -> None:
        record.stop(record.start(UNKNOWN))

    assert "nobody approved the card" in failure_of("6.3a", refused(play))


def test_refusals_of_another_system_are_recognised() -> None:
    record = ChargingRecord(head=False)
    record.authorize(UNKNOWN, A.BLOCKED)
    record.lives(20)
    assert outcome_of("6.3a", record) is Outcome.PASS
    record.authorize(UNKNOWN, A.BLOCKED)
    record.start(UNKNOWN)
    record.lives(20)
    assert outcome_of("6.3a", record) is Outcome.FAIL
