"""How a station fetches and leaves files: FTP and HTTP clients, with TLS or without.

Transfers run in threads with real time-outs, so a loop with scaled or virtual time does not shorten them.
"""

import asyncio
import ftplib
import io
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import SplitResult, quote, unquote, urlsplit

import httpx

from chargeproof.simulator.ports import TransferError

T = TypeVar("T")

BLOCK_BYTES = 64 * 1024
BY_FTP = ("ftp", "ftps")
FAILURES = (ftplib.Error, OSError, EOFError, httpx.HTTPError, httpx.InvalidURL, ValueError)


class NetworkFileTransfer:
    """FTP(S) (passive) and HTTP(S), each transfer in a thread. `timeout_s` are real seconds without progress.

    roots: of whom a file server with TLS must show a certificate (PEM); None: what this machine trusts.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 30.0,
        max_download_bytes: int = 512 * 1024 * 1024,
        roots: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        self._timeout_s = timeout_s
        self._max_download_bytes = max_download_bytes
        self._roots = roots

    def trusting(self, roots: Callable[[], Sequence[str]]) -> "NetworkFileTransfer":
        return NetworkFileTransfer(
            timeout_s=self._timeout_s, max_download_bytes=self._max_download_bytes, roots=roots
        )

    async def download(self, url: str) -> bytes:
        parts = _parts(url)
        fetch = self._fetch_by_ftp if parts.scheme in BY_FTP else self._fetch_by_http
        return await _in_thread(f"{_visible(parts)} could not be fetched", lambda stop: fetch(parts, stop))

    async def upload(self, url: str, name: str, content: bytes) -> None:
        parts = _parts(url)
        store = self._store_by_ftp if parts.scheme in BY_FTP else self._store_by_http
        what = f"{name} could not be stored at {_visible(parts)}"
        await _in_thread(what, lambda stop: store(parts, name, content, stop))

    def _fetch_by_ftp(self, parts: SplitResult, stop: threading.Event) -> bytes:
        *folders, name = _segments(parts)
        received = io.BytesIO()

        def take(block: bytes) -> None:
            received.write(block)
            self._check(received.tell(), stop)

        with self._ftp(parts, folders) as client:
            client.retrbinary(f"RETR {name}", take, BLOCK_BYTES)
        return received.getvalue()

    def _store_by_ftp(self, parts: SplitResult, name: str, content: bytes, stop: threading.Event) -> None:
        folders = [segment for segment in _segments(parts) if segment]
        with self._ftp(parts, folders) as client:
            client.voidcmd("TYPE I")
            data = client.transfercmd(f"STOR {name}")
            try:
                for at in range(0, len(content), BLOCK_BYTES):
                    self._check(0, stop)
                    data.sendall(content[at : at + BLOCK_BYTES])
            except TransferError:
                # A plain close would tell the server that the file is whole.
                data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise
            except ConnectionError:
                client.voidresp()  # raises with the server's own reason, if it gave one
                raise
            else:
                if isinstance(data, ssl.SSLSocket):
                    data.unwrap()  # what ends without a word of TLS may have been cut off
            finally:
                data.close()
            client.voidresp()

    @contextmanager
    def _ftp(self, parts: SplitResult, folders: Sequence[str]) -> Iterator[ftplib.FTP]:
        """A session in that folder; it says good-bye only if all went well."""
        client = self._ftp_client(parts)
        try:
            client.connect(parts.hostname or "", parts.port or ftplib.FTP_PORT)
            client.login(unquote(parts.username or "anonymous"), unquote(parts.password or ""))
            if isinstance(client, ftplib.FTP_TLS):
                client.prot_p()
            for folder in folders:
                client.cwd(folder)
            yield client
            client.quit()
        finally:
            client.close()

    def _ftp_client(self, parts: SplitResult) -> ftplib.FTP:
        if parts.scheme == "ftps":
            return ftplib.FTP_TLS(timeout=self._timeout_s, context=self._tls())  # noqa: S321 - within TLS
        return ftplib.FTP(timeout=self._timeout_s)  # noqa: S321 - OCPP 1.6 names it first

    def _tls(self) -> ssl.SSLContext:
        """Raises TransferError for a station that trusts nobody."""
        if self._roots is None:
            return ssl.create_default_context()
        roots = "\n".join(self._roots())
        if not roots:
            raise TransferError("no root certificate is installed that vouches for it")
        return ssl.create_default_context(cadata=roots)

    def _http(self, parts: SplitResult) -> httpx.Client:
        trusts_nobody = self._roots is not None and not self._roots()
        verify = ssl.create_default_context() if parts.scheme == "http" and trusts_nobody else self._tls()
        return httpx.Client(timeout=self._timeout_s, trust_env=False, follow_redirects=True, verify=verify)

    def _fetch_by_http(self, parts: SplitResult, stop: threading.Event) -> bytes:
        received = bytearray()
        with self._http(parts) as client, client.stream("GET", parts.geturl()) as response:
            response.raise_for_status()
            for block in response.iter_bytes(BLOCK_BYTES):
                received += block
                self._check(len(received), stop)
        return bytes(received)

    def _store_by_http(self, parts: SplitResult, name: str, content: bytes, stop: threading.Event) -> None:
        def blocks() -> Iterator[bytes]:
            for at in range(0, len(content), BLOCK_BYTES):
                self._check(0, stop)
                yield content[at : at + BLOCK_BYTES]

        path = f"{parts.path.rstrip('/')}/{quote(name)}"
        headers = {"Content-Length": str(len(content)), "Content-Type": "application/octet-stream"}
        with self._http(parts) as client:
            url = parts._replace(path=path).geturl()
            client.put(url, content=blocks(), headers=headers).raise_for_status()

    def _check(self, size: int, stop: threading.Event) -> None:
        if stop.is_set():
            raise TransferError("the station gave up")
        if size > self._max_download_bytes:
            raise TransferError(f"it is longer than {self._max_download_bytes} bytes")


def _parts(url: str) -> SplitResult:
    """Raises TransferError for what is no URL of a file."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise TransferError(f"the address {url!r} cannot be read: {error}") from error
    if parts.scheme not in (*BY_FTP, "http", "https"):
        raise TransferError(f"this station has no file transfer of the kind {parts.scheme!r}")
    if not parts.hostname:
        raise TransferError(f"the address {url!r} names no host")
    return parts


def _segments(parts: SplitResult) -> list[str]:
    return [unquote(segment) for segment in parts.path.removeprefix("/").split("/")]


def _visible(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


async def _in_thread(what: str, work: Callable[[threading.Event], T]) -> T:
    """Run blocking work; a cancelled wait stops it at its next block. Raises TransferError."""
    stop = threading.Event()
    running: Awaitable[T] = asyncio.to_thread(work, stop)
    try:
        return await running
    except TransferError as error:
        raise TransferError(f"{what}: {error}") from error
    except FAILURES as error:
        raise TransferError(f"{what}: {_reason(error)}") from error
    finally:
        stop.set()


def _reason(error: BaseException) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"the server answered HTTP {error.response.status_code}"
    if isinstance(error, EOFError):
        return "the server closed the connection"
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return "the server did not answer in time"
    return str(error) or type(error).__name__
