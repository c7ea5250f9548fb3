"""Every, and whether something was there within its window, or provably not."""

import pytest

from chargeproof.acceptance.quantifiers import (
    absence,
    answer_to,
    every,
    ours,
    refusal,
    scene_not_played,
    seek,
    theirs,
    together,
)
from chargeproof.acceptance.verdict import Outcome, failed, inconclusive, not_applicable, not_run, passed
from chargeproof.ocpp import ClearCache, DataTransfer, Heartbeat, StatusNotification
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import Pong
from tests.acceptance.records import heartbeat, lives_on, status, up

# ── every ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_over_nothing_is_never_a_pass() -> None:
    assert (
        every([], lambda item: passed("fine", (1,)), nothing="nothing came").outcome is Outcome.INCONCLUSIVE
    )
    assert every([], lambda item: passed("fine"), nothing=not_run("not asked")).outcome is Outcome.NOT_RUN


def test_every_takes_the_worst_with_everybodys_evidence() -> None:
    verdicts = [passed("a", (1,)), failed("b", (2,), expected="x", seen="y"), passed("c", (3,))]
    verdict = every(verdicts, lambda each: each, nothing="nothing")
    assert (verdict.outcome, verdict.reason, verdict.expected, verdict.seen) == (Outcome.FAIL, "b", "x", "y")
    assert verdict.evidence == (2, 1, 3)


def test_together_keeps_remarks_and_figures() -> None:
    verdict = together(
        [passed("a", (1,), remark="one", figures={"a": 1}), passed("b", (2,), remark="two", figures={"b": 2})]
    )
    assert (verdict.outcome, verdict.remark, verdict.figures) == (Outcome.PASS, "one; two", {"a": 1, "b": 2})


def test_not_applicable_beside_a_pass_is_a_remark_with_its_reason() -> None:
    verdict = together([passed("a", (1,)), not_applicable("no modem", (2,))])
    assert (verdict.outcome, verdict.remark) == (Outcome.PASS_WITH_REMARK, "no modem")


def test_together_over_nothing_is_inconclusive() -> None:
    assert together([]).outcome is Outcome.INCONCLUSIVE


# ── absence ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_absence_is_proved_by_a_window_an_open_socket_and_a_sign_of_life() -> None:
    record = up()
    start = record.now_s
    heartbeat(record.wait(30))
    nothing = absence(record.trace(), start, 30)
    assert nothing.proved
    assert nothing.evidence


def test_nothing_is_proved_before_the_window_is_over() -> None:
    record = up()
    start = record.now_s
    heartbeat(record.wait(29))
    nothing = absence(record.trace(), start, 30)
    assert not nothing.proved
    assert "before the window of 30 s is over" in nothing.why


def test_nothing_is_proved_by_a_station_that_may_be_dead() -> None:
    record = up()
    start = record.now_s
    record.wait(40).ended()
    assert "still alive" in absence(record.trace(), start, 30).why


@pytest.mark.parametrize("across_reconnects", [True, False])
def test_a_connection_that_broke_proves_something_only_across_reconnects(across_reconnects: bool) -> None:
    record = up()
    start = record.now_s
    record.wait(5).closed()
    record.wait(5).opened()
    heartbeat(record.wait(30))
    nothing = absence(record.trace(), start, 30, across_reconnects=across_reconnects)
    assert nothing.proved is across_reconnects


def test_life_over_a_later_socket_does_not_prove_a_silent_one_alive() -> None:
    record = up()
    start = record.now_s
    record.wait(400).closed(by="network")
    record.wait(60).opened()
    heartbeat(record)
    assert not absence(record.trace(), start, 30).proved


def test_a_pong_is_a_sign_of_life() -> None:
    record = up()
    start = record.now_s
    record.wait(30).entry(Pong, connection=1)
    assert absence(record.trace(), start, 30).proved


def test_a_socket_that_was_open_before_the_record_counts_from_its_first_frame() -> None:
    record = TraceBuilder(head=False)
    heartbeat(record)
    start = record.now_s
    heartbeat(record.wait(30))
    assert absence(record.trace(), start, 30).proved
    assert not absence(record.trace(), -1.0, 30).proved


# ── seek ─────────────────────────────────────────────────────────────────────────────────────────────


