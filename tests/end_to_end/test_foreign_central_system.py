"""Our simulated station at central systems that were written with other libraries, over real sockets.

Each of them holds every payload of the station against its own JSON schemas.
"""

import itertools
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from typing import Any

import pytest

from chargeproof.clock import LoopClock
from chargeproof.simulator.client import WebSocketDial
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.simulator.model import load_model
from chargeproof.simulator.station import SimulatedStation
from tests.peers.control import Control, most_open_calls
from tests.peers.node_program import node_program
from tests.peers.programs import Program, python_program, running
from tests.quiet_time import run

SPEED = 20.0
HEARTBEAT_INTERVAL_S = 20
NUMBERS = itertools.count(1)
ACCEPTED = {"status": "Accepted"}
MEASURANDS = "Voltage,Current.Import,Power.Active.Import,Energy.Active.Import.Register"

Visit = Callable[[Control, SimulatedStation], Coroutine[Any, Any, None]]


@pytest.fixture(params=["python", "node"], scope="module")
def central_system(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Program]:
    options = ["--speed", str(SPEED), "--heartbeat-interval", str(HEARTBEAT_INTERVAL_S)]
    if request.param == "node":
        command = node_program("central_system.js", *options)
    else:
        command = python_program("tests.peers.python.central_system", *options)
    with running(command, tmp_path_factory.mktemp("peer") / "central_system.log") as program:
        yield program


def visit(central_system: Program, play: Visit) -> None:
    """Switch a station on, play with it, switch it off; then see that nothing of it was objected to."""

    charge_point_id = f"SIMULATED-{next(NUMBERS)}"

    async def played() -> None:
        station = SimulatedStation(
            load_model("lawful"),
            charge_point_id,
            dial=WebSocketDial(central_system.said["url"]),
            transfer=NetworkFileTransfer(),
            clock=LoopClock(),
        )
        await station.power_on()
        try:
            async with Control(central_system.said["control"], charge_point_id) as control:
                await control.next_call("BootNotification")
                await play(control, station)
                assert await control.violations() == []
                assert most_open_calls(await control.frames()) == 1
        finally:
            await station.power_off()

    try:
        run(played(), SPEED)
    except BaseException as error:
        error.add_note(central_system.story())
        raise


async def statuses(control: Control, after: int, *expected: tuple[int, str]) -> int:
    """Wait for these (connector, status) in this order, with others between them; the last one's number."""
    for connector_id, status in expected:
        while True:
            after, told = await control.next_call("StatusNotification", after)
            if (told["connectorId"], told["status"]) == (connector_id, status):
                break
    return after


async def start_remotely(control: Control, station: SimulatedStation) -> tuple[int, int]:
    """Begin a transaction on connector 1; returns the number of its StartTransaction, and its id."""
    await station.plug_in(1)
    await statuses(control, 0, (1, "Preparing"))
    answer = await control.call("RemoteStartTransaction", idTag="REMOTE", connectorId=1)
    assert answer == {"status": "Accepted"}
    n, start = await control.next_call("StartTransaction")
    assert (start["connectorId"], start["idTag"]) == (1, "REMOTE")
    await statuses(control, 0, (1, "Charging"))
    return n, int((await control.answer_to(n))["transactionId"])


def seconds_between(earlier: dict[str, Any], later: dict[str, Any]) -> float:
    """Between the payload times of two MeterValues."""
    begin, end = (datetime.fromisoformat(values["meterValue"][0]["timestamp"]) for values in (earlier, later))
    return (end - begin).total_seconds()


