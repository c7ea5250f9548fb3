"""An example of anything that has a schema: its own examples first, then what its type and name suggest."""

from typing import Any

A_TIME = "2026-11-23T09:30:00Z"
MAX_DEPTH = 24
"""Deep enough for all that there is; what holds itself ends there."""

BY_NAME = {
    "charge_point_id": "ACME-0042",
    "connector_id": 1,
    "transaction_id": 1042,
    "id_tag": "04A2B3C4D5",
    "name": "ada",
    "owner": "ada",
    "who": "ada",
    "unique_id": "7f3c2a90",
    "remote": "192.0.2.17",
}


def example_of(schema: Any, components: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that the schema allows. `name` of the field that it is of, for a likely value."""
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return None
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rsplit("/", 1)[1]], components, name, depth + 1)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return next((value for value in schema["enum"] if value is not None), None)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _chosen(schema, schema[choice], components, name, depth)
    return _by_type(schema, components, name, depth)


def _chosen(schema: Any, choices: list[Any], components: dict[str, Any], name: str, depth: int) -> Any:
    if schema.get("default", 0) is None and depth > 1:
        return None
    first: dict[str, Any] = next((each for each in choices if each.get("type") != "null"), {})
    return example_of(first, components, name, depth + 1)


def _by_type(schema: Any, components: dict[str, Any], name: str, depth: int) -> Any:
    kind = schema.get("type")
    kind = next((each for each in kind if each != "null"), None) if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {each: example_of(inner, components, each, depth + 1) for each, inner in properties.items()}
    if "prefixItems" in schema:
        return [example_of(each, components, name, depth + 1) for each in schema["prefixItems"]]
    if kind == "array":
        item = example_of(schema.get("items", {}), components, name, depth + 1)
        return [] if item is None and not schema.get("minItems") else [item]
    if name in BY_NAME and _fits(BY_NAME[name], kind):
        return BY_NAME[name]
    if schema.get("default") is not None:
        return schema["default"]
    if kind == "string":
        return _text(schema, name)
    if kind in ("integer", "number"):
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema))
        return int(low) if kind == "integer" else low
    return {"boolean": False}.get(kind) if kind else {}


def _fits(value: Any, kind: Any) -> bool:
    return isinstance(value, {"string": str, "integer": int}.get(kind, ()))


def _text(schema: Any, name: str) -> str:
    if schema.get("format") == "date-time":
        return A_TIME
    if schema.get("contentEncoding") == "base64":
        return "AAEC"
    words = name.replace("_", " ") or "text"
    return words[: schema.get("maxLength", 200)].ljust(schema.get("minLength", 0), ".")
