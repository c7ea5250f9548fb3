"""What a request to the API says besides its body: nothing that would be passed over in silence."""

from collections.abc import Iterable
from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.exceptions import SerializationException
from litestar.routes import HTTPRoute

from chargeproof.web.negotiation import JSON, check_accept, check_content_type
from chargeproof.web.problems import Problem


class StrictRequest(Request[Any, Any, Any]):
    """Says also of a body that is no text, or without an end of brackets, that it is no JSON."""

    async def json(self) -> Any:
        try:
            return await super().json()
        except UnicodeDecodeError as error:
            raise SerializationException("it is not UTF-8") from error
        except RecursionError as error:
            raise SerializationException("it is nested too deep") from error


MANNERS = "manners_of_handlers"


class Manners(msgspec.Struct, frozen=True):
    """What one handler takes and gives.

    names: its parameters in the query. methods: those of its address. takes, gives: media types, "" where there is
    no body, or where the handler itself looks.
    """

    names: frozenset[str] = frozenset()
    methods: tuple[str, ...] = ()
    takes: str = ""
    gives: str = ""


def note_manners(app: Litestar) -> None:
    """Remember what each handler takes and gives."""
    known: dict[Any, Manners] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            methods = tuple(sorted({*route.methods, *(["HEAD"] if "GET" in route.methods else [])}))
            for handler, parameters in route.route_handler_map.values():
                names = frozenset(each.field_alias for each in parameters.expected_query_params)
                known[handler] = Manners(names, methods, _taken_by(handler), _given_by(handler))
    app.state[MANNERS] = known


def _taken_by(handler: Any) -> str:
    field = handler.parsed_data_field
    media_type = getattr(field.kwarg_definition, "media_type", None) if field is not None else None
    return str(media_type.value) if media_type is not None else ""


def _given_by(handler: Any) -> str:
    if handler.status_code == 204 or handler.opt.get("forms"):
        return ""
    return str(getattr(handler.media_type, "value", handler.media_type)) or JSON


async def refuse_what_is_passed_over(request: Request[Any, Any, Any]) -> Response[None] | None:
    """Answers OPTIONS. Raises Problem for a parameter that the address does not take, and for a body and an answer
    that the two sides could not agree on: 400, 406, 415."""
    manners: Manners = request.app.state[MANNERS].get(request.scope["route_handler"], Manners())
    if request.method == "OPTIONS":
        return Response(None, status_code=204, headers={"allow": ", ".join(manners.methods)})
    for name in request.query_params:
        if name not in manners.names:
            raise Problem(
                400,
                "No such parameter",
                f"This address takes no parameter {name!r}",
                _there_are(manners.names),
            )
        if len(request.query_params.getall(name)) > 1:
            raise Problem(
                400, "Said twice", f"The parameter {name!r} stands there more than once", "Give it once"
            )
    if manners.gives:
        check_accept(request.headers.getall("accept", []), manners.gives)
    _check_body(request, manners.takes)
    return None


def _check_body(request: Request[Any, Any, Any], taken: str) -> None:
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise Problem(
            415,
            "Unsupported media type",
            f"A body with the content encoding {coding[:40]!r} is not unpacked here",
            "Send it as it is",
            headers={"accept-encoding": "identity"},
        )
    if taken and request.headers.get("content-length") != "0":
        check_content_type(request.headers.get("content-type"), taken)


def _there_are(names: Iterable[str]) -> str:
    return f"There are {', '.join(sorted(names))}" if names else "It takes none"
