"""Every error as an application/problem+json document (RFC 9457): what is wrong, and what to do about it."""

import logging
import secrets
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException, ValidationException
from litestar.types import ExceptionHandlersMap

from chargeproof.errors import ChargeproofError
from chargeproof.resources.problem import ProblemDocument as ProblemDocument
from chargeproof.web.whole_parts import sent_path

PROBLEM_TYPE = "application/problem+json"

WORDS: dict[int, tuple[str, str | None]] = {
    404: ("There is nothing at this address", "GET /api/v1/docs shows what there is"),
    405: ("This address does not take that method", "The header `Allow` names those that it takes"),
    413: ("The body is longer than this address takes", "Send less at once"),
    415: ("The body is not of a type that this address takes", "GET /api/v1/docs shows what it takes"),
}
"""Detail and remedy for what the framework only gives a number."""

log = logging.getLogger(__name__)


class Problem(Exception):
    """Raised by a handler to answer with an error. `headers` go along with the answer."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        remedy: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        reference: str | None = None,
    ) -> None:
        super().__init__(status, title, detail)
        self.reference = reference
        self.status = status
        self.title = title
        self.detail = detail
        self.remedy = remedy
        self.headers = headers or {}


def not_found(what: str, remedy: str | None = None) -> Problem:
    """`what` is a sentence: "No station CP-1 is known here"."""
    return Problem(404, "Not found", what, remedy)


def problem_response(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    document = ProblemDocument(
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        instance=sent_path(request.scope),
        remedy=problem.remedy,
        reference=problem.reference,
    )
    return Response(
        document, status_code=problem.status, media_type=PROBLEM_TYPE, headers=dict(problem.headers)
    )


def _on_problem(request: Request[Any, Any, Any], error: Problem) -> Response[Any]:
    return problem_response(request, error)


def _on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return _on_anything(request, error)
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if headers.get("allow") == "websocket":
        return problem_response(request, _NOT_BY_HTTP)
    if "allow" in headers:
        methods = {method.strip() for method in headers["allow"].split(",")}
        headers["allow"] = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
    status = error.status_code
    detail, remedy = (
        WORDS.get(status, (error.detail, None)) if _says_nothing(error) else (_detail(error), None)
    )
    return problem_response(request, Problem(status, _title(status), detail, remedy, headers=headers))


def _on_own_error(request: Request[Any, Any, Any], error: ChargeproofError) -> Response[Any]:
    """The apparatus is broken: the store is away, a port is taken. Its sentences are made for people."""
    log.error("%s %s failed: %s", request.method, sent_path(request.scope), error)
    return problem_response(request, Problem(503, "Not possible now", error.what, error.remedy or None))


def _on_anything(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    reference = secrets.token_hex(4)
    log.error(
        "%s %s failed, reference %s", request.method, sent_path(request.scope), reference, exc_info=error
    )
    said = f"This is an error of the program; its log has the details under {reference}"
    return problem_response(request, Problem(500, _title(500), said, reference=reference))


def _says_nothing(error: HTTPException) -> bool:
    """Whether its detail is only the name of the status."""
    words = error.detail.lower().strip(". ")
    return words in ("", HTTPStatus(error.status_code).phrase.lower(), "request entity too large")


def _title(status: int) -> str:
    return HTTPStatus(status).phrase.capitalize()


def _detail(error: HTTPException) -> str:
    if isinstance(error, ValidationException) and isinstance(error.extra, list) and error.extra:
        return "; ".join(_complaint(each) for each in error.extra)
    if isinstance(error.__cause__, SerializationException):
        return f"The body is no JSON: {error.detail}"
    return error.detail


def _complaint(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    place = item.get("key")
    return f"{place}: {item.get('message', '')}" if place else str(item.get("message", ""))


_NOT_BY_HTTP = Problem(
    426,
    "Upgrade required",
    "This is the address of a WebSocket",
    "Connect to it with ws:// or wss://",
    headers={"upgrade": "websocket"},
)


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    Problem: _on_problem,
    HTTPException: _on_http_exception,
    ChargeproofError: _on_own_error,
    Exception: _on_anything,
}
