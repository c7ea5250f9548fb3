"""Lists come in pages: so many items, and a cursor that asks for the next ones."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.params import QueryParameter

from chargeproof.resources.base import Page as Page
from chargeproof.web.problems import Problem

T = TypeVar("T")
C = TypeVar("C")

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
LAST_NUMBER = 2**63 - 1
"""Of a row in the store."""

Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="How many items a page has at most.")]
"""`limit: Limit = DEFAULT_LIMIT`"""

Cursor = Annotated[
    str | None,
    QueryParameter(max_length=1000, description="`next` of the page before; none: the first page."),
]
"""`cursor: Cursor = None`"""


def cursor_of(position: Any) -> str:
    """An opaque text for where a page ended: anything that msgspec can write as JSON."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def position_of(cursor: str | None, kind: type[C]) -> C | None:
    """What `cursor_of` was given; None without a cursor. Raises Problem for one that is not ours."""
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = msgspec.json.decode(text, type=kind)
        if isinstance(position, int) and not 0 <= position <= LAST_NUMBER:
            raise ValueError("no row has that number")
        return position
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise Problem(
            400,
            "No such cursor",
            "The cursor is not one that this list gave",
            "Begin without one, then use `next` of each page",
        ) from error


def page_of(found: list[T], limit: int, position: Callable[[T], Any]) -> Page[T]:
    """A page of rows that were looked up with `limit + 1`; `position(last item)` is where it ended."""
    items = found[:limit]
    return Page(items=items, next=cursor_of(position(items[-1])) if len(found) > limit else None)
