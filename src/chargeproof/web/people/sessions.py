"""Sessions of browsers: a secret in a cookie, its hash in the store, an end after idleness and at the latest."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from litestar.datastructures import Cookie

from chargeproof.clock import Clock
from chargeproof.store.people import AccountRecord, PeopleStore, SessionRecord
from chargeproof.web.people.credentials import csrf_token_of, kept_hash, new_secret
from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role

COOKIE = "chargeproof_session"
TOUCH_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session or token is kept."""

Ended = Callable[[Callable[[Person], bool]], None]
"""Told of whom nothing is taken any more: is this person one of them?"""


class SessionLimits(msgspec.Struct, frozen=True):
    idle: timedelta = timedelta(hours=12)
    longest: timedelta = timedelta(days=7)


class LoggedIn(msgspec.Struct, frozen=True):
    """`secret` goes into the cookie and nowhere else."""

    person: Person
    secret: str
    expires_at: datetime


class Sessions:
    """Begins, finds and ends them."""

    def __init__(self, store: PeopleStore, clock: Clock, limits: SessionLimits, ended: Ended) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._ended = ended

    async def begin(self, account: AccountRecord, remote: str, user_agent: str) -> LoggedIn:
        """Always with a new secret, so that nobody can have known it before."""
        now = self._clock.now()
        secret = new_secret()
        session = SessionRecord(
            session_hash=kept_hash(secret),
            name=account.name,
            began_at=now,
            used_at=now,
            expires_at=now + self._limits.longest,
            remote=remote,
            user_agent=user_agent[:300],
        )
        await self._store.put_session(session)
        return LoggedIn(person_of(account, secret), secret, session.expires_at)

    async def find(self, secret: str) -> Person | None:
        session = await self._store.session(kept_hash(secret))
        if session is None:
            return None
        now = self._clock.now()
        if now >= session.expires_at or now >= session.used_at + self._limits.idle:
            await self.end(secret)
            return None
        account = await self._store.account(session.name)
        if account is None:
            return None
        if now >= session.used_at + TOUCH_EVERY:
            self._store.touch_session(session.session_hash, now)
        return person_of(account, secret)

    async def end(self, secret: str) -> None:
        await self._store.remove_session(kept_hash(secret))
        ended = credential_id_of(secret)
        self._ended(lambda person: person.credential_id == ended)

    async def end_all_of(self, name: str, *, but: str = "") -> int:
        """All sessions of somebody; `but` is the secret of one that stays. How many ended."""
        count = await self._store.remove_sessions_of(name, but=kept_hash(but) if but else "")
        stays = credential_id_of(but) if but else ""
        self._ended(
            lambda person: person.name == name and person.via == "session" and person.credential_id != stays
        )
        return count


def person_of(account: AccountRecord, secret: str) -> Person:
    return Person(
        name=account.name,
        role=Role(account.role),
        via="session",
        credential_id=credential_id_of(secret),
        csrf_token=csrf_token_of(secret),
    )


def credential_id_of(secret: str) -> str:
    """Enough of the hash to tell sessions apart in the audit log."""
    return f"s-{kept_hash(secret)[:12]}"


def session_cookie(secret: str, *, secure: bool) -> Cookie:
    """Goes with the browser's own session; the server ends it when its time is up."""
    return Cookie(key=COOKIE, value=secret, path="/", httponly=True, secure=secure, samesite="lax")


def ended_cookie(*, secure: bool) -> Cookie:
    return Cookie(key=COOKIE, value="", path="/", httponly=True, secure=secure, samesite="lax", max_age=0)
