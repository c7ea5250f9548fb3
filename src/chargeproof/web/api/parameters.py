"""Parameters that several resources have."""

from datetime import UTC, datetime
from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from chargeproof.web.problems import Problem

StationId = Annotated[
    str, PathParameter(description="The id with which the station connects.", min_length=1, max_length=255)
]
OfStation = Annotated[str | None, QueryParameter(description="Only of this station.", max_length=255)]
Since = Annotated[
    datetime | None, QueryParameter(name="since", description="From this time on (RFC 3339).", required=False)
]
Until = Annotated[
    datetime | None, QueryParameter(name="until", description="Before this time (RFC 3339).", required=False)
]


def aware(moment: datetime | None, name: str) -> datetime | None:
    """A time with its zone. Raises Problem for one without."""
    if moment is not None and moment.tzinfo is None:
        raise Problem(
            400,
            "No such time",
            f"The time in `{name}` has no zone",
            "End it with Z, or with +02:00 and the like",
        )
    return within_the_calendar(moment, name)


def within_the_calendar(moment: datetime | None, name: str) -> datetime | None:
    """The time. Raises Problem for one that has a zone and, in UTC, no year from 1 to 9999."""
    if is_beyond_the_calendar(moment):
        raise Problem(400, "No such time", f"The time in `{name}` lies outside of the years 1 to 9999 in UTC")
    return moment


def is_beyond_the_calendar(moment: datetime | None) -> bool:
    try:
        return moment is not None and moment.tzinfo is not None and moment.astimezone(UTC) is None
    except OverflowError:
        return True
