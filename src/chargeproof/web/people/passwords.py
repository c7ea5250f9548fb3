"""Passwords: made, judged, kept as argon2id hashes, and checked without a difference for unknown names."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chargeproof.web.problems import Problem

T = TypeVar("T")

MIN_LENGTH = 10
MAX_LENGTH = 256
MIN_DIFFERENT = 5
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of made passwords: none that is easily taken for another."""

AT_ONCE = 2
"""Hashes that are made at the same time: each takes 64 MiB and a processor."""
MAX_WAITING = 64
"""Log-ins that wait for their turn; more are told to come again."""


def made_password() -> str:
    """Something like `k7qd-m2xp-9fhw-t3rc-v8ny`: 99 bits, and it can be typed on a phone."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(5))


def weakness(password: str, name: str) -> str | None:
    """Why a password is not taken, as a sentence; None when it is good enough."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters"
    if len(set(password)) < MIN_DIFFERENT:
        return f"A password has at least {MIN_DIFFERENT} different characters"
    if name.lower() in password.lower() and len(password) < len(name) + MIN_LENGTH:
        return "A password is more than the name with a few characters"
    return None


class Passwords:
    """Hashes in threads, a few at a time, so that neither the event loop nor the memory feels them."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)
        self._threads = ThreadPoolExecutor(AT_ONCE, "passwords")
        self._waiting = 0
        self._nobodys = ""

    async def prepare(self) -> None:
        """Make the hash that the passwords of unknown names are checked against."""
        self._nobodys = await self.hash(made_password())

    def close(self) -> None:
        self._threads.shutdown()

    async def hash(self, password: str) -> str:
        return await self._in_thread(lambda: self._hasher.hash(_normal(password)))

    async def fits(self, password: str, kept: str | None) -> bool:
        """Whether the hash is of this password. None (nobody has that name) takes as long and is False."""
        matches = await self._in_thread(lambda: self._matches(password, kept or self._nobodys))
        return matches and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than those of now."""
        return self._hasher.check_needs_rehash(kept)

    def _matches(self, password: str, kept: str) -> bool:
        try:
            return self._hasher.verify(kept, _normal(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise Problem(
                503,
                "Not possible now",
                "Too many passwords are being checked at once",
                "Try again in a few seconds",
                headers={"retry-after": "5"},
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _normal(password: str) -> bytes:
    """The same characters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
