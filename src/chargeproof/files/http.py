"""Files over HTTP as an ASGI application: GET and HEAD of downloads, PUT and POST of uploads.

/files/{token}/{name}. The token is the secret of a job; the name of an upload may be missing.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    ParserError,
    PushMultipartParser,
)

from chargeproof.files.incoming import CHUNK_BYTES, MAX_FILES, IncomingFile, TooLong, TooMany
from chargeproof.files.jobs import JobBook, OpenJob, Transfer
from chargeproof.files.names import safe_name

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
CLOSE = ("connection", "close")
IDLE_TIMEOUT_S = 300.0
CUT_OFF = "the transfer was cut off"


class Disconnected(Exception):
    """The client went away before it had sent everything."""


class FileSite:
    """The ASGI application. `folder_of` says where the files of a job lie."""

    def __init__(
        self,
        book: JobBook,
        folder_of: Callable[[OpenJob], Path],
        max_upload_bytes: int,
        max_upload_files: int = MAX_FILES,
        idle_timeout_s: float = IDLE_TIMEOUT_S,
    ) -> None:
        self._book = book
        self._folder_of = folder_of
        self._max_upload_bytes = max_upload_bytes
        self._max_upload_files = max_upload_files
        self._idle_timeout_s = idle_timeout_s

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = FileRequest(scope, receive, send)
        if request.method in ("GET", "HEAD"):
            await self._download(request)
        elif request.method in ("PUT", "POST"):
            await self._upload(request)
        else:
            await request.answer(
                405, "GET fetches a file, PUT or POST leaves one", ("allow", "GET, HEAD, PUT, POST")
            )

    async def _download(self, request: "FileRequest") -> None:
        opened = self._book.open_by_token(request.token, "download")
        offered = opened.offered if opened is not None else None
        if opened is None or offered is None or offered.path is None:
            await request.answer(404, "nothing is offered at this address, or no longer")
            return
        span = span_of(request.header("range"), offered.size)
        if span is None:
            await request.answer(416, "no such range", ("content-range", f"bytes */{offered.size}"))
            return
        first, end = span
        headers = [
            ("content-type", "application/octet-stream"),
            ("content-length", str(end - first)),
            ("accept-ranges", "bytes"),
            ("etag", f'"{offered.sha256}"'),
        ]
        whole = end - first == offered.size
        if not whole:
            headers.append(("content-range", f"bytes {first}-{end - 1}/{offered.size}"))
        await request.begin(200 if whole else 206, headers)
        if request.method == "HEAD":
            await request.body(b"", last=True)
            return
        began_at = self._book.now()
        sent = 0
        try:
            sent = await request.send_file(offered.path, first, end)
        finally:
            complete = sent == end - first
            digest = offered.sha256 if complete and whole else None
            detail = ("" if whole else f"bytes {first} to {end - 1}") if complete else CUT_OFF
            self._book.downloaded(
                opened,
                Transfer(offered.name, sent, digest, complete, began_at, request.remote, detail=detail),
            )

    async def _upload(self, request: "FileRequest") -> None:
        opened = self._book.open_by_token(request.token, "upload")
        if opened is None:
            await request.answer(404, "nothing can be left at this address, or no longer")
            return
        reception = Reception(
            self._book,
            opened,
            self._folder_of(opened),
            (self._max_upload_bytes, self._max_upload_files),
            request.remote,
        )
        request.waits_at_most(self._idle_timeout_s, lambda: opened.is_open)
        length = request.header("content-length")
        # The frame around a multipart upload is no part of the file; 64 KiB are more than it needs.
        if length.isdecimal() and int(length) > self._max_upload_bytes + 65536:
            await self._too_long(request, reception, request.name or "upload")
            return
        try:
            boundary = boundary_of(request.header("content-type"))
            if boundary is not None:
                await reception.take_multipart(request, boundary)
            else:
                await reception.take(request.chunks(), request.name or "upload")
        except TooLong:
            await request.answer(413, f"longer than {self._max_upload_bytes} bytes")
        except TooMany as error:
            await request.answer(403, str(error), CLOSE)
        except TimeoutError:
            await request.answer(408, "nothing came for too long, or this place was closed", CLOSE)
        except MultipartError as error:
            await request.answer(400, f"the form cannot be read: {error}")
        except Disconnected:
            return
        else:
            await request.answer(200, "stored")

    async def _too_long(self, request: "FileRequest", reception: "Reception", name: str) -> None:
        error = TooLong(self._max_upload_bytes)
        reception.refuse(name, 0, str(error))
        await request.answer(413, str(error), CLOSE)


class Reception:
    """The files that one request leaves."""

    def __init__(
        self, book: JobBook, opened: OpenJob, folder: Path, limits: tuple[int, int], remote: str
    ) -> None:
        """limits: bytes of one file, and files in the folder."""
        self._book = book
        self._opened = opened
        self._folder = folder
        self._limits = limits
        self._remote = remote
        self._began_at = book.now()

    async def take(self, chunks: AsyncIterator[bytes], name: str) -> None:
        with self._file(name) as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)

    async def take_multipart(self, request: "FileRequest", boundary: str) -> None:
        parser = PushMultipartParser(boundary, max_segment_count=16)
        found = 0
        with contextlib.ExitStack() as stack:
            file: IncomingFile | None = None
            async for chunk in request.chunks():
                for part in parser.parse(chunk):
                    if isinstance(part, MultipartSegment):
                        wanted = bool(part.filename)
                        found += wanted
                        file = stack.enter_context(self._file(part.filename or "")) if wanted else None
                    elif part is None:
                        stack.close()
                    elif file is not None:
                        await asyncio.to_thread(file.write, bytes(part))
            parser.close()
        if not found:
            raise ParserError("it holds no file")

    def refuse(self, name: str, size: int, detail: str) -> None:
        transfer = Transfer(safe_name(name), size, None, False, self._began_at, self._remote, detail=detail)
        self._book.refused(self._opened, transfer)

    @contextlib.contextmanager
    def _file(self, name: str) -> Iterator[IncomingFile]:
        """A file whose end is reported, however it comes."""
        try:
            file = IncomingFile(self._folder, name, *self._limits)
        except TooMany as error:
            self.refuse(name, 0, str(error))
            raise
        try:
            yield file
        except TooLong as error:
            file.remove()
            self.refuse(name, file.size, str(error))
            raise
        except BaseException:
            self._report(file, complete=False, detail=CUT_OFF)
            raise
        else:
            self._report(file, complete=True)

    def _report(self, file: IncomingFile, *, complete: bool, detail: str = "") -> None:
        file.close()
        self._book.uploaded(
            self._opened,
            Transfer(
                name=file.name,
                size=file.size,
                sha256=file.sha256(),
                complete=complete,
                began_at=self._began_at,
                remote=self._remote,
                path=file.path,
                detail=detail,
            ),
        )


class FileRequest:
    """One HTTP request, with what this application needs of ASGI."""

    def __init__(self, scope: Any, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.method = str(scope["method"])
        self._idle_timeout_s = IDLE_TIMEOUT_S
        self._may_go_on: Callable[[], bool] = lambda: True
        client = scope.get("client")
        self.remote = f"{client[0]}:{client[1]}" if client else "unknown"
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        self._headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        segments = [unquote(segment) for segment in raw.split("/") if segment]
        below = segments[segments.index("files") + 1 :] if "files" in segments else segments
        self.token = below[0] if below else ""
        self.name = below[-1] if len(below) > 1 else ""

    def waits_at_most(self, idle_timeout_s: float, may_go_on: Callable[[], bool]) -> None:
        """For the next part of the body, and only while it may go on."""
        self._idle_timeout_s = idle_timeout_s
        self._may_go_on = may_go_on

    def header(self, name: str) -> str:
        return self._headers.get(name, "")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in pieces worth a write. Raises Disconnected, and TimeoutError as `waits_at_most` says."""
        held = bytearray()
        more = True
        while more:
            async with asyncio.timeout(self._idle_timeout_s):
                message = await self._receive()
            if not self._may_go_on():
                raise TimeoutError
            if message["type"] == "http.disconnect":
                if held:
                    yield bytes(held)
                raise Disconnected
            held += message.get("body", b"")
            more = message.get("more_body", False)
            if held and (len(held) >= CHUNK_BYTES or not more):
                yield bytes(held)
                held.clear()

    async def send_file(self, path: Path, first: int, end: int) -> int:
        """How many bytes were taken before the end or before the client went away."""
        left = asyncio.ensure_future(self._receive_disconnect())
        sent = 0
        try:
            with await asyncio.to_thread(path.open, "rb") as file:
                file.seek(first)
                while sent < end - first and not left.done():
                    chunk = await asyncio.to_thread(file.read, min(CHUNK_BYTES, end - first - sent))
                    await self.body(chunk)
                    if not left.done():
                        sent += len(chunk)
            if not left.done():
                await self.body(b"", last=True)
        finally:
            left.cancel()
        return sent

    async def begin(self, status: int, headers: list[tuple[str, str]]) -> None:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def body(self, content: bytes, *, last: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": content, "more_body": not last})

    async def answer(self, status: int, text: str, *headers: tuple[str, str]) -> None:
        content = f"{text}\n".encode()
        length = ("content-length", str(len(content)))
        await self.begin(status, [("content-type", "text/plain; charset=utf-8"), length, *headers])
        await self.body(b"" if self.method == "HEAD" else content, last=True)

    async def _receive_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def span_of(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last, of a Range header with one range; None if it cannot be met."""
    match = RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return 0, size  # RFC 9110 section 14.2: what is not understood is ignored
    if not match[1]:
        return (max(0, size - int(match[2])), size) if int(match[2]) else None
    first = int(match[1])
    end = min(int(match[2]) + 1, size) if match[2] else size
    return (first, end) if first < end else None


def boundary_of(content_type: str) -> str | None:
    """The boundary of a multipart form, None if it is none."""
    kind, *parameters = content_type.split(";")
    if kind.strip().lower() != "multipart/form-data":
        return None
    for parameter in parameters:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "boundary" and value:
            return value.strip('"')
    return None
