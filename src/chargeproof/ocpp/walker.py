"""Fitting any JSON value into a message class: driven by the classes' types, the same for all messages."""

from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect

from chargeproof.ocpp.deviations import Deviations
from chargeproof.ocpp.messages import TENTHS, is_in_tenths
from chargeproof.ocpp.scalars import read_bool, read_float, read_int, read_str, read_timestamp

S = TypeVar("S", bound=msgspec.Struct)
Reader = Callable[[Any, Any, str, Deviations], Any]

_NOT_AN_OBJECT: Final = "An object is expected here."


def fit(cls: type[S], value: Any, deviations: Deviations) -> S | None:
    """``value`` as a ``cls``, as far as it can be read; ``None`` if it is not an object.

    A field that is missing or unreadable is ``None``, an enumeration's unknown value stays a plain string,
    unknown fields are dropped. Whatever does not follow the specification is added to ``deviations``. Raises
    nothing.
    """
    if not isinstance(value, dict):
        deviations.add("$", "not_an_object", value, _NOT_AN_OBJECT)
        return None
    fitted: S = _read_fields(_struct_type(cls), value, "$", deviations)
    return fitted


@cache
def _struct_type(cls: type[msgspec.Struct]) -> inspect.StructType:
    described = inspect.type_info(cls)
    if not isinstance(described, inspect.StructType):
        raise TypeError(f"{cls.__name__} is no class of messages")
    return described


def _read(kind: inspect.Type, value: Any, where: str, deviations: Deviations) -> Any:
    return _READERS[type(kind)](kind, value, where, deviations)


def _read_fields(kind: inspect.StructType, value: dict[str, Any], where: str, deviations: Deviations) -> Any:
    read: dict[str, Any] = {}
    for field in kind.fields:
        path = f"{where}.{field.encode_name}"
        sent = value.get(field.encode_name)
        if sent is not None:
            read[field.name] = _read(field.type, sent, path, deviations)
        elif field.encode_name in value:
            deviations.add(path, "null", None, "The field is null; without a value it is left out.")
        elif field.required:
            deviations.add(path, "missing", None, "The required field is missing.")
    if len(value) > len(read):
        known = {field.encode_name for field in kind.fields}
        for name in value:
            if name not in known:
                deviations.add(f"{where}.{name[:50]}", "unknown_field", value[name], "No such field exists.")
    return _built(kind.cls, read)


def _built(cls: type[msgspec.Struct], values: dict[str, Any]) -> msgspec.Struct:
    # Through the constructor, __post_init__ would refuse the very values that are to be read here.
    built = cls(**dict.fromkeys(cls.__struct_fields__))
    for name, value in values.items():
        msgspec.structs.force_setattr(built, name, value)
    return built


def _read_struct(kind: inspect.StructType, value: Any, where: str, deviations: Deviations) -> Any:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        deviations.add(where, "wrong_type", value, "An object is expected, not a list with one object.")
        value = value[0]
    if not isinstance(value, dict):
        deviations.add(where, "not_an_object", value, _NOT_AN_OBJECT)
        return None
    return _read_fields(kind, value, where, deviations)


def _read_list(kind: inspect.ListType, value: Any, where: str, deviations: Deviations) -> list[Any]:
    if not isinstance(value, list):
        deviations.add(where, "wrong_type", value, "A list is expected; the value is read as its only item.")
        value = [value]
    elif len(value) < (kind.min_length or 0):
        deviations.add(where, "empty", value, "The list has no items.")
    if len(value) > deviations.items_left:
        message = f"The list has {len(value)} items; the first {deviations.items_left} of them are read."
        deviations.add(where, "too_long", value, message)
        value = value[: deviations.items_left]
    deviations.items_left -= len(value)
    read = [_read_item(kind, item, f"{where}[{index}]", deviations) for index, item in enumerate(value)]
    return [item for item in read if item is not None]


def _read_item(kind: inspect.ListType, value: Any, where: str, deviations: Deviations) -> Any:
    if value is None:
        deviations.add(where, "null", None, "The item is null.")
        return None
    return _read(kind.item_type, value, where, deviations)


def _read_enum(kind: inspect.EnumType, value: Any, where: str, deviations: Deviations) -> Enum | str | None:
    if not isinstance(value, str):
        deviations.add(where, "wrong_type", value, f"A {kind.cls.__name__} is expected, which is a string.")
        return str(value) if isinstance(value, int | float) else None
    if value not in _values(kind.cls):
        deviations.add(where, "not_in_enum", value, f"This is no {kind.cls.__name__}.")
        return value
    return kind.cls(value)


@cache
def _values(cls: type[Enum]) -> frozenset[str]:
    return frozenset(member.value for member in cls)


def _read_optional(kind: inspect.UnionType, value: Any, where: str, deviations: Deviations) -> Any:
    inner = next(member for member in kind.types if not isinstance(member, inspect.NoneType))
    return _read(inner, value, where, deviations)


def _read_metadata(kind: inspect.Metadata, value: Any, where: str, deviations: Deviations) -> Any:
    read = _read(kind.type, value, where, deviations)
    if kind.extra and TENTHS in kind.extra and isinstance(read, float) and not is_in_tenths(read):
        deviations.add(where, "not_multiple", value, "The number must be a multiple of 0.1.")
    return read


_READERS: Final[dict[type[inspect.Type], Reader]] = {
    inspect.StructType: _read_struct,
    inspect.ListType: _read_list,
    inspect.EnumType: _read_enum,
    inspect.UnionType: _read_optional,
    inspect.Metadata: _read_metadata,
    inspect.StrType: read_str,
    inspect.IntType: read_int,
    inspect.FloatType: read_float,
    inspect.BoolType: read_bool,
    inspect.DateTimeType: read_timestamp,
}
