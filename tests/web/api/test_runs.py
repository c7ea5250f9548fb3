"""Acceptance runs over the API: started, followed, answered, stopped, repeated, overruled, fetched, judged."""

import io
import json
from typing import Any

import pytest

from chargeproof.web.people.roles import Role
from tests.web.api.station_bench import STATION, StationBench, on_station_bench, told

LAN: dict[str, Any] = {"connectivity": "lan", "valid_card": "ACCEPT-1"}


async def start(bench: StationBench, *functions: int, **more: Any) -> Any:
    body = {"charge_point_id": STATION, "functions": functions, "site": "none", **more}
    return await bench.post("/runs", body)


async def until(bench: StationBench, run_id: int, key: str, *values: Any) -> Any:
    """Followed as a program does: each time for the next revision."""
    state = await bench.get(f"/runs/{run_id}")
    while state[key] not in values:
        assert state["phase"] != "ended", state["detail"]
        state = await bench.get(f"/runs/{run_id}", after=state["revision"], wait=60)
    return state


async def ended(bench: StationBench, run_id: int) -> Any:
    return await until(bench, run_id, "phase", "ended")


async def prompted(bench: StationBench, run_id: int) -> Any:
    state = await bench.get(f"/runs/{run_id}")
    while state["prompt"] is None:
        state = await bench.get(f"/runs/{run_id}", after=state["revision"], wait=60)
    return state


def function_of(state: Any, number: int) -> Any:
    return next(each for each in state["functions"] if each["number"] == number)


@on_station_bench()
async def test_a_run_is_started_followed_and_listed(bench: StationBench) -> None:
    answer = await bench.api.post(
        "/runs", json={"charge_point_id": STATION, "functions": [4], "site": "none"}
    )
    run = told(answer, 201)
    assert answer.headers["location"] == f"/api/v1/runs/{run['id']}"
    assert (run["phase"], run["started_by"]) == ("waiting", "operator")
    state = await ended(bench, run["id"])
    assert (state["ending"], state["verdict"], function_of(state, 4)["final"]) == ("completed", "pass", True)
    (row,) = (await bench.get("/runs"))["items"]
    assert (row["id"], row["decided"], row["has_report"]) == (run["id"], "pass", True)
    assert (await bench.get("/runs", charge_point_id="OTHER"))["items"] == []
    assert (await bench.get("/runs", live="true"))["items"] == []
    (model,) = (await bench.get("/models"))["items"]
    assert (model["model"], model["run"]) == ("Lawful", run["id"])


@on_station_bench()
async def test_security_cases_are_run_like_functions_and_stand_apart(bench: StationBench) -> None:
    run = await start(bench, 88)
    state = await ended(bench, run["id"])
    case = function_of(state, 88)
    assert (case["group"], case["label"], case["verdict"]) == ("security", "TC_088", "pass")
    assert {each["phase"] for each in state["functions"] if each["group"] == "functions"} == {"left_out"}
    report = await bench.get(f"/runs/{run['id']}/report.json")
    assert [group["id"] for group in report["further"]] == ["security"]
    assert {each["verdict"] for each in report["functions"]} == {"not_run"}
    for form, mark in (("html", "TC_088"), ("md", "TC\\_088"), ("xml", 'name="TC_088 ')):
        assert mark in (await bench.api.get(f"/runs/{run['id']}/report.{form}")).text
    repeated = await bench.post(f"/runs/{run['id']}/repeat", {"function": 88}, 202)
    assert repeated["says"] == "TC_088 is played once more"
    assert function_of(await ended(bench, run["id"]), 88)["plays"] == 2


@on_station_bench()
async def test_a_list_of_runs_comes_in_pages(bench: StationBench) -> None:
    for _ in range(3):
        await ended(bench, (await start(bench, 15))["id"])
    first = await bench.get("/runs", limit=2)
    assert [row["id"] for row in first["items"]] == [3, 2]
    rest = await bench.get("/runs", limit=2, cursor=first["next"])
    assert ([row["id"] for row in rest["items"]], rest["next"]) == ([1], None)


