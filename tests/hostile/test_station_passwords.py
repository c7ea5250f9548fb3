"""Who guesses the passwords of stations, or tries out which ids there are."""

from collections.abc import Callable
from typing import Any

import pytest

from chargeproof.central_system.credentials import Credentials
from chargeproof.central_system.guesses import OF_ADDRESS, OF_STATION, OF_STATION_AT_ADDRESS, address_in
from chargeproof.central_system.proxies import Proxies, networks_in
from chargeproof.central_system.server import OcppServer
from chargeproof.errors import SettingsError
from tests.central_system.bench import Bench, on_bench
from tests.central_system.test_security_profiles import MUTUAL
from tests.hostile.intruder import STRANGER, basic, guess, knock
from tests.survival.bench import Node, run, serving

STATION, PASSWORD = "CP-1", "the station's own password"
HOME = "127.0.0.1"


async def comes(node: Node, charge_point_id: str = STATION, address: str = HOME) -> int:
    """The real station connects with its password."""
    return (await knock(node.server.port, charge_point_id, PASSWORD, address=address))[0]


def test_after_some_guesses_an_address_must_wait_even_with_the_right_password() -> None:
    async def main() -> None:
        async with serving() as node:
            await node.central_system.set_password(STATION, PASSWORD)
            statuses = await guess(node.server.port, STATION, OF_STATION_AT_ADDRESS + 10)
            assert statuses == [401] * OF_STATION_AT_ADDRESS + [429] * 10
            status, headers, _ = await knock(node.server.port, STATION, PASSWORD)
            assert status == 429
            assert 0 < int(headers["retry-after"]) <= 60

    run(main())


def test_the_real_station_gets_in_while_a_stranger_guesses() -> None:
    async def main() -> None:
        async with serving() as node:
            await node.central_system.set_password(STATION, PASSWORD)
            for _ in range(3):
                assert 101 not in await guess(node.server.port, STATION, OF_STATION_AT_ADDRESS)
                assert await comes(node) == 101

    run(main())


def test_a_station_that_is_connected_notices_nothing() -> None:
    async def main() -> None:
        async with serving() as node:
            station = await node.booted(STATION)
            await node.central_system.set_password(STATION, PASSWORD)
            assert 101 not in await guess(node.server.port, STATION, OF_STATION_AT_ADDRESS + 10)
            await station.goes_on()
            await station.leave()

    run(main())


