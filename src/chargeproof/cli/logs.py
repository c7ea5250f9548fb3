"""The log of the process: one line an event, for people or for machines, on stderr, and never a secret."""

import logging
import re
from typing import Any, Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["text", "json"]

_IN_URL = re.compile(r"(\w{1,20}://)[^/@\s]+@")
_IN_HEADER = re.compile(r"((?:basic|bearer)\s+)[\w+/=.-]{4,}", re.IGNORECASE)
LONGEST = 4000
"""Characters of a line of the log that come from one value."""
_SECRET_NAMES = re.compile(r"password|credential|authorization|secret|token", re.IGNORECASE)
HIDDEN = "***"


def log_at(level: str, log_format: LogFormat = "text") -> None:
    """Log from this level on."""
    stream = open(2, "w", closefd=False, buffering=1, encoding="utf-8", errors="replace")  # noqa: SIM115
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(log_format))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # They tell of every request, with its address.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    # It names each of its plug-ins whenever a store is brought to its schema.
    logging.getLogger("alembic.runtime.plugins").setLevel(max(logging.WARNING, root.level))
    # A line for each request that is none is what strangers could fill the log with.
    logging.getLogger("uvicorn.error").setLevel(max(logging.ERROR, root.level))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def name_the_run(run: str) -> None:
    """From now on every event in this context, and in the tasks begun in it, names the run."""
    structlog.contextvars.bind_contextvars(run=run)


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blot out passwords in addresses and headers, and whatever has the name of a secret."""
    for name, value in event.items():
        if _SECRET_NAMES.search(name):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = _IN_HEADER.sub(rf"\1{HIDDEN}", _IN_URL.sub(rf"\1{HIDDEN}@", value))
    return event


def keep_to_the_line(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """What others said must not look like further lines, nor command the terminal that shows it."""
    for name, value in event.items():
        if name == "exception":
            event[name] = "\n".join(f"  {visible(line)}" for line in str(value).split("\n"))
        elif isinstance(value, str):
            event[name] = visible(value)
    return event


def visible(text: str) -> str:
    """Line ends, control characters and what cannot be seen as backslash escapes; the rest as it is."""
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=("station", "action", "remote", "run")),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]


def _formatter(log_format: LogFormat) -> logging.Formatter:
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            hide_secrets,
            keep_to_the_line,
            renderer,
        ],
    )
