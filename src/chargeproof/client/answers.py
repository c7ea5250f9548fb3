"""Answers, also of a server that is newer than this client: what is not known here is passed over, not refused."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T")

LEAVES: dict[type[inspect.Type], type] = {
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.BoolType: bool,
    inspect.DateTimeType: datetime,
}
"""Without their limits: those that a newer server keeps are its own."""


def answer_in(content: bytes | msgspec.Raw, kind: type[T]) -> T:
    """The answer; raises msgspec.MsgspecError for what is none.

    A field that is not known here is left out. A word that is not known here stays a word: the text itself where
    there is a choice of texts, else a member of the enumeration that is none of those that it lists.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError:
        found: T = _known_of(msgspec.json.decode(content), inspect.type_info(kind))
        return found


def _known_of(value: Any, info: inspect.Type) -> Any:
    match info:
        case inspect.Metadata(type=inner):
            return _known_of(value, inner)
        case inspect.StructType() | inspect.DataclassType() if isinstance(value, dict):
            return _made(info.cls, value, info.fields)
        case inspect.ListType(item_type=item) if isinstance(value, list):
            return [_known_of(each, item) for each in value]
        case inspect.VarTupleType(item_type=item) if isinstance(value, list):
            return tuple(_known_of(each, item) for each in value)
        case inspect.DictType(value_type=inner) if isinstance(value, dict):
            return {key: _known_of(each, inner) for key, each in value.items()}
        case inspect.UnionType(types=types):
            return _one_of(value, types)
        case inspect.EnumType(cls=cls):
            return _member(cls, value)
        case inspect.LiteralType() if isinstance(value, str):
            return value
        case inspect.AnyType():
            return value
    return msgspec.convert(value, LEAVES.get(type(info), type(None)))


def _made(make: Callable[..., T], value: dict[str, Any], fields: tuple[inspect.Field, ...]) -> T:
    known = {
        each.name: _known_of(value[each.encode_name], each.type)
        for each in fields
        if each.encode_name in value
    }
    missing = [each.encode_name for each in fields if each.required and each.name not in known]
    if missing:
        raise msgspec.ValidationError(f"Object missing required field `{missing[0]}`")
    return make(**known)


def _one_of(value: Any, types: tuple[inspect.Type, ...]) -> Any:
    """The first that fits: choices of texts and enumerations, which take any text, stand alone in our answers."""
    if value is None and any(isinstance(each, inspect.NoneType) for each in types):
        return None
    problem = msgspec.ValidationError("Expected no null")
    for each in types:
        if isinstance(each, inspect.NoneType):
            continue
        try:
            return _known_of(value, each)
        except msgspec.ValidationError as error:
            problem = error
    raise problem


def _member(cls: type[Enum], value: Any) -> Any:
    try:
        return cls(value)
    except ValueError:
        if not (isinstance(value, str) and issubclass(cls, str)):
            raise msgspec.ValidationError(f"Invalid enum value {value!r}") from None
    other = str.__new__(cls, value)
    other._name_, other._value_ = value, value
    return other
