"""The library ``ocpp``, which carries no types, with the few types that the peers rely on."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from ocpp import charge_point as _charge_point  # type: ignore[import-untyped]
from ocpp import exceptions as _exceptions
from ocpp import routing as _routing
from ocpp import v16 as _v16
from ocpp.v16 import call as _call  # type: ignore[import-untyped]
from ocpp.v16 import call_result as _call_result

Handler = TypeVar("Handler", bound=Callable[..., Any])

call: Any = _call
call_result: Any = _call_result
OCPPError: type[Exception] = _exceptions.OCPPError


class Socket(Protocol):
    """What the library asks of a connection."""

    async def recv(self) -> str | bytes: ...

    async def send(self, message: str) -> None: ...


def from_wire(payload: dict[str, Any]) -> dict[str, Any]:
    """camelCase to the library's snake_case."""
    return cast(dict[str, Any], _charge_point.camel_to_snake_case(payload))


def to_wire(message: Any) -> dict[str, Any]:
    """A message of the library as it goes over the wire."""
    fields = _charge_point.remove_nones(_charge_point.serialize_as_dict(message))
    return cast(dict[str, Any], _charge_point.snake_to_camel_case(fields))


def on(action: str) -> Callable[[Handler], Handler]:
    """The method answers Calls of this action; the answer is held against its JSON schema."""
    return cast(Callable[[Handler], Handler], _routing.on(action))


def after(action: str) -> Callable[[Handler], Handler]:
    """The method runs when the answer to a Call of this action has been sent."""
    return cast(Callable[[Handler], Handler], _routing.after(action))


if TYPE_CHECKING:

    class ChargePoint:
        """One connection of either role; the library's own name for it."""

        id: str
        _call_lock: asyncio.Lock

        def __init__(
            self, id: str, connection: Socket, response_timeout: float = 30, logger: logging.Logger = ...
        ) -> None: ...

        async def start(self) -> None: ...

        async def route_message(self, raw_msg: str | bytes) -> None: ...

        async def call(
            self,
            payload: Any,
            suppress: bool = True,
            unique_id: str | None = None,
            skip_schema_validation: bool = False,
        ) -> Any: ...

        async def _send(self, message: str) -> None: ...

else:
    ChargePoint = _v16.ChargePoint
