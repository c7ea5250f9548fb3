"""What the live topics of the central system tell: stations, messages, commands and transactions.

A frame is seen before it is kept, and a row is there once its commit is through; so what changed is looked for
again a moment later.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from chargeproof.central_system import CentralSystem
from chargeproof.resources.commands import CommandChange
from chargeproof.resources.transactions import Transaction
from chargeproof.store.queries import ChargePointFilter, NumberedExchange, Queries
from chargeproof.trace import (
    CommandChanged,
    ConnectionClosed,
    ConnectionOpened,
    Entry,
    Frame,
    HandshakeSeen,
    Reach,
)
from chargeproof.web.live import EventHub, Happened, Source
from chargeproof.web.rows.messages import message_of
from chargeproof.web.rows.stations import charge_point_of, waiting_stations
from chargeproof.web.rows.transactions import transaction_of

COMMITTED_S = 0.8
"""By then a commit that nobody waits for is through, as a rule."""
LOUD_S = 0.5
"""How often a station's row is told at most."""
QUIET_S = 2.0
"""How often a station's row is told when only its last message changes."""
ROWS = 500
"""Messages told on one tick, and stations."""
MOST_MISSED = 2000
HEAD = 120
"""Characters of a frame in which its action stands."""
BOOT = '"BootNotification"'
LOUD = ('"StatusNotification"', '"StartTransaction"', '"StopTransaction"')


def now_s() -> float:
    return asyncio.get_running_loop().time()


class Messages:
    """`messages:<id>`: every exchange of a station, numbered as it is for ever."""

    def __init__(self, hub: EventHub, central_system: CentralSystem, queries: Queries) -> None:
        self._hub = hub
        self._central_system = central_system
        self._queries = queries
        self._look_until_s: dict[str, float] = {}

    def begin(self, topic: str) -> Callable[[], None]:
        def heard(entry: Entry) -> None:
            if isinstance(entry, Frame | CommandChanged):
                self._look_until_s[topic] = now_s() + COMMITTED_S
                self._hub.mark(topic)

        unwatch = self._central_system.watch(_id_in(topic), heard)

        def end() -> None:
            unwatch()
            self._look_until_s.pop(topic, None)

        return end

    async def gather(self, topics: Mapping[str, int]) -> dict[str, list[Happened]]:
        numbers = {_id_in(topic): seq for topic, seq in topics.items()}
        found = await self._queries.messages_after_each(numbers, limit=ROWS)
        told: dict[str, list[Happened]] = {}
        for topic in topics:
            rows = found[_id_in(topic)]
            if len(rows) == ROWS or now_s() < self._look_until_s.get(topic, 0.0):
                self._hub.mark(topic)
            told[topic] = _told(rows)
        return told

    async def catch_up(self, topic: str, since: int) -> list[Happened] | None:
        if since > await self.newest(topic):
            return None
        found = await self._queries.messages_after(_id_in(topic), since, limit=MOST_MISSED + 1)
        if len(found) > MOST_MISSED:
            return None
        return _told(found)

    async def newest(self, topic: str) -> int:
        return await self._queries.last_number(_id_in(topic))


class Stations:
    """`stations`: the row of each station that changed (`station`), and all that wait (`waiting`)."""

    def __init__(self, hub: EventHub, central_system: CentralSystem, queries: Queries) -> None:
        self._hub = hub
        self._central_system = central_system
        self._queries = queries
        self._due_s: dict[str, float] = {}
        self._again_s: dict[str, float] = {}
        self._may_s: dict[str, float] = {}
        self._waiting_due_s: float | None = None
        self._waiting_until_s = 0.0
        self._told: dict[str, Any] = {}

    def begin(self, topic: str) -> Callable[[], None]:
        unwatch = self._central_system.watch_all(self._heard)

        def end() -> None:
            unwatch()
            self._due_s.clear()
            self._again_s.clear()
            self._may_s.clear()
            self._told.clear()

        return end

    def changed(self, charge_point_id: str) -> None:
        """Its row is told now, and again when what was just written can be read; and so are those that wait."""
        if self._hub.is_followed("stations"):
            self._row_changed(charge_point_id)
            self._waiting_until_s = now_s() + COMMITTED_S
            # What goes on changing is told meanwhile, too: a time that was set is not put off.
            if self._waiting_due_s is None:
                self._waiting_due_s = self._waiting_until_s

    def _row_changed(self, charge_point_id: str) -> None:
        self._due_s[charge_point_id] = max(now_s(), self._may_s.get(charge_point_id, 0.0))
        self._again_s[charge_point_id] = now_s() + COMMITTED_S
        self._hub.mark("stations")

    def _heard(self, charge_point_id: str, entry: Entry) -> None:
        if isinstance(entry, ConnectionOpened | ConnectionClosed | Reach | HandshakeSeen):
            self.changed(charge_point_id)
        elif isinstance(entry, Frame) and entry.sender == "charge_point":
            head = (entry.text or "")[:HEAD]
            if BOOT in head:
                self.changed(charge_point_id)
            elif any(action in head for action in LOUD):
                self._row_changed(charge_point_id)
            else:
                self._due_s.setdefault(charge_point_id, now_s() + QUIET_S)
                self._hub.mark("stations")

    async def gather(self, topics: Mapping[str, int]) -> dict[str, list[Happened]]:
        (topic,) = topics
        now = now_s()
        due = [each for each, due_s in self._due_s.items() if due_s <= now][:ROWS]
        for each in due:
            del self._due_s[each]
            self._may_s[each] = now + LOUD_S
            if each in self._again_s:
                self._due_s[each] = self._again_s.pop(each)
        happened = await self._rows(due) if due else []
        if self._waiting_due_s is not None and self._waiting_due_s <= now:
            self._waiting_due_s = self._waiting_until_s if self._waiting_until_s > now else None
            happened += await self._waiting()
        if self._due_s or self._waiting_due_s is not None:
            self._hub.mark(topic)
        return {topic: happened}

    async def _rows(self, due: list[str]) -> list[Happened]:
        found = await self._queries.charge_points(ChargePointFilter(ids=tuple(due)), limit=ROWS)
        rows = [charge_point_of(row, self._central_system) for row in found.items]
        return [self._changed_row("station", row.charge_point_id, row) for row in rows if self._is_new(row)]

    def _is_new(self, row: Any) -> bool:
        return bool(self._told.get(row.charge_point_id) != row)

    def _changed_row(self, kind: str, key: str, row: Any) -> Happened:
        self._told[key] = row
        return Happened(kind, row, self._hub.now())

    async def _waiting(self) -> list[Happened]:
        attempts, held = await self._queries.attempts(), await self._queries.held_stations()
        rows = waiting_stations(attempts, held, self._central_system)
        if self._told.get(WAITING) == rows:
            return []
        return [self._changed_row("waiting", WAITING, rows)]


