"""The description as the page shows it: operations by resource, schemas as indented lines of types."""

import json
from dataclasses import dataclass
from typing import Any

from chargeproof.web.openapi.operations import PROBLEMS

MAX_DEPTH = 6


@dataclass(frozen=True)
class Field:
    """One line of a shape. `depth`: how far it is indented."""

    depth: int
    name: str
    kind: str
    required: bool
    note: str


@dataclass(frozen=True)
class Shape:
    """What goes in or comes out. `fields` are there for JSON only."""

    media_type: str
    fields: list[Field]
    example: str


@dataclass(frozen=True)
class Answer:
    status: str
    meaning: str
    shape: Shape | None


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    operation_id: str
    summary: str
    description: str
    role: str
    parameters: list[Field]
    body: Shape | None
    answers: list[Answer]

    @property
    def words(self) -> str:
        """What a search looks in."""
        return f"{self.method} {self.path} {self.operation_id} {self.summary} {self.role}".lower()


@dataclass(frozen=True)
class Section:
    title: str
    operations: list[Operation]


def sections_of(document: dict[str, Any]) -> list[Section]:
    """By resource, in the order of the alphabet."""
    sections: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "operationId" in operation:
                title = operation.get("tags", ["server"])[0].replace("-", " ")
                sections.setdefault(title, []).append(_operation(document, path, method, operation))
    return [Section(title, sections[title]) for title in sorted(sections)]


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    components = document["components"]["schemas"]
    paragraphs = operation.get("description", "").split("\n\n")
    return Operation(
        method=method.upper(),
        path=path,
        operation_id=operation["operationId"],
        summary=operation.get("summary", ""),
        description="\n\n".join(paragraphs[:-1]),
        role=operation.get("x-role", ""),
        parameters=[_parameter(each, components) for each in operation.get("parameters", [])],
        body=_shape(operation.get("requestBody", {}), components),
        answers=[
            _answer(status, response, components) for status, response in operation["responses"].items()
        ],
    )


def _parameter(parameter: dict[str, Any], components: dict[str, Any]) -> Field:
    schema = parameter.get("schema", {})
    notes = [parameter["in"], parameter.get("description", ""), _limits(schema)]
    return Field(
        0,
        parameter["name"],
        kind_of(schema, components),
        bool(parameter.get("required")),
        " · ".join(note for note in notes if note),
    )


def _answer(status: str, response: dict[str, Any], components: dict[str, Any]) -> Answer:
    if "$ref" in response:
        meaning = PROBLEMS.get(int(status)) if status.isdecimal() else None
        return Answer(status, meaning or "Anything else that went wrong", None)
    shape = _shape(response, components)
    return Answer(status, "" if shape else "No content", shape)


def _shape(body: dict[str, Any], components: dict[str, Any]) -> Shape | None:
    for media_type, content in body.get("content", {}).items():
        example = content.get("example")
        text = json.dumps(example, indent=2, ensure_ascii=False) if example is not None else ""
        return Shape(media_type, list(_fields(content.get("schema", {}), components, 0, ())), text)
    return None


def _fields(
    schema: dict[str, Any], components: dict[str, Any], depth: int, above: tuple[str, ...]
) -> list[Field]:
    """The fields of an object and, below each, those of the objects in it; none of one that holds itself."""
    schema, name = _resolved(schema, components)
    if depth > MAX_DEPTH or (name and name in above):
        return []
    if schema.get("type") == "array":
        return _fields(schema.get("items") or {}, components, depth, above)
    found: list[Field] = []
    for field, inner in schema.get("properties", {}).items():
        notes = [str(inner.get("description", "")), _limits(inner), _default(inner)]
        note = " · ".join(each for each in notes if each)
        found.append(
            Field(depth, field, kind_of(inner, components), field in schema.get("required", []), note)
        )
        found += _fields(inner, components, depth + 1, (*above, name))
    return found


def _resolved(schema: dict[str, Any], components: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Through references and past null; with the name of the component."""
    for choice in ("anyOf", "oneOf"):
        kept = [each for each in schema.get(choice, []) if each.get("type") != "null"]
        if len(kept) == 1:
            return _resolved(kept[0], components)
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return components.get(name, {}), name
    return schema, ""


def kind_of(schema: dict[str, Any], components: dict[str, Any]) -> str:
    """`text`, `time`, `list of Connector`, `viewer | tester`, `number or null`, `time, number`."""
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(kind_of(each, components) for each in schema[choice])
    if "$ref" in schema:
        target, name = _resolved(schema, components)
        return " | ".join(map(str, target["enum"])) if "enum" in target else name
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    kind = schema.get("type", "any")
    if "prefixItems" in schema:
        return ", ".join(kind_of(each, components) for each in schema["prefixItems"])
    if kind == "array":
        return f"list of {kind_of(schema.get('items') or {}, components)}"
    if kind == "string" and schema.get("format") == "date-time":
        return "time"
    names = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    return names.get(kind, kind) if isinstance(kind, str) else " or ".join(kind)


def _limits(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{low} to {high}"
    if low is not None:
        return f"from {low}"
    if high is not None:
        return f"up to {high}"
    return f"up to {schema['maxLength']} characters" if "maxLength" in schema else ""


def _default(schema: dict[str, Any]) -> str:
    default = schema.get("default")
    return f"default {json.dumps(default)}" if default is not None else ""
