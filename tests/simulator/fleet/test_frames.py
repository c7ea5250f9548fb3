"""The texts of lean stations are messages that anybody takes."""

import pytest

from chargeproof.ocpp import MeterValues, StopTransaction, read_request
from chargeproof.ocpp.frames import Call, read_frame
from chargeproof.simulator.fleet.frames import CHARGING, METER_VALUES, OPENING, STOP, Template, card_of

VALUES = (b"00000001-0000-4000-8000-000000000001", b"2026-01-31T12:00:00.000Z", card_of(7), b"4711")


@pytest.mark.parametrize("template", [*OPENING, *CHARGING], ids=lambda template: template.action)
def test_every_text_is_a_message_without_deviations(template: Template) -> None:
    frame, deviations = read_frame(template.fill(VALUES))
    assert isinstance(frame, Call)
    reading = read_request(frame.action, frame.payload)
    assert (frame.unique_id, frame.action) == (VALUES[0].decode(), template.action)
    assert deviations == reading.deviations == ()


def test_the_meter_values_of_three_phases_are_long() -> None:
    text = METER_VALUES.fill(VALUES)
    assert 1350 <= len(text) <= 1450
    frame, _ = read_frame(text)
    assert isinstance(frame, Call)
    message = read_request(frame.action, frame.payload).message
    assert isinstance(message, MeterValues)
    assert message.transaction_id == 4711
    assert len(message.meter_value[0].sampled_value) == 10


def test_a_stop_names_the_card_and_the_transaction() -> None:
    frame, _ = read_frame(STOP.fill(VALUES))
    assert isinstance(frame, Call)
    message = read_request(frame.action, frame.payload).message
    assert isinstance(message, StopTransaction)
    assert (message.transaction_id, message.id_tag) == (4711, "FLEET-00007")


def test_the_mix_is_that_of_a_charging_day() -> None:
    actions = [template.action for template in CHARGING]
    assert actions.count("MeterValues") == 4
    assert actions.count("Heartbeat") == 2
    assert actions.count("StatusNotification") == 2
    assert (actions[0], actions[-2]) == ("StartTransaction", "StopTransaction")
