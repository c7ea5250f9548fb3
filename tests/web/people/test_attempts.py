"""Guessing passwords is slow, and keeps nobody out who comes from elsewhere. In virtual time."""

import pytest

from chargeproof.central_system.leaking import WINDOW_S, network_of
from chargeproof.web.people.attempts import OF_ADDRESS, OF_NAME_AT_ADDRESS
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem
from tests.web.bench import PASSWORD, WebBench
from tests.web.people.visits import ME, on_a_bench

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


async def status(bench: WebBench, name: str, password: str, remote: str) -> int:
    try:
        await bench.office.people.log_in(name, password, remote=remote)
    except Problem as problem:
        return problem.status
    return 201


async def guess(bench: WebBench, count: int, name: str = "tester", remote: str = HERE) -> list[int]:
    return [await status(bench, name, f"guess {number}", remote) for number in range(count)]


def test_after_some_guesses_an_address_must_wait_even_with_the_right_password() -> None:
    async def test(bench: WebBench) -> None:
        assert await guess(bench, OF_NAME_AT_ADDRESS + 2) == [401] * OF_NAME_AT_ADDRESS + [429] * 2
        assert await status(bench, "tester", PASSWORD, HERE) == 429

    on_a_bench(test)


def test_the_right_person_at_another_address_is_not_kept_out() -> None:
    async def test(bench: WebBench) -> int:
        await guess(bench, 50)
        return await status(bench, "tester", PASSWORD, ELSEWHERE)

    assert on_a_bench(test) == 201


def test_not_even_when_a_thousand_addresses_guess() -> None:
    async def test(bench: WebBench) -> tuple[int, float]:
        for number in range(1000):
            await guess(bench, 1, remote=f"10.0.{number // 250}.{number % 250}")
        before_s = bench.office.clock.monotonic()
        found = await status(bench, "tester", PASSWORD, ELSEWHERE)
        return found, bench.office.clock.monotonic() - before_s

    found, waited_s = on_a_bench(test)
    assert found == 201
    assert waited_s <= 4  # everybody with that name waits a moment


def test_an_attack_on_one_name_does_not_slow_down_another() -> None:
    async def test(bench: WebBench) -> float:
        for number in range(100):
            await guess(bench, 1, remote=f"10.0.0.{number}")
        before_s = bench.office.clock.monotonic()
        assert await status(bench, "operator", PASSWORD, ELSEWHERE) == 201
        return bench.office.clock.monotonic() - before_s

    assert on_a_bench(test) == 0


def test_one_address_does_not_get_through_the_names_either() -> None:
    async def test(bench: WebBench) -> list[int]:
        return [await status(bench, f"name{number}", "guess", HERE) for number in range(OF_ADDRESS + 1)]

    assert on_a_bench(test) == [401] * OF_ADDRESS + [429]


def test_who_knows_one_password_is_not_free_to_guess_others() -> None:
    async def test(bench: WebBench) -> int:
        for number in range(OF_ADDRESS):
            await status(bench, f"name{number}", "guess", HERE)
            if number % 5 == 0:
                await status(bench, "viewer", PASSWORD, HERE)
        return await status(bench, "tester", "guess", HERE)

    assert on_a_bench(test) == 429


def test_waiting_opens_the_door_again() -> None:
    async def test(bench: WebBench) -> list[int]:
        await guess(bench, 20)
        await bench.office.clock.sleep(WINDOW_S / OF_NAME_AT_ADDRESS - 1)
        early = await status(bench, "tester", PASSWORD, HERE)
        await bench.office.clock.sleep(2)
        return [early, await status(bench, "tester", PASSWORD, HERE)]

    assert on_a_bench(test) == [429, 201]


def test_a_success_forgives_the_slips_before_it() -> None:
    async def test(bench: WebBench) -> list[int]:
        found = []
        for _ in range(5):
            await guess(bench, OF_NAME_AT_ADDRESS - 1)
            found.append(await status(bench, "tester", PASSWORD, HERE))
        return found

    assert on_a_bench(test) == [201] * 5


def test_unknown_names_are_counted_like_known_ones() -> None:
    async def test(bench: WebBench) -> bool:
        return await guess(bench, 12, "tester") == await guess(bench, 12, "nobody", ELSEWHERE)

    assert on_a_bench(test)


def test_the_answer_says_when_to_come_again() -> None:
    async def test(bench: WebBench) -> None:
        await guess(bench, 8, remote="127.0.0.1")
        async with bench.client() as client:
            answer = await client.post(ME, json={"name": "tester", "password": PASSWORD})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= WINDOW_S
        assert "Try again in" in answer.json()["remedy"]

    on_a_bench(test)


def test_the_current_password_cannot_be_guessed_in_a_session_either() -> None:
    async def test(bench: WebBench) -> list[int]:
        async with await bench.browser(Role.TESTER) as client:
            body = {"current_password": "guess", "new_password": "another-horse-battery"}
            return [(await client.put(f"{ME}/password", json=body)).status_code for _ in range(10)]

    assert on_a_bench(test) == [403] * OF_NAME_AT_ADDRESS + [429] * 2


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::"),
        ("2001:db8::ffff:1", "2001:db8::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
    ],
)
def test_addresses_that_one_household_can_choose_from_count_as_one(remote: str, network: str) -> None:
    assert network_of(remote) == network
