"""What a card is told: standing, expiry, parent, use elsewhere, and the policy of a station."""

from datetime import timedelta
from typing import Any

from chargeproof.ocpp import AuthorizationStatus, IdTagInfo
from chargeproof.store.records import IdTagRecord
from tests.central_system.bench import Bench, FakeStation, on_bench


async def authorize(station: FakeStation, id_tag: Any = "CARD") -> Any:
    return (await station.call("Authorize", {"idTag": id_tag}))[2]["idTagInfo"]


@on_bench()
async def test_an_unknown_tag_is_invalid(bench: Bench) -> None:
    assert await authorize(await bench.booted()) == {"status": "Invalid"}
    (decision,) = await bench.store.decisions("CP-1")
    assert (decision.id_tag, decision.status, decision.reason) == ("CARD", "Invalid", "the tag is not known")


@on_bench(unknown_id_tags="accept")
async def test_unknown_tags_can_be_accepted(bench: Bench) -> None:
    assert await authorize(await bench.booted()) == {"status": "Accepted"}


@on_bench()
async def test_a_known_tag_is_told_its_standing_whatever_its_case(bench: Bench) -> None:
    station = await bench.booted()
    await bench.store.put_id_tag(IdTagRecord(id_tag="Card"))
    assert await authorize(station, "cARD") == {"status": "Accepted"}
    await bench.store.put_id_tag(IdTagRecord(id_tag="CARD", status=AuthorizationStatus.BLOCKED))
    assert await authorize(station) == {"status": "Blocked"}


@on_bench()
async def test_a_tag_expires(bench: Bench) -> None:
    station = await bench.booted()
    until = bench.clock.now() + timedelta(hours=1)
    await bench.store.put_id_tag(IdTagRecord(id_tag="CARD", expires_at=until))
    assert await authorize(station) == {"status": "Accepted", "expiryDate": "2026-01-01T01:00:00Z"}
    await bench.pass_time(3600)
    assert (await authorize(station))["status"] == "Expired"


@on_bench()
async def test_the_parent_is_told_and_its_standing_counts(bench: Bench) -> None:
    station = await bench.booted()
    await bench.store.put_id_tag(IdTagRecord(id_tag="CARD", parent_id_tag="FLEET"))
    assert await authorize(station) == {"status": "Accepted", "parentIdTag": "FLEET"}
    await bench.store.put_id_tag(IdTagRecord(id_tag="FLEET", status=AuthorizationStatus.BLOCKED))
    assert (await authorize(station))["status"] == "Blocked"


@on_bench(unknown_id_tags="accept")
async def test_a_tag_in_use_elsewhere_is_concurrent_at_a_start_only(bench: Bench) -> None:
    first, second = await bench.booted("CP-1"), await bench.booted("CP-2")
    await first.start()
    assert await authorize(second) == {"status": "Accepted"}
    assert (await second.start())[2]["idTagInfo"]["status"] == "ConcurrentTx"


@on_bench(unknown_id_tags="accept")
async def test_a_new_start_on_the_same_connector_is_no_second_use(bench: Bench) -> None:
    station = await bench.booted()
    await station.start()
    again = await station.start(timestamp="2026-01-01T01:00:00Z")
    assert again[2]["idTagInfo"]["status"] == "Accepted"


@on_bench(unknown_id_tags="accept", allow_concurrent_use=True)
async def test_concurrent_use_can_be_allowed(bench: Bench) -> None:
    await (await bench.booted("CP-1")).start()
    started = await (await bench.booted("CP-2")).start()
    assert started[2]["idTagInfo"]["status"] == "Accepted"


@on_bench()
async def test_a_policy_is_asked_before_the_store(bench: Bench) -> None:
    station = await bench.booted()
    await bench.store.put_id_tag(IdTagRecord(id_tag="KNOWN"))
    answers = {"CARD": IdTagInfo(status=AuthorizationStatus.EXPIRED)}
    bench.central_system.policy("CP-1").authorize = answers.get
    assert await authorize(station) == {"status": "Expired"}
    assert await authorize(station, "KNOWN") == {"status": "Accepted"}


@on_bench(unknown_id_tags="accept")
async def test_a_missing_tag_is_invalid_and_answered(bench: Bench) -> None:
    station = await bench.booted()
    assert (await station.call("Authorize", {}))[2]["idTagInfo"]["status"] == "Invalid"
