"""Logging in and out: who is known afterwards, for how long, and what ends a session."""

import pytest
from argon2 import PasswordHasher

from chargeproof.web.people.passwords import Passwords, made_password, weakness
from chargeproof.web.people.people import FIRST_NAME
from chargeproof.web.people.roles import Role
from chargeproof.web.people.sessions import COOKIE
from tests.web.bench import PASSWORD, WebBench
from tests.web.people.visits import ME, knows, log_in, on_a_bench


def test_a_log_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            assert not await knows(client)
            answer = await log_in(client, "Tester ")
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith(f"{COOKIE}=")
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            assert "Secure" not in cookie  # over plain http a browser would drop it
            me = (await client.get(ME)).json()
            assert (me["name"], me["role"], me["via"]) == ("tester", "tester", "session")
            assert client.cookies[COOKIE] not in answer.text

    on_a_bench(test)


def test_over_https_the_cookie_is_secure() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            client.base_url = "https://127.0.0.1:8080"
            assert "Secure" in (await log_in(client)).headers["set-cookie"]

    on_a_bench(test)


@pytest.mark.parametrize(("name", "password"), [("tester", "wrong-password"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_log_in_does_not_say_what_was_wrong(name: str, password: str) -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            answer = await log_in(client, name or " ", password or " ")
            assert answer.status_code == 401
            assert answer.json()["detail"] == "The name or the password is wrong"
            assert "set-cookie" not in answer.headers

    on_a_bench(test)


def test_an_unknown_name_takes_the_same_work_as_a_wrong_password(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, hash: str, password: str) -> bool:
        verified.append(hash.rsplit("$", 2)[0])
        return verify(self, hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)

    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            await log_in(client, "tester", "wrong-password")
            await log_in(client, "nobody", "wrong-password")

    on_a_bench(test)
    assert len(verified) == 2
    assert verified[0] == verified[1]  # the same algorithm with the same parameters


def test_a_session_that_somebody_else_chose_is_not_taken_over() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            client.cookies.set(COOKIE, "chosen-by-somebody-else", domain="127.0.0.1")
            await log_in(client)
            secrets = [cookie.value for cookie in client.cookies.jar if cookie.name == COOKIE]
            assert any(secret != "chosen-by-somebody-else" for secret in secrets)
        async with bench.with_headers({"cookie": f"{COOKIE}=chosen-by-somebody-else"}) as victim:
            assert not await knows(victim)

    on_a_bench(test)


def test_a_second_log_in_ends_the_session_before() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            await log_in(client)
            first = client.cookies[COOKIE]
            await log_in(client)
            assert client.cookies[COOKIE] != first
        async with bench.with_headers({"cookie": f"{COOKIE}={first}"}) as old:
            assert not await knows(old)

    on_a_bench(test)


def test_logging_out_ends_the_session_for_good() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            await log_in(client)
            secret = client.cookies[COOKIE]
            assert (await client.delete(ME)).status_code == 204
            assert COOKIE not in client.cookies
        async with bench.with_headers({"cookie": f"{COOKIE}={secret}"}) as old:
            assert not await knows(old)

    on_a_bench(test)


@pytest.mark.parametrize(("pauses", "known"), [([11.9] * 3, True), ([12.1], False), ([11.0] * 16, False)])
def test_a_session_ends_after_idleness_and_at_the_latest(pauses: list[float], known: bool) -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            await log_in(client)
            for hours in pauses[:-1]:
                await bench.office.clock.sleep(hours * 3600)
                assert await knows(client)
            await bench.office.clock.sleep(pauses[-1] * 3600)
            assert await knows(client) is known

    on_a_bench(test)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/v1/people/tester", {"role": "viewer"}),
        ("POST", "/api/v1/people/tester/password", {}),
        ("DELETE", "/api/v1/people/tester/sessions", None),
        ("DELETE", "/api/v1/people/tester", None),
    ],
)
def test_what_an_administrator_changes_ends_the_sessions_of_that_person(
    method: str, path: str, body: dict[str, str] | None
) -> None:
    async def test(bench: WebBench) -> None:
        ended: list[bool] = []
        async with bench.client() as one, bench.client() as other, bench.client(Role.ADMINISTRATOR) as boss:
            await log_in(one)
            await log_in(other, "operator")
            bench.office.people.watch(lambda gone: ended.append(True))
            answer = await boss.request(method, path, json=body)
            assert answer.status_code < 300
            assert not await knows(one)
            assert await knows(other)
        assert ended

    on_a_bench(test)


def test_changing_my_password_ends_my_other_sessions_and_takes_the_old_one() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as here, bench.client() as elsewhere:
            await log_in(here)
            await log_in(elsewhere)
            body = {"current_password": "not-this-one", "new_password": "another-horse-battery"}
            assert (await here.put(f"{ME}/password", json=body)).status_code == 403
            body["current_password"] = PASSWORD
            assert (await here.put(f"{ME}/password", json=body)).status_code == 204
            assert await knows(here)
            assert not await knows(elsewhere)
            assert (await log_in(elsewhere)).status_code == 401
            assert (await log_in(elsewhere, password="another-horse-battery")).status_code == 201

    on_a_bench(test)


def test_the_store_holds_no_secret_that_opens_anything() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client() as client:
            await log_in(client)
            secret = client.cookies[COOKIE]
        held = [await bench.office.people.store.account("tester")]
        session = await bench.office.people.store.session(secret)
        assert session is None
        tokens = await bench.office.people.store.tokens()
        text = f"{held} {tokens}"
        assert PASSWORD not in text
        assert not any(token in text for token in bench.tokens.values())
        assert "$argon2id$" in text

    on_a_bench(test)


def test_a_hash_of_other_parameters_is_renewed_at_the_next_log_in() -> None:
    async def test(bench: WebBench) -> None:
        people = bench.office.people
        before = await people.account("tester")
        people._passwords = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
        await people.log_in("tester", PASSWORD, remote="127.0.0.1")
        after = await people.account("tester")
        assert "m=16,t=2" in after.password_hash
        assert after.password_hash != before.password_hash
        await people.log_in("tester", PASSWORD, remote="127.0.0.1")
        people._passwords.close()

    on_a_bench(test)


def test_the_first_start_makes_one_administrator_and_tells_the_password_once() -> None:
    async def test(bench: WebBench) -> None:
        people = bench.office.people
        for role in Role:
            await people.store.remove_account(role)
        password = await people.begin()
        assert password is not None
        assert (
            await people.log_in(FIRST_NAME, password, remote="127.0.0.1")
        ).person.role == Role.ADMINISTRATOR
        assert await people.begin() is None

    on_a_bench(test)


def test_the_last_administrator_stays() -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client(Role.ADMINISTRATOR) as boss:
            path = "/api/v1/people/administrator"
            assert (await boss.delete(path)).status_code == 409
            assert (await boss.patch(path, json={"role": "viewer"})).status_code == 409
            assert (
                await boss.patch("/api/v1/people/viewer", json={"role": "administrator"})
            ).status_code == 200
            assert (await boss.delete(path)).status_code == 204

    on_a_bench(test)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "x" * 257, "tester12345", "k7np-2xqa"])
def test_a_weak_password_is_refused_with_a_sentence(password: str) -> None:
    async def test(bench: WebBench) -> None:
        async with bench.client(Role.ADMINISTRATOR) as boss:
            answer = await boss.post("/api/v1/people/tester/password", json={"password": password})
            assert answer.status_code == 400
            assert password not in answer.text

    on_a_bench(test)


def test_made_passwords_are_good_and_never_the_same() -> None:
    made = {made_password() for _ in range(100)}
    assert len(made) == 100
    assert all(weakness(password, "admin") is None for password in made)


def test_many_log_ins_at_once_are_answered_or_told_to_come_again() -> None:
    async def test(bench: WebBench) -> None:
        people = bench.office.people
        people._passwords._waiting = 64
        async with bench.client() as client:
            answer = await log_in(client)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "5"
        people._passwords._waiting = 0

    on_a_bench(test)
