"""A station may be called anything: its addresses go through real HTTP, percent-encoded."""

import asyncio
import json
import re
from urllib.parse import quote

import httpx
import pytest

from chargeproof.central_system.upgrade import charge_point_id_of
from chargeproof.client import ApiError, Client
from chargeproof.ocpp import RegistrationStatus
from chargeproof.resources.id_tags import IdTagWanted
from chargeproof.resources.places import place
from chargeproof.testbed.memory_dial import MemoryDial
from chargeproof.web.people.roles import Role
from tests.web.bench import WebBench
from tests.web.on_a_port import on_a_port

ODD = [
    "A/B",
    "/",
    "//A//",
    "../A",
    "A B ",
    "50%",
    "50%2F",
    "?a=b&c",
    "#1;2",
    "ü – 漢字 😀",
    "\"'<b>{x}",
    "commands",
]


async def booted(bench: WebBench, charge_point_id: str) -> None:
    wire = await MemoryDial(bench.office.central_system)(charge_point_id, ["ocpp1.6"])
    boot = {"chargePointVendor": "V", "chargePointModel": "M"}
    wire.send(json.dumps([2, "1", "BootNotification", boot]))
    assert await wire.receive()
    await wire.close()
    await bench.office.store.flush()


def operator(bench: WebBench, host: str) -> Client:
    return Client(f"http://{host}", token=bench.tokens[Role.OPERATOR])


def asking(host: str, headers: httpx.Headers) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{host}", headers=headers, trust_env=False, timeout=60)


def test_the_client_reaches_every_station_by_its_id() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, host), operator(bench, host) as client:
            for name in ODD:
                await booted(bench, name)
                assert (await client.charge_points.get(name)).charge_point_id == name
                (message,) = [each async for each in client.messages.list(name)]
                assert (await client.messages.get(name, message.number)).charge_point_id == name
                told = await client.charge_points.admit(name, RegistrationStatus.ACCEPTED)
                assert (told.charge_point_id, told.admitted) == (name, "Accepted")
                assert (await client.configurations.get(name)).charge_point_id == name
                assert [each.action async for each in client.commands.list(name)] == []

    asyncio.run(main())


def test_a_command_says_where_it_is_found() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, host), asking(host, bench.client(Role.OPERATOR).headers) as client:
            for name in ODD:
                await booted(bench, name)
                path = f"/api/v1{place('charge-points', name, 'commands')}"
                sent = await client.post(path, json={"action": "ClearCache"})
                assert sent.status_code == 201, sent.text
                found = await client.get(sent.headers["location"])
                assert found.json()["charge_point_id"] == name

    asyncio.run(main())


def test_exports_and_pages_have_their_addresses_too() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, host), await bench.browser(Role.VIEWER) as browser:
            browser.base_url = httpx.URL(f"http://{host}")
            browser.timeout = httpx.Timeout(60)
            browser._transport = httpx.AsyncHTTPTransport()
            for name in ODD:
                await booted(bench, name)
                exported = await browser.get(f"/api/v1{place('charge-points', name, 'messages.jsonl')}")
                assert exported.json()["charge_point_id"] == name
                assert "/" not in exported.headers["content-disposition"]
                page = await browser.get(place("stations", name))
                assert page.status_code == 200
                number = exported.json()["number"]
                page = await browser.get(place("stations", name, "messages", number))
                back = re.search(r'<a href="(/stations/[^"]*)">', page.text)
                assert back is not None
                assert (await browser.get(back[1])).status_code == 200

    asyncio.run(main())


def test_other_things_with_a_slash_in_their_name_are_found() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, host), operator(bench, host) as client:
            await client.id_tags.put("CARD/1 %2F", IdTagWanted(note="a slash"))
            assert [each.id_tag async for each in client.id_tags.list()] == ["CARD/1 %2F"]
            assert (await client.id_tags.get("CARD/1 %2F")).note == "a slash"
            await client.id_tags.delete("CARD/1 %2F")

    asyncio.run(main())


def test_who_asks_for_what_is_not_there_is_told_with_the_address_as_it_was_sent() -> None:
    async def main() -> None:
        async with on_a_port() as (bench, host), asking(host, bench.client(Role.OPERATOR).headers) as client:
            for path in ("/api/v1/charge-points/A%2FB", "/api/v1/A%2fB/C%2F", "/api/v1/runs/1%2F2"):
                answer = await client.get(path)
                assert answer.status_code == 404
                assert answer.json()["instance"] == path
            stranger = await client.get(
                "/stations/A%2FB", headers={"authorization": "", "accept": "text/html"}
            )
            assert stranger.headers["location"] == f"/log-in?next={quote('/stations/A%2FB', safe='')}"

    asyncio.run(main())


@pytest.mark.parametrize("name", [".", ".."])
def test_a_step_of_a_path_is_no_name(name: str) -> None:
    async def main() -> None:
        async with on_a_port() as (bench, host), operator(bench, host) as client:
            for attempt in (
                client.charge_points.admit(name, RegistrationStatus.ACCEPTED),
                client.charge_points.set_password(name, "0123456789abcdef"),
                client.simulated_stations.start(name),
            ):
                with pytest.raises(ApiError, match="steps of a path") as refused:
                    await attempt
                assert refused.value.status == 400

    asyncio.run(main())
    assert charge_point_id_of(f"/ocpp/{name}") == ""
    assert charge_point_id_of("/ocpp/%2E%2E/A%2FB") == "A/B"