def test_guesses_from_many_addresses_hold_up_strangers_and_not_the_station_at_its_own() -> None:
    async def main() -> None:
        async with serving() as node:
            await node.central_system.set_password(STATION, PASSWORD)
            assert await comes(node) == 101
            for number in range(OF_STATION // 10):
                await guess(node.server.port, STATION, 10, address=f"127.0.1.{number + 1}")
            assert (await knock(node.server.port, STATION, "one more", address="127.0.2.1"))[0] == 429
            assert await comes(node) == 101

    run(main())


def test_one_address_does_not_get_through_the_ids_and_its_neighbours_stay() -> None:
    async def main() -> None:
        async with serving(require_credentials=True) as node:
            await node.central_system.set_password(STATION, PASSWORD)
            assert await comes(node) == 101
            statuses = [
                (await knock(node.server.port, f"CP-{number}", "1234", address=HOME))[0]
                for number in range(100, 100 + OF_ADDRESS + 5)
            ]
            assert statuses == [401] * OF_ADDRESS + [429] * 5
            assert await comes(node) == 101

    run(main())


def test_a_password_set_anew_opens_the_door_at_once() -> None:
    async def main() -> None:
        async with serving() as node:
            await node.central_system.set_password(STATION, "another one")
            await guess(node.server.port, STATION, OF_STATION_AT_ADDRESS, address=HOME)
            assert await comes(node) == 429
            await node.central_system.set_password(STATION, PASSWORD)
            assert await comes(node) == 101

    run(main())


@on_bench()
async def test_a_certificate_needs_no_password_and_is_not_held_up(bench: Bench) -> None:
    await bench.central_system.set_password(STATION, PASSWORD)
    for _ in range(OF_STATION_AT_ADDRESS):
        bench.admit(user=STATION, password=b"wrong")
    assert bench.admit(user=STATION, password=PASSWORD.encode()).http_status == 429
    assert bench.admit(user=STATION, password=b"wrong", secured=MUTUAL).accepted


@on_bench()
async def test_waiting_opens_the_door_again(bench: Bench) -> None:
    await bench.central_system.set_password(STATION, PASSWORD)
    refusals = [bench.admit(user=STATION, password=b"wrong") for _ in range(OF_STATION_AT_ADDRESS + 1)]
    await bench.pass_time(refusals[-1].try_again_s or 0)
    assert bench.admit(user=STATION, password=PASSWORD.encode()).accepted


ATTEMPTS: dict[str, Callable[[int], Any]] = {
    "an unknown id": lambda port: knock(port, "CP-2", "wrong"),
    "a wrong password": lambda port: knock(port, STATION, "wrong"),
    "another user name": lambda port: knock(port, STATION, PASSWORD, user="CP-9"),
    "the password of another station": lambda port: knock(port, "CP-3", PASSWORD),
}


def test_an_unknown_id_and_a_wrong_password_get_the_same_answer_for_the_same_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Work is counted, not timed: how often a password is hashed."""
    hashed: list[bytes] = []
    original = Credentials._hmac

    def counting(self: Credentials, password: bytes) -> bytes:
        hashed.append(password)
        return original(self, password)

    async def main() -> None:
        async with serving(require_credentials=True) as node:
            for charge_point_id, password in ((STATION, PASSWORD), ("CP-3", "a third password")):
                await node.central_system.set_password(charge_point_id, password)
            monkeypatch.setattr(Credentials, "_hmac", counting)
            seen = {}
            for name, attempt in ATTEMPTS.items():
                hashed.clear()
                seen[name] = (await attempt(node.server.port), len(hashed))
            nothing_sent = await knock(node.server.port, STATION)
            assert len({repr(each) for each in seen.values()}) == 1, seen
            assert seen["a wrong password"][0] == nothing_sent
            reasons = {each.reason for each in await node.store.handshakes()}
            assert len(reasons) == 4  # people are told what a stranger is not

    run(main())


@pytest.mark.parametrize(
    "forms",
    [
        {"Authorization": basic(STATION, "wrong") + ", " + basic(STATION, PASSWORD)},
        {"Authorization": "Bearer " + PASSWORD},
        {"Authorization": "Basic " + PASSWORD},
        {"Authorization": "Basic =" + basic(STATION, PASSWORD)[6:]},
        {"Authorization": "Digest username=CP-1"},
        {"Authorization": ""},
        {"Proxy_Authorization": basic(STATION, PASSWORD)},
        {"Cookie": "Authorization=" + basic(STATION, PASSWORD)},
    ],
)
def test_no_other_form_of_credentials_lets_in(forms: dict[str, str]) -> None:
    async def main() -> int:
        async with serving() as node:
            await node.central_system.set_password(STATION, PASSWORD)
            return (await knock(node.server.port, STATION, **forms))[0]

    assert run(main()) == 401


def test_nobody_gets_a_new_address_by_saying_so() -> None:
    async def main() -> list[int]:
        async with serving() as node:
            await node.central_system.set_password(STATION, PASSWORD)
            return [
                (await knock(node.server.port, STATION, "wrong", X_Forwarded_For=f"10.0.0.{number}"))[0]
                for number in range(OF_STATION_AT_ADDRESS + 1)
            ]

    assert run(main())[-1] == 429


def test_a_named_proxy_is_believed() -> None:
    async def main() -> list[str]:
        async with serving() as node:
            proxies = Proxies(networks_in(f"{STRANGER}, 10.0.0.0/8", "trusted_proxies"))
            server = OcppServer(node.central_system, host=HOME, port=0, proxies=proxies)
            await server.start()
            for said in (
                "9.9.9.9",
                "1.1.1.1, 9.9.9.9, 10.1.1.1",
                "nonsense",
                "10.0.0.1",
                "8.8.8.8, x, 10.0.0.1",
            ):
                await knock(server.port, "CP-7", X_Forwarded_For=said)
            await knock(server.port, "CP-7", address=HOME, X_Forwarded_For="9.9.9.9")
            await server.stop()
            kept = await node.store.handshakes()
            return [address_in(each.remote) for each in reversed(kept)]

    assert run(main()) == ["9.9.9.9", "9.9.9.9", STRANGER, STRANGER, STRANGER, HOME]


def test_a_wrong_name_of_a_proxy_is_told() -> None:
    with pytest.raises(SettingsError, match="trusted_proxies"):
        networks_in("localhost", "trusted_proxies")
