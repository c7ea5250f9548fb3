"""Whether a browser asks because of one of our own pages, and not because of somebody else's."""

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection, Request

from chargeproof.web.people.credentials import same
from chargeproof.web.people.person import Person
from chargeproof.web.problems import Problem

CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf_token"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def refuse_other_sites(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """Raises Problem 403 for what a page of another site made a browser send. Programs say nothing of sites."""
    headers = connection.headers
    site = headers.get("sec-fetch-site")
    if site is not None:
        own = site in ("same-origin", "none")
    elif "origin" in headers:
        own = urlsplit(headers["origin"]).netloc.lower() == headers.get("host", "").lower()
    else:
        own = True
    if not own:
        raise Problem(
            403,
            "Not allowed",
            "This came from a page of another site",
            "Open the console itself and do it there",
        )


async def check_csrf_token(connection: ASGIConnection[Any, Any, Any, Any], person: Person) -> None:
    """Raises Problem 403 unless the request of a session brings the session's token."""
    brought = connection.headers.get(CSRF_HEADER)
    if brought is None and isinstance(connection, Request):
        kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in FORMS:
            brought = (await connection.form()).get(CSRF_FIELD)
    if not isinstance(brought, str) or not same(brought, person.csrf_token):
        raise Problem(
            403,
            "Not allowed",
            "The request does not bring the token of the session",
            "Load the page again; a program sends `X-CSRF-Token` as told by GET /api/v1/session",
        )
