"""Messages made to hurt: too deep, too large, never ended, or not text at all."""

import json

import pytest

from chargeproof.central_system.limits import ServerLimits
from tests.central_system.raw_client import CLOSE, CONTINUATION, PING, TEXT, RawClient, frame
from tests.hostile.intruder import settled
from tests.survival.bench import MODEL, Node, RoughStation, run, serving, with_booted_station

LIMIT = 65_536

MESSAGES: dict[str, str] = {
    "deep lists": "[" * 50_000 + "]" * 50_000,
    "deep objects": '{"a":' * 50_000 + "1" + "}" * 50_000,
    "a deep payload": '[2,"x","DataTransfer",{"vendorId":"v","data":' + "[" * 20_000 + "]" * 20_000 + "}]",
    "a deep boot": '[2,"x","BootNotification",' + '{"chargePointVendor":' * 9000 + "1" + "}" * 9000 + "]",
    "a huge number": '[2,"x","StartTransaction",{"connectorId":1,"idTag":"A","meterStart":1e999,"timestamp":""}]',
    "a long number": '[2,"x","MeterValues",{"connectorId":' + "9" * 60_000 + ',"meterValue":[]}]',
    "a long fraction": '[2,"x","MeterValues",{"connectorId":1.' + "1" * 60_000 + ',"meterValue":[]}]',
    "an endless exponent": '[2,"x","Heartbeat",{"a":1e' + "9" * 5000 + "}]",
    "a number as the id": "[2," + "9" * 5000 + ',"Heartbeat",{}]',
    "no number": '[2,"x","Heartbeat",{"a":NaN,"b":Infinity,"c":-Infinity}]',
    "a kind that is none": '[99999999999999999999999,"x","Heartbeat",{}]',
    "a long id": '[2,"' + "i" * 60_000 + '","Heartbeat",{}]',
    "an action that is a path": '[2,"x","../../handlers/boot_notification",{}]',
    "an action that is code": '[2,"x","__class__",{}]',
    "a name that is code": '[2,"x","Heartbeat",{"__init__":1,"__proto__":{"admin":true},"constructor":{}}]',
    "many names": '[2,"x","Heartbeat",{' + ",".join(f'"k{number}":1' for number in range(5000)) + "}]",
    "the same name again and again": '[2,"x","BootNotification",{'
    + '"chargePointModel":"a",' * 2000
    + '"a":1}]',
    "many elements": "[" + "1," * 30_000 + "1]",
    "a lone surrogate": '[2,"x","DataTransfer",{"vendorId":"\\ud800","data":"\\udfff\\ud800"}]',
    "a lone surrogate as the id": '[2,"\\ud800","Heartbeat",{}]',
    "a NUL": '[2,"x\\u0000y","DataTransfer",{"vendorId":"\\u0000","data":"a\\u0000b"}]',
    "a byte order mark": '\ufeff[2,"x","Heartbeat",{}]',
    "white space": " \n\t" * 20_000,
    "half an escape": '[2,"x","DataTransfer",{"vendorId":"\\u12',
    "comments": '[2,"x",/* */"Heartbeat",{}]//',
    "an answer to nothing": '[3,"' + "x" * 60_000 + '",{}]',
    "an error to nothing": '[4,"x","' + "E" * 30_000 + '","' + "d" * 30_000 + '",{}]',
    "letters that pile up": '[2,"x","DataTransfer",{"vendorId":"Z' + "\u0335" * 20_000 + '"}]',
}


def test_no_message_costs_the_socket_or_anybody_else_an_answer() -> None:
    async def scenario(station: RoughStation) -> None:
        other = await station.node.booted("CP-2")
        for name, message in MESSAGES.items():
            station.say(message)
            assert (await station.confirmed("Heartbeat", {}))["currentTime"], name
            assert (await other.confirmed("Heartbeat", {}))["currentTime"], name
        await other.leave()

    with_booted_station(scenario)


def test_what_was_said_can_be_read_again() -> None:
    """None of it breaks the store or what reads it: the frames are there, character by character."""

    async def scenario(station: RoughStation) -> None:
        readable = [text for name, text in MESSAGES.items() if name != "white space"]
        for message in readable:
            station.say(message)
            await station.confirmed("Heartbeat", {})
        kept = {each.request_text for each in await station.node.store.exchanges(limit=1000)}
        asked = [text for text in readable if text.startswith('[2,"x","') and not text.endswith("12")]
        assert [text[:60] for text in asked if text not in kept] == []

    with_booted_station(scenario)


async def rough_client(node: Node) -> RawClient:
    client = await RawClient.open(node.server.port, "/ocpp/CP-2")
    client.send(TEXT, json.dumps([2, "boot", "BootNotification", MODEL]).encode())
    await client.frame()
    return client


LIMITS = ServerLimits(max_message_bytes=LIMIT, close_timeout_s=0.5)


def test_fragments_without_end_end_at_the_limit() -> None:
    async def main() -> None:
        async with serving(LIMITS) as node:
            client = await rough_client(node)
            client.send(TEXT, b"x", fin=False)
            for _ in range(70):
                client.send(CONTINUATION, b"x" * 1000, fin=False)
            assert await client.close_code() == 1009

    run(main())


def test_empty_fragments_without_end_cost_nothing() -> None:
    async def main() -> None:
        async with serving(LIMITS) as node:
            station = await node.booted()
            client = await rough_client(node)
            client.send(TEXT, b"", fin=False)
            client.write(frame(CONTINUATION, b"", fin=False) * 50_000)
            await settled(client)
            await station.goes_on()
            client.send(CONTINUATION, b'[2,"1","Heartbeat",{}]')
            assert (await client.frame())[1].startswith(b'[3,"1",')
            client.writer.close()
            await station.leave()

    run(main())


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"x" * (LIMIT + 1)), 1009),
        (b"\x81\xff" + (2**63 - 1).to_bytes(8, "big") + b"mask" + b"x" * 100, 1009),
        (b"\x81\xff" + (2**64 - 1).to_bytes(8, "big") + b"mask" + b"x" * 100, 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(PING, b"x", fin=False), 1002),
        (frame(3, b"x"), 1002),
        (frame(11, b"x"), 1002),
        (frame(TEXT, b"x", rsv=7), 1002),
        (frame(TEXT, b"x", masked=False), 1002),
        (frame(CONTINUATION, b"x"), 1002),
        (frame(CLOSE, b"\x03\xe8" + b"\xff" * 10), 1007),
        (frame(CLOSE, b"\x00\x00"), 1002),
    ],
)
def test_a_frame_that_must_not_be_ends_its_connection_alone(sent: bytes, code: int) -> None:
    async def main() -> None:
        async with serving(LIMITS) as node:
            station = await node.booted()
            client = await rough_client(node)
            client.write(sent)
            assert await client.close_code() == code
            await station.goes_on()
            await station.leave()

    run(main())
