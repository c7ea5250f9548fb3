"""Base classes and the shapes that every resource shares."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the API gives. Times are aware and in UTC; units stand last in names."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that the API takes: an unknown field is an error, not a surprise."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list. `next`: the cursor of the page after it, None at the end."""

    items: list[T]
    next: str | None = None
