"""What is kept of the people who use the console: accounts, sessions, tokens, what they did, answers given.

Passwords, sessions and tokens are kept as hashes only. Every method is durable on return unless it says
otherwise, and raises `StoreError` when the store cannot be reached.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from chargeproof.store.records import Record


class AccountRecord(Record, frozen=True, kw_only=True):
    """Somebody who may log in. `role` and `password_hash` are what the console wrote; the store reads neither."""

    name: str
    role: str
    password_hash: str
    created_at: datetime
    changed_at: datetime
    logged_in_at: datetime | None = None


class SessionRecord(Record, frozen=True, kw_only=True):
    """One log-in at one browser. `session_hash`: SHA-256 of the cookie's secret, in hex."""

    session_hash: str
    name: str
    began_at: datetime
    used_at: datetime
    expires_at: datetime
    remote: str
    user_agent: str


class TokenRecord(Record, frozen=True, kw_only=True):
    """An API token. `token_hash`: SHA-256 of the token, in hex. `expires_at` None: it does not."""

    token_id: str
    token_hash: str
    owner: str
    label: str
    role: str
    read_only: bool
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None


class AuditRecord(Record, frozen=True, kw_only=True):
    """Something that somebody did or tried to do.

    who: a name, or what a stranger called themselves. via: `session`, `token`, `command line`, `nothing`.
    action: the operation's id. subject: what it was done to. outcome: `done`, `refused`, `failed`.
    status: of the HTTP answer, 0 where there was none.
    """

    at: datetime
    who: str
    via: str
    credential_id: str
    remote: str
    action: str
    subject: str
    outcome: str
    status: int = 0
    detail: str = ""


class NumberedAudit(msgspec.Struct, frozen=True):
    """`number` rises with each record and is never given twice."""

    number: int
    record: AuditRecord


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """None asks for nothing. `before`: records with smaller numbers; `since` and `until`: times, inclusive."""

    who: str | None = None
    action: str | None = None
    outcome: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


class KeptAnswer(Record, frozen=True, kw_only=True):
    """The answer to a request that may come again with the same key. `status` None: it was never finished."""

    who: str
    key: str
    request_hash: str
    at: datetime
    status: int | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: bytes = b""


class PeopleStore(Protocol):
    """The memory of the console's front door."""

    # accounts
    async def account(self, name: str) -> AccountRecord | None: ...
    async def accounts(self) -> list[AccountRecord]:
        """By name."""
        ...

    async def put_account(self, account: AccountRecord) -> None:
        """Keep or replace."""
        ...

    async def remove_account(self, name: str) -> bool:
        """With its sessions and tokens; whether there was one."""
        ...

    # sessions
    async def session(self, session_hash: str) -> SessionRecord | None: ...
    async def put_session(self, session: SessionRecord) -> None: ...
    def touch_session(self, session_hash: str, used_at: datetime) -> None:
        """Durable a little later."""
        ...

    async def remove_session(self, session_hash: str) -> None: ...
    async def remove_sessions_of(self, name: str, *, but: str = "") -> int:
        """All of somebody, one excepted; how many."""
        ...

    # tokens
    async def token(self, token_hash: str) -> TokenRecord | None: ...
    async def tokens(self, owner: str | None = None) -> list[TokenRecord]:
        """Newest first."""
        ...

    async def put_token(self, token: TokenRecord) -> None: ...
    def touch_token(self, token_id: str, used_at: datetime) -> None:
        """Durable a little later."""
        ...

    async def remove_token(self, token_id: str) -> bool: ...

    # what was done
    def record_audit(self, record: AuditRecord) -> None:
        """Put it into the order of arrival; durable a little later, kept for a later commit if one fails."""
        ...

    async def audit(self, wanted: AuditFilter, limit: int) -> Sequence[NumberedAudit]:
        """Newest first."""
        ...

    # answers to requests that come again
    async def kept_answer(self, who: str, key: str) -> KeptAnswer | None: ...
    async def keep_answer(self, answer: KeptAnswer) -> None:
        """Keep or replace."""
        ...

    async def drop_answer(self, who: str, key: str) -> None: ...

    async def forget(
        self, *, sessions_before: datetime, audit_before: datetime, answers_before: datetime
    ) -> int:
        """Delete sessions and tokens past their end, and older records and answers; how many rows."""
        ...

    async def forget_answers_above(self, count: int) -> None:
        """Keep the newest `count` answers of all."""
        ...
