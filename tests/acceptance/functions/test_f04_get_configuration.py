"""Function 4: Get configuration."""

import pytest

from chargeproof.acceptance.unattended import READ_ALL_KEYS
from chargeproof.acceptance.verdict import Outcome
from chargeproof.ocpp import GetConfiguration, GetConfigurationConf, KeyValue
from chargeproof.testing.trace_builder import TraceBuilder
from tests.acceptance.records import (
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


def listed(found: dict[str, str], *, by_name: dict[str, str] | None = None) -> TraceBuilder:
    """A list, and then the same keys (or others) asked for by name."""
    record = up()
    record.we(GetConfiguration(), GetConfigurationConf(configuration_key=items(found)))
    named = found if by_name is None else by_name
    answer = GetConfigurationConf(
        configuration_key=items(named) or None, unknown_key=[key for key in found if key not in named] or None
    )
    record.we(GetConfiguration(key=list(found)), answer)
    return record


@pytest.mark.parametrize("check_id", ["4.1a", "4.1b"])
def test_a_complete_list_passes(check_id: str) -> None:
    assert outcome_of(check_id, listed(values())) is Outcome.PASS


def test_the_number_of_keys_is_told_as_on_the_form() -> None:
    found = values() | {f"Vendor{number}": "1" for number in range(178 - len(values()))}
    verdict = verdict_of("4.1b", listed(found))
    assert verdict.outcome is Outcome.PASS
    assert verdict.remark == "Configuration (178)"
    assert verdict.figures["configuration_keys"] == 178


@pytest.mark.parametrize("check_id", ["4.1a", "4.1b"])
def test_nothing_asked_is_not_run(check_id: str) -> None:
    record = up()
    record.cannot(READ_ALL_KEYS, "the run was stopped")
    assert verdict_of(check_id, record).reason == "the run was stopped"


@pytest.mark.parametrize("answer", ["{}", '{"configurationKey":[]}', '{"unknownKey":["A"]}'])
def test_an_empty_list_fails_and_leaves_its_completeness_open(answer: str) -> None:
    record = up()
    record.we(GetConfiguration(), answer)
    assert "the list of keys is empty" in failure_of("4.1a", record)
    assert outcome_of("4.1b", record) is Outcome.INCONCLUSIVE


def test_no_answer_fails_after_its_window() -> None:
    record = up()
    record.we(GetConfiguration())
    assert outcome_of("4.1a", record) is Outcome.INCONCLUSIVE
    lives_on(record, 31)
    assert "was not answered" in failure_of("4.1a", record)
    assert outcome_of("4.1b", record) is Outcome.INCONCLUSIVE


def test_no_answer_over_a_connection_that_was_lost_is_inconclusive() -> None:
    record = up()
    record.we(GetConfiguration())
    record.wait(5).closed()
    record.wait(30).opened()
    assert outcome_of("4.1a", lives_on(record, 5)) is Outcome.INCONCLUSIVE


def test_a_call_error_fails_in_its_words() -> None:
    record = up()
    record.we(GetConfiguration(), "InternalError")
    assert "CALLERROR InternalError" in failure_of("4.1a", record)


def test_an_item_without_readonly_fails() -> None:
    record = up()
    record.we(GetConfiguration(), '{"configurationKey":[{"key":"A","value":"1"},{"readonly":true}]}')
    assert "A without readonly, an item without key" in failure_of("4.1a", record)


def test_readonly_as_text_is_a_remark() -> None:
    record = up()
    record.we(GetConfiguration(), '{"configurationKey":[{"key":"A","value":"1","readonly":"true"}]}')
    verdict = verdict_of("4.1a", record)
    assert verdict.outcome is Outcome.PASS_WITH_REMARK
    assert '"true"' in verdict.remark


def test_a_missing_required_key_fails() -> None:
    record = listed(values(ResetRetries=None))
    assert "required keys missing: ResetRetries" in failure_of("4.1b", record)
    assert outcome_of("4.1a", record) is Outcome.PASS


def test_a_feature_profile_makes_its_keys_required() -> None:
    found = values(SupportedFeatureProfiles="Core, LocalAuthListManagement")
    assert "LocalAuthListEnabled" in failure_of("4.1b", listed(found))


def test_the_spelling_of_a_key_does_not_matter() -> None:
    found = values(ResetRetries=None) | {"resetretries": "1"}
    assert outcome_of("4.1b", listed(found)) is Outcome.PASS


def test_a_key_that_is_listed_twice_fails() -> None:
    record = up()
    twice = [*items(values()), KeyValue(key="ResetRetries", readonly=False, value="1")]
    record.we(GetConfiguration(), GetConfigurationConf(configuration_key=twice))
    assert "listed more than once: resetretries" in failure_of("4.1b", record)


def test_a_listed_key_that_is_unknown_by_name_fails() -> None:
    found = values() | {"Vendor": "1"}
    assert "Vendor listed, but unknown" in failure_of("4.1b", listed(found, by_name=values()))


def test_a_listed_key_that_is_left_out_by_name_fails() -> None:
    record = up()
    record.we(GetConfiguration(), GetConfigurationConf(configuration_key=items(values())))
    some = items(values(ResetRetries=None))
    record.we(GetConfiguration(key=list(values())), GetConfigurationConf(configuration_key=some))
    assert "ResetRetries listed, but not answered" in failure_of("4.1b", record)


def test_a_key_that_is_known_by_name_only_shows_a_truncated_list() -> None:
    record = listed(values())
    read_key(record, "Vendor", "1")
    assert "Vendor known by name, but not listed" in failure_of("4.1b", record)


def test_keys_that_nobody_asked_for_by_name_leave_it_open() -> None:
    record = up()
    record.we(GetConfiguration(), GetConfigurationConf(configuration_key=items(values())))
    assert outcome_of("4.1b", record) is Outcome.INCONCLUSIVE


def test_names_may_be_asked_for_in_batches() -> None:
    record = up()
    all_items = items(values())
    with record.step(READ_ALL_KEYS):
        record.we(GetConfiguration(), GetConfigurationConf(configuration_key=all_items))
        for item in all_items:
            record.we(GetConfiguration(key=[item.key]), GetConfigurationConf(configuration_key=[item]))
    record.we(GetConfiguration(key=["HeartbeatInterval"]))
    assert outcome_of("4.1b", lives_on(record, 40)) is Outcome.PASS


def test_a_refusal_by_name_fails() -> None:
    record = up()
    record.we(GetConfiguration(), GetConfigurationConf(configuration_key=items(values())))
    record.we(GetConfiguration(key=list(values())), "OccurenceConstraintViolation")
    assert "CALLERROR OccurenceConstraintViolation" in failure_of("4.1b", record)


def test_a_record_without_steps_is_judged_alike() -> None:
    record = up(head=False)
    read_all(record)
    assert outcome_of("4.1b", record) is Outcome.PASS
