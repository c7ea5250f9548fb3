"""A server that answers with the examples of its own description, and every method of the client called once."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from inspect import Parameter, isasyncgenfunction, signature
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import httpx
import msgspec

from chargeproof.acceptance.verdict import Outcome
from chargeproof.client import Client
from chargeproof.client.events import Events
from chargeproof.ocpp.security_enums import CertificateUse
from chargeproof.resources.configuration import BaselineWanted
from chargeproof.resources.files import FileJobWanted
from chargeproof.resources.id_tags import IdTagWanted
from chargeproof.resources.security import RootOnStation, SecurityChangeWanted
from chargeproof.testbed.run_state import StartRun
from tests.web.bench import HERE
from tests.web.openapi import operations, validator

ODD_ID = "A/B ü?#%"
BY_NAME: dict[str, Any] = {
    "charge_point_id": ODD_ID,
    "act": "plug_in",
    "against": "baseline:ACME One",
    "verdict": Outcome.PASS,
    "check": "6.2a",
    "values": {"HeartbeatInterval": "60"},
    "payload": {"type": "Soft"},
    "root": RootOnStation(
        use=CertificateUse.CENTRAL_SYSTEM_ROOT,
        hash_algorithm="SHA256",
        issuer_name_hash="aa",
        issuer_key_hash="bb",
        serial_number="1",
    ),
    "limit": 10,
    "profile": None,
}
BY_TYPE: dict[Any, Any] = {
    str: "ada",
    int: 1,
    float: 1.0,
    bool: True,
    bytes: b"{}",
    datetime: datetime(2026, 11, 23, tzinfo=UTC),
    BaselineWanted: BaselineWanted(),
    FileJobWanted: FileJobWanted(kind="diagnostics"),
    IdTagWanted: IdTagWanted(),
    SecurityChangeWanted: SecurityChangeWanted(kind="certificate"),
    StartRun: StartRun(charge_point_id="CP-1"),
}
NOT_CALLED = {"follow"}
"""Streams without an end; what they ask is asked by others."""


class Described(httpx.AsyncBaseTransport):
    """A server that answers with the examples of its description, and remembers what it was asked."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.asked: dict[str, set[str]] = {}
        self._operations = [
            (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation)
            for method, path, operation in operations(document)
        ]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        found = [
            operation
            for method, template, operation in self._operations
            if method == request.method and template.fullmatch(path)
        ]
        # `/commands/available` is no command called available: fewer parameters go first.
        operation = min(found, key=lambda each: str(each.get("parameters")).count("'in': 'path'"))
        self._check(operation, request, await request.aread())
        return self._example(operation, request)

    def told(self, example: Any, schema: dict[str, Any]) -> Any:
        """What is answered where the description has this example."""
        return example

    def _check(self, operation: dict[str, Any], request: httpx.Request, body: bytes) -> None:
        known = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        assert set(request.url.params) <= known, operation["operationId"]
        self.asked.setdefault(operation["operationId"], set()).update(request.url.params)
        taken = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if taken is not None:
            errors = validator(self.document, taken["schema"]).iter_errors(msgspec.json.decode(body))
            assert [error.message for error in errors] == [], operation["operationId"]

    def _example(self, operation: dict[str, Any], request: httpx.Request) -> httpx.Response:
        status = min(code for code in operation["responses"] if code.startswith("2"))
        content = operation["responses"][status].get("content", {})
        json = content.get("application/json")
        given = self.told(json["example"], json["schema"]) if json is not None and "example" in json else None
        body = msgspec.json.encode(given) if given is not None else b"..."
        return httpx.Response(int(status), content=body if content else b"", request=request)


def parts_of(client: Client) -> Iterator[Any]:
    yield client
    yield from (
        each for each in vars(client).values() if type(each).__module__.startswith("chargeproof.client.")
    )


def methods_of(client: Client) -> Iterator[Callable[..., Any]]:
    for part in parts_of(client):
        if isinstance(part, Events) or type(part).__name__ == "Connection":
            continue
        for name, method in vars(type(part)).items():
            if callable(method) and not name.startswith("_") and name not in NOT_CALLED:
                yield getattr(part, name)


def calls_of(method: Callable[..., Any], folder: Path) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Narrowed down in every way, with all that it can have besides, and once for each of a choice."""
    parameters = signature(method).parameters
    kinds = get_type_hints(method)
    needed: list[Any] = []
    more: dict[str, Any] = {}
    narrowed: dict[str, Any] = {}
    choices: list[tuple[str, Any]] = []
    for name, parameter in parameters.items():
        kind = kinds[name]
        if parameter.kind is Parameter.VAR_KEYWORD:
            narrowed = filled(get_args(kind)[0] if get_args(kind) else kind)
        elif parameter.kind is Parameter.VAR_POSITIONAL:
            continue
        elif parameter.default is Parameter.empty:
            needed.append(value_of(name, kind, folder))
        else:
            more[name] = value_of(name, kind, folder)
        if get_origin(kind) is Literal and parameter.default is not Parameter.empty:
            choices += [(name, each) for each in get_args(kind)]
    yield needed, narrowed
    yield needed, {**more, **narrowed}
    yield from ((needed, {name: each, **narrowed}) for name, each in choices)


def filled(kind: Any) -> dict[str, Any]:
    assert is_typeddict(kind), f"{kind}: what narrows a list down has names and types"
    return {name: value_of(name, hint, Path()) for name, hint in get_type_hints(kind).items()}


def value_of(name: str, kind: Any, folder: Path) -> Any:
    if name in BY_NAME:
        return BY_NAME[name]
    if kind is Path:
        return folder if name == "folder" else folder / "file"
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    for each in (kind, *get_args(kind)):
        if each in BY_TYPE:
            return BY_TYPE[each]
        if isinstance(each, type) and issubclass(each, Enum):
            return next(iter(each))
    raise AssertionError(f"no value for {name}: {kind}")


async def call(method: Callable[..., Any], arguments: list[Any], more: Mapping[str, Any]) -> None:
    found = method(*arguments, **more)
    if isinstance(found, AsyncIterator) or isasyncgenfunction(method):
        async for _ in found:
            pass
    else:
        await found


async def ask_everything(server: Described, folder: Path) -> dict[str, set[str]]:
    """Which parameters each operation was asked with."""
    (folder / "file").write_bytes(b"firmware")
    async with Client(HERE, name="ada", password="right-horse", transport=server) as client:
        for method in methods_of(client):
            for arguments, more in calls_of(method, folder):
                await call(method, arguments, more)
    return server.asked
