"""People on SQLite: in the file of the store, by its connection, so that their writes share its commits."""

from datetime import datetime
from typing import Any, TypeVar

from chargeproof.store import people_schema
from chargeproof.store.people import (
    AccountRecord,
    AuditFilter,
    AuditRecord,
    KeptAnswer,
    NumberedAudit,
    SessionRecord,
    TokenRecord,
)
from chargeproof.store.records import Record
from chargeproof.store.rows import RowFormat
from chargeproof.store.sqlite_batch import SqliteBatch
from chargeproof.store.utc import utc_text

R = TypeVar("R", bound=Record)

ACCOUNT = RowFormat(people_schema.people, AccountRecord)
SESSION = RowFormat(people_schema.sessions, SessionRecord)
TOKEN = RowFormat(people_schema.tokens, TokenRecord)
AUDIT = RowFormat(people_schema.audit, AuditRecord)
KEPT_ANSWER = RowFormat(people_schema.kept_answers, KeptAnswer)

TOUCH_SESSION = "UPDATE sessions SET used_at = ? WHERE session_hash = ?"
TOUCH_TOKEN = "UPDATE tokens SET used_at = ? WHERE token_id = ?"  # noqa: S105
NEWEST_FIRST = " ORDER BY row_number DESC LIMIT ?"
AUDIT_SELECT = f"SELECT row_number, {AUDIT.columns} FROM audit"  # noqa: S608
TEXT_COLUMNS = ("who", "action", "subject", "detail", "remote")


class SqlitePeopleStore:
    """Fulfils `store.people.PeopleStore` with the connection of a `SqliteStore`, which stays its owner."""

    def __init__(self, store: SqliteBatch) -> None:
        self._store = store

    async def account(self, name: str) -> AccountRecord | None:
        return await self._one(ACCOUNT, "name = ?", name)

    async def accounts(self) -> list[AccountRecord]:
        return await self._find(ACCOUNT, "1 ORDER BY name")

    async def put_account(self, account: AccountRecord) -> None:
        await self._put(ACCOUNT, account)

    async def remove_account(self, name: str) -> bool:
        await self._store.change("DELETE FROM sessions WHERE name = ?", (name,))
        await self._store.change("DELETE FROM tokens WHERE owner = ?", (name,))
        return await self._change("DELETE FROM people WHERE name = ?", name) > 0

    async def session(self, session_hash: str) -> SessionRecord | None:
        return await self._one(SESSION, "session_hash = ?", session_hash)

    async def put_session(self, session: SessionRecord) -> None:
        await self._put(SESSION, session)

    def touch_session(self, session_hash: str, used_at: datetime) -> None:
        self._store.write_later(TOUCH_SESSION, [utc_text(used_at), session_hash])

    async def remove_session(self, session_hash: str) -> None:
        await self._change("DELETE FROM sessions WHERE session_hash = ?", session_hash)

    async def remove_sessions_of(self, name: str, *, but: str = "") -> int:
        return await self._change("DELETE FROM sessions WHERE name = ? AND session_hash <> ?", name, but)

    async def token(self, token_hash: str) -> TokenRecord | None:
        return await self._one(TOKEN, "token_hash = ?", token_hash)

    async def tokens(self, owner: str | None = None) -> list[TokenRecord]:
        order = "ORDER BY created_at DESC, token_id"
        if owner is None:
            return await self._find(TOKEN, f"1 {order}")
        return await self._find(TOKEN, f"owner = ? {order}", owner)

    async def put_token(self, token: TokenRecord) -> None:
        await self._put(TOKEN, token)

    def touch_token(self, token_id: str, used_at: datetime) -> None:
        self._store.write_later(TOUCH_TOKEN, [utc_text(used_at), token_id])

    async def remove_token(self, token_id: str) -> bool:
        return await self._change("DELETE FROM tokens WHERE token_id = ?", token_id) > 0

    def record_audit(self, record: AuditRecord) -> None:
        self._store.write_lasting(AUDIT.insert, AUDIT.row(record))

    async def audit(self, wanted: AuditFilter, limit: int) -> list[NumberedAudit]:
        conditions, values = _conditions(wanted)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        rows = await self._store.read(AUDIT_SELECT + where + NEWEST_FIRST, [*values, limit])
        return [NumberedAudit(row[0], AUDIT.read(row[1:])) for row in rows]

    async def kept_answer(self, who: str, key: str) -> KeptAnswer | None:
        return await self._one(KEPT_ANSWER, "who = ? AND key = ?", who, key)

    async def keep_answer(self, answer: KeptAnswer) -> None:
        await self._put(KEPT_ANSWER, answer)

    async def drop_answer(self, who: str, key: str) -> None:
        await self._change("DELETE FROM kept_answers WHERE who = ? AND key = ?", who, key)

    async def forget(
        self, *, sessions_before: datetime, audit_before: datetime, answers_before: datetime
    ) -> int:
        past, old, stale = utc_text(sessions_before), utc_text(audit_before), utc_text(answers_before)
        gone = await self._change("DELETE FROM sessions WHERE expires_at < ?", past)
        gone += await self._change("DELETE FROM tokens WHERE expires_at < ?", past)
        gone += await self._change("DELETE FROM audit WHERE at < ?", old)
        return gone + await self._change("DELETE FROM kept_answers WHERE at < ?", stale)

    async def forget_answers_above(self, count: int) -> None:
        await self._change(
            "DELETE FROM kept_answers WHERE rowid IN"
            " (SELECT rowid FROM kept_answers ORDER BY at DESC LIMIT -1 OFFSET ?)",
            count,
        )

    async def _put(self, form: RowFormat[R], record: R) -> None:
        await self._store.change(form.upsert, form.row(record))
        await self._store.flush()

    async def _change(self, sql: str, *values: Any) -> int:
        changed = (await self._store.change(sql, values)).rowcount
        await self._store.flush()
        return changed

    async def _one(self, form: RowFormat[R], condition: str, *values: Any) -> R | None:
        found = await self._find(form, condition, *values)
        return found[0] if found else None

    async def _find(self, form: RowFormat[R], condition: str, *values: Any) -> list[R]:
        rows = await self._store.read(f"{form.select} WHERE {condition}", values)
        return [form.read(row) for row in rows]


def _conditions(wanted: AuditFilter) -> tuple[list[str], list[Any]]:
    """What is asked, as SQL; column names come from this file, values never go into the text."""
    asked: list[tuple[str, list[Any]]] = []
    for column in ("who", "action", "outcome"):
        value = getattr(wanted, column)
        if value is not None:
            asked.append((f"{column} = ?", [value]))
    if wanted.text:
        likes = " OR ".join(f"instr(lower({column}), ?) > 0" for column in TEXT_COLUMNS)
        asked.append((f"({likes})", [wanted.text.lower()] * len(TEXT_COLUMNS)))
    if wanted.since is not None:
        asked.append(("at >= ?", [utc_text(wanted.since)]))
    if wanted.until is not None:
        asked.append(("at <= ?", [utc_text(wanted.until)]))
    if wanted.before is not None:
        asked.append(("row_number < ?", [wanted.before]))
    return [sql for sql, _ in asked], [value for _, values in asked for value in values]
