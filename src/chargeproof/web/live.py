"""Live events: what happens is told to everyone who listens, in batches, and never waits for a reader.

Nothing is looked up, encoded or kept while nobody listens. While somebody does, a change only marks what has
changed; every tenth of a second the marked rows are read (on the connections for people, see `store.queries`),
each event is encoded once, and each reader is handed the bytes. Who reads too slowly is dropped.

Topics: `stations`, `messages:<id>`, `commands:<id>`, `transactions`, `transactions:<number>`, and what others
publish (`runs`, `run:<id>`). The `seq` of `messages:<id>` is the message's permanent number, so that a reader
that was away gets what it missed from the store; every other topic keeps its newest events for a while.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from chargeproof.clock import Clock

BATCH_S = 0.1
RING_BYTES = 256 * 1024
"""Events that a topic keeps for readers that come back."""
RINGS = 512
LINGER_S = 30.0
"""How long a topic without readers is still followed, for those whose line broke."""
READER_BYTES = 2 * 1024 * 1024
"""What may wait for one reader before it is dropped."""
TOPICS_OF_A_READER = 64
GOING_AWAY = 1001
TOO_SLOW = 4408
LOGGED_OUT = 4401

log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()


class Happened(msgspec.Struct, frozen=True):
    """One event before it is encoded."""

    kind: str
    data: Any
    at: datetime
    seq: int | None = None


class Source(msgspec.Struct, frozen=True):
    """Where the events of some topics come from.

    gather: called on the tick with those of its topics that are followed and were marked, each with the number
    of its newest event; gives what is new of each.
    catch_up: what came after a number, None when that is too much. newest: the number of the newest event.
    begin: called when the topic is followed for the first time (again); gives what ends that.
    """

    gather: Callable[[Mapping[str, int]], Awaitable[Mapping[str, list[Happened]]]]
    begin: Callable[[str], Callable[[], None]]
    catch_up: Callable[[str, int], Awaitable[list[Happened] | None]] | None = None
    newest: Callable[[str], Awaitable[int]] | None = None


class Reader:
    """One open socket. `queue` holds batches to be sent; None ends it."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.waiting_bytes = 0
        self.ended = False
        self.end_code = GOING_AWAY

    def hand(self, batch: bytes) -> None:
        if self.ended:
            return
        if self.waiting_bytes + len(batch) > READER_BYTES:
            self.end(TOO_SLOW)
            return
        self.waiting_bytes += len(batch)
        self.queue.put_nowait(batch)

    def end(self, code: int) -> None:
        """What waits is forgotten, and the socket is closed with this code."""
        if self.ended:
            return
        self.ended, self.end_code = True, code
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)

    async def next_batch(self) -> bytes | None:
        """What is to be sent now; None: close."""
        batch = await self.queue.get()
        if batch is not None:
            self.waiting_bytes -= len(batch)
        return batch


class _Topic:
    """One topic that is followed: its readers, its newest events, and what ends following it."""

    def __init__(self, name: str, seq: int) -> None:
        self.name = name
        self.seq = seq
        self.first_kept = seq + 1
        self.readers: set[Reader] = set()
        self.ring: deque[tuple[int, bytes]] = deque()
        self.ring_bytes = 0
        self.pending: list[Happened] = []
        self.marked = False
        self.end: Callable[[], None] | None = None
        self.lingering: asyncio.TimerHandle | None = None

    def keep(self, seq: int, text: bytes) -> None:
        self.ring.append((seq, text))
        self.ring_bytes += len(text)
        while self.ring_bytes > RING_BYTES and self.ring:
            dropped, old = self.ring.popleft()
            self.ring_bytes -= len(old)
            self.first_kept = dropped + 1