@on_station_bench()
async def test_a_prompt_is_answered_once_and_goes_away_when_the_station_shows_it(bench: StationBench) -> None:
    run = await start(bench, 11, site="person", profile=LAN)
    state = await prompted(bench, run["id"])
    assert (state["prompt"]["act_number"], state["prompt"]["verb"]) == (1, "plug_in")
    await bench.station.plug_in(1)
    await bench.pass_time(1)
    said = {"prompt_id": state["prompt"]["id"], "said": "done"}
    late = await bench.post(f"/runs/{run['id']}/prompt", said, 409)
    assert "not there any more" in late["detail"]
    state = await ended(bench, run["id"])
    assert (state["last_prompt"]["phase"], function_of(state, 11)["verdict"]) == ("seen", "pass")


@on_station_bench()
async def test_cannot_brings_its_reason_and_a_repeat_keeps_it_visible(bench: StationBench) -> None:
    run = await start(bench, 11, site="person", profile=LAN)
    prompt = (await prompted(bench, run["id"]))["prompt"]
    said = {"prompt_id": prompt["id"], "said": "cannot", "reason": "the bay is blocked"}
    await bench.post(f"/runs/{run['id']}/prompt", said, 200)
    first = function_of(await ended(bench, run["id"]), 11)
    assert (first["phase"], first["verdict"]) == ("cannot", "not_run")
    state = await bench.post(f"/runs/{run['id']}/repeat", {"function": 11}, 202)
    assert (state["part"], state["phase"]) == (2, "waiting")
    await prompted(bench, run["id"])
    await bench.station.plug_in(1)
    again = function_of(await ended(bench, run["id"]), 11)
    assert (again["verdict"], again["plays"]) == ("pass", 2)
    assert "the bay is blocked" in again["result"]


@on_station_bench()
async def test_a_stop_says_what_happens(bench: StationBench) -> None:
    run = await start(bench, 11, site="person", profile=LAN)
    await prompted(bench, run["id"])
    stopped = await bench.post(f"/runs/{run['id']}/stop", None, 200)
    assert "the station is restored first" in stopped["says"]
    state = await ended(bench, run["id"])
    assert (state["ending"], state["restoration"]["verdict"], state["left_changed"]) == (
        "stopped",
        "pass",
        [],
    )
    assert (await bench.post(f"/runs/{run['id']}/stop", None, 409))["remedy"]


@on_station_bench()
async def test_questions_are_asked_of_a_new_model_and_then_remembered(bench: StationBench) -> None:
    before = await bench.get("/run-questions", charge_point_id=STATION)
    assert (before["model"], before["remembered"]) == ("Lawful", None)
    run = await start(bench, 4, site="person")
    state = await until(bench, run["id"], "phase", "questions")
    assert [question["name"] for question in state["questions"]][:2] == ["connectivity", "connectors"]
    await bench.post(f"/runs/{run['id']}/profile", {"profile": LAN}, 200)
    await ended(bench, run["id"])
    after = await bench.get("/run-questions", vendor="Chargeproof", model="Lawful")
    assert after["remembered"]["valid_card"] == "ACCEPT-1"
    answers = {question["name"]: question["answer"] for question in after["questions"]}
    assert answers["connectivity"] == "lan"
    await bench.post(f"/runs/{run['id']}/profile", {"profile": None}, 409)


