"""/transactions: the list, one of them, and what was measured as series with marks."""

import csv
import io
from datetime import datetime
from typing import Any

import pytest

from chargeproof.store.records import IdTagRecord, MeterValueRecord
from tests.web.api.station_bench import STATION, StationBench, on_station_bench, told


async def charge(bench: StationBench, connector_id: int = 1, minutes: float = 5) -> None:
    await bench.web.office.store.put_id_tag(IdTagRecord(id_tag="CARD"))
    await bench.station.plug_in(connector_id)
    await bench.pass_time(10)
    await bench.station.present_card("CARD", connector_id)
    await bench.pass_time(minutes * 60)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@on_station_bench()
async def test_an_open_transaction_shows_what_it_has_taken_so_far(bench: StationBench) -> None:
    await charge(bench, minutes=10)
    (row,) = (await bench.get("/transactions", open=True))["items"]
    assert (row["charge_point_id"], row["connector_id"], row["id_tag"]) == (STATION, 1, "CARD")
    assert (row["open"], row["stopped_at"], row["duration_s"]) == (True, None, None)
    assert row["energy_wh"] > 1000
    assert (await bench.get(f"/charge-points/{STATION}"))["connectors"][1]["transaction_id"] == 1


@on_station_bench()
async def test_an_ended_transaction_has_its_energy_time_and_reason(bench: StationBench) -> None:
    await charge(bench)
    await bench.station.unplug(1)
    await bench.pass_time(10)
    row = await bench.get("/transactions/1")
    assert (row["open"], row["stop_reason"], row["duration_s"]) == (False, "EVDisconnected", 300)
    assert row["energy_wh"] == row["meter_stop_wh"] - row["meter_start_wh"] > 0
    assert (await bench.get("/transactions", open=True))["items"] == []


@on_station_bench()
async def test_transactions_are_filtered_and_come_in_pages(bench: StationBench) -> None:
    await charge(bench, 1, minutes=1)
    await charge(bench, 2, minutes=1)

    async def ids(**wanted: Any) -> list[int]:
        return [row["transaction_id"] for row in (await bench.get("/transactions", **wanted))["items"]]

    assert await ids() == [2, 1]
    assert await ids(charge_point_id=STATION, id_tag="card") == [2, 1]
    assert await ids(charge_point_id="OTHER") == []
    start = (await bench.get("/transactions/2"))["start_received_at"]
    assert await ids(since=start) == [2]
    assert await ids(until=start) == [1]
    page = await bench.get("/transactions", limit=1)
    assert await ids(cursor=page["next"], limit=1) == [1]


@on_station_bench()
async def test_series_are_ready_for_a_chart(bench: StationBench) -> None:
    wanted = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage"
    await bench.patch(f"/charge-points/{STATION}/configuration", {"MeterValuesSampledData": wanted})
    await charge(bench)
    measured = await bench.get("/transactions/1/meter-values")
    series = {each["key"]: each for each in measured["series"]}
    assert {each["quantity"] for each in series.values()} == {"power", "energy", "current", "voltage"}
    assert {"Current.Import L1", "Current.Import L2", "Current.Import L3"} <= series.keys()
    register = series["Energy.Active.Import.Register"]
    assert register["unit"] == "Wh"
    assert len(register["times"]) == len(register["values"]) == len(register["delays_s"]) == 4
    assert register["values"] == sorted(register["values"])
    assert measured["series"][0]["quantity"] == "power"
    rows = list(csv.DictReader(io.StringIO((await bench.api.get("/transactions/1/meter-values.csv")).text)))
    assert len(rows) == len(measured["samples"])
    assert rows[0]["measurand"] in series


@on_station_bench()
async def test_marks_tell_what_happened_around_it(bench: StationBench) -> None:
    await charge(bench, minutes=2)
    bench.web.office.central_system.cut(STATION)
    await bench.pass_time(120)
    bench.web.office.central_system.restore(STATION)
    await bench.pass_time(120)
    await bench.station.unplug(1)
    await bench.pass_time(10)
    measured = await bench.get("/transactions/1/meter-values")
    marks = measured["marks"]
    kinds = [mark["kind"] for mark in marks]
    assert kinds.index("authorize") < kinds.index("start") < kinds.index("outage") < kinds.index("stop")
    (outage,) = [mark for mark in marks if mark["kind"] == "outage"]
    away_s = (moment(outage["ends_at"]) - moment(outage["at"])).total_seconds()
    assert 120 <= away_s <= 150
    assert "Charging" in [mark["label"] for mark in marks if mark["kind"] == "status"]
    delays = [delay for each in measured["series"] for delay in each["delays_s"]]
    assert max(delays) > 30, "what was queued in the outage came late"


@on_station_bench()
async def test_odd_values_are_shown_and_spoil_no_series(bench: StationBench) -> None:
    await charge(bench, minutes=1)
    now = bench.web.office.clock.now()
    odd = [
        {"value": "1.5", "unit": "kWh"},
        {"value": "NaN"},
        {"value": "x", "format": "SignedData"},
        {"value": "1e999"},
        {"value": "3,5", "measurand": "Current.Import", "phase": "L1", "unit": "A"},
    ]
    values = MeterValueRecord(
        charge_point_id=STATION,
        connector_id=1,
        transaction_id=1,
        received_at=now,
        timestamp_text=None,
        measured_at=None,
        source="MeterValues",
        sampled=odd,
    )
    bench.web.office.store.record_meter_values([values])
    measured = await bench.get("/transactions/1/meter-values")
    register = next(each for each in measured["series"] if each["quantity"] == "energy")
    assert register["values"][-1] == 1500
    assert [each["value"] for each in measured["samples"]][-5:] == ["1.5", "NaN", "x", "1e999", "3,5"]
    current = next(each for each in measured["series"] if each["quantity"] == "current")
    assert current["values"] == [3.5]


@on_station_bench()
async def test_the_export_has_a_row_for_each(bench: StationBench) -> None:
    await charge(bench, minutes=1)
    answer = await bench.api.get("/transactions.csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["transaction_id"], row["id_tag"], row["open"]) == ("1", "CARD", "true")


@pytest.mark.parametrize(
    "question",
    [
        "?open=perhaps",
        "?since=now",
        "?cursor=x",
        "?limit=0",
        "?id_tag=" + "x" * 21,
        "/0",
        "/99999999999999999999",
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(question: str) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        told(await bench.api.get(f"/transactions{question}"), 400)
        await bench.get("/transactions/1", 404)
        await bench.get("/transactions/1/meter-values", 404)
        told(await bench.api.get("/transactions/1/meter-values.csv"), 404)

    scenario()
