"""Reading what real stations send: as far as it can be read, with each deviation named."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from chargeproof.ocpp import (
    CONFIRMATIONS,
    REQUESTS,
    RULES,
    BootNotification,
    ChargingSchedulePeriod,
    GetCompositeScheduleConf,
    GetConfigurationConf,
    MeterValues,
    Reading,
    SampledValue,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    read_confirmation,
    read_request,
)
from chargeproof.ocpp.deviations import ITEMS_READ
from tests.ocpp.times import at

Found = list[tuple[str, str]]


def found(reading: Reading) -> Found:
    return [(deviation.where, deviation.rule) for deviation in reading.deviations]


def start(**changed: Any) -> tuple[StartTransaction, Found]:
    payload = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": "2026-11-23T06:00:00Z"} | changed
    reading = read_request("StartTransaction", json.dumps(payload))
    assert isinstance(reading.message, StartTransaction)
    return reading.message, found(reading)


def metered(meter_value: Any) -> tuple[MeterValues, Found]:
    reading = read_request("MeterValues", json.dumps({"connectorId": 1, "meterValue": meter_value}))
    assert isinstance(reading.message, MeterValues)
    return reading.message, found(reading)


def status(**changed: Any) -> tuple[StatusNotification, Found]:
    payload = {"connectorId": 1, "errorCode": "NoError", "status": "Available"} | changed
    reading = read_request("StatusNotification", json.dumps(payload))
    assert isinstance(reading.message, StatusNotification)
    return reading.message, found(reading)


TIME = "2026-11-23T06:00:00Z"


class TestAReading:
    """What a reading holds."""

    def test_a_strict_reading_has_no_deviations_and_parses_its_payload_on_demand(self) -> None:
        reading = read_request("Authorize", '{"idTag":"A"}')
        assert (reading.deviations, reading.payload) == ((), {"idTag": "A"})

    def test_there_is_no_message_of_an_unknown_action(self) -> None:
        reading = read_request("Foo", "{}")
        assert (reading.message, found(reading)) == (None, [("$", "unknown_action")])

    @pytest.mark.parametrize("payload", ["null", "[]", "7", '"x"', "true"])
    def test_there_is_no_message_in_what_is_no_object(self, payload: str) -> None:
        reading = read_request("Heartbeat", payload)
        assert (reading.message, found(reading)) == (None, [("$", "not_an_object")])
        assert reading.payload == json.loads(payload)

    def test_a_json_value_can_be_read_instead_of_text(self) -> None:
        assert read_request("Authorize", {"idTag": "A"}) == read_request("Authorize", b'{"idTag": "A"}')

    def test_every_rule_says_what_it_asks(self) -> None:
        assert all(rule.asks for rule in RULES.values())

    def test_a_hostile_payload_brings_a_bounded_list(self) -> None:
        reading = read_request("Heartbeat", json.dumps({str(n): "x" * 1000 for n in range(5000)}))
        assert len(reading.deviations) == 100
        assert max(len(deviation.value) for deviation in reading.deviations) <= 60

    def test_of_the_items_of_a_hostile_payload_so_many_are_read(self) -> None:
        items: list[Any] = [{"sampledValue": [{}, {}]}] * 4000
        reading = read_request("MeterValues", json.dumps({"connectorId": 1, "meterValue": items}))
        assert isinstance(reading.message, MeterValues)
        read = reading.message.meter_value
        assert len(read) + sum(len(item.sampled_value) for item in read) == ITEMS_READ
        short = read_request("MeterValues", json.dumps({"meterValue": [None] * (ITEMS_READ + 1)}))
        assert ("$.meterValue", "too_long") in found(short)

    def test_the_name_that_stands_twice_is_found_behind_many_others(self) -> None:
        many = ",".join(f'"{number}":0' for number in range(5000))
        reading = read_request("Heartbeat", f'{{{many},"twice":1,"twice":2}}')
        assert reading.deviations[0].rule == "duplicate_key"
        assert reading.deviations[0].value == '"twice"'


class TestBootFields:
    """L-06: required fields missing, empty or of a wrong type."""

    def test_a_missing_field_is_none(self) -> None:
        reading = read_request("BootNotification", '{"chargePointVendor":"V"}')
        assert isinstance(reading.message, BootNotification)
        assert reading.message.charge_point_vendor == "V"
        assert str(reading.message.charge_point_model) == "None"
        assert found(reading) == [("$.chargePointModel", "missing")]

    def test_numbers_become_text_and_unknown_fields_are_dropped(self) -> None:
        payload = {"chargePointVendor": "V", "chargePointModel": 22, "iccid": -67, "colour": "red"}
        reading = read_request("BootNotification", json.dumps(payload))
        assert isinstance(reading.message, BootNotification)
        assert (reading.message.charge_point_model, reading.message.iccid) == ("22", "-67")
        assert found(reading) == [
            ("$.chargePointModel", "wrong_type"),
            ("$.iccid", "wrong_type"),
            ("$.colour", "unknown_field"),
        ]

    def test_text_that_is_too_long_is_kept_whole(self) -> None:
        reading = read_request(
            "BootNotification", json.dumps({"chargePointVendor": "V" * 30, "chargePointModel": "M"})
        )
        assert isinstance(reading.message, BootNotification)
        assert reading.message.charge_point_vendor == "V" * 30
        assert found(reading) == [("$.chargePointVendor", "too_long")]

    def test_null_for_an_optional_field_is_none(self) -> None:
        reading = read_request(
            "BootNotification", '{"chargePointVendor":"V","chargePointModel":"M","imsi":null}'
        )
        assert isinstance(reading.message, BootNotification)
        assert (reading.message.imsi, found(reading)) == (None, [("$.imsi", "null")])

    def test_the_word_null_is_text_like_any_other(self) -> None:
        assert status(info="null")[0].info == "null"
        assert status(info="null")[1] == []

    def test_a_nul_character_is_left_out(self) -> None:
        message, deviations = start(idTag="A\x00B")
        assert (message.id_tag, deviations) == ("AB", [("$.idTag", "nul_character")])


class TestTimestamps:
    """L-08: every way to write a time that was seen, and some more."""

    @pytest.mark.parametrize(
        ("text", "time", "rule"),
        [
            ("2026-11-23T06:00:00", TIME, "timestamp_without_zone"),
            ("2026-11-23 06:00:00", TIME, "timestamp_without_zone"),
            ("2026-11-23T06:00:00.5", "2026-11-23T06:00:00.5Z", "timestamp_without_zone"),
            ("2026-11-23", "2026-11-23T00:00:00Z", "timestamp_without_zone"),
            ("2026-11-23T06:00:00+02", "2026-11-23T04:00:00Z", "not_a_timestamp"),
            ("2026-11-23T06:00:00 +02:00", "2026-11-23T04:00:00Z", "not_a_timestamp"),
            ("2026-11-23T06:00Z", TIME, "not_a_timestamp"),
            ("2026-11-23T06:00:00.Z", TIME, "not_a_timestamp"),
            ("2026-11-23T06:00:00,25Z", "2026-11-23T06:00:00.25Z", "not_a_timestamp"),
            ("2026-11-23T6:0:0Z", TIME, "not_a_timestamp"),
            (" 2026-11-23T06:00:00Z ", TIME, "not_a_timestamp"),
            ("2026-11-23T06:00:00 UTC", TIME, "not_a_timestamp"),
            ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z", "not_a_timestamp"),
            ("2026-11-23T24:00:00Z", "2026-11-24T00:00:00Z", "not_a_timestamp"),
            (1795413600, "2026-11-23T06:00:00Z", "wrong_type"),
            (1795413600000, "2026-11-23T06:00:00Z", "wrong_type"),
            ("0001-01-01T00:00:00+02:00", "0001-01-01T00:00:00Z", "out_of_range"),
        ],
    )
    def test_an_odd_time_is_read_and_named(self, text: object, time: str, rule: str) -> None:
        message, deviations = start(timestamp=text)
        assert message.timestamp == at(time)
        assert message.timestamp.astimezone(UTC).tzinfo is UTC
        assert deviations == [("$.timestamp", rule)]

    @pytest.mark.parametrize(
        "text", ["", "now", "23.11.2026", "2026-13-01T00:00:00Z", "0000-00-00T00:00:00Z", "T"]
    )
    def test_what_is_no_time_at_all_is_none(self, text: str) -> None:
        message, deviations = start(timestamp=text)
        assert deviations == [("$.timestamp", "not_a_timestamp")]
        assert str(message.timestamp) == "None"

    @pytest.mark.parametrize(
        "text", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-11-23t06:00:00.1234567z"]
    )
    def test_a_strange_but_lawful_time_is_no_deviation(self, text: str) -> None:
        message, deviations = start(timestamp=text)
        assert isinstance(message.timestamp, datetime)
        assert deviations == []


class TestConfiguration:
    """L-09, L-36: configuration keys of wrong types and lengths."""

    @pytest.mark.parametrize(
        ("sent", "read"),
        [("true", True), ("False", False), (0, False), (1, True), ("1", True), ("maybe", None)],
    )
    def test_readonly_is_read_from_whatever_means_it(self, sent: object, read: bool | None) -> None:
        reading = read_confirmation(
            "GetConfiguration", json.dumps({"configurationKey": [{"key": "K", "readonly": sent, "value": 5}]})
        )
        assert isinstance(reading.message, GetConfigurationConf)
        assert reading.message.configuration_key is not None
        (key,) = reading.message.configuration_key
        assert (key.readonly, key.value) == (read, "5")
        assert found(reading) == [
            ("$.configurationKey[0].readonly", "wrong_type"),
            ("$.configurationKey[0].value", "wrong_type"),
        ]

    def test_booleans_as_values_become_their_json_text(self) -> None:
        reading = read_confirmation(
            "GetConfiguration", '{"configurationKey":[{"key":"K","readonly":false,"value":true}]}'
        )
        assert isinstance(reading.message, GetConfigurationConf)
        assert reading.message.configuration_key is not None
        assert reading.message.configuration_key[0].value == "true"

    def test_one_key_without_its_list_is_read_as_a_list(self) -> None:
        reading = read_confirmation(
            "GetConfiguration", '{"configurationKey":{"key":"K","readonly":false},"unknownKey":"A"}'
        )
        assert isinstance(reading.message, GetConfigurationConf)
        assert [key.key for key in reading.message.configuration_key or ()] == ["K"]
        assert reading.message.unknown_key == ["A"]
        assert found(reading) == [("$.configurationKey", "wrong_type"), ("$.unknownKey", "wrong_type")]

    def test_a_value_over_500_characters_is_kept(self) -> None:
        reading = read_confirmation(
            "GetConfiguration",
            json.dumps({"configurationKey": [{"key": "K", "readonly": False, "value": "v" * 900}]}),
        )
        assert isinstance(reading.message, GetConfigurationConf)
        assert reading.message.configuration_key is not None
        assert len(reading.message.configuration_key[0].value or "") == 900


class TestMeterValues:
    """L-13, L-14: shapes and words outside the schema."""

    def test_an_object_is_read_as_the_only_item_of_its_list(self) -> None:
        message, deviations = metered({"timestamp": TIME, "sampledValue": {"value": "1"}})
        assert message.meter_value[0].sampled_value == [SampledValue(value="1")]
        assert deviations == [("$.meterValue", "wrong_type"), ("$.meterValue[0].sampledValue", "wrong_type")]

    def test_an_empty_list_is_named(self) -> None:
        message, deviations = metered([{"timestamp": TIME, "sampledValue": []}])
        assert message.meter_value[0].sampled_value == []
        assert deviations == [("$.meterValue[0].sampledValue", "empty")]

    def test_an_empty_value_is_lawful_text(self) -> None:
        assert metered([{"timestamp": TIME, "sampledValue": [{"value": ""}]}])[1] == []

    def test_a_number_as_value_becomes_text(self) -> None:
        message, deviations = metered([{"timestamp": TIME, "sampledValue": [{"value": 230.5}]}])
        assert message.meter_value[0].sampled_value[0].value == "230.5"
        assert deviations == [("$.meterValue[0].sampledValue[0].value", "wrong_type")]

    @pytest.mark.parametrize(
        ("field", "word"), [("unit", "Hz"), ("context", "Unknown"), ("measurand", "voltage")]
    )
    def test_a_word_outside_the_enumeration_is_kept_as_sent(self, field: str, word: str) -> None:
        message, deviations = metered([{"timestamp": TIME, "sampledValue": [{"value": "1", field: word}]}])
        kept = getattr(message.meter_value[0].sampled_value[0], field)
        assert (kept, type(kept)) == (word, str)
        assert deviations == [(f"$.meterValue[0].sampledValue[0].{field}", "not_in_enum")]

    @pytest.mark.parametrize("unit", ["Celsius", "Celcius"])
    def test_both_spellings_of_celsius_are_lawful(self, unit: str) -> None:
        assert metered([{"timestamp": TIME, "sampledValue": [{"value": "1", "unit": unit}]}])[1] == []

    def test_a_schedule_that_is_a_word_is_none(self) -> None:
        reading = read_confirmation("GetCompositeSchedule", '{"status":"Accepted","chargingSchedule":"0"}')
        assert isinstance(reading.message, GetCompositeScheduleConf)
        assert reading.message.charging_schedule is None
        assert found(reading) == [("$.chargingSchedule", "not_an_object")]

    def test_a_limit_of_two_decimals_is_kept(self) -> None:
        schedule = {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": "0", "limit": "16.05"}],
        }
        reading = read_confirmation(
            "GetCompositeSchedule", json.dumps({"status": "Accepted", "chargingSchedule": schedule})
        )
        assert isinstance(reading.message, GetCompositeScheduleConf)
        assert reading.message.charging_schedule is not None
        (period,) = reading.message.charging_schedule.charging_schedule_period
        assert isinstance(period, ChargingSchedulePeriod)
        assert (period.start_period, period.limit) == (0, 16.05)
        assert [rule for _, rule in found(reading)] == ["wrong_type", "wrong_type", "not_multiple"]


class TestStatusAndTransactions:
    """L-15, L-16: codes outside the enumeration, transaction ids of all sorts."""

    def test_an_error_code_outside_the_enumeration_is_kept(self) -> None:
        message, deviations = status(errorCode="Error", vendorErrorCode="0x0000")
        assert (message.error_code, message.vendor_error_code) == ("Error", "0x0000")
        assert deviations == [("$.errorCode", "not_in_enum")]

    def test_a_status_in_other_case_is_not_repaired(self) -> None:
        message, deviations = status(status="available")
        assert (message.status, type(message.status)) == ("available", str)
        assert deviations == [("$.status", "not_in_enum")]

    @pytest.mark.parametrize("transaction_id", [0, -1, -77])
    def test_any_integer_is_a_transaction_id(self, transaction_id: int) -> None:
        payload = {"transactionId": transaction_id, "meterStop": 1, "timestamp": TIME}
        reading = read_request("StopTransaction", json.dumps(payload))
        assert isinstance(reading.message, StopTransaction)
        assert (reading.message.transaction_id, reading.deviations) == (transaction_id, ())

    @pytest.mark.parametrize(
        ("sent", "read", "rules"),
        [
            ("12", 12, ["wrong_type"]),
            (" -3 ", -3, ["wrong_type"]),
            ("9007199254740993", 9007199254740993, ["wrong_type"]),
            (12.0, 12, ["wrong_type"]),
            (12.6, 13, ["wrong_type"]),
            ("1,5e1", 15, ["wrong_type"]),
            (True, None, ["wrong_type"]),
            ("null", None, ["wrong_type"]),
            ("", None, ["wrong_type"]),
            ([], None, ["wrong_type"]),
            (2**64, None, ["out_of_range"]),
            ("9" * 40, None, ["wrong_type", "out_of_range"]),
        ],
    )
    def test_an_integer_is_read_from_whatever_means_one(
        self, sent: object, read: int | None, rules: list[str]
    ) -> None:
        message, deviations = start(meterStart=sent)
        assert message.meter_start == read
        assert [rule for _, rule in deviations] == rules


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(("Accepted", "2026-11-23T06:00:00", "-1", "NaN", "\ud800", "\x00")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = sorted(
    {field.encode_name for cls in (*REQUESTS.values(), *CONFIRMATIONS.values()) for field in fields(cls)}
)


class TestNothingIsRaised:
    """Whatever a station sends, reading it raises nothing."""

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from((*REQUESTS, "Foo", "")),
        st.booleans(),
        _JSON | st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=8),
    )
    def test_any_json_value_is_read(self, action: str, confirmation: bool, payload: Any) -> None:
        reading = (read_confirmation if confirmation else read_request)(action, json.dumps(payload))
        assert (reading.message is None) == (not isinstance(payload, dict) or action not in REQUESTS)
        assert all(deviation.rule in RULES for deviation in reading.deviations)
        assert json.dumps(reading.payload, allow_nan=False).encode()

    @settings(max_examples=200, deadline=None)
    @given(st.sampled_from(tuple(REQUESTS)), st.text() | st.binary())
    def test_any_text_is_read(self, action: str, payload: str | bytes) -> None:
        reading = read_request(action, payload)
        assert reading.deviations or reading.message is not None

    @pytest.mark.parametrize("depth", [900, 5_000, 200_000])
    def test_a_deep_payload_is_read_or_refused_calmly(self, depth: int) -> None:
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            reading = read_request("Heartbeat", f'{{"a":{opening * depth}{closing * depth}}}')
            assert reading.deviations
