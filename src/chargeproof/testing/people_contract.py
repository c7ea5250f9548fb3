"""What every store of people must do: one check for each promise of `store.people.PeopleStore`."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from chargeproof.store.people import (
    AccountRecord,
    AuditFilter,
    AuditRecord,
    KeptAnswer,
    PeopleStore,
    SessionRecord,
    TokenRecord,
)
from chargeproof.testing.expectations import ContractBroken

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def an_account(name: str = "ada") -> AccountRecord:
    return AccountRecord(name=name, role="tester", password_hash="$argon2id$", created_at=NOW, changed_at=NOW)  # noqa: S106


def a_session(session_hash: str = "5e55", name: str = "ada") -> SessionRecord:
    return SessionRecord(
        session_hash=session_hash,
        name=name,
        began_at=NOW,
        used_at=NOW,
        expires_at=LATER,
        remote="127.0.0.1",
        user_agent="a browser",
    )


def a_token(
    token_id: str = "t1",  # noqa: S107
    owner: str = "ada",
    expires_at: datetime | None = None,
) -> TokenRecord:
    return TokenRecord(
        token_id=token_id,
        token_hash=f"hash of {token_id}",
        owner=owner,
        label="for the nightly test",
        role="viewer",
        read_only=True,
        created_at=NOW,
        expires_at=expires_at,
    )


def an_answer(key: str = "k", at: datetime = NOW) -> KeptAnswer:
    return KeptAnswer(who="ada", key=key, request_hash="h", at=at)


def an_audit(action: str = "log_in", who: str = "ada", at: datetime = NOW) -> AuditRecord:
    return AuditRecord(
        at=at,
        who=who,
        via="session",
        credential_id="",
        remote="127.0.0.1",
        action=action,
        subject="",
        outcome="done",
    )


async def check_an_account_is_kept_replaced_and_removed_with_all_it_had(store: PeopleStore) -> None:
    await store.put_account(an_account())
    changed = msgspec.structs.replace(an_account(), role="viewer", logged_in_at=LATER)
    await store.put_account(changed)
    await store.put_account(an_account("bob"))
    _promise(await store.account("ada") == changed, "a changed account is not kept as changed")
    _promise([each.name for each in await store.accounts()] == ["ada", "bob"], "not all accounts by name")
    await store.put_session(a_session())
    await store.put_token(a_token())
    _promise(await store.remove_account("ada"), "the account was not removed")
    _promise(await store.account("ada") is None, "the account is still there")
    _promise(await store.session("5e55") is None, "a session outlives its account")
    _promise(await store.tokens("ada") == [], "a token outlives its account")
    _promise(not await store.remove_account("ada"), "an account was removed twice")


async def check_a_session_is_found_by_its_hash_until_it_is_removed(store: PeopleStore) -> None:
    for session in (a_session("one"), a_session("two"), a_session("three"), a_session("other", "bob")):
        await store.put_session(session)
    store.touch_session("one", LATER)
    touched = await store.session("one")
    _promise(touched is not None and touched.used_at == LATER, "the use of a session is not kept")
    await store.remove_session("one")
    _promise(await store.session("one") is None, "a removed session is found")
    _promise(await store.remove_sessions_of("ada", but="two") == 1, "not just the other sessions are removed")
    _promise(await store.session("two") is not None, "the excepted session is removed")
    _promise(await store.session("other") is not None, "somebody else's session is removed")


async def check_a_token_is_found_by_its_hash_until_it_is_removed(store: PeopleStore) -> None:
    await store.put_token(a_token())
    await store.put_token(a_token("t2", "bob"))
    store.touch_token("t1", LATER)
    found = await store.token("hash of t1")
    _promise(
        found is not None and found.used_at == LATER and found.read_only, "a token is not kept as it was"
    )
    _promise([token.token_id for token in await store.tokens("bob")] == ["t2"], "not the tokens of one owner")
    _promise(len(await store.tokens()) == 2, "not all tokens")
    _promise(await store.remove_token("t1"), "the token was not removed")
    _promise(await store.token("hash of t1") is None, "a removed token is found")


async def check_what_was_done_is_found_newest_first_by_what_is_asked(store: PeopleStore) -> None:
    store.record_audit(an_audit())
    store.record_audit(an_audit("send_command", "bob", LATER))
    store.record_audit(msgspec.structs.replace(an_audit("start_run"), subject="CP-7", outcome="refused"))
    every = await store.audit(AuditFilter(), 10)
    numbers = [each.number for each in every]
    _promise(numbers == sorted(numbers, reverse=True) and len(set(numbers)) == 3, "not the newest first")
    asked: list[tuple[AuditFilter, list[str]]] = [
        (AuditFilter(who="bob"), ["send_command"]),
        (AuditFilter(action="log_in"), ["log_in"]),
        (AuditFilter(outcome="refused"), ["start_run"]),
        (AuditFilter(text="cp-7"), ["start_run"]),
        (AuditFilter(since=LATER), ["send_command"]),
        (AuditFilter(until=NOW), ["start_run", "log_in"]),
        (AuditFilter(before=numbers[1]), ["log_in"]),
    ]
    for wanted, actions in asked:
        found = [each.record.action for each in await store.audit(wanted, 10)]
        _promise(found == actions, f"{wanted} gives {found}, not {actions}")
    _promise(len(await store.audit(AuditFilter(), 2)) == 2, "more than asked for")


async def check_an_answer_is_kept_for_who_asked(store: PeopleStore) -> None:
    begun = an_answer()
    await store.keep_answer(begun)
    done = msgspec.structs.replace(begun, status=201, headers={"location": "/x"}, body=b"{}")
    await store.keep_answer(done)
    _promise(await store.kept_answer("ada", "k") == done, "the finished answer is not what is kept")
    _promise(await store.kept_answer("bob", "k") is None, "somebody else is given the answer")
    await store.keep_answer(msgspec.structs.replace(begun, key="k2", at=LATER))
    await store.forget_answers_above(1)
    _promise(await store.kept_answer("ada", "k") is None, "the oldest answer is not the one forgotten")
    await store.drop_answer("ada", "k2")
    _promise(await store.kept_answer("ada", "k2") is None, "a dropped answer is kept")


async def check_what_is_past_is_forgotten(store: PeopleStore) -> None:
    await store.put_session(a_session())
    await store.put_token(a_token("ends", expires_at=LATER))
    await store.put_token(a_token("stays"))
    store.record_audit(an_audit())
    await store.keep_answer(an_answer())
    much_later = LATER + timedelta(seconds=1)
    gone = await store.forget(sessions_before=much_later, audit_before=NOW, answers_before=NOW)
    _promise(gone == 2, f"{gone} rows are forgotten, not the session and the token that ended")
    _promise([token.token_id for token in await store.tokens()] == ["stays"], "the wrong token is forgotten")
    gone = await store.forget(sessions_before=NOW, audit_before=LATER, answers_before=LATER)
    _promise(gone == 2, f"{gone} rows are forgotten, not the old record and answer")


def _promise(kept: bool, otherwise: str) -> None:
    if not kept:
        raise ContractBroken(otherwise)


PEOPLE_CHECKS: list[Callable[[PeopleStore], Awaitable[None]]] = [
    check for name, check in sorted(globals().items()) if name.startswith("check_") and callable(check)
]
