"""API tokens: shown once, kept as hashes, never mightier than their owner."""

from datetime import datetime

from chargeproof.clock import Clock
from chargeproof.store.people import PeopleStore, TokenRecord
from chargeproof.web.people.credentials import kept_hash, new_id, new_token
from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role, lesser
from chargeproof.web.people.sessions import TOUCH_EVERY, Ended
from chargeproof.web.problems import Problem, not_found

MAX_TOKENS = 100
"""Of one owner."""


class Tokens:
    """Issues, finds and revokes them."""

    def __init__(self, store: PeopleStore, clock: Clock, ended: Ended) -> None:
        self._store = store
        self._clock = clock
        self._ended = ended

    async def issue(
        self, owner: Person, label: str, role: Role, *, read_only: bool, expires_at: datetime | None
    ) -> tuple[str, TokenRecord]:
        """The token itself, which nobody can be told again, and what is kept of it. Raises Problem."""
        if not owner.may(role):
            raise Problem(
                403,
                "Not allowed",
                f"A token of {owner.name} cannot have the role {role}: its owner has the role {owner.role}",
                "Choose that role or one below it",
            )
        now = self._clock.now()
        if expires_at is not None and expires_at <= now:
            raise Problem(400, "Bad request", "expires_at: the token would have ended already")
        if len(await self._store.tokens(owner.name)) >= MAX_TOKENS:
            raise Problem(
                409,
                "Conflict",
                f"{owner.name} has {MAX_TOKENS} tokens, which is the most",
                "Remove one first",
            )
        token = new_token()
        record = TokenRecord(
            token_id=new_id(),
            token_hash=kept_hash(token),
            owner=owner.name,
            label=label,
            role=role,
            read_only=read_only,
            created_at=now,
            expires_at=expires_at,
        )
        await self._store.put_token(record)
        return token, record

    async def find(self, token: str) -> Person | None:
        record = await self._store.token(kept_hash(token))
        now = self._clock.now()
        if record is None or (record.expires_at is not None and now >= record.expires_at):
            return None
        owner = await self._store.account(record.owner)
        if owner is None:
            return None
        if record.used_at is None or now >= record.used_at + TOUCH_EVERY:
            self._store.touch_token(record.token_id, now)
        return Person(
            name=owner.name,
            role=lesser(Role(record.role), Role(owner.role)),
            via="token",
            credential_id=credential_id_of(record),
            read_only=record.read_only,
        )

    async def seen_by(self, person: Person, owner: str | None) -> list[TokenRecord]:
        """Those of `owner`, None: of the person; "*": of all. Raises Problem for those of others."""
        if owner in (None, person.name):
            return await self._store.tokens(person.name)
        if not person.may(Role.ADMINISTRATOR):
            raise Problem(
                403, "Not allowed", "The tokens of others are for administrators", "Ask for your own"
            )
        return await self._store.tokens(None if owner == "*" else owner)

    async def revoke(self, person: Person, token_id: str) -> TokenRecord:
        """One's own; administrators anybody's. Raises Problem 404 for those of others as if there were none."""
        found = next((each for each in await self._store.tokens() if each.token_id == token_id), None)
        if found is None or (found.owner != person.name and not person.may(Role.ADMINISTRATOR)):
            raise not_found(f"There is no token with the id {token_id}")
        await self._store.remove_token(token_id)
        ended = credential_id_of(found)
        self._ended(lambda each: each.credential_id == ended)
        return found


def credential_id_of(record: TokenRecord) -> str:
    return f"t-{record.token_id}"
