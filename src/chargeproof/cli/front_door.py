"""The console's front door: people and their book, put together from the settings."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from chargeproof.clock import Clock
from chargeproof.errors import SettingsError
from chargeproof.settings import Settings
from chargeproof.store import SqlitePeopleStore, SqliteStore
from chargeproof.web.people.audit import Audit
from chargeproof.web.people.people import FIRST_NAME, People
from chargeproof.web.people.sessions import SessionLimits


@dataclass(frozen=True)
class FrontDoor:
    people: People
    audit: Audit

    async def appoint(self) -> str | None:
        """The first administrator, where nobody may log in yet; its password, which nobody is told again."""
        password = await self.people.appoint()
        if password is not None:
            self.audit.record(
                "chargeproof", "command line", "add_person", FIRST_NAME, "the first administrator"
            )
        return password


@asynccontextmanager
async def front_door(settings: Settings, store: SqliteStore, clock: Clock) -> AsyncIterator[FrontDoor]:
    """Open until the block is left; `store` stays open longer."""
    book = SqlitePeopleStore(store)
    people = People(
        book,
        clock,
        limits=SessionLimits(
            idle=timedelta(hours=settings.session_idle_h), longest=timedelta(hours=settings.session_max_h)
        ),
        audit_kept=timedelta(days=settings.audit_keep_days),
    )
    audit = Audit(book, clock)
    await people.begin(makes_administrator=False)
    housekeeping = asyncio.create_task(people.keep_house(), name="housekeeping")
    try:
        yield FrontDoor(people, audit)
    finally:
        housekeeping.cancel()
        with suppress(asyncio.CancelledError):
            await housekeeping
        people.close()


def check_web_certificate(settings: Settings) -> None:
    """Raises SettingsError when the certificate of the console cannot be used."""
    if not settings.web_tls_certificate:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.web_tls_certificate, settings.web_tls_key
        )
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"the certificate or its key cannot be used: {error}",
            "web_tls_certificate, web_tls_key",
            "Name a PEM file with the certificate and one with its key, without a password",
        ) from error
