"""The times of a log, whatever else stands in it."""

import re
from datetime import UTC, datetime

MOST_TIMES = 10_000
AT_THE_HEAD = re.compile(
    rb"^[^\r\n]{0,24}?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)", re.MULTILINE
)
"""The first time in a line, among its first characters: one further on belongs to the text."""


def times_in(content: bytes) -> list[datetime]:
    """The time at the head of each line (ISO 8601; without a zone it is taken for UTC), in order of the lines."""
    found = []
    for match in AT_THE_HEAD.finditer(content):
        try:
            time = datetime.fromisoformat(match[1].decode("ascii"))
        except ValueError:
            continue
        found.append(time if time.tzinfo is not None else time.replace(tzinfo=UTC))
        if len(found) >= MOST_TIMES:
            break
    return found
