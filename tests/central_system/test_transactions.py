"""Rules 3 and 4: transaction messages always get a conf, and the same message the same answer."""

import json
from typing import Any

from chargeproof.store.records import IdTagRecord
from tests.central_system.bench import Bench, on_bench

VALUES = [{"timestamp": "2026-01-01T00:05:00Z", "sampledValue": [{"value": "7", "unit": "Wh"}]}]


async def rules(bench: Bench) -> set[str]:
    return {flag.rule for flag in await bench.store.flags("CP-1")}


@on_bench(unknown_id_tags="accept")
async def test_ids_are_positive_and_never_the_same(bench: Bench) -> None:
    station = await bench.booted()
    ids = []
    for hour in range(5):
        answer = await station.start(timestamp=f"2026-01-01T0{hour}:00:00Z")
        ids.append(answer[2]["transactionId"])
        assert list(answer[2]) == ["idTagInfo", "transactionId"]
    assert len(set(ids)) == 5
    assert min(ids) > 0


@on_bench(unknown_id_tags="accept")
async def test_the_same_message_again_gets_the_same_answer(bench: Bench) -> None:
    station = await bench.booted()
    first = await station.start("same")
    assert await station.start("same") == first
    assert len(await bench.store.transactions("CP-1")) == 1
    assert "repeated_start" in await rules(bench)


@on_bench(unknown_id_tags="accept")
async def test_an_id_that_is_used_again_for_something_else_is_no_repetition(bench: Bench) -> None:
    """Stations count from 1 again when they restart."""
    station = await bench.booted()
    first = await station.start("1", timestamp="2026-01-01T00:00:00Z")
    other = await station.start("1", timestamp="2026-01-01T01:00:00Z")
    assert other[2]["transactionId"] != first[2]["transactionId"]
    ended = await station.stop(first[2]["transactionId"], "1", meterStop=7)
    again = await station.stop(other[2]["transactionId"], "1", meterStop=9)
    assert ended[0] == again[0] == 3
    assert (await station.call("Heartbeat", {}, "1"))[2].keys() == {"currentTime"}
    kept = {item.transaction_id: item.meter_stop_wh for item in await bench.store.transactions("CP-1")}
    assert kept == {first[2]["transactionId"]: 7, other[2]["transactionId"]: 9}
    assert not {"repeated_start", "repeated_stop"} & await rules(bench)


@on_bench()
async def test_the_same_start_with_a_new_id_gets_the_original_id_tag_info(bench: Bench) -> None:
    station = await bench.booted()
    first = await station.start("one")
    assert first[2]["idTagInfo"]["status"] == "Invalid"
    await bench.store.put_id_tag(IdTagRecord(id_tag="CARD"))
    again = await station.start("two")
    assert again[2] == first[2]
    assert len(await bench.store.transactions("CP-1")) == 1


@on_bench(unknown_id_tags="accept")
async def test_a_repeated_start_is_recognised_after_a_reconnect_and_after_its_stop(bench: Bench) -> None:
    station = await bench.booted()
    first = await station.start()
    await station.stop(first[2]["transactionId"])
    station.leave()
    again = await (await bench.booted()).start("other")
    assert again[2] == first[2]
    assert len(await bench.store.transactions("CP-1")) == 1


@on_bench(unknown_id_tags="accept")
async def test_two_copies_in_one_turn_of_the_loop_make_one_transaction(bench: Bench) -> None:
    station = await bench.booted()
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
    station.send("StartTransaction", start, "a")
    station.send("StartTransaction", start, "b")
    await bench.committed()
    answers = [json.loads(text)[2] for text in station.link.sent[1:]]
    assert len(answers) == 2
    assert answers[0] == answers[1]
    assert len(await bench.store.transactions("CP-1")) == 1


@on_bench(unknown_id_tags="accept")
async def test_a_clock_never_set_does_not_merge_two_sessions(bench: Bench) -> None:
    station = await bench.booted()
    first = await station.start("a", timestamp="1970-01-01T00:00:00Z")
    assert (await station.start("b", timestamp="1970-01-01T00:00:00Z"))[2] == first[2]
    await station.stop(first[2]["transactionId"])
    second = await station.start("c", timestamp="1970-01-01T00:00:00Z")
    assert second[2]["transactionId"] != first[2]["transactionId"]
    assert "clock_not_set" in await rules(bench)


