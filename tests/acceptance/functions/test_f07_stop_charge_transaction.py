"""Function 7: Stop charge transaction (both local notification and remote trigger)."""

from collections.abc import Callable

import pytest

from chargeproof.acceptance.charging_steps import END_WHAT_RUNS
from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.visit import LOCAL_STOP, REMOTE_STOP, UNPLUG
from chargeproof.ocpp import Reason
from tests.acceptance.charging_record import CARD, TAG, ChargingRecord, S
from tests.acceptance.records import failure_of, outcome_of, verdict_of

Play = Callable[[ChargingRecord, int], object]
KEY = "StopTransactionOnEVSideDisconnect"


def charging(*, head: bool = True, id_tag: str = TAG) -> tuple[ChargingRecord, int]:
    record = ChargingRecord(head=head)
    if head:
        record.plug_in(S.PREPARING)
    else:
        record.says(S.PREPARING)
    return record, record.remote_session(samples=1, id_tag=id_tag)


def remotely(play: Play, *, head: bool = True) -> ChargingRecord:
    """A remote stop, what comes of it, and the window."""
    record, given = charging(head=head)
    record.remote_stop(given)
    play(record, given)
    record.lives(100)
    return record


def lawfully(record: ChargingRecord, given: int) -> None:
    record.stop(given, Reason.REMOTE)
    record.says(S.FINISHING)


# ── 7.1 ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("check_id", ["7.1a", "7.1b"])
@pytest.mark.parametrize("head", [True, False])
def test_a_remote_stop_that_stops_passes(check_id: str, head: bool) -> None:
    verdict = verdict_of(check_id, remotely(lawfully, head=head))
    assert verdict.outcome is Outcome.PASS
    assert verdict.evidence


@pytest.mark.parametrize("check_id", ["7.1a", "7.1b"])
def test_without_a_remote_stop_the_scene_says_why(check_id: str) -> None:
    record = ChargingRecord()
    record.cannot(REMOTE_STOP, "no hands at this site")
    assert verdict_of(check_id, record).reason == "no hands at this site"


def test_the_status_may_come_before_the_stop() -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.says(S.FINISHING)
        record.stop(given, Reason.REMOTE)

    assert outcome_of("7.1b", remotely(play)) is Outcome.PASS


@pytest.mark.parametrize("status", [S.AVAILABLE, S.PREPARING, S.FINISHING])
def test_every_lawful_end_is_one(status: S) -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.stop(given, Reason.REMOTE)
        record.says(status)

    assert outcome_of("7.1b", remotely(play)) is Outcome.PASS


def test_accepted_and_going_on_fails_and_leaves_the_status_open() -> None:
    record = remotely(lambda record, given: None)
    assert "accepted, but no StopTransaction came" in failure_of("7.1a", record)
    assert outcome_of("7.1b", record) is Outcome.INCONCLUSIVE


def test_the_window_of_a_remote_stop_must_be_over() -> None:
    record, given = charging()
    record.remote_stop(given)
    record.lives(30)
    assert outcome_of("7.1a", record) is Outcome.INCONCLUSIVE


