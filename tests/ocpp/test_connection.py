"""``Connection``, clause by clause of OCPP-J 1.6."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeproof.ocpp import (
    BootNotification,
    CallLost,
    CallReceived,
    CallTimedOut,
    ChangeAvailabilityConf,
    ClearCache,
    ClearCacheConf,
    ClearCacheStatus,
    Connection,
    DataTransfer,
    ErrorCode,
    ErrorReceived,
    Event,
    Heartbeat,
    HeartbeatConf,
    LocalProtocolError,
    Malformed,
    Reset,
    ResetConf,
    ResetStatus,
    ResetType,
    ResultReceived,
    Role,
    UnmatchedAnswer,
)
from tests.ocpp.times import at

HEARTBEAT = '[2,"h1","Heartbeat",{}]'
ACCEPTED = '[3,"r1",{"status":"Accepted"}]'
RESET = Reset(type=ResetType.SOFT)
NOW = HeartbeatConf(current_time=at("2026-11-23T06:00:00Z"))


def central_system(**options: float) -> Connection:
    return Connection(Role.CENTRAL_SYSTEM, **options)  # type: ignore[arg-type]


def with_reset_sent() -> Connection:
    connection = central_system()
    connection.send_call("r1", RESET, now=0.0)
    connection.texts_to_send()
    return connection


def only(events: list[Event]) -> Event:
    (event,) = events
    return event


def received(connection: Connection, text: str) -> CallReceived:
    event = only(connection.receive_text(text, now=0.0))
    assert isinstance(event, CallReceived)
    return event


class TestOneCallAtATime:
    """J§4.1.1: no new CALL before the last one is answered or has timed out."""

    def test_a_call_is_sent_and_outstanding(self) -> None:
        connection = central_system()
        connection.send_call("r1", RESET, now=5.0)
        assert connection.texts_to_send() == ['[2,"r1","Reset",{"type":"Soft"}]']
        assert connection.texts_to_send() == []
        outstanding = connection.outstanding
        assert outstanding is not None
        assert (outstanding.unique_id, outstanding.request) == ("r1", RESET)
        assert (outstanding.sent_at, outstanding.deadline) == (5.0, 35.0)

    def test_a_second_call_is_refused_while_one_is_outstanding(self) -> None:
        connection = with_reset_sent()
        with pytest.raises(LocalProtocolError, match="Reset 'r1' still waits"):
            connection.send_call("r2", RESET, now=1.0)
        assert connection.texts_to_send() == []

    def test_after_the_answer_the_next_call_may_go(self) -> None:
        connection = with_reset_sent()
        connection.receive_text(ACCEPTED, now=1.0)
        connection.send_call("r2", RESET, now=1.0)
        assert connection.outstanding is not None

    def test_after_the_time_out_the_next_call_may_go(self) -> None:
        connection = with_reset_sent()
        connection.handle_deadline(now=30.0)
        connection.send_call("r2", RESET, now=30.0)
        assert connection.next_deadline() == 60.0

    def test_an_answer_to_the_peer_is_not_held_up_by_our_own_call(self) -> None:
        connection = with_reset_sent()
        received(connection, HEARTBEAT)
        connection.send_result("h1", NOW)
        assert len(connection.texts_to_send()) == 1

    def test_a_peer_that_overlaps_its_calls_is_noticed(self) -> None:
        connection = central_system()
        assert not received(connection, HEARTBEAT).overlapping
        assert received(connection, HEARTBEAT.replace("h1", "h2")).overlapping
        connection.send_result("h1", NOW)
        connection.send_result("h2", NOW)
        assert not received(connection, HEARTBEAT.replace("h1", "h3")).overlapping


class TestUniqueIds:
    """J§4.1.4: an answer carries the id of its CALL, and no id is used twice."""

    @pytest.mark.parametrize("unique_id", ["", "x" * 37])
    def test_an_id_has_1_to_36_characters(self, unique_id: str) -> None:
        with pytest.raises(LocalProtocolError, match="1 to 36 characters"):
            central_system().send_call(unique_id, RESET, now=0.0)

    def test_an_id_is_not_used_twice(self) -> None:
        connection = with_reset_sent()
        connection.receive_text(ACCEPTED, now=1.0)
        with pytest.raises(LocalProtocolError, match="used before"):
            connection.send_call("r1", RESET, now=2.0)

    def test_an_unknown_id_is_an_unmatched_answer(self) -> None:
        connection = with_reset_sent()
        text = '[3,"other",{}]'
        assert connection.receive_text(text, now=1.0) == [UnmatchedAnswer("other", text)]
        assert connection.outstanding is not None

    def test_a_second_answer_is_unmatched(self) -> None:
        connection = with_reset_sent()
        connection.receive_text(ACCEPTED, now=1.0)
        assert connection.receive_text(ACCEPTED, now=2.0) == [UnmatchedAnswer("r1", ACCEPTED)]

    def test_an_error_with_an_unknown_id_is_unmatched(self) -> None:
        text = '[4,"-1","GenericError","",{}]'
        assert central_system().receive_text(text, now=0.0) == [UnmatchedAnswer("-1", text)]


class TestDirections:
    """S§4 and S§5: who sends what."""

    def test_a_role_does_not_send_the_other_roles_calls(self) -> None:
        with pytest.raises(LocalProtocolError, match="central system does not send Heartbeat"):
            central_system().send_call("1", Heartbeat(), now=0.0)
        with pytest.raises(LocalProtocolError, match="charge point does not send Reset"):
            Connection(Role.CHARGE_POINT).send_call("1", RESET, now=0.0)

    @pytest.mark.parametrize("role", Role)
    def test_both_roles_send_data_transfer(self, role: Role) -> None:
        Connection(role).send_call("1", DataTransfer(vendor_id="v"), now=0.0)

    def test_a_call_in_the_wrong_direction_would_be_answered_with_not_supported(self) -> None:
        event = received(central_system(), '[2,"1","Reset",{"type":"Hard"}]')
        assert event.request == Reset(type=ResetType.HARD)
        assert event.suggested_error is not None
        assert event.suggested_error[0] is ErrorCode.NOT_SUPPORTED


class TestCallReceived:
    """J§4.2.1 and J§4.2.3: what came, and what an error would say."""

    def test_a_valid_call_suggests_no_error(self) -> None:
        event = received(central_system(), HEARTBEAT)
        assert (event.unique_id, event.action, event.request) == ("h1", "Heartbeat", Heartbeat())
        assert event.suggested_error is None
        assert event.text == HEARTBEAT

    def test_an_unknown_action_would_be_answered_with_not_implemented(self) -> None:
        event = received(central_system(), '[2,"1","MakeCoffee",{"cups":2}]')
        assert event.request is None
        assert event.reading.payload == {"cups": 2}
        assert event.suggested_error is not None
        assert event.suggested_error[0] is ErrorCode.NOT_IMPLEMENTED

    def test_a_broken_payload_is_read_and_suggests_its_error(self) -> None:
        event = received(central_system(), '[2,"1","BootNotification",{"chargePointVendor":"V"}]')
        assert isinstance(event.request, BootNotification)
        assert event.request.charge_point_vendor == "V"
        assert event.suggested_error == (
            ErrorCode.PROTOCOL_ERROR,
            "$.chargePointModel: The required field is missing.",
        )

    def test_a_broken_frame_with_a_sound_payload_suggests_no_error(self) -> None:
        event = received(central_system(), '[2,7,"Heartbeat",{}]')
        assert event.suggested_error is None
        assert [deviation.where for deviation in event.reading.deviations] == ["frame[1]"]

    def test_a_text_that_is_no_frame_is_malformed(self) -> None:
        text = '[2,"17","Heartbeat",{'
        event = only(central_system().receive_text(text, now=0.0))
        assert isinstance(event, Malformed)
        assert (event.text, event.unique_id) == (text, "17")
        assert event.reason

    def test_nothing_is_answered_by_itself(self) -> None:
        connection = central_system()
        for text in (HEARTBEAT, '[2,"1","Foo",{}]', "rubbish", ACCEPTED):
            connection.receive_text(text, now=0.0)
        assert connection.texts_to_send() == []


class TestOurAnswers:
    """J§4.2.2, J§4.2.3: one answer to each CALL."""

    def test_a_call_is_answered_once(self) -> None:
        connection = central_system()
        received(connection, HEARTBEAT)
        connection.send_result("h1", NOW)
        assert connection.unanswered == ()
        with pytest.raises(LocalProtocolError, match="no CALL 'h1'"):
            connection.send_result("h1", NOW)

    def test_a_call_that_came_twice_is_answered_twice(self) -> None:
        connection = central_system()
        received(connection, HEARTBEAT)
        assert received(connection, HEARTBEAT).overlapping
        connection.send_result("h1", NOW)
        connection.send_result("h1", NOW)
        assert len(connection.texts_to_send()) == 2
        assert connection.unanswered == ()

    def test_an_error_is_an_answer(self) -> None:
        connection = central_system()
        received(connection, '[2,"1","Foo",{}]')
        connection.send_error("1", ErrorCode.NOT_IMPLEMENTED, "no Foo", {"known": ["Heartbeat"]})
        (text,) = connection.texts_to_send()
        assert json.loads(text) == [4, "1", "NotImplemented", "no Foo", {"known": ["Heartbeat"]}]
        assert connection.unanswered == ()

    def test_texts_can_be_taken_at_once_by_who_sends_them_later(self) -> None:
        connection = central_system()
        received(connection, HEARTBEAT)
        received(connection, '[2,"1","Foo",{}]')
        assert json.loads(connection.answer("h1", NOW))[:2] == [3, "h1"]
        assert json.loads(connection.answer_error("1", ErrorCode.NOT_IMPLEMENTED))[:2] == [4, "1"]
        assert (connection.unanswered, connection.texts_to_send()) == ((), [])

    def test_a_call_can_be_left_unanswered_for_ever(self) -> None:
        connection = central_system()
        received(connection, HEARTBEAT)
        connection.leave_unanswered("h1")
        assert (connection.unanswered, connection.texts_to_send()) == ((), [])
        with pytest.raises(LocalProtocolError, match="no CALL 'h1' of the peer waits"):
            connection.answer("h1", NOW)

    def test_another_actions_confirmation_is_refused(self) -> None:
        connection = central_system()
        received(connection, HEARTBEAT)
        with pytest.raises(LocalProtocolError, match="cannot be answered by ChangeAvailability"):
            connection.send_result("h1", ChangeAvailabilityConf(status="Accepted"))  # type: ignore[arg-type]
        assert connection.unanswered == ("h1",)

    def test_a_text_can_be_sent_as_it_is(self) -> None:
        connection = central_system()
        connection.send_text("[nonsense")
        assert connection.texts_to_send() == ["[nonsense"]


class TestAnswersReceived:
    """J§4.2.2, J§4.2.3: results and errors find their CALL."""

    def test_a_result_brings_its_request_and_confirmation(self) -> None:
        event = only(with_reset_sent().receive_text(ACCEPTED, now=1.0))
        assert isinstance(event, ResultReceived)
        assert (event.request, event.confirmation) == (RESET, ResetConf(status=ResetStatus.ACCEPTED))
        assert (event.late, event.text) == (False, ACCEPTED)

    def test_a_broken_result_is_read_as_far_as_it_goes(self) -> None:
        event = only(with_reset_sent().receive_text('[3,"r1",{"status":"OK"}]', now=1.0))
        assert isinstance(event, ResultReceived)
        assert event.confirmation == ResetConf(status="OK")  # type: ignore[arg-type]
        assert [deviation.rule for deviation in event.reading.deviations] == ["not_in_enum"]

    def test_a_result_that_is_no_object_still_ends_the_call(self) -> None:
        connection = with_reset_sent()
        event = only(connection.receive_text('[3,"r1","Accepted"]', now=1.0))
        assert isinstance(event, ResultReceived)
        assert event.confirmation is None
        assert event.reading.payload == "Accepted"
        assert connection.outstanding is None

    def test_an_error_brings_its_request_and_its_words(self) -> None:
        text = '[4,"r1","NotARealCode","because"]'
        event = only(with_reset_sent().receive_text(text, now=1.0))
        assert isinstance(event, ErrorReceived)
        assert (event.request, event.error_code, event.error_description) == (
            RESET,
            "NotARealCode",
            "because",
        )
        assert [deviation.where for deviation in event.deviations] == ["frame[4]"]


class TestTimeOuts:
    """J§4.1.1: a CALL is given up after its time-out, and a late answer still finds it."""

    def test_nothing_happens_before_the_deadline(self) -> None:
        connection = with_reset_sent()
        assert connection.next_deadline() == 30.0
        assert connection.handle_deadline(now=29.9) == []

    def test_at_the_deadline_the_call_has_timed_out(self) -> None:
        connection = with_reset_sent()
        assert connection.handle_deadline(now=30.0) == [CallTimedOut("r1", RESET)]
        assert connection.next_deadline() is None
        assert connection.handle_deadline(now=99.0) == []

    def test_a_call_can_have_its_own_time_out(self) -> None:
        connection = central_system(call_timeout_s=10.0)
        connection.send_call("1", ClearCache(), now=0.0, timeout_s=120.0)
        assert connection.next_deadline() == 120.0

    def test_a_late_answer_is_matched_and_marked(self) -> None:
        connection = with_reset_sent()
        connection.handle_deadline(now=30.0)
        connection.send_call("c1", ClearCache(), now=31.0)
        event = only(connection.receive_text(ACCEPTED, now=32.0))
        assert isinstance(event, ResultReceived)
        assert (event.request, event.late) == (RESET, True)
        assert connection.outstanding is not None
        assert connection.receive_text(ACCEPTED, now=33.0) == [UnmatchedAnswer("r1", ACCEPTED)]

    def test_a_late_error_is_marked_too(self) -> None:
        connection = with_reset_sent()
        connection.handle_deadline(now=30.0)
        event = only(connection.receive_text('[4,"r1","InternalError","",{}]', now=32.0))
        assert isinstance(event, ErrorReceived)
        assert event.late

    def test_only_so_many_late_answers_are_waited_for(self) -> None:
        connection = central_system(call_timeout_s=1.0, late_answers_kept=2)
        for number in range(3):
            connection.send_call(f"c{number}", ClearCache(), now=0.0)
            connection.handle_deadline(now=1.0)
        kinds = [type(only(connection.receive_text(f'[3,"c{n}",{{}}]', now=2.0))) for n in range(3)]
        assert kinds == [UnmatchedAnswer, ResultReceived, ResultReceived]


class TestClosing:
    """S§3.7 and J§5.3: what was on its way when the connection went."""

    def test_an_outstanding_call_is_lost(self) -> None:
        connection = with_reset_sent()
        assert connection.close(now=1.0) == [CallLost("r1", RESET)]
        assert connection.close(now=2.0) == []
        assert connection.next_deadline() is None

    def test_nothing_is_sent_after_the_close(self) -> None:
        connection = central_system()
        received(connection, HEARTBEAT)
        connection.close(now=0.0)
        with pytest.raises(LocalProtocolError, match="closed"):
            connection.send_result("h1", NOW)
        with pytest.raises(LocalProtocolError, match="closed"):
            connection.send_call("1", RESET, now=0.0)
        assert connection.texts_to_send() == []


class TestBounds:
    """Nothing that a peer does makes memory grow without end."""

    def test_calls_that_are_never_answered_are_forgotten_at_some_point(self) -> None:
        connection = central_system()
        for number in range(2000):
            received(connection, HEARTBEAT.replace("h1", f"h{number}"))
        assert len(connection.unanswered) == 256
        for _ in range(2000):
            received(connection, HEARTBEAT)
        assert len(connection.unanswered) == 256


class TestPairs:
    """Two connections that talk to one another."""

    def test_a_call_goes_there_and_its_answer_comes_back(self) -> None:
        station, central = Connection(Role.CHARGE_POINT), central_system()
        central.send_call("c1", ClearCache(), now=0.0)
        (call,) = [event for text in central.texts_to_send() for event in station.receive_text(text, now=0.1)]
        assert isinstance(call, CallReceived)
        station.send_result(call.unique_id, ClearCacheConf(status=ClearCacheStatus.REJECTED))
        (answer,) = [
            event for text in station.texts_to_send() for event in central.receive_text(text, now=0.2)
        ]
        assert isinstance(answer, ResultReceived)
        assert answer.confirmation == ClearCacheConf(status=ClearCacheStatus.REJECTED)

    def test_both_may_call_at_once_even_with_the_same_id(self) -> None:
        station, central = Connection(Role.CHARGE_POINT), central_system()
        station.send_call("1", Heartbeat(), now=0.0)
        central.send_call("1", RESET, now=0.0)
        at_central = only(central.receive_text(station.texts_to_send()[0], now=0.0))
        at_station = only(station.receive_text(central.texts_to_send()[0], now=0.0))
        assert isinstance(at_central, CallReceived)
        assert isinstance(at_station, CallReceived)
        central.send_result("1", NOW)
        station.send_result("1", ResetConf(status=ResetStatus.ACCEPTED))
        assert isinstance(only(station.receive_text(central.texts_to_send()[0], now=0.0)), ResultReceived)
        assert isinstance(only(central.receive_text(station.texts_to_send()[0], now=0.0)), ResultReceived)
        assert station.outstanding is None
        assert central.outstanding is None


class TestNothingIsRaised:
    """Whatever a peer sends becomes one event."""

    @settings(max_examples=200, deadline=None)
    @given(
        st.sampled_from((2, 3, 4, "2", 5, None)),
        st.sampled_from(("r1", "", 7, "x" * 50, None, "\ud800")),
        st.sampled_from(("Heartbeat", "Authorize", "Reset", "Foo", "", 5, None, {"status": "Accepted"})),
        st.recursive(st.none() | st.text() | st.floats(), lambda inner: st.lists(inner, max_size=2)),
        st.booleans(),
    )
    def test_any_frame_brings_one_event(
        self, kind: object, unique_id: object, third: object, fourth: object, plain: bool
    ) -> None:
        connection = with_reset_sent()
        text = json.dumps([kind, unique_id, third, {"idTag": fourth}], ensure_ascii=plain)
        event = only(connection.receive_text(text, now=1.0))
        if isinstance(event, CallReceived):
            connection.send_error(event.unique_id, *(event.suggested_error or ("GenericError", "")))
            assert connection.texts_to_send()
