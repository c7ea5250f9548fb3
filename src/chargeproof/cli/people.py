"""`chargeproof people`: who may log in to the console, also while the central system runs."""

import getpass
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from chargeproof.cli import help_texts, long_lived
from chargeproof.cli.options import Config, Data, settings_from
from chargeproof.cli.serving import STORE_NAME
from chargeproof.clock import LoopClock
from chargeproof.errors import UsageError
from chargeproof.settings import Settings
from chargeproof.store import SqlitePeopleStore, SqliteStore
from chargeproof.web.api.people import account_of
from chargeproof.web.people.audit import Audit
from chargeproof.web.people.people import People
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import Problem

Name = Annotated[str, Parameter(help="What they log in as.")]

people = App(name="people", help=help_texts.PEOPLE, help_epilogue=help_texts.PEOPLE_EXAMPLES)


@people.command(name="list")
def list_people(
    *,
    config: Config = None,
    data: Data = None,
    json: Annotated[bool, Parameter(help="As JSON, with the fields of the API.", negative=())] = False,
) -> int:
    """List everybody who may log in."""

    async def work(book: People, _audit: Audit) -> None:
        if json:
            accounts = [account_of(each) for each in await book.store.accounts()]
            sys.stdout.write(msgspec.json.format(msgspec.json.encode(accounts), indent=1).decode() + "\n")
            return
        table = Table(title="People", title_justify="left")
        for heading in ("Name", "Role", "Since", "Last log-in"):
            table.add_column(heading, overflow="fold")
        for each in await book.store.accounts():
            last = f"{each.logged_in_at:%Y-%m-%d %H:%M} UTC" if each.logged_in_at is not None else "never"
            table.add_row(each.name, each.role, f"{each.created_at:%Y-%m-%d}", last)
        Console(highlight=False).print(table)

    return _at_the_book(settings_from(config, data=data), work)


@people.command
def add(name: Name, /, *, role: Role = Role.TESTER, config: Config = None, data: Data = None) -> int:
    """Let somebody in, with a password that is made and told once."""

    async def work(book: People, audit: Audit) -> None:
        account, password = await book.add(name, role)
        audit.record(_who(), "command line", "add_person", account.name, f"role {role}")
        _tell(f"{account.name} may log in as {role}, with the password {password}")

    return _at_the_book(settings_from(config, data=data), work)


@people.command
def remove(name: Name, /, *, config: Config = None, data: Data = None) -> int:
    """Let somebody in no more; their sessions and tokens end."""

    async def work(book: People, audit: Audit) -> None:
        await book.remove(name)
        audit.record(_who(), "command line", "remove_person", name)
        _tell(f"{name} may log in no more")

    return _at_the_book(settings_from(config, data=data), work)


@people.command
def reset_password(name: Name, /, *, config: Config = None, data: Data = None) -> int:
    """Give somebody a new password, which is made and told once; their sessions end."""

    async def work(book: People, audit: Audit) -> None:
        password = await book.set_password(name, None)
        audit.record(_who(), "command line", "reset_password", name)
        _tell(f"{name} logs in with the password {password}")

    return _at_the_book(settings_from(config, data=data), work)


def _at_the_book(settings: Settings, work: Any) -> int:
    path = Path(settings.data).expanduser() / STORE_NAME
    if not path.is_file():
        raise UsageError("there is no store", str(path), "Name the folder of a central system with --data")

    async def main() -> None:
        store = SqliteStore(path)
        book = People(SqlitePeopleStore(store), LoopClock())
        try:
            await _explained(work(book, Audit(book.store, LoopClock())))
        finally:
            book.close()
            await store.close()

    long_lived.run(main())
    return 0


async def _explained(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Problem as problem:
        raise UsageError(problem.detail, remedy=problem.remedy or "") from problem


def _who() -> str:
    """Whoever sits at this machine."""
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return f"user {os.getuid()}" if hasattr(os, "getuid") else "somebody"


def _tell(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)
