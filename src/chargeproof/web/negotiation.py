"""What a client will take, and what it says that it sends: `Accept` and `Content-Type` (RFC 9110, 12.5.1, 8.3)."""

from collections.abc import Iterable, Sequence

from chargeproof.web.problems import Problem

ANYTHING = "*/*"
JSON, MULTIPART = "application/json", "multipart/form-data"


def check_accept(accept: Sequence[str], made: str) -> None:
    """Raises Problem (406) where `made`, the media type of the answer, is none that the client takes."""
    check_accepts_one_of(accept, [made])


def check_accepts_one_of(accept: Sequence[str], made: Iterable[str]) -> str:
    """The media type that the client likes best, the first of those that it likes alike. Raises Problem (406).

    accept: the values of the header; none, and none that can be read: anything goes.
    """
    ranges = [
        found for value in accept for part in value.split(",") if (found := _range_in(part)) is not None
    ]
    there = list(made)
    liked = max(there, key=lambda each: _quality(each, ranges))  # the first, of equals
    if ranges and not _quality(liked, ranges):
        types = ", ".join(essence(each) for each in there)
        raise Problem(
            406,
            "Not acceptable",
            f"This address answers with {types}, which `Accept` leaves out",
            f"Add {essence(there[0])} to `Accept`, or leave the header out",
        )
    return liked


def check_content_type(content_type: str | None, taken: str) -> None:
    """Raises Problem (415) for a body that says it is another than `taken`; one that says nothing may be it."""
    if content_type is None or not content_type.strip():
        return
    said = essence(content_type)
    if said == taken or (taken == JSON and said.startswith("application/") and said.endswith("+json")):
        charset = _charset_in(content_type)
        if taken != JSON or charset in ("", "utf-8", "utf8", "us-ascii"):
            return
        said = f"{said} in {charset}"
    raise Problem(
        415,
        "Unsupported media type",
        f"This address takes {taken}, and the body is said to be {said[:80]!r}",
        f"Send it as `Content-Type: {taken}`" + ("; JSON is UTF-8" if taken == JSON else ""),
    )


def essence(media_type: str) -> str:
    """`text/csv; charset=utf-8` is `text/csv`."""
    return media_type.partition(";")[0].strip().lower()


def _range_in(part: str) -> tuple[str, float] | None:
    """A media range and how much it is liked, 0 to 1; None for what is no media range."""
    name, *parameters = (each.strip().lower() for each in part.split(";"))
    kind, _, subtype = name.partition("/")
    if not kind or not subtype or (kind == "*" and subtype != "*"):
        return None
    quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        return name, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        return name, 1.0


def _quality(media_type: str, ranges: list[tuple[str, float]]) -> float:
    """Of the range that names it most closely; parameters besides `q` are passed over."""
    name = essence(media_type)
    for wanted in (name, f"{name.partition('/')[0]}/*", ANYTHING):
        found = [quality for each, quality in ranges if each == wanted]
        if found:
            return max(found)
    return 0.0


def _charset_in(content_type: str) -> str:
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""
