"""Function 1: Boot notification."""

from typing import Any

import pytest

from chargeproof.acceptance.verdict import Outcome
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import (
    boot,
    failure_of,
    lives_on,
    outcome_of,
    reset,
    restart,
    statuses,
    up,
    verdict_of,
)

CHECKS = ("1.1a", "1.1b", "1.1c", "1.1d", "1.1e")
MODEM = {"connectivity": "modem"}


def restarted(**more: Any) -> TraceBuilder:
    record = up(profile=MODEM)
    restart(record, **more)
    statuses(record)
    return record


@pytest.mark.parametrize("check_id", CHECKS)
def test_a_complete_boot_passes(check_id: str) -> None:
    assert outcome_of(check_id, restarted()) is Outcome.PASS


@pytest.mark.parametrize("check_id", CHECKS)
def test_an_empty_record_gives_no_verdict_of_the_station(check_id: str) -> None:
    assert outcome_of(check_id, TraceBuilder()) is Outcome.NOT_RUN


def test_a_boot_by_itself_is_enough_where_none_was_caused() -> None:
    record = TraceBuilder(head=False)
    record.opened()
    boot(record)
    assert outcome_of("1.1a", record) is Outcome.PASS


def test_no_boot_after_a_restart_fails() -> None:
    record = up()
    reset(record)
    record.wait(2).closed()
    record.wait(10).opened()
    lives_on(record, 5)
    lives_on(record, 600)
    assert "no BootNotification after the restart by Reset Hard" in failure_of("1.1a", record)


def test_no_boot_is_no_fail_before_the_window_is_over() -> None:
    record = up()
    reset(record)
    record.wait(2).closed()
    record.wait(10).opened()
    lives_on(record, 60)
    verdict = verdict_of("1.1a", record)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "before the window of 600 s is over" in verdict.reason


def test_a_station_that_stays_away_gets_longer() -> None:
    record = up()
    reset(record)
    record.wait(2).closed()
    record.wait(1000).opened()
    boot(record)
    assert outcome_of("1.1a", record) is Outcome.PASS


def test_a_station_that_never_returns_is_inconclusive() -> None:
    record = up()
    reset(record)
    record.wait(2).closed()
    record.wait(2000).ended()
    assert outcome_of("1.1a", record) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("payload", ["{}", "[]", "null"])
def test_an_empty_boot_fails(payload: str) -> None:
    record = up()
    reset(record)
    record.wait(2).closed()
    record.wait(10).opened()
    record.station(
        "BootNotification",
        '{"status":"Accepted","currentTime":"2026-11-23T06:00:00Z","interval":9}',
        payload=payload,
    )
    assert "empty" in failure_of("1.1a", record)


@pytest.mark.parametrize(
    ("check_id", "field", "value", "seen"),
    [
        ("1.1b", "charge_point_vendor", "", "chargePointVendor empty"),
        ("1.1b", "charge_point_model", "  ", "chargePointModel without a value"),
        ("1.1b", "charge_point_vendor", "x" * 21, "too long: 21 characters"),
        ("1.1c", "charge_point_serial_number", None, "chargePointSerialNumber missing"),
        ("1.1c", "charge_point_serial_number", "null", "without a value"),
        ("1.1d", "iccid", None, "no iccid"),
        ("1.1d", "iccid", "", 'iccid is ""'),
        ("1.1d", "iccid", "-67", 'iccid is "-67"'),
        ("1.1e", "firmware_version", None, "firmwareVersion missing"),
        ("1.1e", "firmware_version", "", "firmwareVersion empty"),
    ],
)
def test_a_field_without_a_value_fails_its_own_check_only(
    check_id: str, field: str, value: str | None, seen: str
) -> None:
    record = restarted(**{field: value})
    assert seen in failure_of(check_id, record)
    others = [other for other in CHECKS if other != check_id]
    assert [outcome_of(other, record) for other in others] == [Outcome.PASS] * 4


@pytest.mark.parametrize(("connectivity", "how"), [("lan", "LAN"), ("wifi", "Wi-Fi")])
def test_iccid_is_not_applicable_without_a_modem(connectivity: str, how: str) -> None:
    record = up(profile={"connectivity": connectivity})
    restart(record, iccid=None)
    verdict = verdict_of("1.1d", record.trace())
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert how in verdict.remark


def test_a_missing_iccid_is_open_while_nobody_said_how_the_station_is_connected() -> None:
    record = up()
    restart(record, iccid=None)
    assert outcome_of("1.1d", record) is Outcome.INCONCLUSIVE


def test_another_version_than_the_announced_one_is_a_remark() -> None:
    record = up(profile={"header": {"firmware_version": "2.0"}})
    verdict = verdict_of("1.1e", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert "announced was “2.0”" in verdict.remark


def test_no_boot_on_a_plain_reconnect_is_lawful() -> None:
    record = restarted()
    record.wait(5).closed()
    record.wait(5).opened()
    lives_on(record, 900)
    assert outcome_of("1.1a", record) is Outcome.PASS


def test_unknown_fields_fail_nothing_here() -> None:
    record = up(profile=MODEM)
    reset(record)
    record.wait(1).closed()
    record.wait(5).opened()
    payload = (
        '{"chargePointVendor":"A","chargePointModel":"B","chargePointSerialNumber":"C","firmwareVersion":"1",'
        '"iccid":"89310410106543789301","colour":"red"}'
    )
    record.station("BootNotification", payload=payload)
    assert [outcome_of(check_id, record) for check_id in CHECKS] == [Outcome.PASS] * 5
