"""The transitions of S§4.9, counted and spot-checked against the specification's table."""

import pytest

from chargeproof.ocpp import (
    CONNECTOR_TRANSITIONS,
    STATION_STATUSES,
    TRANSITION_TEXTS,
    ChargePointStatus,
    is_transition,
    transition_id,
)

NUMBERS = {
    ChargePointStatus.AVAILABLE: ("A", "2345789"),
    ChargePointStatus.PREPARING: ("B", "134569"),
    ChargePointStatus.CHARGING: ("C", "145689"),
    ChargePointStatus.SUSPENDED_EV: ("D", "135689"),
    ChargePointStatus.SUSPENDED_EVSE: ("E", "134689"),
    ChargePointStatus.FINISHING: ("F", "1289"),
    ChargePointStatus.RESERVED: ("G", "1289"),
    ChargePointStatus.UNAVAILABLE: ("H", "123459"),
    ChargePointStatus.FAULTED: ("I", "12345678"),
}
ORDER = tuple(NUMBERS)


@pytest.mark.parametrize("before", ORDER)
def test_a_row_holds_the_transitions_of_the_specification(before: ChargePointStatus) -> None:
    letter, numbers = NUMBERS[before]
    for number, after in enumerate(ORDER, start=1):
        lawful = str(number) in numbers
        assert is_transition(before, after) == lawful
        assert (after in CONNECTOR_TRANSITIONS[before]) == lawful
        assert transition_id(before, after) == (f"{letter}{number}" if lawful else None)


def test_every_transition_has_a_text_and_every_text_a_transition() -> None:
    expected = {f"{letter}{number}" for letter, numbers in NUMBERS.values() for number in numbers}
    assert TRANSITION_TEXTS.keys() == expected
    assert all(TRANSITION_TEXTS.values())


def test_no_status_follows_itself() -> None:
    assert not any(is_transition(status, status) for status in ChargePointStatus)


def test_the_station_itself_has_three_statuses() -> None:
    assert {"Available", "Unavailable", "Faulted"} == STATION_STATUSES
