"""Who knows the id of a station and not its password, and stations that meddle with what is not theirs."""

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest

from chargeproof.central_system import CommandState
from chargeproof.ocpp import GetConfiguration
from chargeproof.store.sqlite_queries import SqliteQueries
from tests.hostile.intruder import STRANGER, knock
from tests.survival.bench import NOON, Node, RoughStation, run, serving

STATION, PASSWORD = "CP-1", "the station's own password"


async def connected_station(node: Node) -> RoughStation:
    """Booted, and from now on nobody else gets in under its id without the password."""
    station = await node.booted(STATION)
    await node.central_system.set_password(STATION, PASSWORD)
    return station


@pytest.mark.parametrize(
    "attempt",
    [
        {},
        {"password": "wrong"},
        {"password": ""},
        {"password": PASSWORD, "user": "CP-2"},
        {"password": PASSWORD, "user": ""},
        {"password": PASSWORD.upper()},
        {"password": PASSWORD + "\0"},
        {"Sec_WebSocket_Protocol": "ocpp2.0.1"},
        {"Sec_WebSocket_Protocol": "ocpp2.0.1", "password": "wrong"},
        {"Sec_WebSocket_Key": "short"},
        {"Upgrade": "h2c"},
    ],
)
def test_an_intruder_does_not_take_the_place_of_a_station(attempt: dict[str, Any]) -> None:
    async def main() -> None:
        async with serving() as node:
            station = await connected_station(node)
            status, _, _ = await knock(node.server.port, STATION, **attempt)
            assert status in (400, 401, 426)
            await station.goes_on()  # on its very socket
            await station.leave()

    run(main())


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("CP-1/", 401),
        ("%43P-1", 401),
        ("CP-1?x=CP-2", 401),
        ("CP-2/CP-1", 401),
        ("CP-1#CP-2", 401),
        ("CP-1%00", 400),
        ("CP-1%0A", 400),
        ("CP-1%0D%0ASet-Cookie:x", 400),
        ("%E2%80%8BCP-1", 400),
        ("CP-1%E2%80%AE", 400),
        ("CP-1%1B[2J", 400),
        ("CP-1%C2%9B2J", 400),
        ("CP-1%F3%A0%81%81", 400),
        ("A" * 300, 400),
    ],
)
def test_an_id_is_what_it_looks_like(written: str, status: int) -> None:
    """Another way to write an id is that id, with its password; what cannot be seen is in none."""

    async def main() -> None:
        async with serving() as node:
            station = await connected_station(node)
            assert (await knock(node.server.port, written))[0] == status
            await station.goes_on()
            await station.leave()

    run(main())


@pytest.mark.parametrize("alike", ["cp-1", "CP-1 ", " CP-1", "СР-1", "CP\N{NON-BREAKING HYPHEN}1", "CP-1�"])
def test_an_id_that_is_only_alike_is_another_station(alike: str) -> None:
    async def main() -> None:
        async with serving() as node:
            station = await connected_station(node)
            status, _, _ = await knock(node.server.port, quote(alike))
            assert status == 101
            await station.goes_on()
            await station.leave()

    run(main())


def values_of(transaction_id: int | str, value: str) -> dict[str, Any]:
    sampled = [{"timestamp": NOON, "sampledValue": [{"value": value}]}]
    return {"connectorId": 1, "transactionId": transaction_id, "meterValue": sampled}


async def with_two(node: Node) -> tuple[RoughStation, RoughStation, int]:
    """A station that charges, another one, and the number of the transaction."""
    honest, other = await node.booted(STATION), await node.booted("CP-2")
    return honest, other, (await honest.start())["transactionId"]


def test_a_station_cannot_stop_the_transaction_of_another_nor_measure_for_it() -> None:
    async def main() -> None:
        async with serving() as node:
            honest, other, transaction_id = await with_two(node)
            await honest.confirmed("MeterValues", values_of(transaction_id, "5"))
            for claimed in (transaction_id, -transaction_id, transaction_id + 2**64, str(transaction_id)):
                await other.call("MeterValues", values_of(claimed, "999999"))
                await other.call(
                    "StopTransaction", {"transactionId": claimed, "meterStop": 9, "timestamp": NOON}
                )
            kept = await node.store.transaction(transaction_id)
            assert kept is not None
            assert kept.stop_received_at is None
            queries = SqliteQueries(node.store)
            values = [each.value.sampled for each in await queries.meter_values(kept)]
            latest = await queries.last_values([kept])
            await queries.close()
            assert values == [latest[transaction_id].sampled] == [[{"value": "5"}]]
            await honest.stop(transaction_id)
            ended = await node.store.transaction(transaction_id)
            assert ended is not None
            assert ended.meter_stop_wh == 10
            for station in (honest, other):
                await station.goes_on()
                await station.leave()

    run(main())


def test_a_copied_start_is_no_share_in_the_transaction_of_another() -> None:
    async def main() -> None:
        async with serving() as node:
            honest, other, transaction_id = await with_two(node)
            copied = (await other.start())["transactionId"]  # to the letter, with the same message id
            assert copied != transaction_id
            first, second = await node.store.transaction(transaction_id), await node.store.transaction(copied)
            assert first is not None
            assert second is not None
            assert (first.charge_point_id, second.charge_point_id) == (STATION, "CP-2")
            await honest.leave()
            await other.leave()

    run(main())


def test_a_station_cannot_answer_for_another() -> None:
    async def main() -> None:
        async with serving() as node:
            honest, other, _ = await with_two(node)

            def forged_first(command: list[Any]) -> list[str]:
                other.say(json.dumps([3, command[1], {"configurationKey": [], "unknownKey": ["forged"]}]))
                return []

            honest.reply = forged_first
            asked = asyncio.ensure_future(honest.commanded(GetConfiguration(), timeout_s=10))
            while not honest.commands:
                assert (await other.status())[0] == 3
            assert (await other.status())[0] == 3  # what it forged was read before
            assert not asked.done()
            honest.say(json.dumps([3, honest.commands[0][1], {"unknownKey": ["honest"]}]))
            result = await asked
            assert result.state is CommandState.ANSWERED
            assert result.confirmation is not None
            assert "honest" in repr(result.confirmation)
            await honest.leave()
            await other.leave()

    run(main())


def test_one_without_a_password_can_be_displaced_and_that_is_recorded() -> None:
    """What is not defended without credentials: SECURITY.md says so."""

    async def main() -> None:
        async with serving() as node:
            await node.booted(STATION)
            assert (await knock(node.server.port, STATION))[0] == 101
            kept = (await node.store.handshakes(STATION))[0]
            assert kept.remote.startswith(STRANGER)
            assert kept.authentication == "none"

    run(main())
