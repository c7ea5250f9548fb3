"""Questions to a record: stretches, exchanges, acts, steps, sockets."""

from chargeproof.ocpp import BootNotification, ClearCache, Heartbeat, StatusNotification
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import Frame, Pong, Trace
from tests.acceptance.records import S, heartbeat, status, up


def test_an_empty_record_answers_every_question() -> None:
    trace = Trace([])
    assert (trace.head, trace.tail, trace.end_mono) == (None, None, 0.0)
    for nothing in (trace.exchanges(), trace.oddities, trace.statuses(), trace.acts(), trace.steps()):
        assert nothing == []
    assert trace.connections() == []
    assert trace.outages() == []
    assert trace.after(3).entries == trace.until(3).entries == trace.within(0, 9).entries == []
    assert trace.socket_throughout(0, 1) is None
    assert trace.sign_of_life(0) is None


# ── stretches ────────────────────────────────────────────────────────────────────────────────────────


def test_stretches_cut_by_number_and_by_time() -> None:
    record = TraceBuilder()
    for _ in range(5):
        heartbeat(record.wait(10))
    trace = record.trace()
    assert [e.n for e in trace.after(9).entries] == [10, 11]
    assert [e.n for e in trace.until(2).entries] == [1, 2]
    assert [e.n for e in trace.between(2, 4).entries] == [3, 4]
    assert [e.n for e in trace.within(10, 0.1).entries] == [2, 3]
    assert trace.after(3).until(5).within(20, 100).entries == trace.between(3, 5).entries


def test_a_stretch_knows_the_head_and_the_end_of_the_whole() -> None:
    record = up().ended()
    stretch = record.trace().until(3)
    assert stretch.head is not None
    assert stretch.tail is not None
    assert stretch.end_mono == record.now_s


def test_an_exchange_belongs_to_the_stretch_of_its_call_with_an_answer_from_beyond() -> None:
    record = up()
    n = record.we(ClearCache(), '{"status":"Accepted"}', answer_after_s=20)
    stretch = record.trace().until(n)
    assert [e.status for e in stretch.exchanges(ClearCache)] == ["Accepted"]
    assert record.trace().after(n).exchanges(ClearCache) == []


# ── exchanges ────────────────────────────────────────────────────────────────────────────────────────


def test_an_id_that_is_used_again_ties_to_the_newest_call() -> None:
    record = up()
    record.we(ClearCache(), '{"status":"Rejected"}', unique_id="same")
    record.we(ClearCache(), '{"status":"Accepted"}', unique_id="same")
    assert [e.status for e in record.trace().exchanges(ClearCache)] == ["Rejected", "Accepted"]


def test_the_same_id_in_the_other_direction_is_another_exchange() -> None:
    record = up()
    record.text("central_system", '[2,"x","ClearCache",{}]')
    record.text("charge_point", '[2,"x","Heartbeat",{}]')
    record.text("charge_point", '[3,"x",{"status":"Accepted"}]')
    trace = record.trace()
    assert trace.exchanges(ClearCache)[0].status == "Accepted"
    assert trace.exchanges(Heartbeat)[-1].answer is None


def test_an_answer_over_another_connection_answers_nothing() -> None:
    record = up()
    record.text("central_system", '[2,"x","ClearCache",{}]')
    record.closed()
    record.opened()
    record.text("charge_point", '[3,"x",{"status":"Accepted"}]')
    trace = record.trace()
    assert trace.exchanges(ClearCache)[0].answer is None
    assert [oddity.stray_answer for oddity in trace.oddities] == [True]


def test_a_second_answer_does_not_replace_the_first() -> None:
    record = up()
    record.we(ClearCache(), '{"status":"Rejected"}', unique_id="x")
    record.text("charge_point", '[3,"x",{"status":"Accepted"}]')
    exchange = record.trace().exchanges(ClearCache)[0]
    assert exchange.status == "Rejected"
    assert len(exchange.more_answers) == 1


def test_a_frame_that_is_no_json_is_an_oddity() -> None:
    record = up()
    record.text("charge_point", "hello")
    assert [oddity.stray_answer for oddity in record.trace().oddities] == [False]


def test_statuses_are_those_of_one_connector_or_of_all() -> None:
    record = up()
    status(record, 2, S.FAULTED)
    trace = record.trace()
    assert [s.request.status for s in trace.statuses(2)] == [S.AVAILABLE, S.FAULTED]
    assert len(trace.statuses()) == 4
    assert len(trace.exchanges(StatusNotification, where=lambda s: s.status == S.FAULTED)) == 1
    assert len(trace.exchanges(BootNotification)) == 1


# ── acts and steps ───────────────────────────────────────────────────────────────────────────────────


def test_an_act_is_done_seen_or_not() -> None:
    record = TraceBuilder()
    for phase in ("done", "seen", "cannot"):
        record.act("plug_in", phase=phase, connector_id=1)
    acts = record.trace().acts("plug_in")
    assert [act.was_done for act in acts] == [True, True, False]
    assert acts[0].parameters == {"connector_id": 1}
    assert record.trace().acts("unplug") == []


def test_steps_of_one_name_may_lie_within_those_of_another_and_follow_each_other() -> None:
    record = TraceBuilder()
    with record.step("outer", function=3), record.step("inner"):
        heartbeat(record)
    with record.step("inner"):
        pass
    record.cannot("inner", "why not", function=3)
    trace = record.trace()
    assert [span.phase for span in trace.steps("inner")] == ["ended", "ended", "cannot"]
    assert [span.step for span in trace.steps(function=3)] == ["outer", "inner"]
    assert len(trace.during(trace.steps("outer")[0]).exchanges(Heartbeat)) == 1
    assert len(trace.during(trace.steps("inner")[1]).exchanges(Heartbeat)) == 0


# ── sockets ──────────────────────────────────────────────────────────────────────────────────────────


def test_outages_end_with_the_connection_after_them() -> None:
    record = up()
    record.reach(False)
    record.closed()
    record.wait(60).reach(True)
    back = record.wait(5).opened()
    outage = record.trace().outages()[0]
    assert outage.restored is not None
    assert outage.back is not None
    assert outage.back.n == back


def test_an_outage_without_an_end_has_none() -> None:
    record = up()
    record.reach(False)
    assert record.trace().outages()[0].restored is None


def test_a_socket_is_open_from_its_opening_to_its_end() -> None:
    record = TraceBuilder(head=False)
    record.wait(10).opened()
    record.wait(10).closed()
    record.wait(10).opened()
    trace = record.trace()
    assert trace.socket_throughout(10, 10) == 1
    assert trace.socket_throughout(9, 5) is None
    assert trace.socket_throughout(15, 10) is None
    assert trace.socket_throughout(30, 1000) == 2
    assert trace.open_throughout(10, 5)


def test_the_newest_of_two_open_sockets_counts() -> None:
    record = TraceBuilder(head=False)
    record.opened()
    record.opened()
    assert record.trace().socket_throughout(5, 5) == 2


def test_life_is_what_the_station_itself_sends() -> None:
    record = TraceBuilder(head=False)
    record.opened()
    record.wait(1).we(ClearCache())
    pong = record.wait(1).entry(Pong, connection=1)
    record.opened()
    later = heartbeat(record.wait(1))
    trace = record.trace()
    assert trace.sign_of_life(0) is trace.entries[pong - 1]
    assert trace.sign_of_life(0, connection=2) is trace.entries[later - 1]
    assert trace.sign_of_life(10) is None
    assert trace.of(Frame)
