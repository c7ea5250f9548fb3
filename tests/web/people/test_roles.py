"""Every endpoint × every role: who is let in, who is not, and that nothing was forgotten."""

import pytest

from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.people.guard import check_declarations
from chargeproof.web.people.roles import Role, allows
from tests.web.bench import web_bench
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


def test_every_endpoint_lets_in_whom_it_should_and_nobody_else() -> None:
    async def main() -> tuple[int, list[str]]:
        async with web_bench() as bench:
            wrong, asked = [], 0
            for way in ways_into(bench):
                for role in (None, *Role):
                    status = await status_of(way, bench, role)
                    asked += 1
                    if not _right(way, role, status):
                        wrong.append(f"{way}: {role or 'a stranger'} got {status}, it takes {way.role}")
            return asked, wrong

    asked, wrong = run_virtual(main())
    assert wrong == []
    assert asked > 100


def _right(way: Way, role: Role | None, status: int) -> bool:
    if way.role is None:
        # A log-in with nothing in it is refused as such.
        return status not in REFUSED or way.path.endswith(("/log-in", "/session"))
    if role is None:
        return status == 401
    if not allows(role, way.role):
        return status == 403
    return status not in REFUSED


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
