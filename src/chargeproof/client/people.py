"""People, their API tokens, and what they did."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Unpack

from chargeproof.client.connection import Connection
from chargeproof.client.filters import AuditFilter
from chargeproof.resources.base import Page
from chargeproof.resources.people import (
    Account,
    AccountWanted,
    AuditEntry,
    MadeAccount,
    MadePassword,
    MadeToken,
    NewPasswordWanted,
    Role,
    RoleWanted,
    Token,
    TokenWanted,
)
from chargeproof.resources.places import place


class People:
    """Those who may log in; for administrators."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def list(self) -> Sequence[Account]:
        return (await self._connection.get("/people", Page[Account])).items

    async def get(self, name: str) -> Account:
        return await self._connection.get("/people" + place(name), Account)

    async def add(self, name: str, role: Role, password: str | None = None) -> MadeAccount:
        """Without a password one is made, and told this once."""
        wanted = AccountWanted(name=name, role=role, password=password)
        return await self._connection.post("/people", MadeAccount, wanted)

    async def change(self, name: str, role: Role) -> Account:
        """Another role; all sessions of that person end."""
        return await self._connection.patch("/people" + place(name), Account, RoleWanted(role=role))

    async def reset_password(self, name: str, password: str | None = None) -> MadePassword:
        """Without a password one is made, and told this once; all sessions of that person end."""
        wanted = NewPasswordWanted(password=password)
        return await self._connection.post("/people" + place(name, "password"), MadePassword, wanted)

    async def end_sessions(self, name: str) -> None:
        """Log somebody out everywhere."""
        await self._connection.delete("/people" + place(name, "sessions"))

    async def remove(self, name: str) -> None:
        await self._connection.delete("/people" + place(name))


class Tokens:
    """API tokens: one's own, and for administrators everybody's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def list(self, owner: str | None = None) -> Sequence[Token]:
        """Of this person; "*": of all."""
        return (await self._connection.get("/tokens", Page[Token], owner=owner)).items

    async def create(
        self, label: str, role: Role, *, read_only: bool = False, expires_at: datetime | None = None
    ) -> MadeToken:
        """For a client with a name and a password: a token makes no other. ``secret`` is told this once."""
        wanted = TokenWanted(label=label, role=role, read_only=read_only, expires_at=expires_at)
        return await self._connection.post("/tokens", MadeToken, wanted)

    async def revoke(self, token_id: str) -> None:
        await self._connection.delete("/tokens" + place(token_id))


class Audit:
    """Who did what; for administrators."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, **narrowed: Unpack[AuditFilter]) -> AsyncIterator[AuditEntry]:
        """The newest first."""
        return self._connection.pages("/audit", AuditEntry, **narrowed)