@on_station_bench()
async def test_an_overruling_bears_the_name_of_who_asked(bench: StationBench) -> None:
    run = await start(bench, 4)
    await ended(bench, run["id"])
    wanted = {"check": "4.1a", "verdict": "fail", "reason": "A key was missing on paper.", "by": "A. Tester"}
    state = await bench.post(f"/runs/{run['id']}/overrulings", wanted, 200)
    assert (state["verdict"], state["decided"], state["overrulings"]) == ("pass", "fail", 1)
    (row,) = (await bench.get(f"/runs/{run['id']}/overrulings"))["items"]
    assert (row["machine"], row["overruling"]["by"]) == ("pass", "A. Tester (entered by operator)")
    back = {"check": "4.1a", "verdict": None, "reason": "It was there."}
    state = await bench.post(f"/runs/{run['id']}/overrulings", back, 200)
    assert (state["decided"], state["overrulings"]) == ("pass", 0)
    await bench.post(f"/runs/{run['id']}/overrulings", {**back, "check": "99.9z"}, 400)


@on_station_bench()
async def test_the_report_comes_in_every_form(bench: StationBench) -> None:
    run = await start(bench, 4)
    assert (await bench.get(f"/runs/{run['id']}/report.json", 404))["remedy"]
    await ended(bench, run["id"])
    begins = {
        "json": b"{",
        "html": b"<!doctype html>",
        "pdf": b"%PDF",
        "docx": b"PK",
        "md": b"#",
        "xml": b"<?xml",
    }
    for form, start_of in begins.items():
        answer = await bench.api.get(f"/runs/{run['id']}/report.{form}")
        assert answer.status_code == 200
        assert answer.content.lower().startswith(start_of.lower()), form
    html = await bench.api.get(f"/runs/{run['id']}/report.html")
    assert html.headers["content-security-policy"].startswith("sandbox")
    kept = await bench.api.get(f"/runs/{run['id']}/report.html", params={"download": True})
    assert kept.headers["content-disposition"].startswith("attachment")


@on_station_bench()
async def test_a_record_leaves_without_its_secrets_unless_an_operator_wants_them(bench: StationBench) -> None:
    secret = "hunter2-hunter2"
    run = await start(bench, 11, site="person", profile=LAN)
    await prompted(bench, run["id"])
    command = {"action": "GetDiagnostics", "payload": {"location": f"ftp://ann:{secret}@127.0.0.1:9/"}}
    await bench.post(f"/charge-points/{STATION}/commands", command, wait=30)
    await bench.station.plug_in(1)
    await ended(bench, run["id"])
    record = f"/runs/{run['id']}/record.jsonl"
    shown = (await bench.api.get(record)).text
    assert json.loads(shown.splitlines()[0])["environment"]["started by"] == "operator"
    assert secret not in shown
    assert secret not in (await bench.api.get(f"/runs/{run['id']}/entries", params={"limit": 500})).text
    assert (await bench.as_role(Role.TESTER).get(record, params={"raw": True})).status_code == 403
    assert secret in (await bench.api.get(record, params={"raw": True})).text


@on_station_bench()
async def test_the_entries_of_a_record_are_rows_in_pages(bench: StationBench) -> None:
    run = await start(bench, 4)
    await ended(bench, run["id"])
    first = await bench.get(f"/runs/{run['id']}/entries", limit=10)
    assert [row["n"] for row in first["items"]] == list(range(1, 11))
    second = await bench.get(f"/runs/{run['id']}/entries", limit=10, cursor=first["next"])
    assert [row["n"] for row in second["items"]] == list(range(11, 21))
    assert "GetConfiguration" in {row["label"] for row in first["items"]}
    last = await bench.get(f"/runs/{run['id']}/entries", limit=3, before=9)
    assert [row["n"] for row in last["items"]] == [6, 7, 8]


@on_station_bench()
async def test_two_runs_are_compared(bench: StationBench) -> None:
    for _ in range(2):
        await ended(bench, (await start(bench, 4))["id"])
    compared = await bench.get("/comparison", a=1, b=2)
    assert (compared["new"], compared["previous_firmware"]) == ([], "")
    await bench.get("/comparison", 404, a=1, b=7)


