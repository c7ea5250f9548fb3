"""Simulated stations of the server, and hands at them."""

from typing import Any

import httpx

from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.people.roles import Role
from tests.web.bench import WebBench, web_bench

STATIONS = "/api/v1/simulated-stations"


async def started(bench: WebBench, client: httpx.AsyncClient, **wanted: Any) -> dict[str, Any]:
    answer = await client.post(STATIONS, json=wanted)
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    while not bench.office.central_system.is_ready(row["charge_point_id"]):
        await bench.office.clock.sleep(1)
    return row


def test_one_is_started_with_nothing_said_and_takes_the_first_free_id() -> None:
    async def main() -> tuple[list[str], str, list[str]]:
        async with web_bench() as bench, bench.client(Role.TESTER) as client:
            first = await started(bench, client)
            second = await started(bench, client, model="lawful")
            listed = (await client.get(STATIONS)).json()["items"]
            names = [first["charge_point_id"], second["charge_point_id"]]
            return names, first["model"], [each["charge_point_id"] for each in listed]

    assert run_virtual(main()) == (["SIM-1", "SIM-2"], "lawful", ["SIM-1", "SIM-2"])


def test_a_body_is_not_needed() -> None:
    async def main() -> int:
        async with web_bench() as bench, bench.client(Role.TESTER) as client:
            return (await client.post(STATIONS)).status_code

    assert run_virtual(main()) == 201


def test_an_id_with_a_history_is_not_given_to_another_station() -> None:
    async def main() -> str:
        async with web_bench() as bench, bench.client(Role.TESTER) as client:
            await started(bench, client)
            assert (await client.delete(f"{STATIONS}/SIM-1")).status_code == 204
            await bench.office.store.flush()
            return str((await started(bench, client))["charge_point_id"])

    assert run_virtual(main()) == "SIM-2"


def test_hands_act_and_the_station_tells_it() -> None:
    async def main() -> tuple[dict[str, Any], dict[str, Any], list[str]]:
        async with web_bench() as bench, bench.client(Role.TESTER) as client:
            await started(bench, client, charge_point_id="HANDS-1")
            acts = f"{STATIONS}/HANDS-1/acts"
            plugged = await client.post(acts, json={"act": "plug_in", "connector_id": 1})
            card = {"act": "present_card", "connector_id": 1, "id_tag": "ACCEPT-1"}
            assert (await client.post(acts, json=card)).status_code == 200
            await bench.office.clock.sleep(10)
            broken = await client.post(acts, json={"act": "provoke_error", "connector_id": 1})
            await bench.office.clock.sleep(5)
            await bench.office.store.flush()
            statuses = (await client.get("/api/v1/charge-points/HANDS-1/statuses")).json()["items"]
            told = [each["status"] for each in reversed(statuses) if each["connector_id"] == 1]
            return plugged.json()["outlets"][0], broken.json()["outlets"][0], told

    plugged, broken, told = run_virtual(main())
    assert plugged["plugged"] is True
    assert broken["fault"] is not None
    assert told[:2] == ["Available", "Preparing"]
    assert told[-1] == "Faulted"


def test_what_cannot_be_done_is_refused_with_a_sentence() -> None:
    async def main() -> list[tuple[int, str]]:
        async with web_bench() as bench, bench.client(Role.TESTER) as client:
            await started(bench, client, charge_point_id="HANDS-1")
            acts = f"{STATIONS}/HANDS-1/acts"
            answers = [
                await client.post(acts, json={"act": "unplug"}),
                await client.post(acts, json={"act": "present_card"}),
                await client.post(acts, json={"act": "provoke_error", "error_code": "Tired"}),
                await client.post(acts, json={"act": "plug_in", "connector_id": 77}),
                await client.post(acts, json={"act": "dance"}),
                await client.post(f"{STATIONS}/NOBODY/acts", json={"act": "plug_in"}),
                await client.post(STATIONS, json={"charge_point_id": "HANDS-1"}),
                await client.post(STATIONS, json={"model": "../../etc/passwd"}),
                await client.post(STATIONS, json={"charge_point_id": "a\tb"}),
            ]
            return [(each.status_code, each.json()["detail"]) for each in answers]

    told = run_virtual(main())
    assert [status for status, _ in told] == [409, 400, 400, 409, 400, 404, 409, 400, 400]
    assert all(len(sentence) > 10 for _, sentence in told)


def test_the_mains_are_cut_and_come_back_and_models_are_named() -> None:
    async def main() -> tuple[bool, list[str]]:
        async with web_bench() as bench, bench.client(Role.TESTER) as client:
            await started(bench, client, charge_point_id="HANDS-1")
            cut = await client.post(f"{STATIONS}/HANDS-1/acts", json={"act": "cut_mains"})
            assert cut.status_code == 200, cut.text
            models = (await client.get("/api/v1/simulated-station-models")).json()["items"]
            back = False
            while not back:
                await bench.office.clock.sleep(1)
                back = (await client.get(f"{STATIONS}/HANDS-1")).json()["online"]
            return back, [each["name"] for each in models]

    back, models = run_virtual(main())
    assert back
    assert "lawful" in models
