"""People: who they are, how they show it, and what of that ends when something changes."""

import asyncio
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from litestar.connection import ASGIConnection

from chargeproof.clock import Clock
from chargeproof.errors import ChargeproofError
from chargeproof.store.people import AccountRecord, PeopleStore
from chargeproof.web.people.attempts import Attempts
from chargeproof.web.people.passwords import Passwords, made_password, weakness
from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role
from chargeproof.web.people.sessions import COOKIE, Ended, LoggedIn, SessionLimits, Sessions
from chargeproof.web.people.tokens import Tokens
from chargeproof.web.problems import Problem, not_found

FIRST_NAME = "admin"
NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
NAME_RULE = "A name begins with a letter or digit and has up to 64 of a-z, 0-9 and . _ @ -"
ANSWERS_KEPT = timedelta(hours=24)
MAX_ANSWERS = 5_000
HOUSEKEEPING_S = 3600.0

log = logging.getLogger(__name__)


class People:
    """The doorkeeper, and the book in which the people stand. Fulfils `person.Doorkeeper`."""

    def __init__(
        self,
        store: PeopleStore,
        clock: Clock,
        *,
        passwords: Passwords | None = None,
        limits: SessionLimits | None = None,
        audit_kept: timedelta = timedelta(days=730),
    ) -> None:
        self.store = store
        self._clock = clock
        self._audit_kept = audit_kept
        self._passwords = passwords or Passwords()
        self._attempts = Attempts(clock)
        self._listeners: list[Ended] = []
        self._changing = asyncio.Lock()
        self.sessions = Sessions(store, clock, limits or SessionLimits(), self._tell)
        self.tokens = Tokens(store, clock, self._tell)

    async def begin(self, *, makes_administrator: bool = True) -> str | None:
        """Make the first administrator where there is nobody; its password, which nobody is told again."""
        await self._passwords.prepare()
        return await self.appoint() if makes_administrator else None

    async def appoint(self) -> str | None:
        """The first administrator, where nobody may log in yet; returns its password."""
        if await self.store.accounts():
            return None
        _, password = await self.add(FIRST_NAME, Role.ADMINISTRATOR)
        return password

    def close(self) -> None:
        self._passwords.close()

    def watch(self, listener: Ended) -> Callable[[], None]:
        """Hear whose sessions and tokens have ended; call what is returned to hear no more."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def person_behind(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Person | None:
        """A request that names a token is taken by its token alone."""
        authorization = connection.headers.get("authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            return await self.tokens.find(token.strip()) if scheme.lower() == "bearer" else None
        secret = connection.cookies.get(COOKIE)
        return await self.sessions.find(secret) if secret else None

    # logging in and out
    async def log_in(
        self, name: str, password: str, *, remote: str, user_agent: str = "", before: str = ""
    ) -> LoggedIn:
        """A new session; the one `before` (its secret) ends. Raises Problem 401, and 429 after many failures."""
        name = name.strip().lower()
        await self._attempts.let_in(name, remote)
        account = await self.store.account(name)
        if not await self._passwords.fits(password, account.password_hash if account else None):
            raise wrong_log_in()
        assert account is not None  # noqa: S101  a password fits only when there is an account
        self._attempts.succeeded(name, remote)
        changes: dict[str, Any] = {"logged_in_at": self._clock.now()}
        if self._passwords.is_outdated(account.password_hash):
            changes["password_hash"] = await self._passwords.hash(password)
        async with self._changing:
            latest = await self.store.account(name)
            if latest is None or latest.password_hash != account.password_hash:
                raise wrong_log_in()  # changed or removed while the password was checked
            account = msgspec.structs.replace(latest, **changes)
            await self.store.put_account(account)
        if before:
            await self.sessions.end(before)
        return await self.sessions.begin(account, remote, user_agent)

    async def confirm(self, person: Person, password: str, *, remote: str) -> None:
        """That it is really they who sit there. Raises Problem 403, and 429 after many failures."""
        await self._attempts.let_in(person.name, remote)
        account = await self.store.account(person.name)
        if not await self._passwords.fits(password, account.password_hash if account else None):
            raise Problem(403, "Not allowed", "The current password is another one", "Type it again")
        self._attempts.succeeded(person.name, remote)

    # the book
    async def account(self, name: str) -> AccountRecord:
        found = await self.store.account(name)
        if found is None:
            raise not_found(f"Nobody here is called {name}")
        return found

    async def add(
        self, name: str, role: Role, password: str | None = None
    ) -> tuple[AccountRecord, str | None]:
        """A new account and, when none was given, its made password. Raises Problem 400, 409."""
        name = name.strip().lower()
        if not NAME.fullmatch(name):
            raise Problem(400, "Bad request", f"name: {NAME_RULE}")
        made = made_password() if password is None else None
        hashed = await self._hash(made or password or "", name)
        now = self._clock.now()
        record = AccountRecord(name=name, role=role, password_hash=hashed, created_at=now, changed_at=now)
        async with self._changing:
            if await self.store.account(name) is not None:
                raise Problem(
                    409, "Conflict", f"Somebody here is called {name} already", "Choose another name"
                )
            await self.store.put_account(record)
        return record, made

    async def set_role(self, name: str, role: Role) -> AccountRecord:
        """Their sessions end; their tokens can do no more than the new role. Raises Problem 404, 409."""
        async with self._changing:
            account = await self.account(name)
            if account.role == role:
                return account
            await self._spare_the_last_administrator(account)
            changed = msgspec.structs.replace(account, role=str(role), changed_at=self._clock.now())
            await self.store.put_account(changed)
        await self.sessions.end_all_of(name)
        self._tell(lambda person: person.name == name)
        return changed

    async def set_password(self, name: str, password: str | None, *, but: str = "") -> str | None:
        """Their sessions end, except the one with the secret `but`; the password, if it was made here."""
        made = made_password() if password is None else None
        hashed = await self._hash(made or password or "", name)
        async with self._changing:
            account = await self.account(name)
            now = self._clock.now()
            await self.store.put_account(
                msgspec.structs.replace(account, password_hash=hashed, changed_at=now)
            )
        await self.sessions.end_all_of(name, but=but)
        return made

    async def remove(self, name: str) -> None:
        """With all sessions and tokens. Raises Problem 404, 409."""
        async with self._changing:
            await self._spare_the_last_administrator(await self.account(name))
            await self.store.remove_account(name)
        self._tell(lambda person: person.name == name)

    async def keep_house(self) -> None:
        """Forget what is past, every hour, for ever."""
        while True:
            try:
                await self._forget()
            except ChargeproofError as error:
                log.warning("what is past was not forgotten: %s", error)
            await self._clock.sleep(HOUSEKEEPING_S)

    async def _forget(self) -> None:
        now = self._clock.now()
        await self.store.forget(
            sessions_before=now, audit_before=now - self._audit_kept, answers_before=now - ANSWERS_KEPT
        )
        await self.store.forget_answers_above(MAX_ANSWERS)

    async def _hash(self, password: str, name: str) -> str:
        weak = weakness(password, name)
        if weak is not None:
            raise Problem(400, "Bad request", f"password: {weak}")
        return await self._passwords.hash(password)

    async def _spare_the_last_administrator(self, account: AccountRecord) -> None:
        if account.role != Role.ADMINISTRATOR:
            return
        others = [each for each in await self.store.accounts() if each.name != account.name]
        if not any(each.role == Role.ADMINISTRATOR for each in others):
            raise Problem(
                409,
                "Conflict",
                f"{account.name} is the last administrator",
                "Make somebody else administrator first",
            )

    def _tell(self, gone: Callable[[Person], bool]) -> None:
        for listener in tuple(self._listeners):
            listener(gone)


def wrong_log_in() -> Problem:
    return Problem(
        401,
        "Not logged in",
        "The name or the password is wrong",
        "Type both again; an administrator can set a new password",
        headers={"www-authenticate": 'Bearer realm="chargeproof"'},
    )
