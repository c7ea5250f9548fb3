"""Payloads read strictly: what is refused, with which error code (J§4.2.3), and what is written."""

from datetime import datetime

import pytest

from chargeproof.ocpp import (
    RULES,
    ChargePointErrorCode,
    ChargePointStatus,
    ChargingSchedulePeriod,
    DataTransfer,
    ErrorCode,
    Heartbeat,
    HeartbeatConf,
    Measurand,
    PayloadError,
    Reset,
    ResetType,
    SampledValue,
    StartTransaction,
    StatusNotification,
    UnitOfMeasure,
    check,
    decode_confirmation,
    decode_request,
    encode_payload,
)
from chargeproof.ocpp.messages import is_in_tenths
from tests.ocpp.times import at

START = '{"connectorId":1,"idTag":"A","meterStart":0,"timestamp":"2026-11-23T06:00:00Z"'


class TestRefusedPayloads:
    """J§4.2.3: each kind of fault has its error code."""

    @pytest.mark.parametrize(
        ("action", "payload", "where", "rule", "code"),
        [
            ("Foo", "{}", "$", "unknown_action", ErrorCode.NOT_IMPLEMENTED),
            ("Heartbeat", "[]", "$", "not_an_object", ErrorCode.FORMATION_VIOLATION),
            ("Heartbeat", "{", "$", "not_json", ErrorCode.FORMATION_VIOLATION),
            ("Heartbeat", '{"a":1}', "$.a", "unknown_field", ErrorCode.FORMATION_VIOLATION),
            ("Authorize", "{}", "$.idTag", "missing", ErrorCode.PROTOCOL_ERROR),
            ("Authorize", '{"idTag":7}', "$.idTag", "wrong_type", ErrorCode.TYPE_CONSTRAINT_VIOLATION),
            ("Authorize", '{"idTag":null}', "$.idTag", "null", ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION),
            (
                "Authorize",
                '{"idTag":"123456789012345678901"}',
                "$.idTag",
                "too_long",
                ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
            ),
            ("Reset", '{"type":"Warm"}', "$.type", "not_in_enum", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
            (
                "MeterValues",
                '{"connectorId":1,"meterValue":[]}',
                "$.meterValue",
                "empty",
                ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION,
            ),
            (
                "StartTransaction",
                START.replace(":1,", ":0,") + "}",
                "$.connectorId",
                "out_of_range",
                ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
            ),
            (
                "StartTransaction",
                START.replace("00Z", "00") + "}",
                "$.timestamp",
                "timestamp_without_zone",
                ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
            ),
        ],
    )
    def test_a_fault_names_its_place_its_rule_and_its_error_code(
        self, action: str, payload: str, where: str, rule: str, code: ErrorCode
    ) -> None:
        with pytest.raises(PayloadError) as caught:
            decode_request(action, payload)
        assert (caught.value.where, caught.value.rule, caught.value.code) == (where, rule, code)
        assert rule in RULES

    def test_a_confirmation_is_judged_by_its_own_class(self) -> None:
        with pytest.raises(PayloadError) as caught:
            decode_confirmation("Reset", '{"status":"Scheduled"}')
        assert caught.value.where == "$.status"

    @pytest.mark.parametrize("name", ["0001-01-01T00:00:00+02:00", "9999-12-31T23:59:59-01:00"])
    def test_a_time_that_does_not_exist_in_utc_is_refused(self, name: str) -> None:
        with pytest.raises(PayloadError, match="calendar"):
            decode_confirmation("Heartbeat", f'{{"currentTime":"{name}"}}')


class TestTimes:
    """Times are written with milliseconds and read with a zone."""

    @pytest.mark.parametrize(
        ("time", "text"),
        [
            ("2026-11-23T06:00:00Z", "2026-11-23T06:00:00Z"),
            ("2026-11-23T06:00:00.123Z", "2026-11-23T06:00:00.123Z"),
            ("2026-11-23T06:00:00.123999Z", "2026-11-23T06:00:00.123Z"),
            ("2026-11-23T06:00:00.000001+02:00", "2026-11-23T06:00:00.000+02:00"),
        ],
    )
    def test_a_time_is_written_with_milliseconds_at_most(self, time: str, text: str) -> None:
        assert encode_payload(HeartbeatConf(current_time=at(time))) == f'{{"currentTime":"{text}"}}'

    def test_a_text_that_looks_like_a_time_is_left_alone(self) -> None:
        typed = '"timestamp":"2026-11-23T06:00:00.123456Z"'
        request = StatusNotification(
            connector_id=1,
            error_code=ChargePointErrorCode.NO_ERROR,
            status=ChargePointStatus.AVAILABLE,
            info=typed,
            timestamp=at("2026-11-23T06:00:00.123456Z"),
        )
        read = decode_request("StatusNotification", encode_payload(request))
        assert isinstance(read, StatusNotification)
        assert (read.info, read.timestamp) == (typed, at("2026-11-23T06:00:00.123Z"))


class TestTenths:
    """S§7.13, S§7.14: a limit has one decimal."""

    @pytest.mark.parametrize("value", [0, 16, 16.1, 0.1 + 0.2, 32.300000000000004, -0.1, 1e15, 1e308, 7.0])
    def test_the_noise_of_binary_floats_is_no_fault(self, value: float) -> None:
        assert is_in_tenths(value)

    @pytest.mark.parametrize("value", [0.05, 16.12, 1.23, 123456.78])
    def test_a_second_decimal_is_a_fault(self, value: float) -> None:
        assert not is_in_tenths(value)
        with pytest.raises(ValueError, match=r"multiple of 0\.1"):
            ChargingSchedulePeriod(start_period=0, limit=value)


class TestOurOwnMessages:
    """Constructors check nothing; ``check`` does."""

    def test_a_lawful_message_has_no_deviations(self) -> None:
        assert check(Reset(type=ResetType.HARD)) == ()
        assert check(Heartbeat()) == ()
        assert check(DataTransfer(vendor_id="x" * 255, data="y" * 10_000)) == ()

    def test_an_unlawful_message_is_named(self) -> None:
        start = StartTransaction(
            connector_id=0,
            id_tag="x" * 21,
            meter_start=0,
            timestamp=datetime(2026, 11, 23, 6),
        )
        found = [(deviation.where, deviation.rule) for deviation in check(start)]
        assert found == [
            ("$.connectorId", "out_of_range"),
            ("$.idTag", "too_long"),
            ("$.timestamp", "timestamp_without_zone"),
        ]

    def test_absent_fields_are_left_out(self) -> None:
        assert encode_payload(DataTransfer(vendor_id="v")) == '{"vendorId":"v"}'


class TestSampledValueDefaults:
    """S§7.43: what a left-out field means."""

    def test_an_empty_sampled_value_is_imported_energy_in_wh_at_the_outlet(self) -> None:
        sampled = SampledValue(value="1")
        assert sampled.effective_measurand is Measurand.ENERGY_ACTIVE_IMPORT_REGISTER
        assert sampled.effective_unit is UnitOfMeasure.WH
        assert (sampled.effective_context, sampled.effective_location, sampled.effective_format) == (
            "Sample.Periodic",
            "Outlet",
            "Raw",
        )

    def test_a_voltage_without_unit_has_no_default_unit(self) -> None:
        assert SampledValue(value="1", measurand=Measurand.VOLTAGE).effective_unit is None

    def test_what_was_sent_is_not_overridden(self) -> None:
        assert SampledValue(value="1", unit=UnitOfMeasure.KWH).effective_unit is UnitOfMeasure.KWH
