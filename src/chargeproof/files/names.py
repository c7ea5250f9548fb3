"""File names and addresses that come from outside, made harmless."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

MAX_NAME = 120
UNSAFE = re.compile(r"[^\w.()+@=,-]", re.ASCII)


def safe_name(name: str) -> str:
    """The last part of a path as a plain file name: no separators, no leading dot, at most 120 characters."""
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    plain = UNSAFE.sub("_", last).lstrip(".")[:MAX_NAME]
    return plain or "unnamed"


def numbered_name(name: str, number: int) -> str:
    """`number` 1 is the name itself; the others are `diagnostics-2.zip`, `diagnostics-3.zip`, ..."""
    if number == 1:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{number}{dot}{ending}" if stem else f"{name}-{number}"


def address(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def without_secrets(url: str, token: str = "") -> str:
    """The URL without user and password, and with three stars for the job's token."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    path = parts.path.replace(quote(token), "***") if token else parts.path
    return urlunsplit((parts.scheme, place, path, parts.query, parts.fragment))
