"""Function 14: Get past charge transactions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from chargeproof.acceptance.outages_in_record import unreachables
from chargeproof.acceptance.quantifiers import theirs
from chargeproof.acceptance.queued_messages import wrongly_dated
from chargeproof.acceptance.verdict import Outcome
from chargeproof.acceptance.visit import OUTAGE
from chargeproof.ocpp import GetConfiguration, Reason, StopTransaction
from tests.acceptance.charging_record import CARD, ChargingRecord, S
from tests.acceptance.records import failure_of, outcome_of, verdict_of

Queue = list["Queued"]


@dataclass
class Queued:
    """A message that waits: what it is, when it is dated, and of which session (``A`` ran, ``B`` lies within)."""

    kind: str
    session: str
    at: datetime
    more: dict[str, Any] = field(default_factory=dict)


def outage(
    change: Callable[[Queue], object] = lambda queue: None,
    *,
    allowed: str | None = "true",
    hands: bool = True,
    first: Callable[[ChargingRecord], object] = lambda record: None,
    lives_s: float = 130.0,
    online: bool = True,
    **more: Any,
) -> ChargingRecord:
    """Session A runs when the line breaks and is stopped in the outage; session B lies within it.

    ``change`` works on the queue before it is delivered, ``first`` on the record before that.
    """
    record = ChargingRecord(**more)
    record.key("AllowOfflineTxForUnknownId", allowed)
    record.knows_nobody()
    record.says(S.PREPARING)
    record.interval(30)
    if online:
        given = record.remote_session(id_tag=CARD)
        record.stops_remotely(given)
    record.remote_start(CARD)
    running = record.start(CARD)
    record.says(S.CHARGING)
    record.wait(5).cut()
    queue = _unseen(record, hands=hands)
    change(queue)
    record.back()
    first(record)
    _deliver(record, queue, running)
    record.lives(lives_s)
    return record


def _unseen(record: ChargingRecord, *, hands: bool) -> Queue:
    """What a lawful station queues while nobody hears it."""
    queue: Queue = []
    began = record.stamp - timedelta(seconds=5.1)
    queue += [Queued("sample", "A", began + timedelta(seconds=30 * each)) for each in (1, 2, 3)]
    record.wait(95)
    if not hands:
        return queue
    record.card()
    queue.append(Queued("stop", "A", record.stamp))
    record.wait(5).card()
    queue.append(Queued("start", "B", record.stamp))
    queue.append(Queued("sample", "B", record.stamp + timedelta(seconds=30)))
    record.wait(35).card()
    queue.append(Queued("stop", "B", record.stamp))
    record.wait(5)
    return queue


def _deliver(record: ChargingRecord, queue: Queue, running: int) -> None:
    ids = {"A": running}
    for message in queue:
        if message.kind == "start":
            ids["B"] = record.start(CARD, at=message.at, **message.more)
        elif message.kind == "sample":
            record.sample(message.more.get("id", ids[message.session]), at=message.at)
        else:
            reason = message.more.get("reason", Reason.LOCAL)
            record.stop(message.more.get("id", ids[message.session]), reason, at=message.at)


def kinds(queue: Queue, kind: str, session: str) -> Queue:
    return [message for message in queue if (message.kind, message.session) == (kind, session)]


def drop(kind: str, session: str) -> Callable[[Queue], None]:
    def change(queue: Queue) -> None:
        queue[:] = [message for message in queue if message not in kinds(queue, kind, session)]

    return change


def shift(kind: str, session: str, seconds: float) -> Callable[[Queue], None]:
    def change(queue: Queue) -> None:
        for message in kinds(queue, kind, session):
            message.at += timedelta(seconds=seconds)

    return change


def both(*changes: Callable[[Queue], object]) -> Callable[[Queue], None]:
    def change(queue: Queue) -> None:
        for each in changes:
            each(queue)

    return change


# ── lawful ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("check_id", ["14.1a", "14.1b"])
@pytest.mark.parametrize("clock_s", [0.0, -3600.0, 7200.0, 1e7])
def test_what_was_queued_and_delivered_passes_whatever_the_clock(check_id: str, clock_s: float) -> None:
    verdict = verdict_of(check_id, outage(clock_s=clock_s))
    assert verdict.outcome is Outcome.PASS, verdict
    assert verdict.evidence


def test_the_figures_tell_what_came() -> None:
    record = outage()
    assert verdict_of("14.1b", record).figures == {"offline_meter_samples": 4}
    assert verdict_of("14.1a", record).figures["offline_stop_delivered_after_s"] >= 0


def test_other_messages_may_overtake_the_queue() -> None:
    def overtake(record: ChargingRecord) -> None:
        record.says(S.AVAILABLE, 0)
        record.says(S.FINISHING)
        record.lives()

    record = outage(first=overtake)
    assert [outcome_of(check_id, record) for check_id in ("14.1a", "14.1b")] == [Outcome.PASS] * 2


def test_without_hands_the_running_session_shows_its_meter_values() -> None:
    record = outage(hands=False)
    assert outcome_of("14.1b", record) is Outcome.PASS
    assert outcome_of("14.1a", record) is Outcome.NOT_RUN


@pytest.mark.parametrize("check_id", ["14.1a", "14.1b"])
def test_without_an_outage_the_scene_says_why(check_id: str) -> None:
    record = ChargingRecord()
    record.cannot(OUTAGE, "no hands at this site")
    assert verdict_of(check_id, record).reason == "no hands at this site"


def test_a_station_that_may_begin_nothing_offline_is_judged_on_the_other_half() -> None:
    change = both(drop("start", "B"), drop("sample", "B"), drop("stop", "B"))
    verdict = verdict_of("14.1a", outage(change, allowed="false"))
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "AllowOfflineTxForUnknownId" in verdict.remark
    assert verdict.evidence


def test_the_same_message_again_over_a_new_socket_is_right_where_the_answer_was_lost() -> None:
    record = outage(lambda queue: queue.clear(), lives_s=1)
    transaction = record.last_id
    at = record.stamp - timedelta(seconds=60)
    record.stop(transaction, Reason.LOCAL, at=at)
    record.wait(1).closed()
    record.wait(1).opened()
    record.stop(transaction, Reason.LOCAL, at=at)
    record.lives(130)
    assert "sent twice" not in verdict_of("14.1a", record).reason


def test_gaps_between_the_sockets_of_another_system_are_outages() -> None:
    record = ChargingRecord(head=False)
    record.says(S.PREPARING)
    record.interval(30)
    running = record.start(CARD)
    record.wait(5).closed()
    record.wait(60)
    stopped = record.stamp
    record.wait(5).opened()
    record.sample(running, at=stopped - timedelta(seconds=35))
    record.stop(running, Reason.LOCAL, at=stopped)
    record.lives(130)
    assert outcome_of("14.1a", record) is Outcome.PASS_WITH_REMARK  # what hands did in it is not known


# ── 14.1a ────────────────────────────────────────────────────────────────────────────────────────────

LOST_B = both(drop("start", "B"), drop("sample", "B"), drop("stop", "B"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda queue: queue.clear(), "no StartTransaction and StopTransaction dated within the outage"),
        (LOST_B, "no StartTransaction and StopTransaction dated within the outage"),
        (drop("stop", "A"), "no StopTransaction dated within the outage"),
        (drop("stop", "B"), "and no stop"),
        (lambda queue: queue.extend(kinds(queue, "stop", "A")), "sent twice"),
        (lambda queue: queue.insert(5, kinds(queue, "start", "B")[0]), "sent twice"),
        (shift("stop", "A", 600), "not dated within"),
        (shift("start", "B", 600), "not dated within"),
        (shift("stop", "B", 600), "not dated within"),
        (shift("stop", "A", -600), "not dated within"),
        (shift("stop", "A", -60), "dated before what was done"),
        (lambda queue: kinds(queue, "stop", "A")[0].more.update(id=-1), "does not name the transaction"),
        (lambda queue: kinds(queue, "stop", "B")[0].more.update(id=-1), "does not name the transaction"),
        (lambda queue: queue.reverse(), "delivered after"),
        (lambda queue: queue.append(queue.pop(3)), "delivered after"),
    ],
)
def test_what_is_lost_doubled_misdated_or_out_of_order_fails(
    change: Callable[[Queue], object], reason: str
) -> None:
    if reason == "delivered after":
        queue_change = change

        def reorder(queue: Queue) -> None:
            """B's start must be there before what names it."""
            queue_change(queue)
            start = kinds(queue, "start", "B")[0]
            queue.remove(start)
            queue.insert(0, start)

        change = reorder
    assert reason in failure_of("14.1a", outage(change))


