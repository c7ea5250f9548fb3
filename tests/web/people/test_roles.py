"""Every endpoint × every role: who is let in, who is not, and that nothing was forgotten."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.people.guard import check_declarations
from chargeproof.web.people.person import Person
from chargeproof.web.people.roles import Role, allows
from tests.web.bench import WebBench, web_bench
from tests.web.people.routes import Way, status_of, ways_into

REFUSED = (401, 403)
OWN_AFFAIRS = {
    "log_out",
    "change_own_password",
    "create_token",
    "revoke_token",
}
"""What everybody may change: it is theirs."""
KEEPS_NOTHING = {"judge_record"}
OPEN_TO_STRANGERS = {
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/{name}",
    "/log-in",
    "/api/v1/session",
    "/api/v1/docs",
    "/schema",
    "/schema/{path}",
    "/schema/openapi.json",
}


TABLE = Path(__file__).with_name("endpoints.txt")
"""Every endpoint and the role that it takes, as it was decided: what the program declares is held against it."""


async def with_a_token(bench: WebBench, role: Role) -> httpx.Headers:
    return bench.client(role).headers


async def with_a_session(bench: WebBench, role: Role) -> httpx.Headers:
    return (await bench.browser(role)).headers


async def with_a_reading_token(bench: WebBench, role: Role) -> httpx.Headers:
    person = Person(role, role, "session")
    token, _ = await bench.office.people.tokens.issue(person, "reads", role, read_only=True, expires_at=None)
    return httpx.Headers({"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("shown", [with_a_token, with_a_session, with_a_reading_token])
def test_every_endpoint_lets_in_whom_it_should_and_nobody_else(
    shown: Callable[[WebBench, Role], Awaitable[httpx.Headers]],
) -> None:
    reads_only = shown is with_a_reading_token

    async def main() -> tuple[int, list[str]]:
        async with web_bench() as bench:
            wrong, asked = [], 0
            tokens = {role: await shown(bench, role) for role in Role}
            for way in ways_into(bench):
                for role in (None, *Role):
                    headers = None if role is None else tokens[role]
                    if role is not None and shown is with_a_session and way.changes:
                        headers = await shown(bench, role)  # the one before may have been ended
                    status = await status_of(way, bench, headers)
                    asked += 1
                    if not _right(way, role, status, reads_only=reads_only):
                        wrong.append(f"{way}: {role or 'a stranger'} got {status}, it takes {way.role}")
            return asked, wrong

    asked, wrong = run_virtual(main())
    assert wrong == []
    assert asked > 500


def _right(way: Way, role: Role | None, status: int, *, reads_only: bool) -> bool:
    if way.role is None:
        # A log-in with nothing in it is refused as such.
        return status not in REFUSED or way.path.endswith(("/log-in", "/session"))
    if role is None:
        return status == 401
    if not allows(role, way.role) or (reads_only and way.changes):
        return status == 403
    return status not in REFUSED


def test_the_roles_are_those_of_the_table() -> None:
    async def main() -> set[str]:
        async with web_bench() as bench:
            return {f"{way.role or 'public'} {way}" for way in ways_into(bench)}

    written = set(TABLE.read_text().splitlines())
    declared = run_virtual(main())
    assert (declared - written, written - declared) == (set(), set()), (
        f"see whether this is meant; then {TABLE}"
    )


def test_only_a_few_places_are_open_to_strangers() -> None:
    async def main() -> set[str]:
        async with web_bench() as bench:
            return {way.path for way in ways_into(bench) if way.role is None}

    assert run_virtual(main()) <= OPEN_TO_STRANGERS


def test_viewers_change_nothing_but_what_is_theirs() -> None:
    async def main() -> list[str]:
        async with web_bench() as bench:
            return [
                str(way)
                for way in ways_into(bench)
                if way.changes
                and way.role == Role.VIEWER
                and way.handler.operation_id not in OWN_AFFAIRS | KEEPS_NOTHING
                and way.handler.opt.get("audit") not in OWN_AFFAIRS
            ]

    assert run_virtual(main()) == []


@pytest.mark.parametrize("folder", ["/people", "/audit", "/settings"])
def test_people_the_audit_log_and_settings_are_for_administrators(folder: str) -> None:
    async def main() -> set[Role | None]:
        async with web_bench() as bench:
            return {way.role for way in ways_into(bench) if way.path.startswith(f"/api/v1{folder}")}

    assert run_virtual(main()) == {Role.ADMINISTRATOR}


def test_a_handler_that_declares_nothing_stops_the_start() -> None:
    async def main() -> None:
        async with web_bench() as bench:
            way = next(way for way in ways_into(bench) if way.role is not None)
            del way.handler.opt["role"]
            try:
                with pytest.raises(ValueError, match="declares neither a role"):
                    check_declarations([way.handler])
            finally:
                way.handler.opt["role"] = way.role

    run_virtual(main())
