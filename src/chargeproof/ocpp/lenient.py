"""Reading payloads: strictly first, and leniently, with a list of deviations, when that fails."""

import json
from typing import Any, TypeAlias

import msgspec

from chargeproof.ocpp.codec import JsonText, Message, read_payload, read_strictly
from chargeproof.ocpp.deviations import Deviation, Deviations
from chargeproof.ocpp.jsontext import NotJson, parse_tolerantly

JsonValue: TypeAlias = dict[str, Any] | list[Any] | int | float | bool | None


class Reading(msgspec.Struct, frozen=True, gc=False):
    """What could be read of a payload.

    ``message``: as far as it can be read. After a lenient reading a required field can be ``None`` (missing
    or unreadable) and an enumeration's field a plain ``str``. ``None`` only if the payload is no object or
    the action is unknown. ``deviations``: empty after a strict reading. ``raw``: the payload's JSON text as
    it was read.
    """

    message: Message | None
    deviations: tuple[Deviation, ...]
    raw: bytes

    @property
    def payload(self) -> Any:
        """The payload as a JSON value, spelled as on the wire; ``None`` if it is no JSON."""
        try:
            return msgspec.json.decode(self.raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            pass
        try:
            return parse_tolerantly(self.raw, Deviations())
        except NotJson:
            return None


def read_request(action: str, payload: JsonText | JsonValue) -> Reading:
    """Read the payload of a CALL: JSON text (``Raw``, ``bytes``, ``str``) or a JSON value. Raises nothing.

    The strict reading does not see a field that an object names twice; the last one counts.
    """
    if type(payload) is bytes:
        message = read_strictly(action, payload)
        if message is not None:
            return Reading(message, (), payload)  # as a rule
    return _read(action, payload, confirmation=False)


def read_confirmation(action: str, payload: JsonText | JsonValue) -> Reading:
    """Read the payload of the CALLRESULT to an ``action``, as ``read_request`` does."""
    return _read(action, payload, confirmation=True)


def _read(action: str, payload: JsonText | JsonValue, *, confirmation: bool) -> Reading:
    raw = bytes(payload) if type(payload) is msgspec.Raw else _as_bytes(payload)
    message, deviations = read_payload(action, raw, confirmation=confirmation)
    return Reading(message, deviations, raw)


def _as_bytes(payload: JsonText | JsonValue) -> bytes:
    if isinstance(payload, bytes | msgspec.Raw):
        return bytes(payload)
    if isinstance(payload, str):
        return payload.encode("utf-8", "surrogatepass")
    try:
        return json.dumps(payload, default=str).encode()
    except (ValueError, RecursionError):
        return b""
