"""Function 2: Heartbeat (automatic)."""

import pytest

from chargeproof.acceptance.unattended import CHANGE_HEARTBEAT_INTERVAL
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ClearCache,
    ConfigurationStatus,
    MessageTrigger,
    TriggerMessage,
    TriggerMessageConf,
    TriggerMessageStatus,
)
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import (
    boot,
    failure_of,
    heartbeat,
    lives_on,
    outcome_of,
    read_all,
    read_key,
    status,
    up,
    values,
    verdict_of,
)

ACCEPTED = TriggerMessageConf(status=TriggerMessageStatus.ACCEPTED)
HEARTBEAT = TriggerMessage(requested_message=MessageTrigger.HEARTBEAT)


def beating(times: int = 3, *, every_s: float = 30, head: bool = True) -> TraceBuilder:
    """A boot with an interval of 30 s, and heartbeats in silence."""
    record = up(interval_s=30, head=head)
    for _ in range(times):
        record.wait(every_s)
        heartbeat(record)
    return record


# ── 2.1 ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("head", [True, False])
def test_three_heartbeats_in_time_pass(head: bool) -> None:
    verdict = verdict_of("2.1a", beating(head=head))
    assert verdict.outcome is Outcome.PASS
    assert verdict.figures == {"heartbeat_spacing_at_30_s": [30.1, 30.1]}


def test_two_heartbeats_decide_nothing() -> None:
    assert outcome_of("2.1a", beating(2)) is Outcome.INCONCLUSIVE


def test_no_heartbeat_in_a_long_silence_fails() -> None:
    record = up(interval_s=30)
    record.wait(40)
    record.we(HEARTBEAT, ACCEPTED)
    heartbeat(record)
    assert "no Heartbeat came" in failure_of("2.1a", record)


def test_a_late_heartbeat_fails() -> None:
    assert "no Heartbeat came" in failure_of("2.1a", beating(every_s=40))


def test_a_silence_shorter_than_interval_and_tolerance_proves_nothing() -> None:
    assert outcome_of("2.1a", lives_on(up(interval_s=30), 34)) is Outcome.INCONCLUSIVE


def test_a_silence_that_ends_with_the_connection_proves_nothing() -> None:
    record = up(interval_s=30)
    record.wait(300).closed()
    record.opened()
    lives_on(record, 1)
    assert outcome_of("2.1a", record) is Outcome.INCONCLUSIVE


