"""Function 5: Set configuration."""

from collections.abc import Callable

import pytest

from chargeproof.acceptance.functions.f05_set_configuration import counted_writes
from chargeproof.acceptance.unattended import WRITE_BACK_KEYS
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    GetConfiguration,
    GetConfigurationConf,
)
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import (
    READ_ONLY,
    failure_of,
    items,
    lives_on,
    outcome_of,
    read_all,
    read_key,
    up,
    values,
    verdict_of,
)

VENDOR = values() | {"Vendor": "on", "Measurands": "A, B"}
Says = Callable[[str, str], tuple[str | None, str | None]]
"""(key, value) -> status (None: no answer) and value that is read back."""


def lawful(key: str, value: str) -> tuple[str | None, str | None]:
    return "Accepted", value


def write(record: TraceBuilder, key: str, value: str, status: str | None) -> None:
    change = ChangeConfiguration(key=key, value=value)
    if status in set(ConfigurationStatus):
        record.we(change, ChangeConfigurationConf(status=ConfigurationStatus(str(status))))
    else:
        record.we(change, status)


def written(says: Says = lawful, *, head: bool = True, put_back: bool = True, **more: object) -> TraceBuilder:
    """What the drive does: all keys back, all read, HeartbeatInterval edited, read, put back, read."""
    record = up(head=head)
    read_all(record, VENDOR)
    back: dict[str, str] = dict(VENDOR)
    for key, value in VENDOR.items():
        if key not in READ_ONLY:
            status, read = says(key, value)
            write(record, key, value, status)
            back[key] = value if read is None else read
    found = items(back)
    record.we(GetConfiguration(key=list(back)), GetConfigurationConf(configuration_key=found))
    for value in ("240", "300") if put_back else ("240",):
        status, read = says("HeartbeatInterval", value)
        write(record, "HeartbeatInterval", value, status)
        if read is not None:
            read_key(record, "HeartbeatInterval", read)
    return lives_on(record, 40)


def for_key(key: str, status: str | None, read: str | None = None) -> Says:
    return lambda name, value: (status, read or value) if name == key else lawful(name, value)


@pytest.mark.parametrize("head", [True, False])
def test_every_key_taken_and_read_back_passes(head: bool) -> None:
    verdict = verdict_of("5.1a", written(head=head))
    assert verdict.outcome is Outcome.PASS
    assert verdict.remark == "HeartbeatInterval edited"


def test_nothing_written_is_not_run() -> None:
    assert outcome_of("5.1a", up()) is Outcome.NOT_RUN


@pytest.mark.parametrize("status", ["NotSupported", "Rejected"])
def test_a_listed_key_that_is_refused_fails(status: str) -> None:
    reason = failure_of("5.1a", written(for_key("Vendor", status)))
    assert f"ChangeConfiguration of Vendor was answered with {status}" in reason


def test_a_call_error_fails_in_its_words() -> None:
    assert "CALLERROR NotImplemented" in failure_of("5.1a", written(for_key("Vendor", "NotImplemented")))


def test_no_answer_fails() -> None:
    assert "Vendor was not answered" in failure_of("5.1a", written(for_key("Vendor", None)))


@pytest.mark.parametrize(
    ("key", "read"), [("Vendor", "off"), ("Measurands", "A"), ("HeartbeatInterval", "300")]
)
def test_a_value_that_is_accepted_and_reads_back_differently_fails(key: str, read: str) -> None:
    assert "reads back differently" in failure_of("5.1a", written(for_key(key, "Accepted", read)))


@pytest.mark.parametrize(("key", "read"), [("Measurands", "A,B"), ("HeartbeatInterval", None)])
def test_the_same_value_in_another_spelling_is_the_same(key: str, read: str | None) -> None:
    assert outcome_of("5.1a", written(for_key(key, "Accepted", read))) is Outcome.PASS


def test_a_restart_that_is_needed_is_lawful() -> None:
    verdict = verdict_of("5.1a", written(for_key("Vendor", "RebootRequired")))
    assert verdict.outcome is Outcome.PASS
    assert "RebootRequired: Vendor" in verdict.remark


def test_an_edit_that_waits_for_a_restart_is_a_remark() -> None:
    verdict = verdict_of("5.1a", written(for_key("HeartbeatInterval", "RebootRequired", "300")))
    assert verdict.outcome is Outcome.PASS_WITH_REMARK


def test_rejected_is_right_for_a_read_only_key() -> None:
    record = written()
    write(record, "NumberOfConnectors", "2", "Rejected")
    assert outcome_of("5.1a", record) is Outcome.PASS_WITH_REMARK


def test_a_value_that_was_not_read_back_is_inconclusive() -> None:
    record = written()
    write(record, "Vendor", "on", "Accepted")
    assert outcome_of("5.1a", record) is Outcome.INCONCLUSIVE


def test_an_edit_that_was_not_undone_is_inconclusive() -> None:
    assert outcome_of("5.1a", written(put_back=False)) is Outcome.INCONCLUSIVE


def test_without_a_real_change_it_is_inconclusive() -> None:
    record = up()
    read_all(record, VENDOR)
    write(record, "Vendor", "on", "Accepted")
    read_key(record, "Vendor", "on")
    assert outcome_of("5.1a", record) is Outcome.INCONCLUSIVE


def test_what_other_scenes_set_is_not_blamed_here() -> None:
    record = up()
    with record.step(WRITE_BACK_KEYS):
        read_all(record, VENDOR)
        write(record, "Vendor", "on", "Accepted")
        read_key(record, "Vendor", "on")
        for value in ("240", "300"):
            write(record, "HeartbeatInterval", value, "Accepted")
            read_key(record, "HeartbeatInterval", value)
    write(record, "MeterValuesSampledData", "Voltage,SoC", "Rejected")
    write(record, "HeartbeatInterval", "20", "Rejected")
    assert outcome_of("5.1a", record) is Outcome.PASS
    assert [w.key for w in counted_writes(record.trace())] == [
        "Vendor",
        "HeartbeatInterval",
        "HeartbeatInterval",
    ]


def test_a_list_that_a_station_may_refuse_does_not_count_in_a_record_without_scenes() -> None:
    record = written(head=False)
    write(record, "MeterValuesSampledData", "Voltage,SoC", "Rejected")
    assert outcome_of("5.1a", record) is Outcome.PASS


def test_the_evidence_holds_what_was_read_back_and_bears_that_it_was_not() -> None:
    assert set(verdict_of("5.1a", written()).evidence) > {
        n for each in counted_writes(written().trace()) for n in each.exchange.evidence
    }
    verdict = verdict_of("5.1a", written(lambda key, value: ("Accepted", None)))
    assert verdict.outcome is Outcome.INCONCLUSIVE
