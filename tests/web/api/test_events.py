"""What the live topics of the central system tell, with a station in virtual time."""

from typing import Any

import msgspec

from chargeproof.store.records import IdTagRecord
from chargeproof.web.live import Reader
from chargeproof.web.live_sources import QUIET_S
from tests.web.api.station_bench import HERE, STATION, StationBench, on_station_bench


class Tab:
    """Somebody who listens to some topics."""

    def __init__(self, bench: StationBench) -> None:
        self._hub = bench.web.office.events
        self._reader = Reader()

    async def follow(self, *topics: str, since: int | None = None) -> "Tab":
        for topic in topics:
            await self._hub.subscribe(self._reader, topic, since)
        return self

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while not self._reader.queue.empty():
            batch = self._reader.queue.get_nowait()
            assert batch is not None
            found += msgspec.json.decode(batch)["batch"]
        return found

    def rows(self, kind: str) -> list[Any]:
        return [event["data"] for event in self.events() if event["kind"] == kind]

    def leave(self) -> None:
        self._hub.leave(self._reader)


@on_station_bench()
async def test_each_message_is_told_as_the_list_has_it_with_its_number(bench: StationBench) -> None:
    tab = await Tab(bench).follow(f"messages:{STATION}")
    await bench.station.plug_in(1)
    await bench.pass_time(2)
    (event,) = tab.events()
    (row,) = (await bench.get(f"{HERE}/messages", limit=1))["items"]
    assert (event["topic"], event["kind"], event["data"]) == (f"messages:{STATION}", "message", row)
    assert event["seq"] == row["number"] == 5


@on_station_bench()
async def test_no_message_is_lost_or_told_twice_over_a_broken_line(bench: StationBench) -> None:
    hub = bench.web.office.events
    seen = await hub.seq(f"messages:{STATION}")
    tab = await Tab(bench).follow(f"messages:{STATION}", since=seen)
    numbers: list[int] = []
    for step in range(12):
        hand = bench.station.plug_in if step % 2 == 0 else bench.station.unplug
        await hand(1)
        await bench.pass_time(7)
        numbers += [event["seq"] for event in tab.events()]
        if step % 3 == 2:
            tab.leave()
            await bench.station.plug_in(2) if step % 2 == 0 else await bench.station.unplug(2)
            await bench.pass_time(1)
            tab = await Tab(bench).follow(f"messages:{STATION}", since=numbers[-1])
    await bench.pass_time(5)
    numbers += [event["seq"] for event in tab.events()]
    kept = [row["number"] for row in (await bench.get(f"{HERE}/messages", limit=500))["items"]]
    assert numbers == sorted(kept)[seen:]


@on_station_bench()
async def test_a_reader_with_a_number_from_another_store_is_told_to_reload(bench: StationBench) -> None:
    tab = await Tab(bench).follow(f"messages:{STATION}", since=10_000)
    assert [event["kind"] for event in tab.events()] == ["reload"]


@on_station_bench()
async def test_a_row_of_the_list_is_told_when_it_changes(bench: StationBench) -> None:
    tab = await Tab(bench).follow("stations")
    await bench.station.plug_in(1)
    await bench.pass_time(0.5)
    (row,) = tab.rows("station")
    assert [each["status"] for each in row["connectors"]] == ["Available", "Preparing", "Available"]
    await bench.pass_time(5)
    assert tab.rows("station") == []
    await bench.web.office.simulated.stop(STATION)
    await bench.pass_time(5)
    assert [row["online"] for row in tab.rows("station")][-1] is False
    await bench.patch(HERE, {"registration": "Pending"})
    await bench.pass_time(2)
    assert [row["admitted"] for row in tab.rows("station")] == ["Pending"]


@on_station_bench()
async def test_what_only_shows_that_a_station_lives_is_told_now_and_then(bench: StationBench) -> None:
    tab = await Tab(bench).follow("stations")
    for _ in range(20):
        body = {"action": "TriggerMessage", "payload": {"requestedMessage": "Heartbeat"}}
        await bench.post(f"{HERE}/commands", body, wait=5)
        await bench.pass_time(0.5)
    rows = tab.rows("station")
    assert rows[-1]["last_message"] == "Heartbeat"
    assert len(rows) <= 10 / QUIET_S + 1


@on_station_bench(unknown_stations="pending")
async def test_stations_that_wait_are_told(bench: StationBench) -> None:
    tab = await Tab(bench).follow("stations")
    await bench.web.office.simulated.start("SIM-9", "lawful")
    await bench.pass_time(30)
    waiting = tab.rows("waiting")[-1]
    assert {each["charge_point_id"] for each in waiting} == {STATION, "SIM-9"}


@on_station_bench(unknown_stations="pending", registration_retry_s=1)
async def test_stations_that_ask_again_and_again_hold_back_no_news_of_who_waits(bench: StationBench) -> None:
    for number in range(5):
        await bench.web.office.simulated.start(f"EAGER-{number}", "lawful")
        await bench.pass_time(0.2)
    tab = await Tab(bench).follow("stations")
    await bench.web.office.simulated.start("SIM-9", "lawful")
    await bench.pass_time(10)
    assert "SIM-9" in {each["charge_point_id"] for rows in tab.rows("waiting") for each in rows}


@on_station_bench()
async def test_a_command_is_told_state_by_state_and_then_its_effect(bench: StationBench) -> None:
    tab = await Tab(bench).follow(f"commands:{STATION}")
    body = {"action": "Reset", "payload": {"type": "Soft"}}
    command = await bench.post(f"{HERE}/commands", body, wait=5)
    await bench.pass_time(60)
    events = tab.events()
    assert [e["data"]["state"] for e in events if e["kind"] == "state"] == ["queued", "sent", "accepted"]
    assert {event["data"]["command_id"] for event in events} == {command["command_id"]}
    (effect,) = [event["data"] for event in events if event["kind"] == "effect"]
    assert effect["effect"]["shown_by"] == "BootNotification"
    assert effect["state"] == "accepted"


@on_station_bench()
async def test_a_transaction_is_told_as_it_begins_grows_and_ends(bench: StationBench) -> None:
    await bench.web.office.store.put_id_tag(IdTagRecord(id_tag="CARD"))
    tab = await Tab(bench).follow("transactions", "transactions:1", "transactions:7", "transactions:x")
    await bench.station.plug_in(1)
    await bench.station.present_card("CARD", 1)
    await bench.pass_time(130)
    await bench.station.unplug(1)
    await bench.pass_time(5)
    events = tab.events()
    for topic in ("transactions", "transactions:1"):
        rows = [event["data"] for event in events if event["topic"] == topic]
        assert [row["open"] for row in rows] == [True] * (len(rows) - 1) + [False]
        energies = [row["energy_wh"] or 0 for row in rows]
        assert energies == sorted(energies)
        assert len(rows) >= 4
    assert not [event for event in events if event["topic"] in ("transactions:7", "transactions:x")]


@on_station_bench()
async def test_nothing_watches_stations_while_nobody_listens(bench: StationBench) -> None:
    recorder = bench.web.office.central_system._recorder
    assert (recorder._listeners, recorder._to_all) == ({}, [])
    tab = await Tab(bench).follow("stations", f"messages:{STATION}", "transactions")
    assert recorder._to_all
    tab.leave()
    await bench.pass_time(120)
    assert (recorder._listeners, recorder._to_all) == ({}, [])
