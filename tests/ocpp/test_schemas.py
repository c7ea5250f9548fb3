"""Our strict decoding against the JSON schemas: neither passes what the other refuses."""

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from chargeproof.ocpp import (
    CONFIRMATIONS,
    REQUESTS,
    SECURITY_EXTENSION,
    Confirmation,
    PayloadError,
    Request,
    check,
    decode_confirmation,
    decode_request,
    encode_call,
    encode_call_result,
    read_confirmation,
    read_request,
)
from tests.ocpp.payloads import mutated, valid
from tests.ocpp.schemas import AMENDMENTS, NAMES, Schema, amended, is_valid, original

several = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def decode(name: str, payload: Any) -> Request | Confirmation:
    text = json.dumps(payload)
    if name.endswith("Response"):
        return decode_confirmation(name.removesuffix("Response"), text)
    return decode_request(name, text)


def decodes(name: str, payload: Any) -> bool:
    try:
        decode(name, payload)
    except PayloadError:
        return False
    return True


def message_class(name: str) -> type[msgspec.Struct]:
    return CONFIRMATIONS[name.removesuffix("Response")] if name.endswith("Response") else REQUESTS[name]


def test_there_are_78_schemas_for_28_actions_and_the_11_of_the_security_extension() -> None:
    assert len(NAMES) == 78
    assert len(REQUESTS) == 39
    assert len(SECURITY_EXTENSION) == 11
    assert CONFIRMATIONS.keys() == REQUESTS.keys()


@pytest.mark.parametrize("name", NAMES)
@several
@given(st.data())
def test_a_payload_is_decoded_if_and_only_if_the_schema_passes_it(name: str, data: st.DataObject) -> None:
    payload = data.draw(mutated(name))
    lawful = is_valid(name, payload)
    assert decodes(name, payload) == lawful
    read = read_confirmation if name.endswith("Response") else read_request
    reading = read(name.removesuffix("Response"), json.dumps(payload))
    assert bool(reading.deviations) != lawful
    assert (reading.message is None) == (not isinstance(payload, dict))
    assert reading.payload == payload


@pytest.mark.parametrize("name", NAMES)
@several
@given(st.data())
def test_a_lawful_payload_is_decoded_and_what_is_encoded_again_is_the_same(
    name: str, data: st.DataObject
) -> None:
    payload = data.draw(valid(name))
    assert is_valid(name, payload)
    message = decode(name, payload)
    if isinstance(message, Request):
        again: Request | Confirmation = decode_request(
            message.action, msgspec.Raw(json.dumps(json.loads(encode_call("1", message))[3]))
        )
    else:
        encoded = json.loads(encode_call_result("1", message))[2]
        again = decode_confirmation(message.action, json.dumps(encoded))
    assert again == message
    assert check(message) == ()


def described(kind: inspect.Type) -> Schema:
    """The JSON schema that our type amounts to, in the words of the oracle."""
    match kind:
        case inspect.UnionType():
            return described(next(part for part in kind.types if not isinstance(part, inspect.NoneType)))
        case inspect.StructType():
            properties = {field.encode_name: described(field.type) for field in kind.fields}
            required = sorted(field.encode_name for field in kind.fields if field.required)
            closed = not kind.forbid_unknown_fields
            return {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": closed,
            }
        case inspect.ListType():
            length = {} if kind.min_length is None else {"minItems": kind.min_length}
            return {"type": "array", "items": described(kind.item_type), **length}
        case inspect.EnumType():
            return {"type": "string", "enum": sorted(member.value for member in kind.cls)}
        case inspect.DateTimeType():
            assert kind.tz is True
            return {"type": "string", "format": "date-time"}
        case inspect.IntType():
            return {"type": "integer", "minimum": kind.ge, "maximum": kind.le}
        case inspect.Metadata():
            return {"type": "number", "multipleOf": 0.1}
        case inspect.BoolType():
            return {"type": "boolean"}
    assert isinstance(kind, inspect.StrType)
    return {"type": "string"} if kind.max_length is None else {"type": "string", "maxLength": kind.max_length}


def normal(schema: Schema) -> Schema:
    """A schema without what says nothing."""
    keywords = ("type", "maxLength", "minItems", "minimum", "maximum", "multipleOf")
    kept = {key: schema[key] for key in keywords if key in schema}
    if schema.get("format") == "date-time":
        kept["format"] = "date-time"
    if schema["type"] == "integer":
        kept["maximum"] = 2**63 - 1
    if "enum" in schema:
        kept["enum"] = sorted(schema["enum"])
    if "items" in schema:
        kept["items"] = normal(schema["items"])
    if schema["type"] == "object":
        properties = {key: normal(part) for key, part in schema.get("properties", {}).items()}
        kept |= {
            "properties": properties,
            "required": sorted(schema.get("required", ())),
            "additionalProperties": schema["additionalProperties"],
        }
    return kept


@pytest.mark.parametrize("name", NAMES)
def test_our_types_say_the_same_as_the_schema(name: str) -> None:
    assert described(inspect.type_info(message_class(name))) == normal(amended(name))


@pytest.mark.parametrize("name", sorted({amendment[0] for amendment in AMENDMENTS}))
def test_an_amended_schema_differs_from_the_original(name: str) -> None:
    assert normal(amended(name)) != normal(copy.deepcopy(original(name)))
