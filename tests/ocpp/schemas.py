"""The JSON schemas that come with the PyPI package ``ocpp``, as an oracle, and where we deliberately differ."""

import copy
import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
from jsonschema.validators import extend

from chargeproof.ocpp import REQUESTS

Schema = dict[str, Any]

LARGEST = 2**63 - 1

# (schema, path below it, keyword, value, why)
AMENDMENTS: tuple[tuple[str, str, str, Any, str], ...] = (
    ("ChangeAvailability", "connectorId", "minimum", 0, "S§6.7 connectorId >= 0"),
    ("ClearChargingProfile", "connectorId", "minimum", 0, "S§6.13 a connector or the station"),
    ("GetCompositeSchedule", "connectorId", "minimum", 0, "S§6.21 a connector or the station"),
    ("GetCompositeScheduleResponse", "connectorId", "minimum", 0, "S§6.22 a connector or the station"),
    ("GetCompositeScheduleResponse", "chargingSchedule.chargingSchedulePeriod", "minItems", 1, "S§7.13 1..*"),
    ("MeterValues", "connectorId", "minimum", 0, "S§6.31 connectorId >= 0"),
    ("RemoteStartTransaction", "connectorId", "minimum", 1, "S§6.33 connectorId > 0"),
    ("RemoteStartTransaction", "chargingProfile.stackLevel", "minimum", 0, "S§7.8 stackLevel >= 0"),
    (
        "RemoteStartTransaction",
        "chargingProfile.chargingSchedule.chargingSchedulePeriod",
        "minItems",
        1,
        "S§7.13 1..*",
    ),
    ("ReserveNow", "connectorId", "minimum", 0, "S§6.37 connectorId >= 0"),
    ("SetChargingProfile", "connectorId", "minimum", 0, "S§6.43 a connector or the station"),
    ("SetChargingProfile", "csChargingProfiles.stackLevel", "minimum", 0, "S§7.8 stackLevel >= 0"),
    (
        "SetChargingProfile",
        "csChargingProfiles.chargingSchedule.chargingSchedulePeriod",
        "minItems",
        1,
        "S§7.13 1..*",
    ),
    ("StartTransaction", "connectorId", "minimum", 1, "S§6.45 connectorId > 0"),
    ("StatusNotification", "connectorId", "minimum", 0, "S§6.47 connectorId >= 0"),
    ("StopTransaction", "transactionData.sampledValue", "minItems", 1, "S§7.33 1..*, as in MeterValues"),
    ("StopTransaction", "transactionData.sampledValue.unit", "enum+", "Hertz", "as in MeterValues"),
    ("TriggerMessage", "connectorId", "minimum", 0, "S§6.51; 0 is asked for the station's own status"),
    ("UnlockConnector", "connectorId", "minimum", 1, "S§6.53 connectorId > 0"),
)
"""Beyond these, in every schema: times must be RFC 3339 with a zone, integers fit 64 bits, and multiples of 0.1 are
judged by their decimal digits, where a binary float's remainder would refuse 16.1."""

NAMES = tuple(sorted(name for action in REQUESTS for name in (action, f"{action}Response")))


@cache
def original(name: str) -> Schema:
    text = (files("ocpp") / "v16" / "schemas" / f"{name}.json").read_text(encoding="utf-8-sig")
    schema: Schema = json.loads(text)
    definitions = schema.pop("definitions", {})
    written_out: Schema = resolved(schema, definitions)
    return written_out


def resolved(part: Any, definitions: Schema) -> Any:
    """A schema with its definitions written out where they are used."""
    match part:
        case {"$ref": str(reference)}:
            return resolved(definitions[reference.rpartition("/")[2]], definitions)
        case dict():
            return {key: resolved(each, definitions) for key, each in part.items()}
        case list():
            return [resolved(each, definitions) for each in part]
    return part


@cache
def amended(name: str) -> Schema:
    schema = copy.deepcopy(original(name))
    for wanted, path, keyword, value, _ in AMENDMENTS:
        if wanted == name:
            target = below(schema, path)
            if keyword == "enum+":
                target["enum"] = [*target["enum"], value]
            else:
                assert keyword not in target, f"{name} {path} needs no amendment"
                target[keyword] = value
    for part in parts(schema):
        if part.get("type") == "integer":
            part.setdefault("minimum", -LARGEST - 1)
            part.setdefault("maximum", LARGEST)
    return schema


def below(schema: Schema, path: str) -> Schema:
    for step in path.split("."):
        schema = schema.get("items", schema)["properties"][step]
    return schema


def parts(schema: Schema) -> Iterator[Schema]:
    yield schema
    for part in schema.get("properties", {}).values():
        yield from parts(part)
    if "items" in schema:
        yield from parts(schema["items"])


def _is_rfc3339(value: object) -> bool:
    if not isinstance(value, str):
        return True
    shaped = re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:?\d\d)", value)
    if shaped is None:
        return False
    try:
        datetime.fromisoformat(value.upper())
    except ValueError:
        return False
    return True


def _multiple_of(
    validator: Any, step: float, value: Any, schema: Schema
) -> Iterator[jsonschema.ValidationError]:
    if validator.is_type(value, "number") and Decimal(repr(value)) % Decimal(repr(step)):
        yield jsonschema.ValidationError(f"{value} is no multiple of {step}")


_checker = jsonschema.FormatChecker(formats=())
_checker.checks("date-time")(_is_rfc3339)
_validator = extend(jsonschema.Draft4Validator, {"multipleOf": _multiple_of})  # type: ignore[no-untyped-call]


@cache
def _validator_of(name: str) -> Any:
    return _validator(amended(name), format_checker=_checker)


def is_valid(name: str, payload: Any) -> bool:
    """Whether the schema, with our amendments, passes the payload."""
    valid: bool = _validator_of(name).is_valid(payload)
    return valid
