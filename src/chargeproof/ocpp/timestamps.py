"""Times on the wire: with milliseconds, the most that stations are known to read; and within the calendar."""

import re
from collections.abc import Iterator
from datetime import MAXYEAR, MINYEAR
from functools import cache
from operator import methodcaller
from typing import Any, NamedTuple

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
    found = _places.get(type(message))
    if found is None:
        found = _places[type(message)] = _places_of(type(message))
    # Plain loops: this is asked of every message, and generators would cost more than the question.
    for name in found.own:
        moment = getattr(message, name)
        if moment is not None and moment.year in _EXTREMES:
            return True
    for name, inner in found.listed:
        for item in getattr(message, name) or ():
            if getattr(item, inner).year in _EXTREMES:
                return True
    return bool(found.others) and _reaches_one(message, found.others)


class _Places(NamedTuple):
    """Where a class has times: fields of its own, required fields of the items of a list, and elsewhere."""

    own: tuple[str, ...]
    listed: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, ...], ...]


_places: dict[type[msgspec.Struct], _Places] = {}


def _places_of(cls: type[msgspec.Struct]) -> _Places:
    own, listed, others = [], [], []
    kinds = {field.name: field.type for field in inspect.type_info(cls).fields}  # type: ignore[attr-defined]
    for path in _time_paths(cls):
        members = _members(kinds[path[0]])
        lists = [member for member in members if isinstance(member, inspect.ListType)]
        if len(path) == 1 and not lists:
            own.append(path[0])
        elif len(path) == 2 and lists and _is_required(lists[0].item_type, path[1]):
            listed.append((path[0], path[1]))
        else:
            others.append(path)
    return _Places(tuple(own), tuple(listed), tuple(others))


def _is_required(kind: inspect.Type, name: str) -> bool:
    return isinstance(kind, inspect.StructType) and any(
        field.name == name and isinstance(field.type, inspect.DateTimeType) and field.required
        for field in kind.fields
    )


def _reaches_one(value: Any, paths: tuple[tuple[str, ...], ...]) -> bool:
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
