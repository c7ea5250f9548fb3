"""What the store remembers instead of asking its file: never more than what the file would say."""

from datetime import UTC, datetime

import msgspec
import pytest

from chargeproof.store import SqliteStore
from chargeproof.store.ports import StoreError
from chargeproof.store.records import IdTagRecord, StartRecord, StopRecord
from chargeproof.testing.virtual_time import run_virtual

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
START = StartRecord(
    charge_point_id="CP-1",
    connector_id=1,
    id_tag="CARD",
    meter_start_wh=0,
    started_text="2026-01-31T12:00:00Z",
    started_at=AT,
    start_received_at=AT,
    start_unique_id="start-1",
)
STOP = StopRecord(
    charge_point_id="CP-1",
    told_transaction_id=1,
    unique_id="stop-1",
    stopped_text="2026-01-31T13:00:00Z",
    stopped_at=AT,
    stop_received_at=AT,
    meter_stop_wh=10,
    reason=None,
    id_tag=None,
)


def test_a_changed_card_is_seen_at_once_whatever_its_case() -> None:
    async def scene() -> None:
        store = SqliteStore()
        assert await store.id_tag("card") is None
        await store.put_id_tag(IdTagRecord(id_tag="Card", note="first"))
        found = await store.id_tag("CARD")
        assert found is not None
        assert found.note == "first"
        await store.put_id_tag(IdTagRecord(id_tag="CARD", note="second"))
        found = await store.id_tag("card")
        assert found is not None
        assert found.note == "second"
        assert await store.remove_id_tag("cArD")
        assert await store.id_tag("card") is None
        await store.close()

    run_virtual(scene())


def test_letters_beyond_a_to_z_are_told_apart_by_case_as_the_file_does() -> None:
    async def scene() -> None:
        store = SqliteStore()
        await store.put_id_tag(IdTagRecord(id_tag="Ä1"))
        assert await store.id_tag("Ä1") is not None
        assert await store.id_tag("ä1") is None
        await store.close()

    run_virtual(scene())


def test_an_older_start_that_comes_late_is_new_and_its_copy_is_not() -> None:
    async def scene() -> None:
        store = SqliteStore()
        await store.begin_transaction(START)
        older = msgspec.structs.replace(START, started_text="2026-01-30T12:00:00Z", start_unique_id="start-0")
        assert not (await store.begin_transaction(older)).repeated
        assert (await store.begin_transaction(older)).repeated
        assert (await store.begin_transaction(START)).repeated
        await store.close()

    run_virtual(scene())


def test_a_start_whose_commit_failed_is_forgotten() -> None:
    async def scene() -> None:
        store = SqliteStore()
        lost = await store.begin_transaction(START)
        with pytest.raises(StoreError):
            await store.change("INSERT INTO nowhere VALUES (1)", ())
        with pytest.raises(StoreError):
            await store.flush()
        again = await store.begin_transaction(START)
        assert not again.repeated
        number = again.transaction.transaction_id
        assert number > lost.transaction.transaction_id
        ended = await store.end_transaction(msgspec.structs.replace(STOP, told_transaction_id=number))
        assert ended.transaction == await store.transaction(number)
        await store.flush()
        await store.close()

    run_virtual(scene())


def test_a_tag_in_use_is_seen_whatever_began_or_ended_in_the_same_batch() -> None:
    async def scene() -> None:
        store = SqliteStore()

        async def used_by() -> list[int | None]:
            places = (("CP-1", 1), ("CP-1", 2), ("CP-2", 1))
            found = [await store.open_transaction_elsewhere("card", *place) for place in places]
            return [None if each is None else each.transaction_id for each in found]

        assert await used_by() == [None, None, None]
        await store.begin_transaction(START)
        assert await used_by() == [None, 1, 1]
        second = msgspec.structs.replace(START, charge_point_id="CP-2", id_tag="Card")
        await store.begin_transaction(second)
        assert await used_by() == [2, 2, 1]
        await store.end_transaction(STOP)
        assert await used_by() == [2, 2, None]
        await store.flush()
        store._recall.forget()
        assert await used_by() == [2, 2, None]
        await store.end_transaction(
            msgspec.structs.replace(STOP, charge_point_id="CP-2", told_transaction_id=2)
        )
        assert await used_by() == [None, None, None]
        refused = msgspec.structs.replace(START, id_tag_status="Invalid", started_text="2027-01-01T00:00:00Z")
        await store.begin_transaction(refused)
        assert await used_by() == [None, None, None]
        await store.close()

    run_virtual(scene())


def test_a_start_and_its_stop_in_one_batch_with_an_earlier_stop() -> None:
    async def scene() -> None:
        store = SqliteStore()
        await store.begin_transaction(START)
        await store.flush()
        await store.end_transaction(STOP)
        later = msgspec.structs.replace(START, started_text="2026-02-01T12:00:00Z", start_unique_id="start-2")
        await store.begin_transaction(later)
        await store.end_transaction(msgspec.structs.replace(STOP, told_transaction_id=2, unique_id="stop-2"))
        await store.flush()
        assert [each.meter_stop_wh for each in await store.transactions()] == [10, 10]
        await store.close()

    run_virtual(scene())


def test_the_transaction_of_another_station_is_not_ended() -> None:
    async def scene() -> None:
        store = SqliteStore()
        await store.begin_transaction(START)
        ended = await store.end_transaction(msgspec.structs.replace(STOP, charge_point_id="CP-2"))
        assert ended.transaction is None
        assert (await store.end_transaction(STOP)).transaction == await store.transaction(1)
        await store.close()

    run_virtual(scene())
