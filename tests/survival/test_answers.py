"""Stations that answer our commands badly, late, twice or never: the next command goes out all the same."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chargeproof.ocpp import (
    AvailabilityType,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ErrorCode,
    GetConfiguration,
    RemoteStartTransaction,
    Request,
    Reset,
    ResetType,
    TriggerMessage,
)
from chargeproof.ocpp.enums import MessageTrigger
from tests.survival.bench import RoughStation, with_booted_station

Frame = list[Any]
Reply = Callable[[Frame], list[str]]


def confirming(payload: Any) -> Reply:
    return lambda frame: [json.dumps([3, frame[1], payload])]


def failing(*rest: Any) -> Reply:
    return lambda frame: [json.dumps([4, frame[1], *rest])]


async def next_command_goes_out(station: RoughStation) -> None:
    station.reply = confirming({"status": "Accepted"})
    assert (await station.commanded(ClearCache())).state == "accepted"


KEYS: tuple[tuple[str, Any], ...] = (
    ("L-09 readonly a text", [{"key": "A", "readonly": "true", "value": "1"}]),
    ("L-09 readonly a number", [{"key": "A", "readonly": 1, "value": "1"}]),
    ("L-09 value a number", [{"key": "A", "readonly": False, "value": 1}]),
    ("L-09 value too long", [{"key": "A", "readonly": False, "value": "1" * 501}]),
    ("L-36 measurands too long", [{"key": "A", "readonly": False, "value": "Voltage," * 70 + "1"}]),
    ("no readonly", [{"key": "A", "value": "1"}]),
    ("an object", {"key": "A", "readonly": False, "value": "1"}),
    ("a field of its own", [{"key": "A", "readonly": False, "value": "1", "unit": "s"}]),
)


@pytest.mark.parametrize("items", [pytest.param(items, id=name) for name, items in KEYS])
def test_a_sloppy_configuration_is_read_as_far_as_it_can_be(items: Any) -> None:
    async def scenario(station: RoughStation) -> None:
        station.reply = confirming({"configurationKey": items})
        result = await station.commanded(GetConfiguration())
        assert result.state == "answered"
        assert result.deviations
        await station.node.store.flush()
        (kept,) = await station.node.store.configuration(station.charge_point_id)
        assert (kept.key, (kept.value or "")[-1:]) == ("A", "1")
        await next_command_goes_out(station)

    with_booted_station(scenario)


REFUSALS: tuple[tuple[str, Request[Any], str], ...] = (
    ("L-20", ChangeConfiguration(key="MeterValuesSampledData", value="Voltage,SoC"), "Rejected"),
    ("L-21", ChangeConfiguration(key="HeartbeatInterval", value="30"), "RebootRequired"),
    ("L-22", RemoteStartTransaction(id_tag="CARD"), "Rejected"),
    ("L-23", TriggerMessage(requested_message=MessageTrigger.METER_VALUES), "NotImplemented"),
    ("L-28", ChangeAvailability(connector_id=0, type=AvailabilityType.OPERATIVE), "Rejected"),
    ("no status of 1.6", ClearCache(), "Perhaps"),
    ("an empty status", Reset(type=ResetType.SOFT), ""),
)


@pytest.mark.parametrize(
    ("request_", "status"), [pytest.param(request, status, id=name) for name, request, status in REFUSALS]
)
def test_a_refusal_is_a_result_like_any_other(request_: Request[Any], status: str) -> None:
    async def scenario(station: RoughStation) -> None:
        station.reply = confirming({"status": status})
        result = await station.commanded(request_)
        assert str(getattr(result.confirmation, "status", None)) == status
        await next_command_goes_out(station)

    with_booted_station(scenario)


ERRORS: tuple[tuple[Any, ...], ...] = (
    *((code.value, "because", {}) for code in ErrorCode),
    ("OccurrenceConstraintViolation", "the right spelling, which 1.6 has not", {}),
    ("MadeUp", "", {}),
    ("", "", {}),
    ("x" * 5000, "y" * 5000, {"z": "z" * 5000}),
    ("GenericError", "no object", "text"),
    ("GenericError", "no object", None),
    ("GenericError", None, None),
    ("GenericError", 5, []),
    ("GenericError", ""),
    ("GenericError",),
    (None,),
    (4,),
    (),
    ("GenericError", "", {}, "surplus", 1),
)


@pytest.mark.parametrize("rest", ERRORS, ids=lambda rest: ascii(rest)[:40])
def test_every_kind_of_callerror_ends_the_command(rest: tuple[Any, ...]) -> None:
    async def scenario(station: RoughStation) -> None:
        station.reply = failing(*rest)
        result = await station.commanded(ClearCache(), timeout_s=0.3)
        assert result.state == "call_error"
        await next_command_goes_out(station)

    with_booted_station(scenario)


def test_no_answer_is_a_result_and_a_late_one_is_kept() -> None:
    """L-10, L-24."""

    async def scenario(station: RoughStation) -> None:
        result = await station.commanded(GetConfiguration(), timeout_s=0.05)
        assert result.state == "timed_out"
        late = station.commands[-1]
        station.say(json.dumps([3, late[1], {"configurationKey": []}]))
        await next_command_goes_out(station)
        await station.node.store.flush()
        states = {each.unique_id: each.state for each in await station.node.store.commands("CP-1")}
        assert states[late[1]] == "answered_late"

    with_booted_station(scenario)


def test_a_station_that_never_answers_is_served_all_the_same() -> None:
    """L-24: heartbeats go on, commands stay unanswered."""

    async def scenario(station: RoughStation) -> None:
        for _ in range(5):
            assert (await station.commanded(ClearCache(), timeout_s=0.02)).state == "timed_out"
            assert await station.confirmed("Heartbeat", {})

    with_booted_station(scenario)


def test_a_second_answer_changes_nothing() -> None:
    async def scenario(station: RoughStation) -> None:
        station.reply = lambda frame: [
            json.dumps([3, frame[1], {"status": status}]) for status in ("Accepted", "Rejected", "Accepted")
        ]
        assert (await station.commanded(ClearCache())).state == "accepted"
        assert (await station.commanded(ClearCache())).state == "accepted"
        await next_command_goes_out(station)

    with_booted_station(scenario)


def under_its_id(*texts: str) -> Reply:
    """Texts in which # stands for the id of the command."""
    return lambda frame: [text.replace("#", frame[1]) for text in texts]


