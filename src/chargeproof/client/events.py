"""Live events: what happens at a server, told as it happens, and told again where a line broke."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
import websockets

from chargeproof.acceptance.entry_row import EntryRow
from chargeproof.client.answers import answer_in
from chargeproof.client.connection import AGAIN_AFTER_S, Connection
from chargeproof.client.errors import ApiError, NoAnswer
from chargeproof.resources.charge_points import ChargePoint, WaitingStation
from chargeproof.resources.commands import Command, CommandChange
from chargeproof.resources.messages import Message
from chargeproof.resources.people import Me
from chargeproof.resources.security import SecurityChange
from chargeproof.resources.transactions import Transaction
from chargeproof.testbed.run_requests import RunRow
from chargeproof.testbed.run_state import RunState

PATH = "/events"
PATIENCE_S = 60.0
MOST_BYTES = 8 * 1024 * 1024
UNKNOWN = 2**53 - 1
"""A number that no event has: who gives it is told `reload`, with the number of now."""
REFUSALS = {4400: 400, 4401: 401, 4403: 403}
"""The close codes with which a server says that it will not tell, as the status that they stand for."""
KINDS: dict[tuple[str, str], Any] = {
    ("stations", "station"): ChargePoint,
    ("stations", "waiting"): list[WaitingStation],
    ("messages", "message"): Message,
    ("commands", "command"): Command,
    ("commands", "state"): CommandChange,
    ("commands", "effect"): Command,
    ("commands", "security_change"): SecurityChange,
    ("transactions", "transaction"): Transaction,
    ("runs", "state"): RunRow,
    ("run", "state"): RunState,
    ("run", "entry"): EntryRow,
}
"""What the data of an event is, by the kind of its topic and its own."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened. data: as the lists of the API give it, for example a ``Message``.

    kind ``reload``: from ``seq`` on everything is told; what was before must be read anew, if it matters.
    """

    topic: str
    kind: str
    at: datetime
    seq: int | None = None
    data: Any = None


class _Told(msgspec.Struct, frozen=True):
    topic: str
    kind: str
    at: datetime
    seq: int | None
    data: msgspec.Raw


class _Batch(msgspec.Struct, frozen=True):
    batch: list[_Told]


_batches = msgspec.json.Decoder(_Batch)


class Events:
    """What happens at the server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def follow(
        self, *topics: str, since: Mapping[str, int] | None = None, patience_s: float = PATIENCE_S
    ) -> AsyncIterator[Event]:
        """Every event of these topics, without an end, over lines that break and servers that start anew.

        Topics: stations, messages:ID, commands:ID, transactions, transactions:NUMBER, runs, run:NUMBER.
        since: the ``seq`` of the newest event that is known of a topic; a topic without one begins with
        ``reload``. patience_s: how long a server may be away. Raises ApiError and NoAnswer.
        """
        seen = dict.fromkeys(topics, UNKNOWN) | dict(since or {})
        question = {"subscribe": list(topics), "since": seen}
        until_s = _now_s() + patience_s
        while True:
            try:
                async for text in self._told(msgspec.json.encode(question).decode()):
                    for event in self._events_in(text):
                        if event.seq is not None:
                            seen[event.topic] = event.seq
                        yield event
                until_s = _now_s() + patience_s
            except (OSError, websockets.WebSocketException) as error:
                if _now_s() >= until_s:
                    raise self._connection.no_answer(error) from error
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _told(self, question: str) -> AsyncIterator[str | bytes]:
        """What one socket tells until it ends. Raises ApiError where the server will not tell."""
        address, headers, tls = self._connection.socket(PATH)
        try:
            socket = await websockets.connect(
                address, additional_headers=headers, ssl=tls, max_size=MOST_BYTES
            )
        except websockets.InvalidStatus as error:
            await self._connection.get("/session", Me)  # raises what was refused, with the server's words
            raise NoAnswer(
                f"no events are told: {error}", address, "See whether this is the server"
            ) from error
        async with socket:
            await socket.send(question)
            try:
                async for text in socket:
                    yield text
            except websockets.ConnectionClosed:
                pass  # who follows goes on where this ended
        status = REFUSALS.get(socket.close_code or 0)
        if status is not None:
            raise ApiError(status, "Not told", socket.close_reason or "the server ended it", "", address)

    def _events_in(self, text: str | bytes) -> Iterator[Event]:
        try:
            for told in _batches.decode(text).batch:
                kind = KINDS.get((told.topic.partition(":")[0], told.kind), Any)
                data = answer_in(told.data, kind)
                yield Event(topic=told.topic, kind=told.kind, at=told.at, seq=told.seq, data=data)
        except msgspec.MsgspecError as error:
            raise NoAnswer(
                f"the events are not understood: {error}",
                self._connection.address,
                "See whether this is the address of a chargeproof server of this version",
            ) from error


def _now_s() -> float:
    return asyncio.get_running_loop().time()
