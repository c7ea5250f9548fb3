"""More than a station should send: many heartbeats, everything at once, one id for all."""

import json
from typing import Any

from chargeproof.central_system.settings import CentralSystemSettings
from tests.survival.bench import MODEL, NOON, RoughStation, run, serving, with_booted_station

SECONDS = 4
A_SECOND = 200


def test_two_hundred_heartbeats_a_second_are_answered_in_order_while_others_are_served() -> None:
    async def main() -> None:
        async with serving() as node:
            flooding, calm = await node.booted("FLOOD"), await node.booted("CALM")
            for second in range(SECONDS):
                for number in range(A_SECOND):
                    flooding.say(f'[2,"{second}-{number}","Heartbeat",{{}}]')
                await calm.goes_on()
                for number in range(A_SECOND):
                    assert (await flooding.heard())[:2] == [3, f"{second}-{number}"]
            await flooding.goes_on()
            await flooding.leave()
            await calm.leave()

    run(main())


def test_a_whole_queue_sent_at_once_is_answered_to_the_last() -> None:
    """A station that was offline for long, and that does not wait for answers."""

    async def scenario(station: RoughStation) -> None:
        count = CentralSystemSettings().held_calls_limit
        for number in range(count):
            begun = {"connectorId": 1, "idTag": "CARD", "meterStart": number, "timestamp": NOON}
            station.say(json.dumps([2, f"start-{number}", "StartTransaction", begun]))
        given = set()
        for number in range(count):
            answer = await station.heard()
            assert answer[:2] == [3, f"start-{number}"]
            given.add(answer[2]["transactionId"])
        assert len(given) == count

    with_booted_station(scenario)


def test_one_id_for_everything_is_answered_each_time() -> None:
    async def scenario(station: RoughStation) -> None:
        messages: tuple[tuple[str, dict[str, Any]], ...] = (
            ("Heartbeat", {}),
            ("BootNotification", MODEL),
            ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}),
            ("StopTransaction", {"transactionId": 5, "meterStop": 1, "timestamp": NOON}),
            ("Nonsense", {}),
        )
        for _ in range(20):
            for action, payload in messages:
                station.say(json.dumps([2, "same", action, payload]))
        kinds = [(await station.heard())[:2] for _ in range(20 * len(messages))]
        assert kinds.count([4, "same"]) == 20
        assert kinds.count([3, "same"]) == 80

    with_booted_station(scenario)


def test_noise_without_end_does_not_starve_other_stations() -> None:
    async def main() -> None:
        async with serving() as node:
            noisy, calm = await node.booted("NOISY"), await node.booted("CALM")
            for _ in range(300):
                noisy.say("[" * 2000)
                noisy.say(b"\xff" * 2000)
                noisy.say('{"a":' * 2000)
            await calm.goes_on()
            await noisy.goes_on()
            await noisy.leave()
            await calm.leave()

    run(main())
