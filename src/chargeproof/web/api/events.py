"""/events: live events over a WebSocket, the same for the console (`/live`) and for programs."""

import asyncio
from typing import Any

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from chargeproof.web.live import (
    GOING_AWAY,
    LOGGED_OUT,
    TOO_SLOW,
    TOPICS_OF_A_READER,
    EventHub,
    Reader,
)
from chargeproof.web.office import Office
from chargeproof.web.people.roles import Role

MAX_QUESTION_BYTES = 64 * 1024
WRONG_QUESTION = 4400
REASONS = {
    GOING_AWAY: "the server stops",
    TOO_SLOW: "the reader is too slow",
    LOGGED_OUT: "the session or token has ended",
}


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a reader says. since: the newest number that it has of a topic."""

    subscribe: list[str] = []
    unsubscribe: list[str] = []
    since: dict[str, int | None] = {}


class WrongQuestion(Exception):
    """What a reader said makes no sense; the sentence says why."""


_questions = msgspec.json.Decoder(Question)


@websocket("/events", opt={"role": Role.VIEWER})
async def events(socket: WebSocket[Any, Any, Any], office: NamedDependency[Office]) -> None:
    await serve_events(socket, office)


@websocket("/live", opt={"role": Role.VIEWER})
async def live(socket: WebSocket[Any, Any, Any], office: NamedDependency[Office]) -> None:
    await serve_events(socket, office)


async def serve_events(socket: WebSocket[Any, Any, Any], office: Office) -> None:
    """Until either side ends it, or the session or token. The one who reads is never waited for."""
    await socket.accept()
    hub, reader, person = office.events, Reader(), socket.user
    unwatch = office.people.watch(lambda is_one: reader.end(LOGGED_OUT) if is_one(person) else None)
    sending = asyncio.create_task(_send(socket, reader))
    try:
        while True:
            text = await socket.receive_data(mode="text")
            await _answer(hub, reader, text)
    except WrongQuestion as error:
        await socket.close(code=WRONG_QUESTION, reason=str(error)[:120])
    except WebSocketDisconnect:
        pass
    finally:
        unwatch()
        hub.leave(reader)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _send(socket: WebSocket[Any, Any, Any], reader: Reader) -> None:
    while (batch := await reader.next_batch()) is not None:
        await socket.send_data(batch.decode(), mode="text")
    await socket.close(code=reader.end_code, reason=REASONS[reader.end_code])


async def _answer(hub: EventHub, reader: Reader, text: str | bytes) -> None:
    if len(text) > MAX_QUESTION_BYTES:
        raise WrongQuestion(f"more than {MAX_QUESTION_BYTES} bytes")
    try:
        question = _questions.decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise WrongQuestion(f"not understood: {error}") from error
    for topic in question.unsubscribe:
        hub.unsubscribe(reader, topic)
    for topic in question.subscribe:
        if not hub.knows(topic):
            raise WrongQuestion(f"there is no topic {topic[:60]!r}")
        if len(reader.topics) >= TOPICS_OF_A_READER and topic not in reader.topics:
            raise WrongQuestion(f"more than {TOPICS_OF_A_READER} topics")
        await hub.subscribe(reader, topic, question.since.get(topic))


EVENT_HANDLERS = [events]