def test_no_heartbeat_is_owed_while_other_messages_flow() -> None:
    record = up(interval_s=30)
    for _ in range(8):
        record.wait(20)
        status(record, 1)
    verdict = verdict_of("2.1a", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "S§4.6" in verdict.remark


def test_triggered_heartbeats_do_not_count() -> None:
    record = up(interval_s=30)
    for _ in range(4):
        record.wait(20)
        record.we(HEARTBEAT, ACCEPTED)
        heartbeat(record)
    assert outcome_of("2.1a", record) is Outcome.INCONCLUSIVE


def test_without_an_accepted_boot_nothing_is_judged() -> None:
    record = TraceBuilder()
    record.opened()
    boot(record, status="Pending", interval_s=30)
    lives_on(record, 500)
    assert outcome_of("2.1a", record) is Outcome.NOT_RUN


# ── 2.2 ──────────────────────────────────────────────────────────────────────────────────────────────


def triggered(
    answer: object = ACCEPTED, *, follows: bool = True, record: TraceBuilder | None = None
) -> TraceBuilder:
    record = record or beating()
    record.we(HEARTBEAT, answer)  # type: ignore[arg-type]
    if follows:
        record.wait(0.2)
        heartbeat(record)
    return lives_on(record, 25)


def test_a_triggered_heartbeat_passes() -> None:
    assert outcome_of("2.2a", triggered()) is Outcome.PASS


def test_an_accepted_trigger_without_heartbeat_fails() -> None:
    assert "no Heartbeat followed" in failure_of("2.2a", triggered(follows=False))


def test_a_heartbeat_before_the_confirmation_only_fails() -> None:
    record = beating()
    record.text("central_system", '[2,"x","TriggerMessage",{"requestedMessage":"Heartbeat"}]')
    heartbeat(record)
    record.text("charge_point", '[3,"x",{"status":"Accepted"}]')
    assert "before the confirmation" in failure_of("2.2a", lives_on(record, 25))


def test_the_window_must_be_over_before_a_trigger_fails() -> None:
    record = beating()
    record.we(HEARTBEAT, ACCEPTED)
    record.wait(10).ended()
    assert outcome_of("2.2a", record) is Outcome.INCONCLUSIVE


def test_a_lost_connection_keeps_a_trigger_open() -> None:
    record = beating()
    record.we(HEARTBEAT, ACCEPTED)
    record.wait(5).closed()
    record.wait(20).opened()
    assert outcome_of("2.2a", lives_on(record, 5)) is Outcome.INCONCLUSIVE


def test_an_automatic_heartbeat_is_not_taken_for_a_triggered_one() -> None:
    record = beating()
    record.wait(15)
    record.we(HEARTBEAT, ACCEPTED)
    lives_on(record, 15)
    assert outcome_of("2.2a", lives_on(record, 25)) is Outcome.INCONCLUSIVE


def test_without_a_trigger_automatic_heartbeats_make_it_not_applicable() -> None:
    verdict = verdict_of("2.2a", beating())
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.evidence


def test_without_remote_trigger_it_is_not_applicable() -> None:
    record = up(interval_s=30)
    read_all(record, values(SupportedFeatureProfiles="Core"))
    assert (
        outcome_of("2.2a", triggered("NotImplemented", follows=False, record=record))
        is Outcome.NOT_APPLICABLE
    )


@pytest.mark.parametrize(
    "answer", ["NotImplemented", TriggerMessageConf(status=TriggerMessageStatus.REJECTED), None]
)
def test_a_refused_trigger_matters_only_where_no_heartbeats_come_by_themselves(answer: object) -> None:
    quiet = lives_on(triggered(answer, follows=False, record=up(interval_s=30)), 25)
    assert "TriggerMessage Heartbeat was" in failure_of("2.2a", quiet)
    assert outcome_of("2.2a", lives_on(triggered(answer, follows=False), 25)) is Outcome.NOT_APPLICABLE


# ── 2.3 ──────────────────────────────────────────────────────────────────────────────────────────────


def change(record: TraceBuilder, value: str, answer: str = "Accepted", *, reads: str | None = "") -> None:
    record.we(
        ChangeConfiguration(key="HeartbeatInterval", value=value),
        ChangeConfigurationConf(status=ConfigurationStatus(answer)),
    )
    if reads is not None:
        read_key(record, "HeartbeatInterval", reads or value)


def changed(
    *, default: str = "300", reads: str | None = "", spacing_s: float = 20, first_s: float = 20, **more: bool
) -> TraceBuilder:
    record = beating()
    read_key(record, "HeartbeatInterval", default, **more)
    change(record, "20", reads=reads)
    record.wait(first_s)
    heartbeat(record)
    for _ in range(2):
        record.wait(spacing_s)
        heartbeat(record)
    return record


def test_an_hourly_default_and_a_spacing_that_follows_pass() -> None:
    verdict = verdict_of("2.3a", changed())
    assert verdict.outcome is Outcome.PASS
    assert "inferred" in verdict.remark
    assert verdict.figures["heartbeat_default_s"] == 300
    assert verdict.figures["heartbeat_spacing_at_20_s"] == [20.1, 20.1]


def test_the_first_heartbeat_may_still_follow_the_old_interval() -> None:
    assert outcome_of("2.3a", changed(first_s=30)) is Outcome.PASS


@pytest.mark.parametrize("default", ["86400", "3601", "0", "", "-1", "an hour"])
def test_another_default_than_an_hour_at_most_fails(default: str) -> None:
    assert "not a heartbeat an hour" in failure_of("2.3a", changed(default=default))


def test_an_unknown_key_fails() -> None:
    record = beating()
    read_key(record, "HeartbeatInterval", None)
    change(record, "20", "NotSupported", reads=None)
    assert "HeartbeatInterval is not known" in failure_of("2.3a", record)


def test_a_read_only_interval_fails() -> None:
    assert "read-only" in failure_of("2.3a", changed(readonly=True))


def test_an_interval_that_is_accepted_and_not_applied_fails() -> None:
    assert "do not follow it" in failure_of("2.3a", changed(first_s=30, spacing_s=30))


def test_an_interval_that_is_accepted_while_heartbeats_stay_more_frequent_fails() -> None:
    assert "do not follow it" in failure_of("2.3a", changed(first_s=10, spacing_s=10))


def test_an_interval_that_reads_back_differently_fails() -> None:
    assert "reads back differently" in failure_of("2.3a", changed(reads="300"))


def test_an_interval_that_is_not_read_back_is_inconclusive() -> None:
    assert outcome_of("2.3a", changed(reads=None)) is Outcome.INCONCLUSIVE


def test_too_short_a_watch_is_inconclusive() -> None:
    record = beating()
    read_key(record, "HeartbeatInterval", "300")
    change(record, "20")
    lives_on(record, 20)
    assert outcome_of("2.3a", record) is Outcome.INCONCLUSIVE


def test_a_change_that_needs_a_reboot_is_a_remark() -> None:
    record = beating()
    read_key(record, "HeartbeatInterval", "300")
    change(record, "20", "RebootRequired", reads="300")
    assert outcome_of("2.3a", record) is Outcome.PASS_WITH_REMARK


def test_a_refused_change_fails() -> None:
    record = beating()
    read_key(record, "HeartbeatInterval", "300")
    change(record, "20", "Rejected", reads=None)
    assert "HeartbeatInterval=20 was answered with Rejected" in failure_of("2.3a", record)


def test_a_second_value_serves_where_the_first_is_refused() -> None:
    record = beating()
    read_key(record, "HeartbeatInterval", "300")
    change(record, "20", "Rejected", reads=None)
    change(record, "60")
    for _ in range(3):
        record.wait(60)
        heartbeat(record)
    assert outcome_of("2.3a", record) is Outcome.PASS


def test_only_the_scene_counts_where_there_is_one() -> None:
    record = beating()
    read_key(record, "HeartbeatInterval", "300")
    change(record, "5", "Rejected", reads=None)
    with record.step(CHANGE_HEARTBEAT_INTERVAL):
        change(record, "20")
        for _ in range(3):
            record.wait(20)
            heartbeat(record)
    assert outcome_of("2.3a", record) is Outcome.PASS


def test_where_no_heartbeat_comes_by_itself_no_spacing_is_judged() -> None:
    record = up(interval_s=30)
    read_key(record, "HeartbeatInterval", "300")
    change(record, "20")
    record.wait(60)
    read_key(record, "HeartbeatInterval", "20")
    record.we(ClearCache(), '{"status":"Accepted"}')
    assert outcome_of("2.3a", record) is Outcome.INCONCLUSIVE


def test_nothing_read_and_nothing_changed_is_not_run() -> None:
    record = up()
    record.cannot(CHANGE_HEARTBEAT_INTERVAL, "the run was stopped")
    verdict = verdict_of("2.3a", record)
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_RUN, "the run was stopped")


def test_a_spacing_that_other_messages_make_needless_is_a_remark() -> None:
    record = beating()
    read_key(record, "HeartbeatInterval", "300")
    change(record, "20")
    for _ in range(6):
        record.wait(15)
        status(record, 1)
    verdict = verdict_of("2.3a", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "not measured" in verdict.remark
