"""The description of the API as tests read it."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.web.bench import WebBench
from tests.web.people.visits import on_a_bench


def served_document() -> dict[str, Any]:
    """As the API gives it to whoever may read."""

    async def test(bench: WebBench) -> dict[str, Any]:
        async with bench.client() as client:
            found: dict[str, Any] = (await client.get("/schema/openapi.json")).json()
            return found

    return on_a_bench(test)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    registry: Any = Registry().with_resource("urn:api", DRAFT202012.create_resource(document))
    rooted = _rooted(schema)
    return Draft202012Validator(rooted, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _rooted(part: Any) -> Any:
    """References into the document, found from outside of it."""
    if isinstance(part, dict):
        return {
            key: f"urn:api{value}" if key == "$ref" and str(value).startswith("#") else _rooted(value)
            for key, value in part.items()
        }
    return [_rooted(each) for each in part] if isinstance(part, list) else part
