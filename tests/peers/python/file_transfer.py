"""Firmware and diagnostics over FTP and HTTP with Python's own clients. Blocking: call it in a thread."""

import ftplib
import io
import urllib.parse
import urllib.request

TIMEOUT_S = 60.0
_WITHOUT_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ERRORS: tuple[type[Exception], ...] = (ftplib.Error, EOFError, OSError, ValueError)  # URLError is an OSError


def fetch(url: str) -> bytes:
    """The file at an ftp:// or http:// address. Raises one of ``ERRORS``."""
    if not url.lower().startswith(("ftp://", "http://", "https://")):
        raise ValueError(f"no way to fetch from {url}")
    with _WITHOUT_PROXY.open(url, timeout=TIMEOUT_S) as response:
        content: bytes = response.read()
        return content


def store(url: str, name: str, content: bytes) -> None:
    """Put a file into the directory at an ftp:// or http:// address. Raises one of ``ERRORS``."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "ftp":
        _store_by_ftp(parts, name, content)
    elif parts.scheme in ("http", "https"):
        request = urllib.request.Request(f"{url.rstrip('/')}/{name}", data=content, method="PUT")
        _WITHOUT_PROXY.open(request, timeout=TIMEOUT_S).close()
    else:
        raise ValueError(f"no way to store at {url}")


def _store_by_ftp(parts: urllib.parse.SplitResult, name: str, content: bytes) -> None:
    with ftplib.FTP(timeout=TIMEOUT_S) as ftp:  # noqa: S321 (what stations speak)
        ftp.connect(parts.hostname or "", parts.port or ftplib.FTP_PORT)
        ftp.login(urllib.parse.unquote(parts.username or ""), urllib.parse.unquote(parts.password or ""))
        for folder in filter(None, parts.path.split("/")):
            ftp.cwd(urllib.parse.unquote(folder))
        ftp.storbinary(f"STOR {name}", io.BytesIO(content))
