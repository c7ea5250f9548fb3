"""Frames: golden texts of J§4.2 both ways, and whatever else a socket may bring."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeproof.ocpp import (
    BootNotification,
    BootNotificationConf,
    Call,
    CallError,
    CallResult,
    ErrorCode,
    Frame,
    FrameError,
    RegistrationStatus,
    decode_frame,
    decode_request,
    encode_call,
    encode_call_error,
    encode_call_result,
    read_frame,
)
from tests.ocpp.times import at


def payload_of(frame: Frame) -> Any:
    assert not isinstance(frame, CallError)
    return json.loads(bytes(frame.payload))


class TestGoldenFrames:
    """Texts as the specification prints them (J§4.2)."""

    def test_a_call_reads_as_the_specification_writes_it(self) -> None:
        payload = '{"chargePointVendor":"VendorX","chargePointModel":"SingleSocketCharger"}'
        text = f'[2,"19223201","BootNotification",{payload}]'
        frame = decode_frame(text)
        assert isinstance(frame, Call)
        request = decode_request(frame.action, frame.payload)
        assert request == BootNotification(
            charge_point_vendor="VendorX", charge_point_model="SingleSocketCharger"
        )
        assert encode_call("19223201", request) == text

    def test_a_call_result_is_written_as_the_specification_has_it(self) -> None:
        confirmation = BootNotificationConf(
            status=RegistrationStatus.ACCEPTED, current_time=at("2013-02-01T20:53:32.486Z"), interval=300
        )
        assert encode_call_result("19223201", confirmation) == (
            '[3,"19223201",{"status":"Accepted","currentTime":"2013-02-01T20:53:32.486Z","interval":300}]'
        )

    def test_a_call_error_is_written_as_the_specification_has_it(self) -> None:
        text = encode_call_error(
            "162376037", ErrorCode.NOT_SUPPORTED, "SetDisplayMessageRequest not implemented"
        )
        assert text == '[4,"162376037","NotSupported","SetDisplayMessageRequest not implemented",{}]'
        assert decode_frame(text) == CallError(
            "162376037", "NotSupported", "SetDisplayMessageRequest not implemented", {}
        )

    def test_the_description_of_a_call_error_is_cut_at_255_characters(self) -> None:
        assert len(json.loads(encode_call_error("1", ErrorCode.GENERIC_ERROR, "x" * 999))[3]) == 255

    def test_a_lone_surrogate_does_not_stop_an_answer(self) -> None:
        assert json.loads(encode_call_error("\ud800", "GenericError", "\udfff"))[2] == "GenericError"


ODD_FRAMES: tuple[tuple[str, str | bytes, str, object], ...] = (
    ("a number as id", '[2,17,"Heartbeat",{}]', "17", {}),
    ("an empty id", '[2,"","Heartbeat",{}]', "", {}),
    ("an id of 37 characters", f'[2,"{"x" * 37}","Heartbeat",{{}}]', "x" * 37, {}),
    ("NUL bytes at the end", '[2,"1","Heartbeat",{}]\x00\x00', "1", {}),
    ("NUL bytes inside", b'[2,"1","Heart\x00beat",{}]', "1", {}),
    ("a byte order mark", b'\xef\xbb\xbf[2,"1","Heartbeat",{}]', "1", {}),
    ("text after the frame", '[2,"1","Heartbeat",{}]]', "1", {}),
    ("no payload", '[2,"1","Heartbeat"]', "1", {}),
    ("a fifth element", '[2,"1","Heartbeat",{},null]', "1", {}),
    ("the type as a string", '["2","1","Heartbeat",{}]', "1", {}),
    ("NaN", '[2,"1","Heartbeat",{"a":NaN,"b":-Infinity}]', "1", {"a": "NaN", "b": "-Infinity"}),
    ("a number too large", '[2,"1","Heartbeat",{"a":1e999},0]', "1", {"a": "1e999"}),
    ("too many digits", f'[2,"1","Heartbeat",{{"a":{"9" * 5000}}},0]', "1", {"a": "9" * 5000}),
    ("a raw line feed", '[2,"1","Heartbeat",{"a":"\n"},0]', "1", {"a": "\n"}),
    ("a lone surrogate", '[2,"1","Heartbeat",{"a":"\ud800"}]', "1", {"a": "\ufffd"}),
    ("an escaped lone surrogate", '[2,"1","Heartbeat",{"a":"\\ud800"},0]', "1", {"a": "\ufffd"}),
    ("a key twice", '[2,"1","Heartbeat",{"a":1,"a":2},0]', "1", {"a": 2}),
)


class TestOddFrames:
    """L-11: what is broken is read as far as it goes, and named."""

    @pytest.mark.parametrize(
        ("text", "unique_id", "payload"), [row[1:] for row in ODD_FRAMES], ids=[r[0] for r in ODD_FRAMES]
    )
    def test_a_broken_call_is_read_with_a_deviation(
        self, text: str | bytes, unique_id: str, payload: object
    ) -> None:
        frame, deviations = read_frame(text)
        assert isinstance(frame, Call)
        assert (frame.unique_id, frame.action, payload_of(frame)) == (unique_id, "Heartbeat", payload)
        assert deviations
        assert all(deviation.where.startswith("frame") for deviation in deviations)

    def test_white_space_around_a_frame_is_lawful(self) -> None:
        frame, deviations = read_frame(' \r\n[ 2, "1", "Heartbeat", { } ]\n')
        assert isinstance(frame, Call)
        assert deviations == ()

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ('[4,"1","InternalError"]', CallError("1", "InternalError", "", {})),
            ('[4,"1","InternalError","why"]', CallError("1", "InternalError", "why", {})),
            ('[4,"1","InternalError",null,null]', CallError("1", "InternalError", "", None)),
            ('[4,"1","InternalError","why",""]', CallError("1", "InternalError", "why", "")),
            ('[4,"1",5,"why",{}]', CallError("1", "5", "why", {})),
            ('[4,"1"]', CallError("1", "", "", {})),
        ],
    )
    def test_a_call_error_without_its_parts_is_read(self, text: str, error: CallError) -> None:
        frame, deviations = read_frame(text)
        assert frame == error
        assert deviations

    def test_a_call_result_without_payload_is_read(self) -> None:
        frame, deviations = read_frame('[3,"1"]')
        assert isinstance(frame, CallResult)
        assert (payload_of(frame), len(deviations)) == ({}, 1)


class TestNoFrame:
    """Texts that are no frame keep what can be made out of them."""

    @pytest.mark.parametrize(
        ("text", "unique_id", "message_type"),
        [
            ("", None, None),
            (b"\xff\xfe", None, None),
            ("ping", None, None),
            ("{}", None, None),
            ("[]", None, None),
            ('[true,"1","Heartbeat",{}]', "1", None),
            ('[5,"17","Heartbeat",{}]', "17", None),
            ('[2,"17","Heartbeat",{"a":', "17", 2),
            ('[3,"a\\"b",{', 'a"b', 3),
            ('[2,"17"]', "17", 2),
            ("[2]", None, 2),
            ('[2,{},"Heartbeat",{}]', None, 2),
            ('[2,"17",4,{}]', "17", 2),
            ('[2,"17","Heartbeat",' + "[" * 100_000, "17", 2),
            ('[2,"17","Heartbeat",{"a":' + "[" * 100_000 + "]" * 100_000 + "},0]", "17", 2),
        ],
    )
    def test_a_text_that_is_no_frame_is_refused_with_its_id(
        self, text: str | bytes, unique_id: str | None, message_type: int | None
    ) -> None:
        with pytest.raises(FrameError) as caught:
            read_frame(text)
        assert (caught.value.unique_id, caught.value.message_type) == (unique_id, message_type)
        assert caught.value.reason

    @settings(max_examples=300, deadline=None)
    @given(st.text() | st.binary() | st.text(st.sampled_from('[]{}",234aé\\u\x00 ')))
    def test_no_text_raises_anything_else(self, text: str | bytes) -> None:
        try:
            frame, _ = read_frame(text)
        except FrameError:
            return
        assert isinstance(frame, Call | CallResult | CallError)
