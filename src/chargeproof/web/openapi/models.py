"""What handlers take and give, as JSON schemas: exactly what is decoded and encoded."""

from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from litestar import Response
from msgspec import inspect

REFERENCE = "#/components/schemas/{name}"
Schema = dict[str, Any]


def body_type(handler: Any) -> Any:
    """What the handler takes as JSON, None when it takes none."""
    field = handler.parsed_data_field
    return _modelled(field.annotation) if field is not None else None


def answer_type(handler: Any) -> Any:
    """What the handler gives as JSON, None when that is no model."""
    return _modelled(handler.parsed_return_field.annotation)


def _modelled(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    origin = get_origin(annotation) or annotation
    if origin is Response:
        return _modelled(get_args(annotation)[0]) if get_args(annotation) else None
    if origin in (Union, UnionType):
        inner = [each for each in get_args(annotation) if each is not NoneType]
        return annotation if len(inner) == 1 and _modelled(inner[0]) is not None else None
    if isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return annotation
    if origin is list and get_args(annotation):
        return annotation if _modelled(get_args(annotation)[0]) is not None else None
    return None


def schemas_of(types: Iterable[Any]) -> tuple[list[Schema], dict[str, Schema]]:
    """A schema for each type, and the components that these refer to."""
    wanted = list(types)
    found, components = msgspec.json.schema_components(wanted, ref_template=REFERENCE)
    schemas = [*found, *components.values()]
    by_title = {schema.get("title"): schema for schema in components.values()}
    for info in _structs_in(inspect.multi_type_info(wanted)):
        schema = by_title.get(_title_of(info))
        if schema is not None:
            _mark_times(info, schema)
    for schema in schemas:
        close(schema)
        _clean(schema)
    return list(found), dict(components)


def _structs_in(infos: Iterable[inspect.Type]) -> list[inspect.StructType]:
    found: dict[str, inspect.StructType] = {}
    waiting = list(infos)
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.StructType):
            if _title_of(info) in found:
                continue
            found[_title_of(info)] = info
            waiting += [field.type for field in info.fields]
        else:
            waiting += _inner(info)
    return list(found.values())


def _inner(info: inspect.Type) -> list[inspect.Type]:
    match info:
        case inspect.UnionType(types=types):
            return list(types)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return [item]
        case inspect.DictType(value_type=value):
            return [value]
        case inspect.TupleType(item_types=items):
            return list(items)
        case inspect.Metadata(type=inner):
            return [inner]
        case _:
            return []


def _title_of(info: inspect.StructType) -> str:
    kind: Any = info.cls
    arguments = get_args(kind)
    if not arguments:
        return str(kind.__name__)
    return f"{get_origin(kind).__name__}[{', '.join(argument.__name__ for argument in arguments)}]"


def _mark_times(info: inspect.StructType, schema: Schema) -> None:
    """All times are aware, also where the type does not say so."""
    properties: Mapping[str, Schema] = schema.get("properties", {})
    for field in info.fields:
        if field.encode_name in properties:
            _mark(field.type, properties[field.encode_name])


def _mark(info: inspect.Type, schema: Schema) -> None:
    match info:
        case inspect.DateTimeType():
            for part in schema.get("anyOf", [schema]):
                if part.get("type") == "string":
                    part.setdefault("format", "date-time")
        case inspect.Metadata(type=inner):
            _mark(inner, schema)
        case inspect.UnionType(types=types):
            for each in types:
                _mark(each, schema)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item) if "items" in schema:
            _mark(item, schema["items"])
        case inspect.DictType(value_type=value) if isinstance(schema.get("additionalProperties"), dict):
            _mark(value, schema["additionalProperties"])
        case _:
            pass


def close(schema: Schema) -> None:
    """An object with named fields has no others."""
    if "properties" in schema:
        schema.setdefault("additionalProperties", False)


def _clean(schema: Schema) -> None:
    if "description" in schema:
        schema["description"] = plain(schema["description"])


def plain(text: str) -> str:
    """A docstring without its indentation; line breaks within a paragraph are spaces."""
    paragraphs = "\n".join(line.strip() for line in text.strip().splitlines()).split("\n\n")
    return "\n\n".join(" ".join(paragraph.splitlines()) for paragraph in paragraphs)
