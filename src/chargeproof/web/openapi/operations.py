"""What every operation says alike: who may use it, what can go wrong, keys for requests that come again."""

from typing import Any

from chargeproof.web.openapi.examples import example_of
from chargeproof.web.openapi.models import Schema, plain
from chargeproof.web.people.guard import READING_METHODS, needed_role
from chargeproof.web.problems import PROBLEM_TYPE, ProblemDocument

PROBLEMS = {
    400: "The request is not well-formed; `detail` says what is wrong with it",
    401: "Nobody has logged in, or the token is not valid",
    403: "Whoever sent this may not do it",
    404: "There is no such thing",
    409: "It does not go with how things stand",
    413: "The body is too long",
    429: "Too many attempts; `Retry-After` says when to come again",
    503: "It is not possible now; `remedy` says what to do",
}
"""`default` stands for everything else, errors of the program included."""

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request gives the same answer for 24 hours and does it once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"},
}
SECURITY_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, made with `create_token` or on the page of people.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "chargeproof_session",
        "description": "What `log_in` sets. With everything that changes something goes `X-CSRF-Token`.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "`csrf_token` of `get_session`.",
    },
}


def problem_responses() -> Schema:
    """Components for all answers that are errors."""
    content = {
        PROBLEM_TYPE: {
            "schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"},
            "example": {
                "type": "about:blank",
                "title": "Not found",
                "status": 404,
                "detail": "No station ACME-0042 is known here",
                "instance": "/api/v1/charge-points/ACME-0042",
            },
        }
    }
    named = {f"Problem{status}": text for status, text in PROBLEMS.items()}
    return {
        name: {"description": text, "content": content}
        for name, text in {**named, "Problem": "Anything else that went wrong"}.items()
    }


def finish(operation: Schema, handler: Any, method: str, components: Schema) -> None:
    """Add what Litestar does not know."""
    role = needed_role(handler)
    reads = method.upper() in READING_METHODS
    operation["tags"] = [_tag_of(next(iter(handler.paths)))]
    told = [plain(text) for text in (handler.description, handler.fn.__doc__) if text]
    told.append(f"Takes the role {role}." if role is not None else "Open to everybody.")
    operation["description"] = "\n\n".join(told)
    if role is not None:
        operation["x-role"] = str(role)
    with_session: dict[str, list[str]] = {"session": []} if reads else {"session": [], "csrf": []}
    operation["security"] = [] if role is None else [{"token": []}, with_session]
    for parameter in operation.get("parameters", []):
        _tidy_parameter(parameter)
    raw = handler.opt.get("body_type")
    if raw is not None or "body" in handler.parsed_fn_signature.parameters:
        operation.setdefault("requestBody", _raw_body(raw or "application/octet-stream"))
    if method.upper() == "POST" and role is not None:
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    _problems(operation, public=role is None, reads=reads, limited=bool(handler.opt.get("limited")))
    _examples(operation, components)
    operation.pop("deprecated", None)


def _raw_body(media_type: str) -> Schema:
    schema = {"type": "string", "format": "binary"}
    return {"required": True, "description": "The file itself.", "content": {media_type: {"schema": schema}}}


def _tag_of(path: str) -> str:
    first = path.strip("/").partition("/")[0]
    return first.partition(".")[0] or "server"


def _problems(operation: Schema, *, public: bool, reads: bool, limited: bool) -> None:
    places = {parameter["in"] for parameter in operation.get("parameters", [])}
    responses = operation["responses"]
    responses.pop("400", None)  # Litestar's own
    responses.get("204", {}).pop("content", None)
    wanted = {503}
    if places or "requestBody" in operation:
        wanted.add(400)
    if not public:
        wanted |= {401, 403}
    if "path" in places:
        wanted.add(404)
    if not reads:
        wanted |= {401, 403, 409, 413}
    if limited:
        wanted.add(429)
    for status in sorted(wanted):
        if str(status) not in responses:
            responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    responses["default"] = {"$ref": "#/components/responses/Problem"}


def _tidy_parameter(parameter: Schema) -> None:
    """Nobody can send null in an address; what is repeated in the schema need not be."""
    for name in ("deprecated", "allowEmptyValue", "allowReserved"):
        parameter.pop(name, None)
    schema = parameter.get("schema", {})
    schema.pop("description", None)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            kept = [each for each in schema.pop(choice) if each.get("type") != "null"]
            schema.update(kept[0] if len(kept) == 1 else {choice: kept})
    if isinstance(schema.get("type"), list):
        kinds = [kind for kind in schema["type"] if kind != "null"]
        schema["type"] = kinds[0] if len(kinds) == 1 else kinds
    if "enum" in schema:
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    for bound in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(schema.get(bound), float) and schema[bound].is_integer():
            schema[bound] = int(schema[bound])
    if schema.get("default", 0) is None:
        del schema["default"]


def _examples(operation: Schema, components: Schema) -> None:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for body in bodies:
        content = body.get("content", {}).get("application/json", {})
        if content.get("schema") and "example" not in content and "examples" not in content:
            content["example"] = example_of(content["schema"], components)