def test_it_boots_first_and_reports_itself_and_every_connector(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        await statuses(control, 0, (0, "Available"), (1, "Available"), (2, "Available"))
        calls = [entry["frame"][2] for entry in await control.frames() if entry["frame"][0] == 2]
        assert calls == ["BootNotification", *["StatusNotification"] * 3]

    visit(central_system, play)


def test_it_sends_heartbeats_as_often_as_it_was_told(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        n, _ = await control.next_call("Heartbeat")
        begin = station.clock.monotonic()
        await control.next_call("Heartbeat", n)
        assert station.clock.monotonic() - begin == pytest.approx(HEARTBEAT_INTERVAL_S, abs=5)

    visit(central_system, play)


def test_a_remote_session_is_metered_and_stopped_by_the_id_that_was_given(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        assert (
            await control.call("ChangeConfiguration", key="MeterValueSampleInterval", value="10") == ACCEPTED
        )
        assert (
            await control.call("ChangeConfiguration", key="MeterValuesSampledData", value=MEASURANDS)
            == ACCEPTED
        )
        started, transaction_id = await start_remotely(control, station)
        n, first = await control.next_call("MeterValues", started)
        _, second = await control.next_call("MeterValues", n)
        assert first["transactionId"] == transaction_id
        assert seconds_between(first, second) == pytest.approx(10, abs=2)
        measured = {reading["measurand"] for reading in first["meterValue"][0]["sampledValue"]}
        assert measured == set(MEASURANDS.split(","))
        assert await control.call("RemoteStopTransaction", transactionId=transaction_id) == ACCEPTED
        _, stop = await control.next_call("StopTransaction")
        assert (stop["transactionId"], stop["reason"]) == (transaction_id, "Remote")
        await statuses(control, started, (1, "Finishing"))

    visit(central_system, play)


def test_a_card_is_asked_about_and_a_refused_one_starts_nothing(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        await control.answer_cards(STRANGER="Blocked")
        await station.plug_in(1)
        await statuses(control, 0, (1, "Preparing"))
        await station.present_card("STRANGER", 1)
        n, asked = await control.next_call("Authorize")
        assert asked == {"idTag": "STRANGER"}
        await station.clock.sleep(5)
        await station.present_card("FRIEND", 1)
        n, asked = await control.next_call("Authorize", n)
        assert asked == {"idTag": "FRIEND"}
        n, start = await control.next_call("StartTransaction")
        assert start["idTag"] == "FRIEND"
        await station.unplug(1)
        _, stop = await control.next_call("StopTransaction", n)
        assert stop["reason"] == "EVDisconnected"

    visit(central_system, play)


def test_its_configuration_is_read_and_written(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        everything = await control.call("GetConfiguration")
        keys = {item["key"] for item in everything["configurationKey"]}
        assert {"HeartbeatInterval", "NumberOfConnectors", "SupportedFeatureProfiles"} <= keys
        assert await control.call("ChangeConfiguration", key="HeartbeatInterval", value="333") == ACCEPTED
        assert await control.call("ChangeConfiguration", key="NumberOfConnectors", value="9") == {
            "status": "Rejected"
        }
        read = await control.call("GetConfiguration", key=["HeartbeatInterval", "NoSuchKey"])
        assert read["configurationKey"] == [{"key": "HeartbeatInterval", "readonly": False, "value": "333"}]
        assert read["unknownKey"] == ["NoSuchKey"]

    visit(central_system, play)


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
def test_after_a_reset_it_ends_its_session_and_boots_again(central_system: Program, kind: str) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        started, transaction_id = await start_remotely(control, station)
        assert await control.call("Reset", type=kind) == ACCEPTED
        _, stop = await control.next_call("StopTransaction", started)
        assert (stop["transactionId"], stop["reason"]) == (transaction_id, f"{kind}Reset")
        booted, _ = await control.next_call("BootNotification", started)
        for connector_id, status in ((0, "Available"), (2, "Available")):
            await statuses(control, booted, (connector_id, status))

    visit(central_system, play)


def test_a_session_goes_on_when_the_line_is_lost_and_nothing_boots(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        assert (
            await control.call("ChangeConfiguration", key="MeterValueSampleInterval", value="10") == ACCEPTED
        )
        started, _ = await start_remotely(control, station)
        n, first = await control.next_call("MeterValues", started)
        await control.hang_up()
        n, second = await control.next_call("MeterValues", n)
        if seconds_between(first, second) == 0:  # its answer was lost with the line, so it came again
            n, second = await control.next_call("MeterValues", n)
        assert seconds_between(first, second) == pytest.approx(10, abs=2)
        _, third = await control.next_call("MeterValues", n)
        assert seconds_between(second, third) == pytest.approx(10, abs=2)
        boots = [e for e in await control.frames() if e["frame"][2:3] == ["BootNotification"]]
        assert len(boots) == 1

    visit(central_system, play)


COMMANDS: list[tuple[str, dict[str, Any], str]] = [
    ("ClearCache", {}, "Accepted"),
    ("UnlockConnector", {"connectorId": 2}, "Unlocked"),
    ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}, "Accepted"),
    ("ChangeAvailability", {"connectorId": 0, "type": "Operative"}, "Accepted"),
    ("TriggerMessage", {"requestedMessage": "StatusNotification"}, "Accepted"),
    ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}, "Accepted"),
    ("DataTransfer", {"vendorId": "org.example"}, "UnknownVendorId"),
    (
        "SendLocalList",
        {
            "listVersion": 3,
            "updateType": "Full",
            "localAuthorizationList": [{"idTag": "A", "idTagInfo": {"status": "Accepted"}}],
        },
        "Accepted",
    ),
    (
        "ReserveNow",
        {"connectorId": 2, "expiryDate": "2099-01-01T00:00:00Z", "idTag": "A", "reservationId": 5},
        "Accepted",
    ),
    ("CancelReservation", {"reservationId": 5}, "Accepted"),
    (
        "SetChargingProfile",
        {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 1,
                "stackLevel": 0,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}],
                },
            },
        },
        "Accepted",
    ),
    (
        "GetCompositeSchedule",
        {"connectorId": 1, "duration": 600, "chargingRateUnit": "A"},
        "Accepted",
    ),
    ("ClearChargingProfile", {"id": 1}, "Accepted"),
]


def test_every_other_command_is_answered_as_the_schemas_want(central_system: Program) -> None:
    async def play(control: Control, station: SimulatedStation) -> None:
        await statuses(control, 0, (2, "Available"))
        for action, payload, status in COMMANDS:
            answer = await control.call(action, **payload)
            assert answer["status"] == status, (action, answer)
        assert await control.call("GetLocalListVersion") == {"listVersion": 3}
        await statuses(control, 0, (0, "Unavailable"), (0, "Available"))

    visit(central_system, play)
