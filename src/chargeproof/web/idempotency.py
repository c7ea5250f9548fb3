"""A POST that comes again with the same `Idempotency-Key` is answered as before, and done once.

Kept by person and key for a day, over restarts. Answers that hold a secret (`opt={"secret_answer": True}`) are
kept in memory only.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from chargeproof.clock import Clock
from chargeproof.store.people import KeptAnswer, PeopleStore
from chargeproof.web.people.people import ANSWERS_KEPT, MAX_ANSWERS
from chargeproof.web.people.person import Person
from chargeproof.web.problems import Problem

HEADER = b"idempotency-key"
REPLAYED = (b"idempotent-replayed", b"true")
MAX_KEY = 128
_PURPOSE = b"chargeproof: requests that come again"
MAX_REQUEST_BYTES = 1_048_576
MAX_ANSWER_BYTES = 131_072
KEPT_HEADERS = ("content-type", "location", "cache-control", "content-disposition")
NOT_KEPT = frozenset({401, 403, 406, 408, 413, 415, 429})
"""Answers that say nothing of the request itself: it may be sent again with the same key."""
MAX_SECRET_ANSWERS = 200
TIDY_EVERY = 200


class Idempotency:
    """Makes the middleware."""

    def __init__(self, store: PeopleStore, clock: Clock, key: bytes = b"") -> None:
        """key: of the digests of requests, so that nobody can try passwords against those that are kept."""
        self._digests = hmac.new(key or secrets.token_bytes(32), _PURPOSE, hashlib.sha256).digest()
        self._store = store
        self._clock = clock
        self._running: dict[tuple[str, str], asyncio.Future[None]] = {}
        self._secret: OrderedDict[tuple[str, str], KeptAnswer] = OrderedDict()
        self._kept = 0

    def middleware(self) -> Callable[..., ASGIApp]:
        def wrap(app: ASGIApp) -> ASGIApp:
            async def once(scope: Scope, receive: Receive, send: Send) -> None:
                key = _key_in(scope)
                if key is None:
                    await app(scope, receive, send)
                else:
                    await self._once(app, scope, receive, send, key)

            return once

        return wrap

    async def _once(self, app: ASGIApp, scope: Any, receive: Receive, send: Send, key: str) -> None:
        person: Person = scope["user"]
        place = (person.name, key)
        body = await _body_of(receive)
        request_hash = _hash_of(scope, body, self._digests)
        while (running := self._running.get(place)) is not None:
            await asyncio.shield(running)
        kept = self._secret.get(place) or await self._store.kept_answer(*place)
        if kept is not None and kept.at > self._clock.now() - ANSWERS_KEPT:
            await _replay(_usable(kept, request_hash), send)
            return
        done = self._running[place] = asyncio.get_running_loop().create_future()
        try:
            begun = KeptAnswer(who=person.name, key=key, request_hash=request_hash, at=self._clock.now())
            await self._store.keep_answer(begun)
            heard = _Heard(send)
            await app(scope, _given(body, receive), heard)
            await self._keep(begun, heard, secret=bool(scope["route_handler"].opt.get("secret_answer")))
        finally:
            del self._running[place]
            done.set_result(None)

    async def _keep(self, begun: KeptAnswer, heard: "_Heard", *, secret: bool) -> None:
        if heard.status is None or heard.status >= 500 or heard.status in NOT_KEPT or heard.body is None:
            await self._store.drop_answer(begun.who, begun.key)
            return
        answer = msgspec.structs.replace(
            begun, status=heard.status, headers=heard.headers, body=bytes(heard.body)
        )
        if secret:
            self._secret[begun.who, begun.key] = answer
            if len(self._secret) > MAX_SECRET_ANSWERS:
                self._secret.popitem(last=False)
            return
        await self._store.keep_answer(answer)
        self._kept += 1
        if self._kept % TIDY_EVERY == 0:
            await self._store.forget_answers_above(MAX_ANSWERS)


class _Heard:
    """Passes an answer on and remembers it. `body` is None when it is too long to be kept."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body: bytearray | None = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            named = {name.decode("latin-1").lower(): value for name, value in message["headers"]}
            self.headers = {name: named[name].decode("latin-1") for name in KEPT_HEADERS if name in named}
        elif message["type"] == "http.response.body" and self.body is not None:
            self.body += message.get("body", b"")
            if len(self.body) > MAX_ANSWER_BYTES:
                self.body = None
        await self._send(message)


def _key_in(scope: Any) -> str | None:
    """The key of a request that this is for. Raises Problem for a key that is none."""
    if scope["type"] != "http" or scope["method"] != "POST" or scope.get("user") is None:
        return None
    value = next((value for name, value in scope["headers"] if name == HEADER), None)
    if value is None:
        return None
    key = str(value.decode("latin-1"))
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        raise Problem(
            400, "Bad request", f"Idempotency-Key: it has 1 to {MAX_KEY} printable characters of ASCII"
        )
    return key


async def _body_of(receive: Receive) -> bytes:
    """All of it. Raises Problem 413 when it is too long to be compared with another."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)  # the client has gone; the handler will see that it has
        body += message.get("body", b"")
        if len(body) > MAX_REQUEST_BYTES:
            raise Problem(
                413,
                "Content too large",
                f"With an Idempotency-Key the body has at most {MAX_REQUEST_BYTES} bytes",
                "Send it without the key",
            )
        if not message.get("more_body", False):
            return bytes(body)


def _given(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Any:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _hash_of(scope: Any, body: bytes, key: bytes) -> str:
    parts = (scope["path"].encode(), scope.get("query_string", b""), body)
    joined = b"\0".join(hashlib.sha256(part).digest() for part in parts)
    return hmac.new(key, joined, hashlib.sha256).hexdigest()


def _usable(kept: KeptAnswer, request_hash: str) -> KeptAnswer:
    """Raises Problem 409 when the key belongs to another request, or to one of which nobody knows the end."""
    if kept.request_hash != request_hash:
        raise Problem(
            409,
            "Conflict",
            "This Idempotency-Key was used for another request",
            "Use a new key for a new request",
        )
    if kept.status is None:
        raise Problem(
            409,
            "Outcome unknown",
            "The request with this Idempotency-Key was interrupted; nobody knows whether it was carried out",
            "Look what became of it, then use a new key if it must be done again",
        )
    return kept


async def _replay(answer: KeptAnswer, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    length = (b"content-length", str(len(answer.body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": answer.status or 200,
            "headers": [*headers, length, REPLAYED],
        }
    )
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
