"""Who did what: a record of every request that changes something, or would have. Never a secret in it."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from chargeproof.central_system.leaking import Leaking, network_of
from chargeproof.clock import Clock
from chargeproof.store.people import AuditRecord, PeopleStore
from chargeproof.web.headers import is_for_stations
from chargeproof.web.people.guard import changes_something
from chargeproof.web.people.person import Person
from chargeproof.web.people.remote import remote_of_scope

STRANGERS_TRIES = 60
"""Refused requests of strangers that are recorded of one address in a quarter of an hour."""
MAX_TEXT = 500
NOTE = "audit_note"


class Note(msgspec.Struct):
    """What a handler knows better than the request shows. `who`: what a stranger calls themselves."""

    who: str = ""
    subject: str = ""
    detail: str = ""


def note(request: Request[Any, Any, Any], *, who: str = "", subject: str = "", detail: str = "") -> None:
    """Add to the record of this request. Texts that were given before stay where nothing new is given."""
    kept: Note = request.scope["state"].setdefault(NOTE, Note())
    kept.who, kept.subject = who or kept.who, subject or kept.subject
    kept.detail = detail or kept.detail


class Audit:
    """Makes the middleware that records, and records what is done without a request."""

    def __init__(self, store: PeopleStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._strangers = Leaking(STRANGERS_TRIES, clock.monotonic)

    def middleware(self) -> Callable[..., ASGIApp]:
        def wrap(app: ASGIApp) -> ASGIApp:
            async def audited(scope: Scope, receive: Receive, send: Send) -> None:
                if not _is_recorded(scope):
                    await app(scope, receive, send)
                    return
                statuses: list[int] = []

                async def listening(message: Message) -> None:
                    if message["type"] == "http.response.start":
                        statuses.append(message["status"])
                    await send(message)

                try:
                    await app(scope, receive, listening)
                finally:
                    self._record(scope, statuses[0] if statuses else 500)

            return audited

        return wrap

    def record(self, who: str, via: str, action: str, subject: str, detail: str = "") -> None:
        """Something that was done by other ways than a request, e.g. on the command line."""
        self._store.record_audit(
            AuditRecord(
                at=self._clock.now(),
                who=who,
                via=via,
                credential_id="",
                remote="",
                action=action,
                subject=subject,
                outcome="done",
                detail=detail,
            )
        )

    def _record(self, scope: Any, status: int) -> None:
        person: Person | None = scope.get("user")
        added: Note = scope["state"].get(NOTE) or Note()
        remote = remote_of_scope(scope)
        if person is None and status == 401 and not added.who and not self._has_room_for(remote):
            return
        self._store.record_audit(
            AuditRecord(
                at=self._clock.now(),
                who=person.name if person is not None and not added.who else added.who or "a stranger",
                via=person.via if person is not None else "nothing",
                credential_id=person.credential_id if person is not None else "",
                remote=remote,
                action=action_of(scope["route_handler"]),
                subject=(added.subject or _subject_in(scope))[:MAX_TEXT],
                outcome="done" if status < 400 else "refused" if status < 500 else "failed",
                status=status,
                detail=added.detail[:MAX_TEXT],
            )
        )

    def _has_room_for(self, remote: str) -> bool:
        key = (network_of(remote),)
        room = self._strangers.wait_s(key) == 0
        if room:
            self._strangers.add(key)
        return room


def _is_recorded(scope: Any) -> bool:
    return changes_something(scope) and "route_handler" in scope and not is_for_stations(scope)


def action_of(handler: Any) -> str:
    """`opt["audit"]` of a handler, else its operation's id, else its own name."""
    return str(handler.opt.get("audit") or getattr(handler, "operation_id", None) or handler.handler_name)


def _subject_in(scope: Any) -> str:
    """What the address names, or the address itself: of a request that came no further."""
    return "/".join(str(value) for value in scope.get("path_params", {}).values()) or str(scope["path"])
