"""What the store recalls is bounded, in number and in length, and never wrong for it."""

import tracemalloc
from collections.abc import Awaitable, Callable

import pytest

from chargeproof.store import SqliteStore, recall
from chargeproof.testing.store_contract import a_start, a_stop
from chargeproof.testing.virtual_time import run_virtual

MEGABYTE = 1_000_000


def with_store(scene: Callable[[SqliteStore], Awaitable[None]]) -> None:
    async def main() -> None:
        store = SqliteStore()
        try:
            await scene(store)
        finally:
            await store.close()

    run_virtual(main())


def test_texts_of_a_megabyte_are_not_kept_in_memory() -> None:
    async def scene(store: SqliteStore) -> None:
        tracemalloc.start()
        for number in range(20):
            long = str(number) * MEGABYTE
            await store.id_tag(long)
            await store.begin_transaction(a_start(id_tag=long, started_text=long, start_unique_id=long))
            await store.flush()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert kept < 5 * MEGABYTE

    with_store(scene)


@pytest.mark.parametrize("text", ["2026-01-01T12:00:00Z", "x" * 1000])
def test_a_start_is_the_same_start_however_long_its_texts_are(text: str) -> None:
    async def scene(store: SqliteStore) -> None:
        begun = await store.begin_transaction(a_start(id_tag=text, started_text=text))
        again = await store.begin_transaction(a_start(id_tag=text, started_text=text))
        assert (again.transaction, again.repeated) == (begun.transaction, True)
        ended = await store.end_transaction(a_stop(begun.transaction.transaction_id))
        assert ended.transaction is not None

    with_store(scene)


def test_an_earlier_start_does_not_hide_a_later_one_when_room_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recall, "ENTRIES_KEPT", 1)

    async def scene(store: SqliteStore) -> None:
        later = await store.begin_transaction(a_start(started_text="2026-01-02T00:00:00Z"))
        await store.begin_transaction(a_start(started_text="2026-01-01T00:00:00Z"))
        again = await store.begin_transaction(a_start(started_text="2026-01-02T00:00:00Z"))
        assert again.transaction.transaction_id == later.transaction.transaction_id

    with_store(scene)


def test_a_long_time_between_short_ones_does_not_hide_them() -> None:
    async def scene(store: SqliteStore) -> None:
        first = await store.begin_transaction(a_start(started_text="2026-01-02T00:00:00Z"))
        await store.begin_transaction(a_start(started_text="1" * 1000))
        again = await store.begin_transaction(a_start(started_text="2026-01-02T00:00:00Z"))
        assert again.transaction.transaction_id == first.transaction.transaction_id

    with_store(scene)
