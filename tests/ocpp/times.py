"""Times for tests."""

from datetime import datetime


def at(text: str) -> datetime:
    """The time that an ISO text with a zone names."""
    return datetime.fromisoformat(text)
