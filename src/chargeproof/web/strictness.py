"""What a request to the API says besides its body: nothing that would be passed over in silence."""

from collections.abc import Iterable
from typing import Any

from litestar import Litestar, Request
from litestar.exceptions import SerializationException
from litestar.routes import HTTPRoute

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


KNOWN_NAMES = "names_in_queries"


def note_names(app: Litestar) -> None:
    """Remember which parameters each handler takes in the query."""
    known: dict[Any, frozenset[str]] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler, parameters in route.route_handler_map.values():
                known[handler] = frozenset(each.field_alias for each in parameters.expected_query_params)
    app.state[KNOWN_NAMES] = known


async def refuse_what_is_passed_over(request: Request[Any, Any, Any]) -> None:
    """Raises Problem: 400 for a parameter that the address does not take, 415 for a body that is packed."""
    known: frozenset[str] = request.app.state[KNOWN_NAMES].get(request.scope["route_handler"], frozenset())
    for name in request.query_params:
        if name not in known:
            raise Problem(
                400, "No such parameter", f"This address takes no parameter {name!r}", _there_are(known)
            )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise Problem(
            415,
            "Unsupported media type",
            f"A body with the content encoding {coding[:40]!r} is not unpacked here",
            "Send it as it is",
            headers={"accept-encoding": "identity"},
        )


def _there_are(names: Iterable[str]) -> str:
    return f"There are {', '.join(sorted(names))}" if names else "It takes none"