def test_seek_finds_the_first_that_fits_in_its_window() -> None:
    record = up()
    asked = record.we(ClearCache(), "{}")
    wanted = status(record.wait(3), 1)
    trace = lives_on(record, 10).trace()
    after = trace.entries[asked - 1]
    sought = seek(trace, StatusNotification, after=after, within_s=5)
    assert sought.found is not None
    assert sought.found.n == wanted
    assert (
        seek(trace, StatusNotification, lambda s: s.connector_id == 2, after=after, within_s=5).found is None
    )


def test_what_is_sought_in_vain_is_a_fail_or_open() -> None:
    record = up()
    asked = record.we(ClearCache(), "{}")
    early = lives_on(record, 3).trace()
    late = lives_on(record, 10).trace()
    for trace, outcome in ((early, Outcome.INCONCLUSIVE), (late, Outcome.FAIL)):
        sought = seek(trace, StatusNotification, after=trace.entries[asked - 1], within_s=5)
        verdict = sought.missing("no status", (asked,), expected="a status")
        assert verdict.outcome is outcome
        assert asked in verdict.evidence


def test_seek_sees_only_what_the_station_sends() -> None:
    record = up()
    asked = heartbeat(record)
    record.exchange("central_system", DataTransfer(vendor_id="us"), "{}")
    trace = lives_on(record, 10).trace()
    assert seek(trace, DataTransfer, after=trace.entries[asked - 1], within_s=5).found is None


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"status":"Accepted"}', "Accepted"),
        ('{"status":"accepted"}', "accepted"),
        ("{}", "an answer without a status"),
        ("NotImplemented", "CALLERROR NotImplemented"),
        (None, "no answer"),
    ],
)
def test_an_answer_is_told_in_the_words_of_the_wire(answer: str | None, said: str) -> None:
    record = up()
    record.we(ClearCache(), answer)
    assert answer_to(ours(record.trace(), ClearCache)[0]) == said


def test_a_payload_that_cannot_be_read_is_no_answer_with_a_status() -> None:
    record = up()
    record.text("central_system", '[2,"x","ClearCache",{}]')
    record.text("charge_point", '[3,"x",[1]]')
    trace = record.trace()
    verdict = refusal(trace, ours(trace, ClearCache)[0], "Accepted")
    assert verdict is not None
    assert verdict.seen == "an answer that cannot be read"


def test_a_lower_case_status_is_a_refusal() -> None:
    record = up()
    record.we(ClearCache(), '{"status":"accepted"}')
    trace = record.trace()
    verdict = refusal(trace, ours(trace, ClearCache)[0], "Accepted")
    assert verdict is not None
    assert (verdict.outcome, verdict.expected, verdict.seen) == (Outcome.FAIL, "Accepted", "accepted")


def test_an_extra_field_is_no_refusal() -> None:
    record = up()
    record.we(ClearCache(), '{"status":"Accepted","x":1}')
    trace = record.trace()
    assert refusal(trace, ours(trace, ClearCache)[0], "Accepted") is None


def test_an_answer_belongs_to_its_id() -> None:
    record = up()
    record.text("central_system", '[2,"a","ClearCache",{}]')
    record.text("central_system", '[2,"b","ClearCache",{}]')
    record.text("charge_point", '[3,"b",{"status":"Accepted"}]')
    assert [answer_to(each) for each in ours(record.trace(), ClearCache)] == ["no answer", "Accepted"]


def test_both_sides_are_kept_apart() -> None:
    record = up()
    record.exchange("central_system", DataTransfer(vendor_id="us"), "{}")
    record.exchange("charge_point", DataTransfer(vendor_id="them"), "{}")
    trace = record.trace()
    assert [e.request.vendor_id for e in ours(trace, DataTransfer)] == ["us"]
    assert [e.request.vendor_id for e in theirs(trace, DataTransfer)] == ["them"]
    assert theirs(trace, Heartbeat) == []


# ── scenes ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_scene_that_could_not_be_played_gives_its_reason() -> None:
    record = up()
    record.cannot("a scene", "no hands")
    verdict = scene_not_played(record.trace(), "a scene", "not asked for")
    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_RUN, "no hands")
    assert verdict.evidence


def test_a_scene_that_was_never_begun_or_came_to_its_end_has_no_reason() -> None:
    record = up()
    with record.step("a scene"):
        pass
    assert scene_not_played(record.trace(), "a scene", "otherwise").reason == "otherwise"
    assert scene_not_played(record.trace(), "another", "otherwise").reason == "otherwise"
    assert inconclusive("x").outcome is Outcome.INCONCLUSIVE
