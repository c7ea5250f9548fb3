"""Times as logs write them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

DAY_S = 86_400.0

# ``utc``: seconds since 1970. ``local``: the same in a zone that the log does not name. ``of_day``: seconds
# since a midnight. ``relative``: seconds since something else.
Kind = Literal["utc", "local", "of_day", "relative"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time in seconds; ``kind`` says since when."""

    seconds: float
    kind: Kind


_ZONE = r"(?:\s?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d(?!\d)))?"
_CLOCK = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)(?:[.,](?P<part>\d{1,9}))?"
_PATTERNS = (
    re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)[T _]+{_CLOCK}{_ZONE}"),
    re.compile(rf"(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{{4}})[T ,_]+{_CLOCK}{_ZONE}"),
    re.compile(rf"(?P<day>\d\d)/(?P<name>[A-Z][a-z]{{2}})/(?P<year>\d{{4}})[: ]{_CLOCK}{_ZONE}"),
    re.compile(rf"(?<![\d:]){_CLOCK}"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = re.compile(r"^\W*(\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})(?![\w.:-])")


def stamp_in(text: str) -> Stamp | None:
    """The first time in a text; seconds since 1970 count only at its very beginning."""
    for pattern in _PATTERNS:
        found = pattern.search(text)
        if found is not None and (stamp := _stamp_of(found.groupdict())) is not None:
            return stamp
    found = _EPOCH.match(text)
    return _of_number(float(found[1])) if found is not None else None


def stamp_of(value: Any) -> Stamp | None:
    """The time that a JSON value stands for: a text, or seconds, milli-, micro- or nanoseconds since 1970."""
    if isinstance(value, str):
        return stamp_in(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _of_number(float(value))
    if isinstance(value, dict) and len(value) == 1:  # MongoDB's {"$date": …}
        return stamp_of(next(iter(value.values())))
    return None


def _of_number(number: float) -> Stamp | None:
    for factor, least in ((1e9, 1e17), (1e6, 1e14), (1e3, 1e11), (1.0, 1e8)):
        if least <= number < 1e20:
            return Stamp(number / factor, "utc")
    return Stamp(number, "relative") if 0 <= number < 1e8 else None


def _stamp_of(found: dict[str, str | None]) -> Stamp | None:
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    part = float(f"0.{found['part']}") if found.get("part") else 0.0
    of_day = hour * 3600.0 + minute * 60 + second + part
    if not found.get("year"):
        return Stamp(of_day, "of_day")
    name = found.get("name")
    if name is not None and name not in _MONTHS:
        return None
    month = _MONTHS.index(name) + 1 if name is not None else int(found["month"] or 0)
    zone = _zone_of(found.get("zone"))
    try:
        midnight = datetime(int(found["year"] or 0), month, int(found["day"] or 0), tzinfo=zone or UTC)
        return Stamp(midnight.timestamp() + of_day, "local" if zone is None else "utc")
    except (ValueError, OverflowError):
        return None


def _zone_of(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in ("Z", "UTC", "GMT"):
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(offset if text[0] == "+" else -offset) if offset < timedelta(days=1) else None
