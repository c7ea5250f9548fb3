"""Cards and other id tags."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from chargeproof.ocpp.enums import AuthorizationStatus
from chargeproof.resources.base import Resource, Wanted

IdTagText = Annotated[str, Meta(min_length=1, max_length=20, examples=["ACCEPT-1"])]


class IdTag(Resource, frozen=True, kw_only=True):
    """A known id tag; compared without regard to case."""

    id_tag: str
    status: AuthorizationStatus
    expires_at: datetime | None = None
    parent_id_tag: str | None = None
    note: str = ""


class IdTagWanted(Wanted, frozen=True, kw_only=True):
    """What is kept of a tag; the tag itself stands in the path."""

    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    expires_at: Annotated[datetime, Meta(tz=True)] | None = None
    parent_id_tag: IdTagText | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class ImportProblem(Resource, frozen=True, kw_only=True):
    """A row that cannot be taken. `line` counts from 1, the heading included."""

    line: int
    problem: str


class ImportResult(Resource, frozen=True, kw_only=True):
    """All rows were taken, or none: then `problems` says why."""

    imported: int
    added: int
    changed: int
    problems: tuple[ImportProblem, ...] = ()