@on_bench(unknown_id_tags="accept")
async def test_a_stop_twice_is_answered_twice_and_kept_once(bench: Bench) -> None:
    station = await bench.booted()
    transaction_id = (await station.start())[2]["transactionId"]
    first = await station.stop(transaction_id, "a", idTag="CARD")
    again = await station.stop(transaction_id, "b", idTag="CARD", meterStop=99)
    assert first[2] == again[2] == {"idTagInfo": {"status": "Accepted"}}
    (transaction,) = await bench.store.transactions("CP-1")
    assert transaction.meter_stop_wh == 10
    assert [stop.repeated for stop in await bench.store.stops("CP-1")] == [True, False]
    assert "repeated_stop" in await rules(bench)


@on_bench()
async def test_stops_of_unknown_transactions_get_their_conf(bench: Bench) -> None:
    station = await bench.booted()
    for transaction_id in (0, -1, 4711, 2**31):
        answer = await station.stop(transaction_id)
        assert answer[0] == 3
    unknown = [flag for flag in await bench.store.flags("CP-1") if flag.rule == "unknown_transaction"]
    assert len(unknown) == 4
    assert len(await bench.store.stops("CP-1")) == 4


@on_bench(unknown_id_tags="accept")
async def test_one_station_cannot_stop_the_transaction_of_another(bench: Bench) -> None:
    first, second = await bench.booted("CP-1"), await bench.booted("CP-2")
    transaction_id = (await first.start())[2]["transactionId"]
    assert (await second.stop(transaction_id))[0] == 3
    (transaction,) = await bench.store.transactions("CP-1")
    assert transaction.stop_received_at is None


@on_bench()
async def test_messages_with_missing_fields_get_their_conf(bench: Bench) -> None:
    station = await bench.booted()
    payloads: tuple[Any, ...] = ({}, [], None, "text", {"idTag": 5}, {"transactionId": "x"})
    for payload in payloads:
        for action in ("StartTransaction", "StopTransaction", "MeterValues"):
            answer = await station.call(action, payload)
            assert answer is not None, (action, payload)
            assert answer[0] == 3, (action, payload, answer)
    assert "missing" in await rules(bench)


@on_bench()
async def test_starts_with_missing_fields_get_ids_of_their_own(bench: Bench) -> None:
    station = await bench.booted()
    first = await station.call("StartTransaction", {}, "a")
    assert (await station.call("StartTransaction", {}, "a"))[2] == first[2]
    assert (await station.call("StartTransaction", {}, "b"))[2] != first[2]


@on_bench(unknown_id_tags="accept")
async def test_meter_values_are_kept_as_sent(bench: Bench) -> None:
    station = await bench.booted()
    transaction_id = (await station.start())[2]["transactionId"]
    sent = {"connectorId": 1, "transactionId": transaction_id, "meterValue": VALUES}
    assert (await station.call("MeterValues", sent))[2] == {}
    (kept,) = await bench.store.meter_values("CP-1", transaction_id)
    assert kept.sampled == [{"value": "7", "unit": "Wh"}]
    assert kept.timestamp_text == "2026-01-01T00:05:00Z"
    assert "unknown_transaction" not in await rules(bench)


@on_bench()
async def test_deviating_meter_values_are_kept_as_sent(bench: Bench) -> None:
    station = await bench.booted()
    value = {"timestamp": "2026-01-01T00:05:00", "sampledValue": {"value": 50.1, "unit": "Hz"}}
    answer = await station.call("MeterValues", {"connectorId": 1, "meterValue": value, "transactionId": -1})
    assert answer[0] == 3
    (kept,) = await bench.store.meter_values("CP-1")
    assert kept.sampled == [{"value": 50.1, "unit": "Hz"}]
    assert kept.timestamp_text == "2026-01-01T00:05:00"
    assert {"wrong_type", "unknown_transaction"} <= await rules(bench)


@on_bench(unknown_id_tags="accept")
async def test_transaction_data_of_a_stop_are_kept_once(bench: Bench) -> None:
    station = await bench.booted()
    transaction_id = (await station.start())[2]["transactionId"]
    for _ in range(2):
        await station.stop(transaction_id, transactionData=VALUES)
    (kept,) = await bench.store.meter_values("CP-1", transaction_id)
    assert (kept.source, kept.connector_id) == ("StopTransaction", 1)


@on_bench(unknown_id_tags="accept")
async def test_meter_values_after_the_stop_are_answered(bench: Bench) -> None:
    station = await bench.booted()
    transaction_id = (await station.start())[2]["transactionId"]
    await station.stop(transaction_id)
    sent = {"connectorId": 1, "transactionId": transaction_id, "meterValue": VALUES}
    assert (await station.call("MeterValues", sent))[0] == 3
