"""Times on the wire: with milliseconds, the most that stations are known to read; and within the calendar."""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR
from functools import cache
from operator import methodcaller
from typing import Any

import msgspec
from msgspec import inspect


@cache
def finer_times(cls: type[msgspec.Struct]) -> re.Pattern[bytes] | None:
    """Finds the times of a ``cls`` in JSON; ``None`` if it has none."""
    names = _time_fields(inspect.type_info(cls))
    if not names:
        return None
    # Within a JSON string every quote is escaped, so that this never matches text that somebody typed.
    alternatives = "|".join(sorted(names))
    return re.compile(rf'("(?:{alternatives})":"[0-9T:-]{{19}}\.\d{{3}})\d{{3}}'.encode())


def _time_fields(kind: inspect.Type) -> set[str]:
    match kind:
        case inspect.StructType():
            found: set[str] = set()
            for field in kind.fields:
                if any(isinstance(member, inspect.DateTimeType) for member in _members(field.type)):
                    found.add(field.encode_name)
                found |= _time_fields(field.type)
            return found
        case inspect.ListType():
            return _time_fields(kind.item_type)
        case inspect.UnionType():
            return set[str]().union(*(_time_fields(member) for member in kind.types))
    return set()


def _members(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


_EXTREMES = (MINYEAR, MAXYEAR)
_without_microseconds = methodcaller("group", 1)


def reaches_an_end_of_time(message: msgspec.Struct) -> bool:
    """Whether a time in it lies in the first or last year of the calendar, where it need not exist in UTC."""
    paths = _time_paths(type(message))
    return bool(paths) and _reaches_one(message, paths)


def _reaches_one(value: Any, paths: tuple[tuple[str, ...], ...]) -> bool:
    # Plain loops: this is asked of every message, and generators would cost more than the question.
    for path in paths:
        found = value
        for depth, name in enumerate(path, start=1):
            found = getattr(found, name)
            if found is None:
                break
            if type(found) is list:
                rest = (path[depth:],)
                for item in found:
                    if _reaches_one(item, rest):
                        return True
                break
        else:
            if found.year in _EXTREMES:
                return True
    return False


@cache
def _time_paths(cls: type[msgspec.Struct]) -> tuple[tuple[str, ...], ...]:
    """The fields through which each time in a ``cls`` is reached; lists on the way are gone through."""
    return tuple(_paths(inspect.type_info(cls)))


def _paths(kind: inspect.Type) -> Iterator[tuple[str, ...]]:
    match kind:
        case inspect.DateTimeType():
            yield ()
        case inspect.StructType():
            for field in kind.fields:
                for path in _paths(field.type):
                    yield (field.name, *path)
        case inspect.ListType():
            yield from _paths(kind.item_type)
        case inspect.UnionType():
            for member in kind.types:
                yield from _paths(member)


def cut_to_milliseconds(times: re.Pattern[bytes], encoded: bytes) -> bytes:
    """JSON whose ``finer_times`` are cut from microseconds to milliseconds."""
    return times.sub(_without_microseconds, encoded)
