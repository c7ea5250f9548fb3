"""Times on the wire: with milliseconds, the most that stations are known to read."""

import re
from functools import cache

import msgspec
from msgspec import inspect


@cache
def _finer_times(cls: type[msgspec.Struct]) -> re.Pattern[bytes] | None:
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


def with_milliseconds(cls: type[msgspec.Struct], encoded: bytes) -> bytes:
    """``encoded``, the JSON of a ``cls``, with its times cut from microseconds to milliseconds."""
    pattern = _finer_times(cls)
    return encoded if pattern is None else pattern.sub(rb"\1", encoded)
