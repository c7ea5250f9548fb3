"""Fails every test whose logs hold a secret: of this process, and of the programs that the test has started.

Secrets are those that the tests name in capitals, and whatever is drawn or kept while they run. Listened to are
all records of our own loggers, at whatever level, and what programs write to stderr or to their terminal.
"""

import base64
import functools
import logging
import re
import subprocess
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from chargeproof.central_system import credentials as stations
from chargeproof.files import jobs
from chargeproof.web.people import credentials as people
from chargeproof.web.people import passwords, sessions, tokens
from chargeproof.web.people import people as book

TESTS = Path(__file__).parent
SHORTEST = 12
"""Shorter ones stand in texts by chance, as "secret" does."""
MOST_ALIKE = 4
"""So do those of so few different characters, which property tests draw: "000000000000"."""
NAMED = re.compile(r'^(?:[A-Z_]*(?:PASSWORD|SECRET)[A-Z_]*) = b?"([^"{}]+)"', re.MULTILINE)
NAMED_KEY = re.compile(r'^[A-Z_]*KEY[A-Z_]* = b?"([0-9a-f]{32,})"', re.MULTILINE)

known: dict[str, set[str]] = {}
"""By their first characters, so that a text is looked through once, however many there are."""
heard: list[str] = []


def is_secret(value: str | bytes | None) -> None:
    """From now on nothing may say it, nor its base64 as it stands within Basic credentials."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if value is None or len(value) < SHORTEST or len(set(value)) <= MOST_ALIKE:
        return
    plain = value.encode("utf-8", "replace")
    encoded = [base64.b64encode(b"\0" * shift + plain).decode()[4 if shift else 0 : -4] for shift in range(3)]
    for form in (value, *encoded):
        if len(form) >= SHORTEST:
            known.setdefault(form[:SHORTEST], set()).add(form)


def leaks_in(texts: Iterable[str]) -> list[str]:
    """The secrets that are said, each with the text around it."""
    whole = "\n".join(texts)
    return [
        f"{secret!r} in {whole[max(0, at - 100) : at + 100]!r}"
        for at in range(len(whole) - SHORTEST + 1)
        for secret in known.get(whole[at : at + SHORTEST], ())
        if whole.startswith(secret, at)
    ]


class ListeningLogger(logging.Logger):
    """Ours tell everything to `heard`, and to handlers what their level lets through."""

    def isEnabledFor(self, level: int) -> bool:
        return self._is_ours or super().isEnabledFor(level)

    def callHandlers(self, record: logging.LogRecord) -> None:
        if self._is_ours:
            heard.append(f"{record.getMessage()} {record.exc_info[1] if record.exc_info else ''}")
        if record.levelno >= self.getEffectiveLevel():
            super().callHandlers(record)

    @property
    def _is_ours(self) -> bool:
        return self.name.partition(".")[0] == "chargeproof"


def listening(function: Callable[..., Any], take: Callable[[Any, tuple[Any, ...]], None]) -> Any:
    """The function, with `take` told of what it returns and was given."""

    @functools.wraps(function)
    def told(*args: Any, **more: Any) -> Any:
        result = function(*args, **more)
        take(result, args)
        return result

    return told


def pytest_configure(config: pytest.Config) -> None:
    for path in TESTS.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for value in (*NAMED.findall(text), *NAMED_KEY.findall(text)):
            is_secret(value)
    logging.setLoggerClass(ListeningLogger)
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("chargeproof") and type(logger) is logging.Logger:
            logger.__class__ = ListeningLogger
    for place, name in ((people, "new_secret"), (people, "new_token"), (passwords, "made_password")):
        drawn = listening(getattr(place, name), lambda secret, _: is_secret(secret))
        for user in (place, sessions, tokens, book):
            if hasattr(user, name):
                setattr(user, name, drawn)
    stations.Credentials.digest = listening(stations.Credentials.digest, lambda _, args: is_secret(args[1]))  # type: ignore[method-assign]
    jobs.Secrets.draw = listening(jobs.Secrets.draw, lambda job, _: _job_secrets(job))  # type: ignore[method-assign]
    subprocess.Popen.communicate = listening(subprocess.Popen.communicate, lambda out, _: _hear(out[1]))  # type: ignore[method-assign]
    pexpect.spawn.read_nonblocking = listening(pexpect.spawn.read_nonblocking, lambda out, _: _hear(out))  # type: ignore[method-assign]


def _job_secrets(job: jobs.Secrets) -> None:
    is_secret(job.password)
    is_secret(job.token)


def _hear(said: str | bytes | None) -> None:
    if said:
        heard.append(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when != "teardown":
        return report
    captured = [text for title, text in report.sections if "stderr" in title or "log" in title]
    leaks = leaks_in([*heard, *captured])
    heard.clear()
    if leaks:
        report.outcome = "failed"
        report.longrepr = "A secret got into the logs: " + "; ".join(leaks[:5])
    return report
