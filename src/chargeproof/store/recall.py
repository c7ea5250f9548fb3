"""What was read or written before and need not be asked of the file again: one process alone writes to it."""

from typing import Any

from chargeproof.ocpp.enums import AuthorizationStatus
from chargeproof.store.records import IdTagRecord, TransactionRecord

ENTRIES_KEPT = 20_000
OPEN_KEPT = 100
"""Transactions of one tag at once: of more than so many, not even one is kept."""
LONGEST_TEXT = 255
"""Characters of a text that is kept here: a station may send a megabyte where twenty characters belong."""


class Recall:
    """Answers to the questions that come with every transaction. `forget` when a batch was lost."""

    def __init__(self) -> None:
        self._id_tags: dict[str, IdTagRecord | None] = {}
        self._open: dict[int, TransactionRecord] = {}
        self._open_with: dict[str, list[TransactionRecord]] = {}
        self._latest_starts: dict[str, str] = {}

    def forget(self) -> None:
        """What was written in a batch that failed is not so."""
        self._id_tags.clear()
        self._open.clear()
        self._open_with.clear()
        self._latest_starts.clear()

    def forget_id_tags(self) -> None:
        self._id_tags.clear()

    def knows_id_tag(self, id_tag: str) -> bool:
        return _folded(id_tag) in self._id_tags

    def id_tag(self, id_tag: str) -> IdTagRecord | None:
        """The record, None for a tag that is not kept; ask `knows_id_tag` first."""
        return self._id_tags[_folded(id_tag)]

    def remember_id_tag(self, id_tag: str, kept: IdTagRecord | None) -> None:
        if _is_short(id_tag):
            _make_room(self._id_tags)
            self._id_tags[_folded(id_tag)] = kept

    def remember_begun(self, transaction: TransactionRecord) -> None:
        if _is_short(transaction.id_tag, transaction.started_text, transaction.start_unique_id):
            _make_room(self._open)
            self._open[transaction.transaction_id] = transaction

        used = self._open_with.get(_folded(transaction.id_tag or ""))
        if used is not None and transaction.id_tag_status == AuthorizationStatus.ACCEPTED:
            used.append(transaction)
            if len(used) > OPEN_KEPT:
                del self._open_with[_folded(transaction.id_tag or "")]

    def open_with(self, id_tag: str) -> list[TransactionRecord] | None:
        """The transactions with this tag, told Accepted, that are not ended; None: it has to be asked for."""
        return self._open_with.get(_folded(id_tag))

    def remember_open_with(self, id_tag: str, transactions: list[TransactionRecord]) -> None:
        if _is_short(id_tag) and len(transactions) <= OPEN_KEPT:
            _make_room(self._open_with)
            self._open_with[_folded(id_tag)] = transactions

    def forget_open(self, transaction: TransactionRecord) -> None:
        """It has ended."""
        used = self._open_with.get(_folded(transaction.id_tag or ""))
        if used is not None:
            used[:] = [each for each in used if each.transaction_id != transaction.transaction_id]

    def take_open(self, transaction_id: int, charge_point_id: str) -> TransactionRecord | None:
        """A transaction of this station that was begun here and is about to end."""
        found = self._open.get(transaction_id)
        if found is None or found.charge_point_id != charge_point_id:
            return None
        return self._open.pop(transaction_id)

    def latest_start(self, charge_point_id: str) -> str | None:
        """The greatest `started_text` of the station, "" if it has none; None: it has to be asked for."""
        return self._latest_starts.get(charge_point_id)

    def remember_start(self, charge_point_id: str, started_text: str) -> None:
        latest = max(started_text, self._latest_starts.pop(charge_point_id, ""))
        if _is_short(latest):
            _make_room(self._latest_starts)
            self._latest_starts[charge_point_id] = latest


def _folded(id_tag: str) -> str:
    """As the database compares tags: the letters A to Z without regard to case, all others as they are."""
    return id_tag.lower() if id_tag.isascii() else id_tag


def _is_short(*texts: str | None) -> bool:
    return all(text is None or len(text) <= LONGEST_TEXT for text in texts)


def _make_room(entries: dict[Any, Any]) -> None:
    if len(entries) >= ENTRIES_KEPT:
        entries.clear()