class Commands:
    """`commands:<id>`: each change of a command's state (`state`); effects are published by who sees them."""

    def __init__(self, hub: EventHub, central_system: CentralSystem) -> None:
        self._hub = hub
        self._central_system = central_system

    def begin(self, topic: str) -> Callable[[], None]:
        charge_point_id = _id_in(topic)

        def heard(entry: Entry) -> None:
            if isinstance(entry, CommandChanged):
                change = CommandChange(
                    command_id=entry.unique_id,
                    charge_point_id=charge_point_id,
                    action=entry.action,
                    state=entry.state,
                    detail=entry.detail,
                    at=entry.at,
                )
                self._hub.publish(topic, "state", change)

        return self._central_system.watch(charge_point_id, heard)

    async def gather(self, topics: Mapping[str, int]) -> dict[str, list[Happened]]:
        return {}


class Transactions:
    """`transactions`: each one that began, grew or ended; `transactions:<number>`: that one alone."""

    def __init__(self, hub: EventHub, central_system: CentralSystem, queries: Queries) -> None:
        self._hub = hub
        self._central_system = central_system
        self._queries = queries
        self._due_s: dict[str, dict[str, float]] = {}
        self._told: dict[str, dict[int, Transaction]] = {}

    def begin(self, topic: str) -> Callable[[], None]:
        due_s = self._due_s[topic] = {}
        self._told[topic] = {}

        def heard(charge_point_id: str, entry: Entry) -> None:
            if isinstance(entry, Frame) and entry.sender == "charge_point":
                head = (entry.text or "")[:HEAD]
                if any(
                    f'"{action}"' in head for action in ("StartTransaction", "StopTransaction", "MeterValues")
                ):
                    due_s.setdefault(charge_point_id, now_s() + COMMITTED_S)
                    self._hub.mark(topic)

        unwatch = self._central_system.watch_all(heard)

        def end() -> None:
            unwatch()
            self._due_s.pop(topic, None)
            self._told.pop(topic, None)

        return end

    async def gather(self, topics: Mapping[str, int]) -> dict[str, list[Happened]]:
        return {topic: await self._news_of(topic) for topic in topics}

    async def _news_of(self, topic: str) -> list[Happened]:
        pending = self._due_s.get(topic, {})
        due = [each for each, due_s in pending.items() if due_s <= now_s()]
        for each in due:
            del pending[each]
        if pending:
            self._hub.mark(topic)
        rows = [row for charge_point_id in due for row in await self._rows(topic, charge_point_id)]
        told = self._told.get(topic, {})
        fresh = [row for row in rows if told.get(row.transaction_id) != row]
        told.update((row.transaction_id, row) for row in fresh)
        return [Happened("transaction", row, self._hub.now()) for row in fresh]

    async def _rows(self, topic: str, charge_point_id: str) -> list[Transaction]:
        number = _id_in(topic)
        if number and not (number.isdecimal() and int(number) < 2**63):
            return []
        if number:
            one = await self._queries.transaction(int(number))
            records = [one] if one is not None and one.charge_point_id == charge_point_id else []
        else:
            records = (await self._queries.transactions(charge_point_id=charge_point_id, limit=10)).items
        last = await self._queries.last_values([each for each in records if each.stop_received_at is None])
        return [transaction_of(each, last.get(each.transaction_id)) for each in records]


WAITING = "\0waiting"


def _told(rows: list[NumberedExchange]) -> list[Happened]:
    return [Happened("message", message_of(each), each.exchange.requested_at, each.number) for each in rows]


def _id_in(topic: str) -> str:
    return topic.partition(":")[2]


class LiveEvents(EventHub):
    """The hub with everything that the central system tells."""

    def __init__(self, central_system: CentralSystem, queries: Queries, clock: Any) -> None:
        super().__init__(clock)
        messages = Messages(self, central_system, queries)
        self._stations = Stations(self, central_system, queries)
        commands = Commands(self, central_system)
        transactions = Transactions(self, central_system, queries)
        self.add_source(
            "messages", Source(messages.gather, messages.begin, messages.catch_up, messages.newest)
        )
        self.add_source("stations", Source(self._stations.gather, self._stations.begin))
        self.add_source("commands", Source(commands.gather, commands.begin))
        self.add_source("transactions", Source(transactions.gather, transactions.begin))

    def station_changed(self, charge_point_id: str) -> None:
        """Something about a station was changed here, not by its messages."""
        self._stations.changed(charge_point_id)
