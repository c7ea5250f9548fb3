"""/commands: forms, what can work now, states kept apart, and effects that were seen."""

from typing import Any

import jsonschema
import pytest

from chargeproof.ocpp import REQUESTS, Role
from chargeproof.store.records import ConfigurationRecord
from chargeproof.web.people import roles
from tests.web.api.station_bench import HERE, STATION, StationBench, on_station_bench, told


@on_station_bench()
async def test_every_command_of_a_central_system_has_a_form(bench: StationBench) -> None:
    forms = {form["action"]: form for form in (await bench.get("/commands/schemas"))["items"]}
    assert set(forms) == {a for a, cls in REQUESTS.items() if cls.may_be_sent_by(Role.CENTRAL_SYSTEM)}
    for form in forms.values():
        jsonschema.Draft202012Validator.check_schema(form["payload_schema"])
        assert form["description"]
        assert form["destructive"] == bool(form["warning"])
    reset = forms["Reset"]
    assert reset["payload_schema"]["properties"]["type"]["enum"] == ["Hard", "Soft"]
    assert reset["payload_schema"]["required"] == ["type"]
    assert reset["effect"] == "a BootNotification"
    assert forms["ReserveNow"]["payload_schema"]["properties"]["idTag"]["maxLength"] == 20
    profile = forms["SetChargingProfile"]["payload_schema"]["properties"]["csChargingProfiles"]
    assert "chargingSchedule" in profile["properties"]
    assert "$ref" not in str(profile)


@on_station_bench()
async def test_a_command_that_cannot_work_says_why(bench: StationBench) -> None:
    async def reasons() -> dict[str, str]:
        rows = (await bench.get(f"{HERE}/commands/available"))["items"]
        assert all(row["available"] != bool(row["reason"]) for row in rows)
        return {row["action"]: row["reason"] for row in rows}

    assert (await reasons())["RemoteStopTransaction"] == "No transaction is open at this station"
    assert not (await reasons())["ReserveNow"]
    only_core = ConfigurationRecord(
        charge_point_id=STATION,
        key="SupportedFeatureProfiles",
        value="Core,RemoteTrigger",
        readonly=True,
        known=True,
        read_at=bench.web.office.clock.now(),
    )
    bench.web.office.store.record_configuration([only_core])
    found = await reasons()
    assert "does not support the feature profile Reservation" in found["ReserveNow"]
    assert not found["TriggerMessage"]
    await bench.web.office.simulated.stop(STATION)
    await bench.pass_time(1)
    assert set((await reasons()).values()) == {"The station is not connected"}


@on_station_bench(unknown_stations="pending")
async def test_a_station_that_waits_can_be_asked_and_no_more(bench: StationBench) -> None:
    rows = (await bench.get(f"{HERE}/commands/available"))["items"]
    available = {row["action"] for row in rows if row["available"]}
    assert "GetConfiguration" in available
    assert "RemoteStartTransaction" not in available
    command = await bench.post(f"{HERE}/commands", {"action": "GetConfiguration"}, wait=5)
    assert command["state"] == "answered"


@on_station_bench()
async def test_accepted_and_effect_seen_are_two_things(bench: StationBench) -> None:
    reset = {"action": "Reset", "payload": {"type": "Soft"}}
    command = await bench.post(f"{HERE}/commands", reset, wait=5)
    assert (command["state"], command["confirmation"]) == ("accepted", {"status": "Accepted"})
    assert command["effect"]["expected"] == "The station boots again (BootNotification)"
    assert command["effect"]["seen_at"] is None
    await bench.pass_time(30)
    later = await bench.get(f"{HERE}/commands/{command['command_id']}")
    assert later["state"] == "accepted"
    assert later["effect"]["seen_at"] > command["ended_at"]
    assert later["effect"]["shown_by"] == "BootNotification"
    (listed,) = (await bench.get(f"{HERE}/commands"))["items"]
    assert listed == later


@on_station_bench()
async def test_an_effect_is_found_in_history_after_a_restart(bench: StationBench) -> None:
    trigger = {"action": "TriggerMessage", "payload": {"requestedMessage": "Heartbeat"}}
    command = await bench.post(f"{HERE}/commands", trigger, wait=5)
    await bench.pass_time(5)
    bench.web.office.commands._errands.clear()
    later = await bench.get(f"{HERE}/commands/{command['command_id']}")
    assert later["effect"]["shown_by"] == "Heartbeat"
    message = await bench.get(f"{HERE}/messages/{later['effect']['message']}")
    assert message["action"] == "Heartbeat"


