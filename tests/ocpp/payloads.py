"""Payloads for tests: valid ones made from the schemas, and broken ones made from valid ones."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.ocpp.schemas import LARGEST, Schema, amended

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
_TIMES = st.sampled_from(
    (
        "2026-11-23T06:00:00Z",
        "2026-11-23T06:00:00.123Z",
        "2026-11-23T07:00:00.5+01:00",
        "1970-01-01T00:00:00-05:30",
    )
)
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    (
        None,
        True,
        0,
        -1,
        1.5,
        16.1,
        1.23,
        2**70,
        "",
        "0",
        "x" * 600,
        "é" * 20,
        [],
        {},
        [[]],
        [{}],
        "accepted",
        "Accepted",
        "2026-11-23T06:00:00",
        "2026-11-23T06:00:00+02",
        "2026-13-45T06:00:00Z",
    )
)


@cache
def valid(name: str) -> st.SearchStrategy[Any]:
    """Payloads that the schema of that name passes."""
    return _of(amended(name))


def _of(schema: Schema) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date-time":
        return _TIMES
    match schema["type"]:
        case "object":
            properties = {key: _of(part) for key, part in schema.get("properties", {}).items()}
            required = {key: properties.pop(key) for key in schema.get("required", ())}
            return st.fixed_dictionaries(required, optional=properties)
        case "array":
            return st.lists(_of(schema["items"]), min_size=schema.get("minItems", 0), max_size=2)
        case "integer":
            return st.integers(schema.get("minimum", -LARGEST), schema.get("maximum", LARGEST))
        case "number":
            return st.integers(-99999, 99999).map(lambda tenths: tenths / 10)
        case "boolean":
            return st.booleans()
    longest = schema.get("maxLength", 600)
    return _TEXT | st.integers(0, longest).map(lambda length: "x" * length)


@st.composite
def mutated(draw: st.DrawFn, name: str) -> Any:
    """A valid payload with one or two places changed: most are invalid, and some are still valid."""
    payload = draw(valid(name))
    for _ in range(draw(st.integers(1, 2))):
        if not isinstance(payload, dict):
            break
        payload = _changed(draw, payload)
    return payload


def _changed(draw: st.DrawFn, payload: Any) -> Any:
    places = list(_places(payload))
    if not places or draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(({**payload, "unheardOf": 1}, [], None, "text", 7)))
    container, key = draw(st.sampled_from(places))
    change = draw(st.sampled_from(("drop", "junk", "grow", "case", "surplus")))
    value = container[key]
    if change == "drop":
        del container[key]
    elif change == "grow" and isinstance(value, str):
        container[key] = value + "x" * draw(st.sampled_from((1, 20, 25, 50, 255, 500)))
    elif change == "case" and isinstance(value, str):
        container[key] = value.swapcase()
    elif change == "surplus" and isinstance(container, dict):
        container["unheardOf"] = value
    else:
        container[key] = deepcopy(draw(JUNK))  # a list drawn twice would come to hold itself
    return payload


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
