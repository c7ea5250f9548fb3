"""Payloads for a fuzz run, made from the classes of the messages: lawful ones, and ones with broken places."""

import copy
import random
import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from chargeproof.ocpp.messages import LARGEST_INTEGER

Maker = Callable[[Any, random.Random], Any]

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
LETTERS = string.ascii_letters + string.digits + " -_.:/äß中😀"
NESTING = 100
JUNK: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    1.23,
    2**31,
    2**63,
    -(2**63) - 1,
    10**400,
    1e308,
    "",
    " ",
    "0",
    "-1",
    "null",
    "NaN",
    "x" * 600,
    "é" * 40,
    "a\x00b",
    "\ud800",
    "\u2028",
    [],
    {},
    [[]],
    [{}],
    [None],
    {"": None},
    {"status": "Accepted"},
    "accepted",
    "Accepted",
    "2026-11-23T06:00:00",
    "2026-11-23T06:00:00+02",
    "2026-13-45T25:61:61Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1970-01-01T00:00:00Z",
    1767225600,
)


def junk(dice: random.Random) -> Any:
    """A JSON value that hardly ever fits; the caller's own, to be changed at will."""
    return copy.deepcopy(dice.choice(JUNK))


def lawful_payload(kind: type[msgspec.Struct], dice: random.Random) -> dict[str, Any]:
    """A payload that the specification allows for this message."""
    made: dict[str, Any] = _make(_type_of(kind), dice)
    return made


@cache
def _type_of(kind: type[msgspec.Struct]) -> inspect.Type:
    return inspect.type_info(kind)


def spoiled_payload(payload: dict[str, Any], dice: random.Random) -> Any:
    """The payload with one to three places changed: most results break a rule, and some break none."""
    spoiled: Any = payload
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        if not isinstance(spoiled, dict) or not spoiled or dice.random() < 0.1:
            return junk(dice) if dice.random() < 0.5 else {**payload, "unheardOf": junk(dice)}
        _spoil_one_place(spoiled, dice)
    return spoiled


def _spoil_one_place(payload: dict[str, Any], dice: random.Random) -> None:
    holder, key = dice.choice(list(_places(payload)))
    value = holder[key]
    match dice.randrange(8):
        case 0:
            del holder[key]
        case 1 if isinstance(value, str):
            holder[key] = value + "x" * dice.choice((1, 20, 25, 50, 255, 500, 5000))
        case 2 if isinstance(value, str):
            holder[key] = value.swapcase()
        case 3:
            holder[key] = [value]
        case 4:
            holder[key] = {"value": value}
        case 5:
            holder[key] = str(value)
        case 6:
            holder[key] = _nested(value, dice.randrange(NESTING))
        case _:
            holder[key] = junk(dice)


def _nested(value: Any, depth: int) -> Any:
    for _ in range(depth):
        value = [value]
    return value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _make(kind: inspect.Type, dice: random.Random) -> Any:
    return _MAKERS[type(kind)](kind, dice)


def _make_struct(kind: inspect.StructType, dice: random.Random) -> dict[str, Any]:
    return {
        field.encode_name: _make(field.type, dice)
        for field in kind.fields
        if field.required or dice.random() < 0.4
    }


def _make_list(kind: inspect.ListType, dice: random.Random) -> list[Any]:
    least = kind.min_length or 0
    return [_make(kind.item_type, dice) for _ in range(least + dice.choice((0, 0, 1, 2, 5)))]


def _make_str(kind: inspect.StrType, dice: random.Random) -> str:
    longest = kind.max_length or 60
    length = dice.choice((1, 3, 8, 20, longest))
    return "".join(dice.choices(LETTERS, k=min(length, longest)))


def _make_int(kind: inspect.IntType, dice: random.Random) -> int:
    least = kind.ge if kind.ge is not None else -LARGEST_INTEGER
    return max(int(least), dice.choice((0, 1, 1, 2, 3, 60, 100_000, LARGEST_INTEGER)))


def _make_time(_kind: inspect.DateTimeType, dice: random.Random) -> str:
    moment = EPOCH + timedelta(seconds=dice.randrange(10_000_000))
    return moment.isoformat(timespec=dice.choice(("seconds", "milliseconds"))).replace("+00:00", "Z")


def _make_optional(kind: inspect.UnionType, dice: random.Random) -> Any:
    return _make(next(each for each in kind.types if not isinstance(each, inspect.NoneType)), dice)


@cache
def _values(kind: type[Any]) -> tuple[str, ...]:
    return tuple(member.value for member in kind)


_MAKERS: dict[type[inspect.Type], Maker] = {
    inspect.StructType: _make_struct,
    inspect.ListType: _make_list,
    inspect.EnumType: lambda kind, dice: dice.choice(_values(kind.cls)),
    inspect.UnionType: _make_optional,
    inspect.Metadata: lambda kind, dice: _make(kind.type, dice),
    inspect.StrType: _make_str,
    inspect.IntType: _make_int,
    inspect.FloatType: lambda _kind, dice: dice.randrange(0, 1000) / 10,
    inspect.BoolType: lambda _kind, dice: dice.random() < 0.5,
    inspect.DateTimeType: _make_time,
}
