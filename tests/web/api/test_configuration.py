"""/configuration: read, changed key by key, compared and made as it is expected."""

from typing import Any

import msgspec
import pytest

from chargeproof.web.people.roles import Role
from tests.web.api.station_bench import HERE, STATION, StationBench, on_station_bench, told

CONFIGURATION = f"{HERE}/configuration"


@on_station_bench()
async def test_the_table_is_empty_until_the_station_was_asked(bench: StationBench) -> None:
    before = await bench.get(CONFIGURATION)
    assert (before["items"], before["read_at"]) == ([], None)
    after = await bench.post(f"{CONFIGURATION}/read", {}, 200)
    keys = {row["key"]: row for row in after["items"]}
    assert keys["HeartbeatInterval"]["value"] == "300"
    assert keys["NumberOfConnectors"]["readonly"]
    assert after == await bench.get(CONFIGURATION)
    assert after["firmware_version"] == "1.0.0"


@on_station_bench()
async def test_some_keys_are_read_and_unknown_ones_are_named(bench: StationBench) -> None:
    told_of = await bench.post(f"{CONFIGURATION}/read", {"keys": ["HeartbeatInterval", "Nothing"]}, 200)
    assert [(row["key"], row["known"]) for row in told_of["items"]] == [
        ("HeartbeatInterval", True),
        ("Nothing", False),
    ]


@on_station_bench()
async def test_each_key_of_a_change_has_a_result_and_is_read_back(bench: StationBench) -> None:
    results = await bench.patch(
        CONFIGURATION, {"HeartbeatInterval": "60", "NumberOfConnectors": "9", "Nothing": "1"}
    )
    rows = [(row["key"], row["result"], row["applied"], row["value"]) for row in results["items"]]
    assert rows == [
        ("HeartbeatInterval", "Accepted", True, "60"),
        ("NumberOfConnectors", "Rejected", False, None),
        ("Nothing", "NotSupported", False, None),
    ]
    assert not results["reboot_required"]
    command = await bench.get(f"{HERE}/commands/{results['items'][0]['command_id']}")
    assert command["payload"] == {"key": "HeartbeatInterval", "value": "60"}


@on_station_bench()
async def test_the_table_says_when_a_value_last_changed(bench: StationBench) -> None:
    await bench.post(f"{CONFIGURATION}/read", {}, 200)
    await bench.pass_time(60)
    await bench.patch(CONFIGURATION, {"HeartbeatInterval": "60"})
    rows = {row["key"]: row for row in (await bench.get(CONFIGURATION))["items"]}
    assert rows["HeartbeatInterval"]["previous"] == "300"
    assert rows["HeartbeatInterval"]["changed_at"] == "2026-01-01T00:01:30Z"
    assert rows["ConnectionTimeOut"]["changed_at"] is None
    history = await bench.get(f"{CONFIGURATION}/history", key="heartbeatinterval")
    assert [row["value"] for row in history["items"]] == ["60", "300"]
    await bench.post(f"{CONFIGURATION}/read", {}, 200)
    assert len((await bench.get(f"{CONFIGURATION}/history", key="HeartbeatInterval"))["items"]) == 2


@on_station_bench()
async def test_differences_to_a_baseline_are_applied_with_a_result_per_key(bench: StationBench) -> None:
    await bench.post(f"{CONFIGURATION}/read", {}, 200)
    baseline = await bench.put(
        "/configuration-baselines/Fleet",
        {"keys": {"HeartbeatInterval": "77", "ConnectionTimeOut": "60", "Nothing": "1"}},
    )
    assert baseline["changed_by"] == "operator"
    table = await bench.get(CONFIGURATION)
    assert (table["baseline"], table["differing"]) == ("Fleet", 2)
    rows = {row["key"]: row for row in table["items"]}
    assert (rows["HeartbeatInterval"]["expected"], rows["HeartbeatInterval"]["differs"]) == ("77", True)
    assert not rows["ConnectionTimeOut"]["differs"]
    against: dict[str, Any] = {"against": "baseline:fleet"}
    found = await bench.get(f"{CONFIGURATION}/differences", **against)
    assert [(row["key"], row["kind"]) for row in found["items"]] == [
        ("HeartbeatInterval", "differs"),
        ("Nothing", "only_there"),
    ]
    only = await bench.post(f"{CONFIGURATION}/apply", {**against, "keys": ["heartbeatinterval"]}, 200)
    assert [(row["key"], row["result"], row["value"]) for row in only["items"]] == [
        ("HeartbeatInterval", "Accepted", "77")
    ]
    rest = await bench.post(f"{CONFIGURATION}/apply", against, 200)
    assert [(row["key"], row["result"]) for row in rest["items"]] == [("Nothing", "NotSupported")]
    assert (await bench.get(CONFIGURATION))["differing"] == 1


@on_station_bench()
async def test_a_station_is_brought_back_to_an_earlier_time(bench: StationBench) -> None:
    await bench.post(f"{CONFIGURATION}/read", {}, 200)
    earlier: dict[str, Any] = {"against": "time:2026-01-01T00:00:45Z"}
    await bench.pass_time(60)
    await bench.patch(CONFIGURATION, {"HeartbeatInterval": "60"})
    found = await bench.get(f"{CONFIGURATION}/differences", **earlier)
    assert [(row["key"], row["here"], row["there"]) for row in found["items"]] == [
        ("HeartbeatInterval", "60", "300")
    ]
    await bench.post(f"{CONFIGURATION}/apply", earlier, 200)
    assert (await bench.get(f"{CONFIGURATION}/differences", **earlier))["items"] == []


