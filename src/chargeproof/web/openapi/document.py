"""The whole document: what Litestar knows of the routes, with our models, roles, problems and examples."""

import json
from collections.abc import Iterable
from typing import Any

from litestar import Litestar

from chargeproof import __version__
from chargeproof.web.openapi.models import Schema, answer_type, body_type, close, schemas_of
from chargeproof.web.openapi.operations import SECURITY_SCHEMES, finish, problem_responses
from chargeproof.web.problems import ProblemDocument

JSON = "application/json"
DESCRIPTION = """\
Everything that the console does. Times are RFC 3339 in UTC, names are snake_case with their units last, and an
unknown field is an error.

Lists come in pages: `next` is the `cursor` of the page after. Errors are `application/problem+json` with a
sentence in `detail` and what to do in `remedy`. Live events come over the WebSocket `/api/v1/events`.
"""


def description_of(app: Litestar) -> Schema:
    """OpenAPI 3.1, as plain data."""
    document: Schema = json.loads(json.dumps(app.openapi_schema.to_schema(), default=str))
    handlers = {handler.operation_id: handler for handler in _http_handlers(app)}
    operations = list(_operations(document, handlers))
    components = _put_models(document, operations)
    document["info"] = {"title": "chargeproof", "version": __version__, "description": DESCRIPTION}
    document["servers"] = [{"url": "/"}]
    document["components"]["responses"] = problem_responses()
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    for operation, handler, method in operations:
        finish(operation, handler, method, components)
    document["components"]["schemas"] = _used(document, components)
    return document


def _http_handlers(app: Litestar) -> Iterable[Any]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(getattr(handler, "operation_id", None), str):
                yield handler


def _operations(document: Schema, handlers: dict[str, Any]) -> Iterable[tuple[Schema, Any, str]]:
    for path in document["paths"].values():
        for method, operation in path.items():
            if isinstance(operation, dict) and operation.get("operationId") in handlers:
                yield operation, handlers[operation["operationId"]], method


def _put_models(document: Schema, operations: list[tuple[Schema, Any, str]]) -> Schema:
    """Our schemas in the place of Litestar's; all components there are."""
    places: list[tuple[Schema, Any]] = []
    for operation, handler, _ in operations:
        taken = body_type(handler)
        if taken is not None and JSON in operation.get("requestBody", {}).get("content", {}):
            places.append((operation["requestBody"]["content"][JSON], taken))
            operation["requestBody"]["required"] = not handler.parsed_data_field.is_optional
        given = answer_type(handler)
        answer = operation["responses"].get(str(handler.status_code), {}).get("content", {})
        if given is not None and JSON in answer:
            places.append((answer[JSON], given))
        elif JSON in answer:
            answer[JSON]["schema"] = {}  # a document of its own, not the text that Litestar takes it for
    found, models = schemas_of([ProblemDocument, *(kind for _, kind in places)])
    for (place, _), schema in zip(places, found[1:], strict=True):
        place["schema"] = schema
    components = {**document["components"].get("schemas", {}), **models}
    for component in components.values():
        close(component)
    return components


def _used(document: Schema, components: Schema) -> Schema:
    """The components that something refers to, directly or not, by name."""
    used: dict[str, Any] = {}
    waiting = [document["paths"], document["components"]["responses"]]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("#/components/schemas/")[2]
            if name in components and name not in used:
                used[name] = components[name]
                waiting.append(components[name])
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
    return dict(sorted(used.items()))