@on_station_bench()
async def test_a_record_is_judged_and_nothing_of_it_is_kept(bench: StationBench) -> None:
    run = await start(bench, 4)
    await ended(bench, run["id"])
    record = (await bench.api.get(f"/runs/{run['id']}/record.jsonl")).content
    report = told(await bench.api.post("/records", content=record), 200)
    assert next(each for each in report["functions"] if each["number"] == 4)["verdict"] == "pass"
    html = await bench.api.post("/records", content=record, params={"form": "html"})
    assert html.headers["content-type"].startswith("text/html")
    log = b'2026-01-01T00:00:00Z CP-1 [2,"1","Heartbeat",{}]\n'
    assert told(await bench.api.post("/records", content=log), 200)["outcome"]
    assert len((await bench.get("/runs"))["items"]) == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff\xfe\x00", b"{}", b"[" * 100_000, b"nothing of this kind"]
)
def test_what_is_no_record_is_told(content: bytes) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        told(await bench.api.post("/records", content=content), 400)

    scenario()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"charge_point_id": ""},
        {"charge_point_id": STATION, "functions": [17]},
        {"charge_point_id": STATION, "site": "rig"},
        {"charge_point_id": STATION, "site": "rig", "rig": "file:///etc/passwd"},
        {"charge_point_id": STATION, "site": "simulated", "model": "../../../etc/passwd"},
        {"charge_point_id": STATION, "profile": {"firmware_file": "../../etc/passwd"}},
        {"charge_point_id": STATION, "profile": {"connectivity": "telepathy"}},
        {"charge_point_id": STATION, "surprise": 1},
        {"charge_point_id": STATION, "wait_s": -1},
    ],
)
def test_what_cannot_be_run_is_told_in_a_sentence(wrong: Any) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        assert (await bench.post("/runs", wrong, 400))["detail"]
        assert (await bench.get("/runs"))["items"] == []

    scenario()


@on_station_bench()
async def test_one_run_per_station(bench: StationBench) -> None:
    run = await start(bench, 11, site="person", profile=LAN)
    again = {"charge_point_id": STATION, "functions": [4]}
    assert f"run {run['id']} goes on" in (await bench.post("/runs", again, 409))["detail"].lower()


@on_station_bench()
async def test_what_is_not_there_is_not_found(bench: StationBench) -> None:
    for path in ("", "/report.pdf", "/record.jsonl", "/overrulings", "/entries"):
        assert (await bench.get(f"/runs/7{path}", 404))["detail"] == "There is no run 7"
    await bench.post("/runs/7/stop", None, 404)
    await bench.post("/runs/7/repeat", {"function": 4}, 404)


@on_station_bench()
async def test_a_viewer_reads_and_a_tester_acts(bench: StationBench) -> None:
    viewer, tester = bench.as_role(Role.VIEWER), bench.as_role(Role.TESTER)
    body = {"charge_point_id": STATION, "functions": [4], "site": "none"}
    assert (await viewer.post("/runs", json=body)).status_code == 403
    run = told(await tester.post("/runs", json=body), 201)
    assert (await viewer.get(f"/runs/{run['id']}")).status_code == 200
    assert (await viewer.post(f"/runs/{run['id']}/stop")).status_code == 403


@on_station_bench()
async def test_a_run_that_is_started_twice_with_one_key_is_one_run(bench: StationBench) -> None:
    body = {"charge_point_id": STATION, "functions": [4], "site": "none"}
    key = {"idempotency-key": "one-run-only"}
    first = told(await bench.api.post("/runs", json=body, headers=key), 201)
    again = told(await bench.api.post("/runs", json=body, headers=key), 201)
    assert first["id"] == again["id"]
    assert len((await bench.get("/runs"))["items"]) == 1


@on_station_bench()
async def test_a_docx_report_can_be_read(bench: StationBench) -> None:
    from docx import Document

    run = await start(bench, 4)
    await ended(bench, run["id"])
    content = (await bench.api.get(f"/runs/{run['id']}/report.docx")).content
    assert Document(io.BytesIO(content)).tables