def test_lost_meter_values_are_not_the_matter_of_the_first_check() -> None:
    record = outage(both(drop("sample", "A"), drop("sample", "B")))
    assert outcome_of("14.1a", record) is Outcome.PASS
    reason = failure_of("14.1b", record)
    assert "S§3.7" in reason
    assert "periodic or clock-aligned" in reason


def test_a_new_transaction_before_the_old_ones_fails() -> None:
    def new_one(record: ChargingRecord) -> None:
        record.stop(record.start("NEW"))

    assert "after a new one" in failure_of("14.1a", outage(first=new_one))


def test_a_queue_that_waits_for_a_command_fails() -> None:
    def asks(record: ChargingRecord) -> None:
        record.lives(121)
        record.we(GetConfiguration(), "{}")

    assert "only after a command of ours" in failure_of("14.1a", outage(first=asks))


def test_a_command_of_ours_within_the_window_decides_nothing() -> None:
    def asks(record: ChargingRecord) -> None:
        record.we(GetConfiguration(), "{}")

    record = outage(first=asks)
    record.cannot("anything", "a record of ours has steps")
    assert outcome_of("14.1a", record) is Outcome.INCONCLUSIVE


def test_a_late_queue_is_a_remark() -> None:
    record = outage(first=lambda record: record.lives(125))
    assert outcome_of("14.1a", record) is Outcome.PASS_WITH_REMARK


