"""Who did what: everything that changes something is recorded, and never with a secret."""

import asyncio
from datetime import timedelta

import pytest

from chargeproof.web.people.audit import STRANGERS_TRIES
from chargeproof.web.people.roles import Role
from tests.web.bench import PASSWORD, WebBench
from tests.web.people.routes import ask, ways_into
from tests.web.people.visits import log_in, on_a_bench, recorded

AUDIT = "/api/v1/audit"


def test_every_endpoint_that_changes_something_leaves_a_record() -> None:
    async def test(bench: WebBench) -> list[str]:
        missing = []
        async with bench.client(Role.ADMINISTRATOR) as client:
            for way in ways_into(bench):
                before = len(await recorded(bench))
                answer = await ask(client, way) if way.method != "WS" else None
                after = await recorded(bench)
                if len(after) - before != int(way.changes):
                    missing.append(str(way))
                elif way.changes and answer is not None and after[-1].status != answer.status_code:
                    missing.append(f"{way}: {after[-1].status} is not {answer.status_code}")
        return missing

    assert on_a_bench(test) == []


def test_a_record_says_who_by_what_from_where_and_how_it_ended() -> None:
    async def test(bench: WebBench) -> None:
        async with await bench.browser(Role.ADMINISTRATOR) as boss:
            await boss.patch("/api/v1/people/viewer", json={"role": "tester"})
            await boss.patch("/api/v1/people/nobody", json={"role": "tester"})
        async with bench.client(Role.VIEWER) as viewer:
            await viewer.patch("/api/v1/people/viewer", json={"role": "administrator"})
        done, missing, refused = (await recorded(bench))[-3:]
        assert (done.who, done.via, done.remote) == ("administrator", "session", "127.0.0.1")
        assert done.credential_id.startswith("s-")
        assert (done.action, done.subject, done.detail) == ("change_person", "viewer", "role tester")
        assert (done.outcome, done.status) == ("done", 200)
        assert (missing.subject, missing.outcome, missing.status) == ("nobody", "refused", 404)
        assert (refused.who, refused.via, refused.status) == ("viewer", "token", 403)
        assert refused.credential_id.startswith("t-")

    on_a_bench(test)


def test_a_record_tells_what_a_request_was_about_where_its_address_does_not() -> None:
    async def test(bench: WebBench) -> list[tuple[str, str, str]]:
        async with bench.client(Role.ADMINISTRATOR) as boss:
            run = {"charge_point_id": "NOBODY", "functions": [4, 9], "site": "none"}
            assert (await boss.post("/api/v1/runs", json=run)).status_code == 201
            await boss.post(
                "/api/v1/runs/1/overrulings", json={"check": "4.1a", "verdict": None, "reason": "x"}
            )
            await boss.post("/api/v1/runs/1/stop")
            await boss.post("/api/v1/runs", json={"charge_point_id": "NOBODY", "rig": 1})
            await boss.post("/api/v1/id-tag-imports", content=b"id_tag\nCARD-1\nCARD-2\n")
            await boss.patch("/api/v1/charge-points/CP-1", json={"registration": "Rejected"})
            await boss.post(
                "/api/v1/charge-points/CP-1/commands", json={"action": "Reset", "payload": {"type": "Soft"}}
            )
        return [(each.action, each.subject, each.detail) for each in await recorded(bench)]

    assert on_a_bench(test) == [
        ("start_run", "NOBODY, run 1", "site none, functions 4, 9"),
        ("overrule", "NOBODY, run 1", "4.1a as the machine: x"),
        ("stop_run", "NOBODY, run 1", "stopping"),
        ("start_run", "/api/v1/runs", ""),
        ("import_id_tags", "2 rows", "2 added, 0 changed"),
        ("decide_admission", "CP-1", "Rejected"),
        ("send_command", "CP-1", "Reset: not_connected"),
    ]


def test_log_ins_are_recorded_with_the_name_that_was_tried() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            await log_in(client, "tester", "a wrong password")
            await log_in(client, "tester")
        wrong, right = (await recorded(bench))[-2:]
        assert (wrong.who, wrong.action, wrong.outcome, wrong.status) == ("tester", "log_in", "refused", 401)
        assert (right.who, right.action, right.outcome, right.status) == ("tester", "log_in", "done", 201)

    on_a_bench(test)