def test_a_lost_connection_leaves_a_remote_stop_open() -> None:
    record, given = charging()
    record.remote_stop(given)
    record.wait(5).closed()
    record.wait(5).opened()
    record.lives(100)
    assert outcome_of("7.1a", record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("answer", ["Rejected", "InternalError"])
def test_a_remote_stop_that_is_refused_fails(answer: str) -> None:
    record, given = charging()
    record.remote_stop(given, answer)
    record.lives(100)
    assert "RemoteStopTransaction was answered with" in failure_of("7.1a", record)


def test_a_remote_stop_of_what_does_not_run_is_not_judged() -> None:
    record = remotely(lawfully)
    record.remote_stop(77, "Rejected")
    record.remote_stop(record.last_id, "Rejected")
    record.lives(100)
    assert outcome_of("7.1a", record) is Outcome.PASS


def test_tidying_up_is_not_judged() -> None:
    record, given = charging()
    with record.step(END_WHAT_RUNS):
        record.remote_stop(given, "Rejected")
        record.lives(100)
    assert outcome_of("7.1a", record) is Outcome.NOT_RUN


@pytest.mark.parametrize("named", [-1, 0, 99])
def test_another_transaction_id_fails(named: int) -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.stop(named, Reason.REMOTE)
        record.says(S.FINISHING)

    record = remotely(play)
    assert f"transactionId {named}" in failure_of("7.1a", record)
    assert outcome_of("7.1b", record) is Outcome.PASS


@pytest.mark.parametrize(("reason", "word"), [(Reason.LOCAL, "Local"), (None, "no reason")])
def test_another_reason_is_a_remark(reason: Reason | None, word: str) -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.stop(given, reason)
        record.says(S.FINISHING)

    verdict = verdict_of("7.1a", remotely(play))
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert word in verdict.remark


@pytest.mark.parametrize("lacking", ["meterStop", "timestamp"])
def test_a_stop_that_lacks_a_field_fails(lacking: str) -> None:
    fields = {"meterStop": "1300", "timestamp": '"2026-11-23T06:10:00Z"'}
    del fields[lacking]

    def play(record: ChargingRecord, given: int) -> None:
        rest = ",".join(f'"{name}":{value}' for name, value in fields.items())
        record.station("StopTransaction", payload=f'{{"transactionId":{given},"reason":"Remote",{rest}}}')
        record.says(S.FINISHING)

    assert f"lacks {lacking}" in failure_of("7.1a", remotely(play))


def test_stuck_in_charging_fails_only_the_status() -> None:
    record = remotely(lambda record, given: record.stop(given, Reason.REMOTE))
    assert "no StatusNotification shows the end" in failure_of("7.1b", record)
    assert outcome_of("7.1a", record) is Outcome.PASS


def test_the_status_window_must_be_over() -> None:
    record, given = charging()
    record.remote_stop(given)
    record.stop(given, Reason.REMOTE)
    record.lives(20)
    assert outcome_of("7.1b", record) is Outcome.INCONCLUSIVE


# ── 7.2 ──────────────────────────────────────────────────────────────────────────────────────────────


def with_card(play: Play, *, waits_s: float = 100.0) -> ChargingRecord:
    """The card that started is presented again."""
    record, given = charging(id_tag=CARD)
    record.wait(30)
    with record.step(LOCAL_STOP):
        record.card()
        play(record, given)
        record.lives(waits_s)
    return record


def stops_locally(record: ChargingRecord, given: int) -> None:
    record.stop(given)
    record.says(S.FINISHING)


@pytest.mark.parametrize("reason", [None, Reason.LOCAL])
@pytest.mark.parametrize("id_tag", [None, CARD])
def test_the_same_card_stops_with_or_without_tag_and_reason(
    reason: Reason | None, id_tag: str | None
) -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.says(S.FINISHING)
        record.stop(given, reason, id_tag=id_tag)

    assert outcome_of("7.2a", with_card(play)) is Outcome.PASS


def test_a_card_that_stops_nothing_fails() -> None:
    assert "no StopTransaction came" in failure_of("7.2a", with_card(lambda record, given: None))


def test_the_window_after_the_card_must_be_over() -> None:
    assert outcome_of("7.2a", with_card(lambda record, given: None, waits_s=20)) is Outcome.INCONCLUSIVE


def test_a_local_stop_without_a_status_fails() -> None:
    record = with_card(lambda record, given: record.stop(given))
    assert "no StatusNotification shows the end" in failure_of("7.2a", record)


def test_a_lack_of_status_that_remote_stops_share_is_a_remark() -> None:
    record = remotely(lambda record, given: record.stop(given, Reason.REMOTE))
    record.remote_start(CARD)
    given = record.start(CARD)
    record.lives(40)
    record.card()
    record.stop(given)
    record.lives(100)
    assert outcome_of("7.1b", record) is Outcome.FAIL
    assert outcome_of("7.2a", record) is Outcome.PASS_WITH_REMARK


def test_asking_for_the_same_card_before_stopping_fails() -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.authorize(CARD)
        stops_locally(record, given)

    assert "asked for the very card" in failure_of("7.2a", with_card(play))


def test_a_strange_reason_or_tag_is_a_remark() -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.stop(given, Reason.OTHER, id_tag="ELSE")
        record.says(S.FINISHING)

    verdict = verdict_of("7.2a", with_card(play))
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "Other" in verdict.remark
    assert "ELSE" in verdict.remark


def test_a_local_stop_with_a_wrong_id_fails() -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.stop(-1)
        record.says(S.FINISHING)

    assert "transactionId -1" in failure_of("7.2a", with_card(play))


def test_local_stops_of_another_system_are_recognised() -> None:
    record, given = charging(head=False)
    stops_locally(record, given)
    record.lives(100)
    assert outcome_of("7.2a", record) is Outcome.PASS


# ── 7.3 ──────────────────────────────────────────────────────────────────────────────────────────────


def unplugged(play: Play, *, key: str | None = "true") -> ChargingRecord:
    """The cable is pulled while charging."""
    record, given = charging()
    record.key(KEY, key)
    record.wait(30)
    with record.step(UNPLUG):
        record.unplug()
        play(record, given)
        record.lives(100)
    return record


def disconnected(record: ChargingRecord, given: int) -> None:
    record.stop(given, Reason.EV_DISCONNECTED)
    record.says(S.FINISHING)


@pytest.mark.parametrize("key", ["true", None])
def test_unplugging_that_stops_passes(key: str | None) -> None:
    assert outcome_of("7.3a", unplugged(disconnected, key=key)) is Outcome.PASS


def test_unplugging_that_stops_nothing_fails() -> None:
    record = unplugged(lambda record, given: record.says(S.SUSPENDED_EV))
    assert "no StopTransaction came" in failure_of("7.3a", record)


@pytest.mark.parametrize("reason", [None, Reason.LOCAL, Reason.OTHER])
def test_unplugging_with_another_reason_fails(reason: Reason | None) -> None:
    def play(record: ChargingRecord, given: int) -> None:
        record.stop(given, reason)
        record.says(S.FINISHING)

    assert "does not tell that the vehicle was disconnected" in failure_of("7.3a", unplugged(play))


def test_unplugging_without_a_status_fails() -> None:
    record = unplugged(lambda record, given: record.stop(given, Reason.EV_DISCONNECTED))
    assert "no StatusNotification shows the end" in failure_of("7.3a", record)


def test_a_key_that_cannot_be_true_makes_it_not_applicable() -> None:
    verdict = verdict_of("7.3a", unplugged(lambda record, given: record.says(S.SUSPENDED_EV), key="false"))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert KEY in verdict.reason
    assert verdict.evidence


def test_with_the_key_false_the_session_must_be_suspended() -> None:
    assert KEY in failure_of("7.3a", unplugged(lambda record, given: None, key="false"))


def test_a_stop_in_spite_of_the_key_is_a_remark() -> None:
    assert outcome_of("7.3a", unplugged(disconnected, key="false")) is Outcome.PASS_WITH_REMARK


def test_unplugging_at_another_system_is_recognised_by_the_reason() -> None:
    record, given = charging(head=False)
    disconnected(record, given)
    record.lives(100)
    assert outcome_of("7.3a", record) is Outcome.PASS


def test_without_hands_nothing_was_unplugged() -> None:
    record, _ = charging()
    record.cannot(UNPLUG, "no hands at this site")
    assert verdict_of("7.3a", record).reason == "no hands at this site"