class EventHub:
    """`source(prefix, ...)` says who knows a kind of topic; `publish` tells an event that needs no looking up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._topics: OrderedDict[str, _Topic] = OrderedDict()
        self._sources: dict[str, Source] = {}
        self._published: set[str] = {"runs", "run"}
        self._ticking: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        # What a reader missed and what happens next must reach it in order.
        self._telling = asyncio.Lock()
        # Numbers rise through restarts: a reader that comes back to a new process is told to reload.
        self._born = int(clock.now().timestamp() * 1000)
        self._stopped = False

    # What happens.

    def add_source(self, prefix: str, source: Source) -> None:
        """Topics named `prefix` or `prefix:...` come from there."""
        self._sources[prefix] = source

    def now(self) -> datetime:
        return self._clock.now()

    def is_followed(self, topic: str) -> bool:
        return topic in self._topics

    def followed(self, prefix: str) -> list[str]:
        """The topics of that kind which somebody follows, or did a moment ago."""
        return [name for name in self._topics if name.partition(":")[0] == prefix]

    def publish(self, topic: str, kind: str, data: Any) -> None:
        """Tell an event. `data` is encoded on the next tick if anybody follows; it must not change until then."""
        found = self._topics.get(topic)
        if found is not None:
            found.pending.append(Happened(kind, data, self._clock.now()))
            self._tick_soon()

    def mark(self, topic: str) -> None:
        """Something about this topic changed; its source is asked on the next tick."""
        found = self._topics.get(topic)
        if found is not None and not found.marked and self._source_of(topic) is not None:
            found.marked = True
            self._tick_soon()

    # Who listens.

    async def seq(self, topic: str) -> int:
        """The number to give as `since`, taken before the first data of a page is read."""
        source = self._source_of(topic)
        if source is not None and source.newest is not None:
            return await source.newest(topic)
        return self._follow(topic).seq

    def knows(self, topic: str) -> bool:
        """Whether there is such a topic."""
        return self._source_of(topic) is not None or topic.partition(":")[0] in self._published

    async def subscribe(self, reader: Reader, topic: str, since: int | None = None) -> None:
        """Hand the reader what it missed since then, and from now on what happens."""
        source = self._source_of(topic)
        async with self._telling:
            await self._subscribe(reader, topic, source, since)

    async def _subscribe(self, reader: Reader, topic: str, source: Source | None, since: int | None) -> None:
        followed = self._follow(topic)
        if source is not None and source.newest is not None and not followed.readers:
            followed.seq = await source.newest(topic)
        if source is not None and source.catch_up is not None and since is not None:
            await self._catch_up(reader, followed, source.catch_up, since)
        elif since is not None and since != followed.seq:
            self._hand_missed(reader, followed, since)
        reader.topics.add(topic)
        followed.readers.add(reader)

    def unsubscribe(self, reader: Reader, topic: str) -> None:
        reader.topics.discard(topic)
        found = self._topics.get(topic)
        if found is not None:
            found.readers.discard(reader)
            if not found.readers:
                self._linger(found)

    def leave(self, reader: Reader) -> None:
        for topic in tuple(reader.topics):
            self.unsubscribe(reader, topic)

    async def stop(self) -> None:
        """Close every socket."""
        self._stopped = True
        if self._ticking is not None:
            self._ticking.cancel()
        for topic in tuple(self._topics.values()):
            for reader in tuple(topic.readers):
                reader.end(GOING_AWAY)
            self._forget(topic)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # Inside.

    def _source_of(self, topic: str) -> Source | None:
        return self._sources.get(topic.partition(":")[0])

    def _follow(self, name: str) -> _Topic:
        found = self._topics.get(name)
        if found is None:
            found = self._topics[name] = _Topic(name, self._first_seq())
            source = self._source_of(name)
            found.end = source.begin(name) if source is not None else None
            self._linger(found)
            self._forget_the_oldest()
        elif found.lingering is not None and not found.readers:
            found.lingering.cancel()
            self._linger(found)
        return found

    def _first_seq(self) -> int:
        return max(self._born, int(self._clock.now().timestamp() * 1000))

    def _linger(self, topic: _Topic) -> None:
        if topic.lingering is not None:
            topic.lingering.cancel()
        topic.lingering = asyncio.get_running_loop().call_later(LINGER_S, self._lingered, topic)

    def _lingered(self, topic: _Topic) -> None:
        topic.lingering = None
        if not topic.readers:
            self._forget(topic)

    def _forget(self, topic: _Topic) -> None:
        if self._topics.get(topic.name) is topic:
            del self._topics[topic.name]
        if topic.end is not None:
            topic.end()
            topic.end = None
        if topic.lingering is not None:
            topic.lingering.cancel()
            topic.lingering = None

    def _forget_the_oldest(self) -> None:
        if len(self._topics) > RINGS:
            for topic in [each for each in self._topics.values() if not each.readers][:1]:
                self._forget(topic)

    async def _catch_up(
        self,
        reader: Reader,
        topic: _Topic,
        catch_up: Callable[[str, int], Awaitable[list[Happened] | None]],
        since: int,
    ) -> None:
        missed = await catch_up(topic.name, since)
        if missed is None:
            reader.hand(_batch([_encoded(topic.name, Happened("reload", None, self._clock.now()), None)]))
        elif missed:
            reader.hand(_batch([_encoded(topic.name, each, each.seq) for each in missed]))

    def _hand_missed(self, reader: Reader, topic: _Topic, since: int) -> None:
        if topic.first_kept - 1 <= since <= topic.seq:
            missed = [text for seq, text in topic.ring if seq > since]
        else:
            missed = [_encoded(topic.name, Happened("reload", None, self._clock.now()), topic.seq)]
        if missed:
            reader.hand(_batch(missed))

    def _tick_soon(self) -> None:
        if self._ticking is None and self._task is None and not self._stopped:
            self._ticking = asyncio.get_running_loop().call_later(BATCH_S, self._tick)

    def _tick(self) -> None:
        self._ticking = None
        self._task = asyncio.create_task(self._tell(), name="live events")

    async def _tell(self) -> None:
        try:
            async with self._telling:
                gathered = await self._gathered()
                told: dict[str, list[bytes]] = {}
                for topic in tuple(self._topics.values()):
                    happened, topic.pending = topic.pending, []
                    happened += gathered.get(topic.name, ())
                    if happened:
                        told[topic.name] = [self._numbered(topic, each) for each in happened]
                self._hand_out(told)
        except Exception:
            log.exception("live events of one tick are lost")
        self._task = None
        if any(topic.marked or topic.pending for topic in self._topics.values()):
            self._tick_soon()

    async def _gathered(self) -> dict[str, list[Happened]]:
        """What the sources have of the topics that were marked."""
        asked: dict[str, dict[str, int]] = {}
        for topic in self._topics.values():
            if topic.marked:
                topic.marked = False
                kind = topic.name.partition(":")[0]
                # What the source can tell later need not be told to nobody now.
                if topic.readers or self._sources[kind].catch_up is None:
                    asked.setdefault(kind, {})[topic.name] = topic.seq
        found: dict[str, list[Happened]] = {}
        for kind, topics in asked.items():
            try:
                found.update(await self._sources[kind].gather(topics))
            except Exception:
                log.exception("what happened to %s cannot be told", kind)
        return found

    def _numbered(self, topic: _Topic, event: Happened) -> bytes:
        if event.seq is not None:
            topic.seq = event.seq
            return _encoded(topic.name, event, event.seq)
        topic.seq += 1
        text = _encoded(topic.name, event, topic.seq)
        topic.keep(topic.seq, text)
        return text

    def _hand_out(self, told: dict[str, list[bytes]]) -> None:
        """Readers of the same topics are handed the same bytes."""
        made: dict[frozenset[str], bytes] = {}
        readers = {reader for name in told if name in self._topics for reader in self._topics[name].readers}
        for reader in readers:
            wanted = frozenset(name for name in told if name in reader.topics)
            if wanted not in made:
                made[wanted] = _batch([text for name in told if name in wanted for text in told[name]])
            if made[wanted]:
                reader.hand(made[wanted])


def _encoded(topic: str, event: Happened, seq: int | None) -> bytes:
    return _encoder.encode(
        {"topic": topic, "seq": seq, "at": event.at, "kind": event.kind, "data": event.data}
    )


def _batch(texts: list[bytes]) -> bytes:
    return b'{"batch":[' + b",".join(texts) + b"]}" if texts else b""