def test_no_record_holds_a_secret() -> None:
    async def test(bench: WebBench) -> None:
        async with await bench.browser(Role.ADMINISTRATOR) as boss:
            made = await boss.post("/api/v1/people", json={"name": "ada", "role": "viewer"})
            given = {"name": "bob", "role": "viewer", "password": "a-horse-of-another-kind"}
            await boss.post("/api/v1/people", json=given)
            await boss.post("/api/v1/people/bob/password", json={"password": "one-more-horse-here"})
            token = await boss.post("/api/v1/tokens", json={"label": "nightly", "role": "viewer"})
            await boss.put("/api/v1/charge-points/CP-1/password", json={"password": "0123456789abcdef"})
            own = {"current_password": PASSWORD, "new_password": "and-the-last-horse"}
            await boss.put("/api/v1/session/password", json=own)
            secrets = [boss.headers["cookie"].partition("=")[2], boss.headers["x-csrf-token"]]
        text = str(await recorded(bench))
        secrets += [made.json()["password"], given["password"], "one-more-horse-here", "and-the-last-horse"]
        secrets += [token.json()["secret"], "0123456789abcdef", PASSWORD, *bench.tokens.values()]
        assert not [secret for secret in secrets if secret in text]

    on_a_bench(test)


def test_strangers_do_not_fill_the_log() -> None:
    async def test(bench: WebBench) -> int:
        async with bench.client() as client:
            for _ in range(STRANGERS_TRIES * 3):
                await client.delete("/api/v1/people/viewer")
        return len([record for record in await recorded(bench) if record.who == "a stranger"])

    assert on_a_bench(test) == STRANGERS_TRIES


def test_the_log_is_read_page_by_page_and_filtered() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client(Role.ADMINISTRATOR) as boss:
            for number in range(7):
                await boss.patch(f"/api/v1/people/person{number}", json={"role": "viewer"})
            first = (await boss.get(AUDIT, params={"limit": 5})).json()
            second = (await boss.get(AUDIT, params={"limit": 5, "cursor": first["next"]})).json()
            numbers = [item["number"] for item in first["items"] + second["items"]]
            assert numbers == sorted(numbers, reverse=True)
            assert len(set(numbers)) == 7
            assert second["next"] is None
            for query, count in (
                ({"text": "person3"}, 1),
                ({"who": "administrator"}, 7),
                ({"who": "viewer"}, 0),
                ({"action": "change_person", "outcome": "refused"}, 7),
                ({"outcome": "done"}, 0),
                ({"since": "2027-01-01T00:00:00Z"}, 0),
                ({"until": "2027-01-01T00:00:00Z"}, 7),
            ):
                found = (await boss.get(AUDIT, params=query)).json()["items"]
                assert len(found) == count, query

    on_a_bench(test)


@pytest.mark.parametrize(
    "query", [{"cursor": "nonsense"}, {"limit": 0}, {"limit": 501}, {"since": "2026-01-01T00:00:00"}]
)
def test_a_wrong_question_is_told_so(query: dict[str, object]) -> None:
    async def test(bench: WebBench) -> int:
        async with bench.client(Role.ADMINISTRATOR) as boss:
            return (await boss.get(AUDIT, params=query)).status_code  # type: ignore[arg-type]

    assert on_a_bench(test) == 400


def test_what_is_old_is_forgotten_while_the_program_runs() -> None:
    async def test(bench: WebBench) -> tuple[int, int]:
        people = bench.office.people
        people._audit_kept = timedelta(days=10)
        bench.office.audit.record("somebody", "command line", "add_person", "ada")
        housekeeping = asyncio.create_task(people.keep_house())
        await bench.office.clock.sleep(9 * 86400)
        before = len(await recorded(bench))
        await bench.office.clock.sleep(2 * 86400)
        housekeeping.cancel()
        return before, len(await recorded(bench))

    assert on_a_bench(test) == (1, 0)
