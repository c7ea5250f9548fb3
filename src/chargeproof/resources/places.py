"""Where things are: paths below the API and the console."""

from urllib.parse import quote


def place(*parts: object) -> str:
    """A path; each part may hold anything: `/charge-points/A%2FB`."""
    return "".join(f"/{_encoded(str(part))}" for part in parts)


def _encoded(part: str) -> str:
    # "." and ".." would be taken for steps, and left out on the way.
    return quote(part, safe="") if part.strip(".") else part.replace(".", "%2E")