EFFECTS: list[tuple[str, dict[str, Any], str]] = [
    ("RemoteStartTransaction", {"idTag": "CARD", "connectorId": 1}, "StartTransaction"),
    ("ChangeAvailability", {"connectorId": 2, "type": "Inoperative"}, "StatusNotification"),
    ("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}, "StatusNotification"),
    ("ReserveNow", {"connectorId": 2, "expiryDate": "2026-01-02T00:00:00Z", "idTag": "A", "reservationId": 1},
     "StatusNotification"),
    ("GetDiagnostics", {"location": "http://files.invalid/nothing/"}, ""),
    ("UnlockConnector", {"connectorId": 1}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("action", "payload", "shown_by"), EFFECTS, ids=[each[0] for each in EFFECTS])
def test_the_effect_of_each_command_is_looked_for(
    action: str, payload: dict[str, Any], shown_by: str
) -> None:
    @on_station_bench(unknown_id_tags="accept")
    async def scenario(bench: StationBench) -> None:
        await bench.station.plug_in(1)
        await bench.pass_time(1)
        body = {"action": action, "payload": payload}
        command = await bench.post(f"{HERE}/commands", body, wait=5)
        await bench.pass_time(60)
        effect = (await bench.get(f"{HERE}/commands/{command['command_id']}"))["effect"]
        assert effect["shown_by"] == shown_by, effect
        assert (effect["seen_at"] is not None) == bool(shown_by)

    scenario()


@on_station_bench()
async def test_each_state_is_told_apart(bench: StationBench) -> None:
    async def state(action: str, payload: dict[str, Any] | None = None, **wanted: Any) -> tuple[str, str]:
        body = {"action": action, "payload": payload or {}}
        told_of = await bench.post(f"{HERE}/commands", body, **wanted)
        return told_of["state"], told_of["detail"]

    assert await state("ClearCache", wait=5) == ("accepted", "Accepted")
    assert await state("RemoteStopTransaction", {"transactionId": 99}, wait=5) == ("rejected", "Rejected")
    assert await state("GetLocalListVersion", wait=5) == ("answered", "")
    assert (await state("ClearCache"))[0] in ("queued", "sent")
    boot = {"requestedMessage": "BootNotification"}
    assert (await state("TriggerMessage", boot, wait=5))[0] == "refused"
    await bench.web.office.simulated.stop(STATION)
    await bench.pass_time(1)
    assert (await state("ClearCache", wait=5))[0] == "not_connected"
    states = {row["state"] for row in (await bench.get(f"{HERE}/commands"))["items"]}
    assert states >= {"accepted", "rejected", "answered", "refused", "not_connected"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"action": ""},
        {"action": "Nope"},
        {"action": "Heartbeat"},
        {"action": "Reset"},
        {"action": "Reset", "payload": {"type": "Gentle"}},
        {"action": "Reset", "payload": {"type": "Soft", "more": 1}},
        {"action": "Reset", "payload": []},
        {"action": "UnlockConnector", "payload": {"connectorId": "1"}},
        {"action": "UnlockConnector", "payload": {"connectorId": 0}},
        {"action": "ClearCache", "timeout_s": 0},
        {"action": "ClearCache", "timeout_s": 1e9},
        {"action": "ClearCache", "unknown": 1},
    ],
)
def test_what_is_no_command_is_refused_with_a_sentence(body: object) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        told(await bench.api.post(f"{HERE}/commands", json=body), 400)

    scenario()


@on_station_bench()
async def test_testers_send_what_does_no_harm(bench: StationBench) -> None:
    async with bench.as_role(roles.Role.TESTER) as tester:
        harmless = {"action": "TriggerMessage", "payload": {"requestedMessage": "Heartbeat"}}
        told(await tester.post(f"{HERE}/commands", json=harmless), 201)
        harmful = {"action": "Reset", "payload": {"type": "Hard"}}
        assert "operator" in told(await tester.post(f"{HERE}/commands", json=harmful), 403)["detail"]
    async with bench.as_role(roles.Role.VIEWER) as viewer:
        told(await viewer.post(f"{HERE}/commands", json=harmless), 403)


@on_station_bench()
async def test_the_same_key_sends_a_command_once(bench: StationBench) -> None:
    body = {"action": "ClearCache", "payload": {}}
    headers = {"idempotency-key": "once"}
    first = told(await bench.api.post(f"{HERE}/commands", json=body, headers=headers), 201)
    again = told(await bench.api.post(f"{HERE}/commands", json=body, headers=headers), 201)
    assert first == again
    await bench.pass_time(1)
    assert len((await bench.get(f"{HERE}/commands"))["items"]) == 1
