"""Requests to a server: who asks, what is sent again, and what its errors become."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from chargeproof.client.answers import answer_in
from chargeproof.client.errors import ApiError, NoAnswer
from chargeproof.errors import UsageError
from chargeproof.resources.base import Page
from chargeproof.resources.people import LogIn, Me
from chargeproof.resources.problem import ProblemDocument

API_PATH = "/api/v1"
TIMEOUT_S = 120.0
"""How long the server may take, beyond what it is asked to wait."""
AGAIN_AFTER_S = 1.0
PAGE = 200

T = TypeVar("T")


class Connection:
    """One server, asked by one person or program.

    token: an API token; or name and password, for a session. patience_s: how long a server that is away is waited
    for before NoAnswer is raised. transport: instead of the network.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        name: str | None = None,
        password: str | None = None,
        patience_s: float = 0.0,
        verify: Any = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        if (token is None) == (name is None) or (name is None) != (password is None):
            raise UsageError("a server takes either a token, or a name and a password")
        self.address = _checked(address)
        self._log_in = LogIn(name=name, password=password) if name and password else None
        self._patience_s = patience_s
        self._verify = verify
        self._http = httpx.AsyncClient(
            base_url=self.address,
            headers={"authorization": f"Bearer {token}"} if token is not None else {},
            timeout=TIMEOUT_S,
            verify=verify,
            transport=transport,
        )

    async def open(self) -> None:
        """Log in where that is needed."""
        if self._log_in is not None:
            me = await self.post("/session", Me, self._log_in, once=False)
            self._http.headers["x-csrf-token"] = me.csrf_token

    async def close(self) -> None:
        try:
            if "x-csrf-token" in self._http.headers:
                await self.delete("/session")
        except (ApiError, NoAnswer):
            pass  # the session ends by itself
        finally:
            await self._http.aclose()

    async def get(self, path: str, kind: type[T], /, *, wait_s: float = 0.0, **query: Any) -> T:
        return _read(await self._ask("GET", API_PATH + path, query=query, wait_s=wait_s), kind)

    async def get_bytes(self, path: str, /, **query: Any) -> bytes:
        return (await self._ask("GET", API_PATH + path, query=query)).content

    async def get_beside(self, path: str, kind: type[T], *, also: int = 200) -> T:
        """What is beside the API, not below it. ``also``: a status above 400 that is an answer too."""
        return _read(await self._ask("GET", path, also=also), kind)

    async def save(self, path: str, to: Path, /, **query: Any) -> Path:
        """Stream a download into a file; nothing is left there when it breaks off."""
        part = to.with_name(f".{to.name}.part")
        try:
            async with self._streamed(path, query) as response:
                with part.open("wb") as out:
                    async for block in response.aiter_bytes():
                        out.write(block)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
        return to

    async def pages(self, path: str, kind: type[T], /, **query: Any) -> AsyncIterator[T]:
        """All items of a list, asked for page by page."""
        cursor: str | None = None
        while True:
            page = await self.get(path, Page[kind], limit=PAGE, cursor=cursor, **query)  # type: ignore[valid-type]
            for item in page.items:
                yield item
            if page.next is None:
                return
            cursor = page.next

    async def post(
        self,
        path: str,
        kind: type[T],
        body: Any = None,
        /,
        *,
        wait_s: float = 0.0,
        once: bool = True,
        **query: Any,
    ) -> T:
        """``once``: however often it must be sent over a bad line, it is done once."""
        headers = {"idempotency-key": str(uuid.uuid4())} if once else {}
        path = API_PATH + path
        response = await self._ask(
            "POST", path, body=body, query=query, wait_s=wait_s, headers=headers, again=once
        )
        return _read(response, kind)

    async def send_file(self, path: str, kind: type[T], name: str, file: Any) -> T:
        """Upload a file as a form; never sent twice by itself."""
        sent = {"file": (name, file)}
        return _read(await self._ask("POST", API_PATH + path, files=sent, again=False), kind)

    async def send_bytes(
        self, path: str, kind: type[T], body: bytes, media_type: str, /, *, also: int = 200, **query: Any
    ) -> T:
        """``also``: a status above 400 that is an answer too."""
        path, headers = API_PATH + path, {"content-type": media_type}
        response = await self._ask(
            "POST", path, content=body, headers=headers, query=query, again=False, also=also
        )
        return _read(response, kind)

    async def put(self, path: str, kind: type[T], body: Any) -> T:
        return _read(await self._ask("PUT", API_PATH + path, body=body), kind)

    async def patch(self, path: str, kind: type[T], body: Any) -> T:
        return _read(await self._ask("PATCH", API_PATH + path, body=body), kind)

    async def delete(self, path: str) -> None:
        await self._ask("DELETE", API_PATH + path, again=False)

    def socket(self, path: str) -> tuple[str, dict[str, str], SSLContext | None]:
        """Address, headers and TLS of a WebSocket for whoever asks here."""
        request = self._http.build_request("GET", API_PATH + path)
        headers = {
            name: value for name, value in request.headers.items() if name in ("authorization", "cookie")
        }
        secure = request.url.scheme == "https"
        address = request.url.copy_with(scheme="wss" if secure else "ws")
        return str(address), headers, httpx.create_ssl_context(self._verify) if secure else None

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        wait_s: float = 0.0,
        headers: Mapping[str, str] | None = None,
        again: bool = True,
        also: int = 200,
        **more: Any,
    ) -> httpx.Response:
        if body is not None:
            more["content"] = msgspec.json.encode(body)
            headers = {"content-type": "application/json", **(headers or {})}
        request = self._http.build_request(
            method,
            path,
            params=_query(query or {}),
            headers=headers,
            timeout=httpx.Timeout(TIMEOUT_S + wait_s),
            **more,
        )
        response = await self._sent(request, patience_s=self._patience_s if again else 0.0)
        if response.is_error and response.status_code != also:
            raise _error(response)
        return response

    async def _sent(self, request: httpx.Request, patience_s: float) -> httpx.Response:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + patience_s
        while True:
            try:
                return await self._http.send(request)
            except httpx.TransportError as error:
                if loop.time() >= until_s:
                    raise self.no_answer(error) from error
            await asyncio.sleep(AGAIN_AFTER_S)

    @asynccontextmanager
    async def _streamed(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[httpx.Response]:
        try:
            async with self._http.stream("GET", API_PATH + path, params=_query(query)) as response:
                if response.is_error:
                    await response.aread()
                    raise _error(response)
                yield response
        except httpx.TransportError as error:
            raise self.no_answer(error) from error

    def no_answer(self, error: Exception) -> NoAnswer:
        reason = str(error) or type(error).__name__
        return NoAnswer(
            f"the server does not answer: {reason}", self.address, "See whether it runs, and where"
        )


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError("this is no address of a server", address, "Give one such as http://127.0.0.1:8080")
    if parts.username or parts.password:
        raise UsageError("an address holds no name and no password", parts.hostname, "Give them apart")
    return address.rstrip("/").removesuffix(API_PATH)


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in query.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def _read(response: httpx.Response, kind: type[T]) -> T:
    if kind is type(None):
        return None
    if kind is bytes:
        return response.content  # type: ignore[return-value]
    try:
        return answer_in(response.content, kind)
    except msgspec.MsgspecError as error:
        raise NoAnswer(
            f"the answer is not understood: {error}",
            _asked(response),
            "See whether this is the address of a chargeproof server of this version",
        ) from error


def _error(response: httpx.Response) -> ApiError | NoAnswer:
    try:
        problem = msgspec.json.decode(response.content, type=ProblemDocument)
    except msgspec.MsgspecError:
        return NoAnswer(
            f"what answers is no chargeproof server (HTTP {response.status_code})",
            _asked(response),
            "See whether the address is right",
        )
    return ApiError(problem.status, problem.title, problem.detail, problem.remedy or "", _asked(response))


def _asked(response: httpx.Response) -> str:
    return f"{response.request.method} {response.request.url.copy_with(query=None)}"
