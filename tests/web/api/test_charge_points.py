"""/charge-points: stations as a list, who may come in, and what their connectors did."""

from typing import Any

import pytest

from chargeproof.simulator.ports import DialRefused
from chargeproof.testbed.memory_dial import MemoryDial
from chargeproof.web.people.roles import Role
from tests.web.api.station_bench import HERE, STATION, StationBench, on_station_bench, told
from tests.web.people.routes import ways_into


@on_station_bench()
async def test_a_station_is_a_row_with_all_that_the_list_shows(bench: StationBench) -> None:
    (row,) = (await bench.get("/charge-points"))["items"]
    assert row["charge_point_id"] == STATION
    assert (row["online"], row["ready"], row["registration"]) == (True, True, "Accepted")
    assert (row["vendor"], row["model"], row["firmware_version"]) == ("Chargeproof", "Lawful", "1.0.0")
    assert [each["status"] for each in row["connectors"]] == ["Available"] * 3
    assert row["online_since"] == row["booted_at"] == "2026-01-01T00:00:05Z"
    assert row["last_message"] == "StatusNotification"
    assert row["security"] == {
        "tls": None,
        "authentication": "none",
        "password_set": False,
        "profile": None,
    }
    assert await bench.get(HERE) == row


@on_station_bench()
async def test_an_offline_station_says_since_when(bench: StationBench) -> None:
    await bench.web.office.simulated.stop(STATION)
    await bench.pass_time(5)
    row = await bench.get(HERE)
    assert (row["online"], row["online_since"]) == (False, None)
    assert row["offline_since"] == "2026-01-01T00:00:30Z"


@on_station_bench()
async def test_the_list_is_filtered_and_comes_in_pages(bench: StationBench) -> None:
    for number in range(5):
        await bench.patch(f"/charge-points/OTHER-{number}", {"registration": "Accepted"})

    async def ids(**wanted: Any) -> list[str]:
        return [row["charge_point_id"] for row in (await bench.get("/charge-points", **wanted))["items"]]

    assert await ids(online=True) == [STATION]
    assert len(await ids(online=False)) == 5
    assert await ids(search="lawf") == [STATION]
    assert await ids(search="R-3") == ["OTHER-3"]
    assert await ids(search="%") == []
    assert await ids(registration="Accepted") == [STATION]
    assert len(await ids(registration="none")) == 5
    assert await ids(model="Lawful", vendor="Chargeproof", firmware_version="1.0.0") == [STATION]
    assert await ids(tls=True) == []
    first = await bench.get("/charge-points", limit=4)
    rest = await bench.get("/charge-points", limit=4, cursor=first["next"])
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [4, 2, None]


@on_station_bench(unknown_stations="pending")
async def test_a_held_station_waits_and_is_let_in_with_one_click(bench: StationBench) -> None:
    (waiting,) = (await bench.get("/waiting-stations"))["items"]
    assert (waiting["charge_point_id"], waiting["state"], waiting["online"]) == (STATION, "pending", True)
    assert waiting["may_be_accepted"]
    assert "Accept it" in waiting["hint"]
    assert (await bench.get(HERE))["registration"] == "Pending"
    assert (await bench.patch(HERE, {"registration": "Accepted"}))["admitted"] == "Accepted"
    await bench.pass_time(120)
    assert (await bench.get(HERE))["registration"] == "Accepted"
    assert (await bench.get("/waiting-stations"))["items"] == []


@on_station_bench()
async def test_a_refused_station_waits_with_a_hint_what_to_change(bench: StationBench) -> None:
    await bench.put("/charge-points/SECURE-1/password", {"password": "0123456789abcdef"}, 204)
    dial = MemoryDial(bench.web.office.central_system)
    for _ in range(3):
        with pytest.raises(DialRefused):
            await dial("SECURE-1", ["ocpp1.6"])
    (waiting,) = (await bench.get("/waiting-stations"))["items"]
    assert (waiting["charge_point_id"], waiting["state"], waiting["attempts"]) == ("SECURE-1", "refused", 3)
    assert waiting["reason"] == "the station sent no password"
    assert "AuthorizationKey" in waiting["hint"]
    assert not waiting["may_be_accepted"]
    log = await bench.get("/charge-points/SECURE-1/handshakes")
    assert [each["outcome"] for each in log["items"]] == ["refused"] * 3
    assert (await bench.get("/handshakes", limit=1))["items"][0]["charge_point_id"] == "SECURE-1"


@on_station_bench()
async def test_a_password_is_set_and_never_shown(bench: StationBench) -> None:
    """Wherever anybody can look, as an administrator; the station gets in with it."""
    await bench.put(f"{HERE}/password", {"password": "a-password-of-20-chars"}, 204)
    security = bench.web.office.central_system.security_of_stations
    assert security.credentials.fits(STATION, b"a-password-of-20-chars")
    ways = [way for way in ways_into(bench.web) if way.method == "GET"]
    async with bench.web.client(Role.ADMINISTRATOR) as administrator:
        shown = [await administrator.get(way.filled.replace("CP-1", STATION)) for way in ways]
    assert len([answer for answer in shown if answer.status_code == 200]) > 40
    assert [str(answer.url) for answer in shown if "a-password" in answer.text] == []
    await bench.delete(f"{HERE}/password")


@on_station_bench()
async def test_statuses_of_a_connector_come_newest_first(bench: StationBench) -> None:
    await bench.station.plug_in(1)
    await bench.pass_time(1)
    page = await bench.get(f"{HERE}/statuses", connector_id=1, limit=1)
    assert [each["status"] for each in page["items"]] == ["Preparing"]
    page = await bench.get(f"{HERE}/statuses", connector_id=1, cursor=page["next"])
    assert [each["status"] for each in page["items"]] == ["Available"]
    connectors = (await bench.get(f"{HERE}/connectors"))["items"]
    assert [each["status"] for each in connectors] == ["Available", "Preparing", "Available"]
    later = await bench.get(f"{HERE}/statuses", since="2026-01-01T00:00:20Z")
    assert len(later["items"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/charge-points?limit=0", None),
        ("GET", "/charge-points?limit=501", None),
        ("GET", "/charge-points?cursor=nonsense", None),
        ("GET", "/charge-points?online=perhaps", None),
        ("GET", "/charge-points?registration=Perhaps", None),
        ("GET", f"{HERE}/statuses?since=yesterday", None),
        ("GET", f"{HERE}/statuses?since=2026-01-01T00:00:00", None),
        ("GET", f"{HERE}/statuses?connector_id=-1", None),
        ("PATCH", HERE, {"registration": "Perhaps"}),
        ("PATCH", HERE, {}),
        ("PATCH", HERE, {"registration": None, "more": 1}),
        ("PATCH", "/charge-points/A%0AB", {"registration": None}),
        ("PUT", f"{HERE}/password", {"password": ""}),
        ("PUT", f"{HERE}/password", {"password": "x" * 41}),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(method: str, path: str, body: object) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        told(await bench.api.request(method, path, json=body), 400)

    scenario()


@on_station_bench()
async def test_an_unknown_station_is_not_found(bench: StationBench) -> None:
    for path in ("", "/connectors", "/statuses", "/messages", "/commands", "/configuration"):
        await bench.get(f"/charge-points/NOBODY{path}", 404)


@on_station_bench()
async def test_viewers_decide_nothing(bench: StationBench) -> None:
    async with bench.as_role(Role.VIEWER) as viewer:
        told(await viewer.get(HERE), 200)
        told(await viewer.patch(HERE, json={"registration": None}), 403)
        told(await viewer.put(f"{HERE}/password", json={"password": "x"}), 403)
