"""Brings a database to the newest revision, and refuses one that this version does not understand."""

import sqlite3
from pathlib import Path
from typing import Any

from chargeproof.store.ports import StoreError
from chargeproof.store.schema import REVISION

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate_sqlite(connection: sqlite3.Connection, path: Path) -> None:
    """Create or upgrade the tables of the SQLite file that `connection` has open.

    Raises StoreError for a file of a newer version or of something else, sqlite3.Error for a broken one.
    """
    found = _revision_of(connection, path)
    if found == REVISION:
        return
    known = known_revisions()
    if found is not None and found not in known:
        raise StoreError(
            f"a newer version of chargeproof wrote the store (schema {found}; this one knows {REVISION})",
            where=str(path),
            remedy="Use that version, or name another file",
        )
    _upgrade(path)


def _revision_of(connection: sqlite3.Connection, path: Path) -> str | None:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" in tables:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    if tables:
        raise StoreError(
            "the file is an SQLite database, but not a store of chargeproof",
            where=str(path),
            remedy="Name another file; a new one is created where there is none",
        )
    return None


def _alembic_config() -> Any:
    # Alembic is slow to import and needed once in the life of a store.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def known_revisions() -> set[str]:
    """Every schema that this version can read."""
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions()}


def _upgrade(path: Path) -> None:
    from alembic import command
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    # The driver's own transactions leave out CREATE TABLE; a revision must go in whole or not at all.
    @event.listens_for(engine, "connect")
    def _no_driver_transactions(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    config = _alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