SOMETHING_ELSE: tuple[tuple[str, Reply], ...] = (
    ("a list", confirming([])),
    ("a text", confirming("Accepted")),
    ("nothing", under_its_id('[3,"#"]')),
    ("another confirmation", confirming({"transactionId": 1, "idTagInfo": {"status": "Accepted"}})),
    ("under another id first", under_its_id('[3,"x",{}]', '[3,"#",{"status":"Accepted"}]')),
    ("a number as id first", under_its_id("[3,7,{}]", '[3,"#",{}]')),
    ("a call under its id first", under_its_id('[2,"#","Heartbeat",{}]', '[3,"#",{}]')),
    ("broken, then whole", under_its_id('[3,"#",{', '[3,"#",{"status":"Accepted"}]')),
    ("an error, then a result", under_its_id('[4,"#","GenericError","",{}]', '[3,"#",{}]')),
)


@pytest.mark.parametrize("reply", [pytest.param(reply, id=name) for name, reply in SOMETHING_ELSE])
def test_an_answer_that_is_something_else_ends_the_command(reply: Reply) -> None:
    async def scenario(station: RoughStation) -> None:
        station.reply = reply
        result = await station.commanded(ClearCache(), timeout_s=5)
        assert result.state in ("accepted", "rejected", "answered", "call_error")
        await next_command_goes_out(station)

    with_booted_station(scenario)


def test_a_station_that_breaks_off_while_it_is_asked_leaves_no_command_waiting() -> None:
    """L-10, L-05."""

    async def scenario(station: RoughStation) -> None:
        gone = await station.node.booted("CP-2")

        def drop(_frame: Frame) -> list[str]:
            gone.wire.abort()
            return []

        gone.reply = drop
        assert (await gone.commanded(ClearCache())).state == "unknown"
        again = await station.node.booted("CP-2")
        await next_command_goes_out(again)
        await again.leave()

    with_booted_station(scenario)
