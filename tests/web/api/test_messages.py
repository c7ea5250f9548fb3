"""/messages: request and answer on one row, found again, and exported."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chargeproof.store.queries import NumberedExchange
from chargeproof.store.records import ExchangeRecord, FlagRecord
from chargeproof.web.rows.messages import message_of
from tests.web.api.station_bench import HERE, STATION, StationBench, on_station_bench, told


@on_station_bench()
async def test_request_and_answer_stand_on_one_row(bench: StationBench) -> None:
    rows = (await bench.get(f"{HERE}/messages"))["items"]
    boot = rows[-1]
    assert (boot["number"], boot["action"], boot["caller"], boot["outcome"]) == (
        1,
        "BootNotification",
        "charge_point",
        "answered",
    )
    assert boot["request"].startswith(f'[2,"{boot["unique_id"]}","BootNotification",')
    assert boot["answer"].startswith(f'[3,"{boot["unique_id"]}",')
    assert boot["latency_ms"] == 0
    assert boot["about"] == "Lawful → Accepted"
    assert rows[0]["about"] == "connector 2 · Available · NoError"
    assert [row["number"] for row in rows] == [4, 3, 2, 1]
    assert await bench.get(f"{HERE}/messages/1") == boot


@pytest.mark.parametrize(
    ("sampled", "told"),
    [
        ([{"value": "2360"}], " · 2.36 kWh"),
        ([{"value": "11040", "measurand": "Power.Active.Import", "unit": "W"}, {"value": "5"}],
         " · 11.04 kW · 0.01 kWh"),
        ([{"value": "11", "measurand": "Power.Active.Import", "unit": "kW", "phase": "L1"}], ""),
        ([{"value": "warm"}, {"value": 7}, "odd", {"value": "nan"}], ""),
        ("no list", ""),
    ],
)  # fmt: skip
def test_a_row_of_meter_values_tells_power_and_energy(sampled: Any, told: str) -> None:
    payload = {"connectorId": 1, "meterValue": [{"sampledValue": []}, {"sampledValue": sampled}]}
    assert about_of(payload) == "connector 1" + told


def test_a_row_of_a_configuration_tells_what_was_asked_for_and_how_much_came() -> None:
    assert about_of({}, {"configurationKey": [{}] * 43}) == "→ 43 keys"
    assert about_of({"key": ["A", "B"]}, {"configurationKey": [{}], "unknownKey": ["B"]}) == "A, B → 1 key"
    assert about_of({"key": ["A"]}, {"unknownKey": ["A"]}) == "A"


def about_of(payload: Any, answer: Any = None) -> str:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    exchange = ExchangeRecord(
        charge_point_id=STATION,
        connection=1,
        caller="charge_point",
        action="MeterValues",
        unique_id="m1",
        outcome="answered",
        requested_at=at,
        request_text=json.dumps([2, "m1", "MeterValues", payload]),
        answer_text=None if answer is None else json.dumps([3, "m1", answer]),
    )
    return message_of(NumberedExchange(1, exchange)).about


@on_station_bench()
async def test_messages_are_found_by_what_they_are(bench: StationBench) -> None:
    await bench.post(f"{HERE}/commands", {"action": "ClearCache"}, wait=5)

    async def actions(**wanted: Any) -> list[str]:
        return [row["action"] for row in (await bench.get(f"{HERE}/messages", **wanted))["items"]]

    statuses = ["StatusNotification"] * 3
    assert await actions(action="BootNotification") == ["BootNotification"]
    assert await actions(action="BootNotification, ClearCache") == ["ClearCache", "BootNotification"]
    assert await actions(caller="central_system") == ["ClearCache"]
    assert await actions(kind="answered,timed_out") == ["ClearCache", *statuses, "BootNotification"]
    assert await actions(kind="timed_out") == []
    assert await actions(text="LAWFUL-BOX") == ["BootNotification"]
    assert await actions(text="lawful_box") == []
    assert await actions(since="2026-01-01T00:00:10Z") == ["ClearCache"]
    assert await actions(until="2026-01-01T00:00:10Z") == [*statuses, "BootNotification"]
    assert await actions(deviating=True) == []
    (boot,) = (await bench.get(f"{HERE}/messages", action="BootNotification"))["items"]
    assert await actions(id=boot["unique_id"]) == ["BootNotification"]
    everywhere = await bench.get("/messages", action="ClearCache")
    assert [row["charge_point_id"] for row in everywhere["items"]] == [STATION]


@on_station_bench()
async def test_deviations_stand_with_their_message(bench: StationBench) -> None:
    store = bench.web.office.store
    now = bench.web.office.clock.now()
    exchange = ExchangeRecord(
        charge_point_id=STATION,
        connection=1,
        caller="charge_point",
        outcome="answered",
        requested_at=now,
        answered_at=now,
        unique_id="same",
        action="Heartbeat",
        request_text='[2,"same","Heartbeat",{"x":1}]',
    )
    store.record_exchange(exchange)
    flag = FlagRecord(
        charge_point_id=STATION,
        connection=1,
        unique_id="same",
        action="Heartbeat",
        rule="unknown_field",
        where="$.x",
        value="1",
        at=now,
    )
    store.record_flags([flag, msgspec.structs.replace(flag, unique_id="other")])
    (row,) = (await bench.get(f"{HERE}/messages", deviating=True))["items"]
    assert row["deviations"] == [{"rule": "unknown_field", "where": "$.x", "value": "1"}]
    assert len((await bench.get(f"{HERE}/messages", deviating=False))["items"]) == 4


@on_station_bench()
async def test_pages_follow_one_another_to_the_first_message(bench: StationBench) -> None:
    numbers, cursor = [], None
    while True:
        page = await bench.get(f"{HERE}/messages", limit=3, **({"cursor": cursor} if cursor else {}))
        numbers += [row["number"] for row in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert numbers == [4, 3, 2, 1]


@on_station_bench()
async def test_exports_hold_every_message_and_no_formula(bench: StationBench) -> None:
    store = bench.web.office.store
    store.record_exchange(
        ExchangeRecord(
            charge_point_id=STATION,
            connection=1,
            caller="charge_point",
            outcome="malformed",
            requested_at=bench.web.office.clock.now(),
            request_text='=HYPERLINK("http://bad.example")',
        )
    )
    answer = await bench.api.get(f"{HERE}/messages.csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="SIM-1-messages.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["number"] for row in rows] == ["5", "4", "3", "2", "1"]
    assert rows[0]["request"] == '\'=HYPERLINK("http://bad.example")'
    lines = (await bench.api.get(f"{HERE}/messages.jsonl", params={"action": "BootNotification"})).text
    assert [msgspec.json.decode(line)["number"] for line in lines.splitlines()] == [1]


@on_station_bench()
async def test_secrets_are_masked_in_frames_and_all_else_is_as_it_was(bench: StationBench) -> None:
    secret = "0123456789ABCDEF0123"
    payload = {"key": "AuthorizationKey", "value": secret}
    command = await bench.post(
        f"{HERE}/commands", {"action": "ChangeConfiguration", "payload": payload}, wait=5
    )
    assert command["payload"] == {"key": "AuthorizationKey", "value": "[redacted]"}
    for path in (f"{HERE}/messages", f"{HERE}/commands", f"{HERE}/messages.csv", f"{HERE}/messages.jsonl"):
        answer = await bench.api.get(path)
        assert secret not in answer.text
        assert "AuthorizationKey" in answer.text


@on_station_bench()
async def test_a_message_of_another_station_has_no_address_here(bench: StationBench) -> None:
    await bench.patch("/charge-points/OTHER", {"registration": None})
    await bench.get("/charge-points/OTHER/messages/1", 404)
    await bench.get(f"{HERE}/messages/5", 404)


@pytest.mark.parametrize(
    "question",
    [
        "messages?kind=odd",
        "messages?caller=nobody",
        "messages?since=now",
        "messages?until=2026-01-01T00:00:00",
        "messages?deviating=perhaps",
        "messages?cursor=%00",
        "messages?limit=many",
        "messages?text=" + "x" * 501,
        "messages/0",
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(question: str) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        told(await bench.api.get(f"{HERE}/{question}"), 400)

    scenario()