@pytest.mark.parametrize("check_id", ["14.1a", "14.1b"])
def test_the_window_after_the_reconnect_must_be_over(check_id: str) -> None:
    record = outage(lambda queue: queue.clear(), lives_s=60)
    assert outcome_of(check_id, record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("check_id", ["14.1a", "14.1b"])
def test_a_station_that_does_not_come_back_decides_nothing(check_id: str) -> None:
    record = outage(hands=True, lives_s=1)
    cut = next(entry.n for entry in record.entries if getattr(entry, "reachable", None) is True)
    short = type(record).trace(record).until(cut).entries
    record.entries = list(short)
    record.wait(2000)
    record.ended()
    assert outcome_of(check_id, record) is Outcome.INCONCLUSIVE


def test_a_session_that_the_card_did_not_stop_decides_nothing() -> None:
    record = outage(both(drop("stop", "A"), LOST_B), lives_s=1)
    record.sample(2)
    record.lives(130)
    assert outcome_of("14.1a", record) is Outcome.INCONCLUSIVE


def test_unknown_keys_leave_the_session_within_the_outage_open() -> None:
    record = outage(LOST_B)
    keys = ("AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "LocalAuthListEnabled")
    record.entries = [
        entry for entry in record.entries if not any(key in str(getattr(entry, "text", "")) for key in keys)
    ]
    for number, entry in enumerate(record.entries, start=1):
        record.entries[number - 1] = type(entry)(
            **{name: getattr(entry, name) for name in entry.__struct_fields__ if name != "n"}, n=number
        )
    assert outcome_of("14.1a", record) is Outcome.INCONCLUSIVE


# ── 14.1b ────────────────────────────────────────────────────────────────────────────────────────────


def dropped(index: int) -> Callable[[Queue], None]:
    def change(queue: Queue) -> None:
        del queue[index]

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (drop("sample", "A"), "no meter values of the outage came"),
        (dropped(1), "have a gap"),
        (dropped(2), "have a gap"),
        (drop("sample", "B"), "no meter values of the outage came"),
        (lambda queue: queue[0].more.update(id=-1), "have a gap"),
    ],
)
def test_a_gap_in_the_meter_values_fails_only_the_second_check(
    change: Callable[[Queue], object], reason: str
) -> None:
    record = outage(change)
    assert reason in failure_of("14.1b", record)
    assert outcome_of("14.1a", record) is Outcome.PASS


def test_old_meter_values_after_a_new_message_fail() -> None:
    record = outage(drop("sample", "A"), lives_s=1)
    began = record.stamp
    record.start("NEW")
    for back_s in (0, 30, 60):
        record.sample(2, at=began - timedelta(seconds=148 - back_s))
    record.lives(130)
    assert outcome_of("14.1b", record) is Outcome.FAIL


def test_meter_values_that_never_come_online_either_leave_it_open() -> None:
    record = ChargingRecord()
    record.says(S.PREPARING)
    record.interval(30)
    record.remote_start(CARD)
    running = record.start(CARD)
    record.says(S.CHARGING)
    record.lives(100)
    record.cut()
    record.wait(95)
    record.back()
    record.lives(130)
    record.stop(running)
    assert outcome_of("14.1b", record) is Outcome.INCONCLUSIVE


def test_an_outage_without_a_session_decides_nothing() -> None:
    record = ChargingRecord()
    record.cut()
    record.wait(100)
    record.back()
    record.lives(130)
    assert outcome_of("14.1b", record) is Outcome.INCONCLUSIVE


def test_doubled_meter_values_are_a_remark() -> None:
    record = outage(lambda queue: queue.insert(1, queue[0]))
    assert outcome_of("14.1b", record) is Outcome.PASS_WITH_REMARK


def test_only_function_14_is_enough_to_judge_it() -> None:
    record = outage(drop("sample", "A"), online=False)
    assert outcome_of("14.1b", record) is Outcome.FAIL


def test_whole_seconds_may_date_a_message_a_moment_before_the_line_broke() -> None:
    for ahead_s, is_wrong in ((1.0, False), (4.0, True)):
        trace = outage(shift("stop", "A", -95.0 - ahead_s)).trace()
        unseen = unreachables(trace)[0]
        stop = next(each for each in theirs(trace.after(unseen.restored.n), StopTransaction))
        assert (wrongly_dated(unseen, stop, None, ()) is not None) is is_wrong


def test_what_the_station_ends_itself_is_not_held_against_the_card() -> None:
    def ends_itself(queue: Queue) -> None:
        queue[:] = [each for each in queue if each.session == "A" and each.kind != "sample"]
        queue[0].at -= timedelta(seconds=90)
        queue[0].more["reason"] = Reason.OTHER

    verdict = verdict_of("14.1a", outage(ends_itself))
    assert "dated before what was done" not in verdict.reason