@on_station_bench()
async def test_a_station_is_compared_with_another_firmware_and_another_station(bench: StationBench) -> None:
    await bench.post(f"{CONFIGURATION}/read", {}, 200)
    assert (await bench.get(f"{CONFIGURATION}/differences", against="firmware:1.0.0"))["items"] == []
    await bench.get(f"{CONFIGURATION}/differences", 404, against="firmware:0.9")
    await bench.web.office.simulated.start("SIM-2", "lawful")
    await bench.pass_time(30)
    await bench.post("/charge-points/SIM-2/configuration/read", {}, 200)
    await bench.patch("/charge-points/SIM-2/configuration", {"LightIntensity": "10"})
    found = await bench.get(f"{CONFIGURATION}/differences", against="station:SIM-2")
    assert [(row["key"], row["there"]) for row in found["items"]] == [("LightIntensity", "10")]


@on_station_bench()
async def test_a_baseline_is_taken_from_a_station_and_fits_its_model(bench: StationBench) -> None:
    await bench.post(f"{CONFIGURATION}/read", {}, 200)
    taken = await bench.put(
        "/configuration-baselines/Lawful", {"from_charge_point": STATION, "keys": {"LightIntensity": "5"}}
    )
    assert (taken["vendor"], taken["model"]) == ("Chargeproof", "Lawful")
    assert taken["keys"]["HeartbeatInterval"] == "300"
    assert "NumberOfConnectors" not in taken["keys"]
    await bench.put("/configuration-baselines/Other", {"vendor": "Somebody else", "keys": {}})
    await bench.put("/configuration-baselines/Any", {"keys": {}})
    assert (await bench.get(CONFIGURATION))["baseline"] == "Lawful"
    assert (await bench.get(CONFIGURATION, baseline="any"))["baseline"] == "Any"
    names = [row["name"] for row in (await bench.get("/configuration-baselines"))["items"]]
    assert names == ["Any", "Lawful", "Other"]
    await bench.delete("/configuration-baselines/Lawful")
    await bench.get("/configuration-baselines/Lawful", 404)
    await bench.delete("/configuration-baselines/Lawful", 404)


@on_station_bench()
async def test_secrets_are_masked_everywhere(bench: StationBench) -> None:
    secret = "A-VERY-SECRET-VALUE"
    await bench.post(f"{CONFIGURATION}/read", {}, 200)
    (some,) = (await bench.web.office.store.configuration(STATION))[:1]
    hidden = msgspec.structs.replace(some, key="AuthorizationKey", value=secret)
    bench.web.office.store.record_configuration([hidden])
    for path in (CONFIGURATION, f"{CONFIGURATION}/history"):
        answer = await bench.api.get(path)
        assert "AuthorizationKey" in answer.text
        assert secret not in answer.text
    await bench.put("/configuration-baselines/Bad", {"keys": {"AuthorizationKey": "x"}}, 400)
    differences = await bench.api.get(
        f"{CONFIGURATION}/differences", params={"against": "time:2026-01-01T00:00:01Z"}
    )
    assert secret not in differences.text
    results = await bench.api.patch(CONFIGURATION, json={"AuthorizationKey": "ANOTHER-SECRET-1"})
    assert "ANOTHER-SECRET-1" not in results.text


@on_station_bench()
async def test_a_station_that_is_gone_is_not_asked(bench: StationBench) -> None:
    await bench.web.office.simulated.stop(STATION)
    await bench.pass_time(1)
    assert "not_connected" in (await bench.post(f"{CONFIGURATION}/read", {}, 409))["detail"]
    results = await bench.patch(CONFIGURATION, {"HeartbeatInterval": "60"})
    assert [row["result"] for row in results["items"]] == ["not_connected"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {}),
        ("PATCH", "", {"": "1"}),
        ("PATCH", "", {"Key": 1}),
        ("PATCH", "", {"K" * 51: "1"}),
        ("PATCH", "", {"Key": "v" * 501}),
        ("POST", "/read", {"keys": "HeartbeatInterval"}),
        ("POST", "/apply", {"against": "nothing"}),
        ("POST", "/apply", {}),
        ("GET", "/differences", None),
        ("GET", "/differences?against=time:yesterday", None),
        ("GET", "/differences?against=time:2026-01-01T00:00:00", None),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(method: str, path: str, body: object) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        told(await bench.api.request(method, CONFIGURATION + path, json=body), 400)

    scenario()


@on_station_bench()
async def test_testers_read_anew_and_change_nothing(bench: StationBench) -> None:
    async with bench.as_role(Role.TESTER) as tester:
        told(await tester.post(f"{CONFIGURATION}/read", json={}), 200)
        told(await tester.patch(CONFIGURATION, json={"HeartbeatInterval": "1"}), 403)
        told(await tester.put("/configuration-baselines/X", json={"keys": {}}), 403)
