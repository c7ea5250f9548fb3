"""Reading single values leniently: each function returns what can be read, and notes the deviations."""

import json
import math
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import msgspec
from msgspec import inspect

from chargeproof.ocpp.deviations import Deviations
from chargeproof.ocpp.messages import LARGEST_INTEGER, Timestamp

_NUMBER: Final = re.compile(r"\s*[+-]?\d{1,40}(?:[.,]\d{0,40})?(?:[eE][+-]?\d{1,3})?\s*", re.ASCII)
_TIMESTAMP: Final = re.compile(
    r"\s*(?P<year>\d{1,4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[Tt _]\s?(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}))?"
    r"(?:[.,:](?P<fraction>\d{0,30}))?)?"
    r"\s?(?P<zone>[Zz]|UTC|GMT|(?P<sign>[+-])(?P<zone_hour>\d{1,2}):?(?P<zone_minute>\d{2})?)?\s*",
    re.ASCII,
)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
# Seconds since 1970 beyond this would lie after the year 5000: such a number counts milliseconds.
_MILLISECONDS_FROM: Final = 1e11
_NO_TIMESTAMP: Final = "This is not a time as RFC 3339 writes it."


def read_str(kind: inspect.StrType, value: Any, where: str, deviations: Deviations) -> str | None:
    """A string, whole even if it is too long; other values as the JSON they were sent as."""
    if not isinstance(value, str):
        deviations.add(where, "wrong_type", value, "A string is expected.")
        # An object makes sense as text only where any text does, as in DataTransfer's data.
        if isinstance(value, dict | list) and kind.max_length is not None:
            return None
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if "\x00" in value:
        deviations.add(where, "nul_character", value, "The text holds NUL characters; they are left out.")
        value = value.replace("\x00", "")
    if kind.max_length is not None and len(value) > kind.max_length:
        message = f"The text has {len(value)} characters; {kind.max_length} are allowed."
        deviations.add(where, "too_long", value, message)
    if kind.min_length is not None and len(value) < kind.min_length:
        message = f"The text has {len(value)} characters; {kind.min_length} are needed."
        deviations.add(where, "too_short", value, message)
    return str(value)


def read_int(kind: inspect.IntType, value: Any, where: str, deviations: Deviations) -> int | None:
    """An integer; from a string or a number with decimals (rounded) if need be."""
    if type(value) is not int:
        deviations.add(where, "wrong_type", value, "An integer is expected.")
        number = _number(value)
        # Through a float, a long string of digits would lose its last ones.
        value = _whole(value) if isinstance(value, str) else None if number is None else round(number)
    if value is None:
        return None
    if abs(value) > LARGEST_INTEGER:
        deviations.add(where, "out_of_range", value, "The number is larger than 64 bits can hold.")
        return None
    if kind.ge is not None and value < kind.ge:
        deviations.add(where, "out_of_range", value, f"The number must be at least {kind.ge}.")
    return int(value)


def read_float(kind: inspect.FloatType, value: Any, where: str, deviations: Deviations) -> float | None:
    """A finite number; from a string if need be."""
    number = _number(value)
    if type(value) not in (int, float):
        deviations.add(where, "wrong_type", value, "A number is expected.")
    elif number is None:
        deviations.add(where, "out_of_range", value, "The number is too large.")
    return number


def read_bool(kind: inspect.BoolType, value: Any, where: str, deviations: Deviations) -> bool | None:
    """A boolean; from 0, 1 and the strings "true", "false", "1" and "0" if need be."""
    if isinstance(value, bool):
        return value
    deviations.add(where, "wrong_type", value, "true or false is expected.")
    if isinstance(value, str):
        return _BOOLEANS.get(value.strip().lower())
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None


def read_timestamp(
    kind: inspect.DateTimeType, value: Any, where: str, deviations: Deviations
) -> datetime | None:
    """A time with its zone; without a zone, UTC is assumed."""
    if not isinstance(value, str):
        deviations.add(where, "wrong_type", value, "A time is expected, which is a string.")
        return _time_of_epoch(value)
    try:
        return _within_utc(msgspec.convert(value, Timestamp), value, where, deviations)
    except msgspec.ValidationError:
        matched = _TIMESTAMP.fullmatch(value)
    read = None if matched is None else _time_of_match(matched)
    if matched is None or read is None:
        deviations.add(where, "not_a_timestamp", value, _NO_TIMESTAMP + " Nothing could be read.")
        return None
    if matched["zone"] is None:
        deviations.add(where, "timestamp_without_zone", value, "The time has no zone; UTC is assumed.")
    else:
        deviations.add(where, "not_a_timestamp", value, _NO_TIMESTAMP)
    return _within_utc(read, value, where, deviations)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        value = value.replace(",", ".")
    elif isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _whole(text: str) -> int | None:
    try:
        return int(text) if _NUMBER.fullmatch(text) else None
    except ValueError:
        number = _number(text)
        return None if number is None else round(number)


def _time_of_epoch(value: Any) -> datetime | None:
    number = _number(value)
    if number is None:
        return None
    try:
        return datetime.fromtimestamp(number / 1000 if number > _MILLISECONDS_FROM else number, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _time_of_match(matched: re.Match[str]) -> datetime | None:
    def part(name: str) -> int:
        return int(matched[name] or 0)

    offset = timedelta(hours=part("zone_hour"), minutes=part("zone_minute"))
    since_midnight = timedelta(
        hours=part("hour"),
        minutes=part("minute"),
        seconds=part("second"),
        microseconds=int((matched["fraction"] or "")[:6].ljust(6, "0")),
    )
    # A leap second and 24:00 are times; 25:00 is not.
    if part("hour") > 24 or part("minute") > 59 or part("second") > 60:
        return None
    try:
        zone = timezone(-offset if matched["sign"] == "-" else offset) if offset else UTC
        return datetime(part("year"), part("month"), part("day"), tzinfo=zone) + since_midnight
    except (ValueError, OverflowError):
        return None


def _within_utc(time: datetime, value: str, where: str, deviations: Deviations) -> datetime:
    """``time`` if it exists in UTC too; the ends of the calendar do not in every zone."""
    try:
        time.astimezone(UTC)
    except OverflowError:
        deviations.add(where, "out_of_range", value, "The time lies outside the calendar.")
        return time.replace(tzinfo=UTC)
    return time
