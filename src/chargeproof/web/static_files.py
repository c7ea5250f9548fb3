"""Style sheets, scripts and pictures at /static/: from the package, never from elsewhere."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from chargeproof.web.problems import not_found

STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class StaticFile:
    content: bytes
    kind: str
    etag: str


_known: dict[Path, tuple[int, StaticFile]] = {}


def static_file(name: str) -> StaticFile | None:
    """The file below `STATIC`, read again when it has changed; None when there is none."""
    if "\0" in name:
        return None
    path = (STATIC / name.lstrip("/")).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        return None
    changed = path.stat().st_mtime_ns
    known = _known.get(path)
    if known is None or known[0] != changed:
        content = path.read_bytes()
        kind = KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        known = (changed, StaticFile(content, kind, hashlib.sha256(content).hexdigest()[:16]))
        _known[path] = known
    return known[1]


def static_url(name: str) -> str:
    """The address of a static file with its version, so that it may be kept for ever."""
    found = static_file(name)
    return f"/static/{name}?v={found.etag}" if found is not None else f"/static/{name}"


@get("/static/{name:path}", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def static(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """A file, or 304 when the browser has it."""
    found = static_file(name)
    if found is None:
        raise not_found(f"There is no file {name} here")
    etag = f'"{found.etag}"'
    lasting = request.query_params.get("v") == found.etag
    headers = {"etag": etag, "cache-control": FOR_EVER if lasting else ASK_AGAIN}
    if request.headers.get("if-none-match") == etag:
        return Response(b"", status_code=304, headers=headers, media_type=found.kind)
    return Response(found.content, headers=headers, media_type=found.kind)
