"""`chargeproof people`, and what the first start tells."""

import asyncio
import re
from pathlib import Path

import msgspec
import pytest

from chargeproof.cli import run
from chargeproof.cli.front_door import front_door
from chargeproof.clock import LoopClock
from chargeproof.resources.people import Account, Role
from chargeproof.settings import Settings
from chargeproof.store import SqlitePeopleStore, SqliteStore
from chargeproof.store.people import AuditFilter
from chargeproof.web.people.people import FIRST_NAME, People
from chargeproof.web.problems import Problem

USAGE = 4
Output = pytest.CaptureFixture[str]


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Where a central system has been, with its first administrator."""

    async def main() -> None:
        store = SqliteStore(tmp_path / "chargeproof.db")
        async with front_door(Settings(), store, LoopClock()) as door:
            assert await door.appoint() is not None
        await store.close()

    asyncio.run(main())
    return str(tmp_path)


def told(capsys: Output) -> str:
    return " ".join(capsys.readouterr().out.split())


def password_in(text: str) -> str:
    return str(re.findall(r"password (\S+)", text)[-1])


def logs_in(data: str, name: str, password: str) -> bool:
    async def main() -> bool:
        store = SqliteStore(Path(data) / "chargeproof.db")
        people = People(SqlitePeopleStore(store), LoopClock())
        await people.begin(makes_administrator=False)
        try:
            await people.log_in(name, password, remote="127.0.0.1")
        except Problem:
            return False
        finally:
            people.close()
            await store.close()
        return True

    return asyncio.run(main())


def test_somebody_is_added_given_a_new_password_and_removed(data: str, capsys: Output) -> None:
    assert run(["people", "add", "Ada", "--role", "operator", "--data", data]) == 0
    first = password_in(told(capsys))
    assert logs_in(data, "ada", first)
    assert run(["people", "reset-password", "ada", "--data", data]) == 0
    second = password_in(told(capsys))
    assert not logs_in(data, "ada", first)
    assert logs_in(data, "ada", second)
    assert run(["people", "list", "--data", data]) == 0
    table = told(capsys)
    assert "ada" in table
    assert "operator" in table
    assert FIRST_NAME in table
    assert run(["people", "remove", "ada", "--data", data]) == 0
    assert not logs_in(data, "ada", second)


def test_a_lost_password_of_the_only_administrator_is_no_end(data: str, capsys: Output) -> None:
    assert run(["people", "reset-password", FIRST_NAME, "--data", data]) == 0
    assert logs_in(data, FIRST_NAME, password_in(told(capsys)))


def test_what_is_done_on_the_command_line_is_in_the_audit_log(data: str, capsys: Output) -> None:
    run(["people", "add", "ada", "--data", data])
    password = password_in(told(capsys))

    async def main() -> str:
        store = SqliteStore(Path(data) / "chargeproof.db")
        found = await SqlitePeopleStore(store).audit(AuditFilter(), 10)
        await store.close()
        newest = found[0].record
        assert (newest.via, newest.action, newest.subject) == ("command line", "add_person", "ada")
        return str(found)

    assert password not in asyncio.run(main())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "admin"], "Somebody here is called admin already"),
        (["add", "no name"], "A name begins with a letter or digit"),
        (["remove", "admin"], "admin is the last administrator"),
        (["remove", "bob"], "Nobody here is called bob"),
        (["reset-password", "bob"], "Nobody here is called bob"),
        (["add", "ada", "--role", "king"], "king"),
    ],
)
def test_what_cannot_be_is_explained(arguments: list[str], message: str, data: str, capsys: Output) -> None:
    assert run(["people", *arguments, "--data", data]) == USAGE
    assert message in " ".join(capsys.readouterr().err.split())


def test_without_a_store_there_are_no_people(tmp_path: Path, capsys: Output) -> None:
    assert run(["people", "list", "--data", str(tmp_path)]) == USAGE
    assert "there is no store" in capsys.readouterr().err


def test_everybody_is_listed_as_json_for_programs(data: str, capsys: Output) -> None:
    assert run(["people", "list", "--data", data, "--json"]) == 0
    (account,) = msgspec.json.decode(capsys.readouterr().out, type=list[Account])
    assert (account.name, account.role, account.logged_in_at) == (FIRST_NAME, Role.ADMINISTRATOR, None)
